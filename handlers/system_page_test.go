package handlers

import (
	"testing"
	"time"

	"ineed-insales/storage"
)

// TestSystemPage: whoever runs the connector sees what it is, what is set and from where,
// what is wrong, and a text to send to those who help; nobody else does.
func TestSystemPage(t *testing.T) {
	p := newAdmin(t)
	for _, path := range []string{"/system", "/system/support"} {
		if res := p.page(path, ""); res.Code != 303 {
			t.Errorf("a stranger at %s: %d", path, res.Code)
		}
	}
	text := p.get("/system")
	has(t, text, "v1.2.3, ревизия 0123456789ab от 2026-11-29 10:00:00Z", "таблицы версии", "свободно", "(UTC&#43;00:00)",
		"CONNECTOR_ADDR", "по умолчанию", "из файла /run/secrets/token", "&lt;a warning&gt;",
		"Ничего, что требует вмешательства.", "Скачать копию", `href="/system/support"`, "/metrics", "меньше секунды")
	hasNot(t, text, "Часы INEED.CHAT", "<a warning>")

	text = p.get("/system/support")
	has(t, text, `readonly`, "&lt;masked&gt;", `data-copy="support"`)

	// What is wrong stands there whether or not anybody is told of it, with a way to mend it.
	p.company(nil)
	has(t, p.get("/"), `href="/system"`)
	key := p.takes(p.secret(), "a1")
	p.stuck(key, unmapped("cash"))
	p.bridge.ChatClock(-90 * time.Second)
	text = p.get("/system")
	has(t, text, "Компания 2: ", `href="/orders?company=2`, "отстают на 1 минуту")
	hasNot(t, text, "Ничего, что требует")
	if list, err := p.store.Alarms(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("looking has noted %v %v", list, err)
	}
	p.change(key, func(o *storage.Order) { o.State, o.Problem = storage.StateCancelled, nil })
	has(t, p.get("/system"), "Ничего, что требует")
}
