package handlers

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestFindChat: who sets up a bot writes to it, asks for its chats and chooses one by its
// title; the typed token is neither shown nor lost, and nothing is stored before that.
func TestFindChat(t *testing.T) {
	p := newAdmin(t)
	const token = "123456:abcdefghijklmnopqrstuvwxyz_-0123"
	heard := `{"ok":true,"result":[]}`
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/getUpdates"), r.URL.Path == "/chats":
			_, _ = io.WriteString(w, heard)
		default:
			_, _ = io.WriteString(w, `{"ok":true}`)
		}
	}))
	t.Cleanup(bot.Close)
	find := func(kind string, values url.Values) (int, string) {
		values.Set("do", "find")
		values.Set(kind+"_address", bot.URL)
		res := p.post("/notify/"+kind, values)
		hasNot(t, res.Body.String(), token)
		return res.Code, res.Body.String()
	}
	has(t, p.get("/notify"), "Найти чат", `id="max"`, "Токен чат-бота")
	code, text := find("telegram", url.Values{"telegram_secret": {token}})
	if code != 422 {
		t.Error(code)
	}
	has(t, text, "Боту ещё никто не писал", `id="telegram_to-error"`)
	heard = `{"ok":true,"result":[{"message":{"chat":{"id":-100,"type":"group","title":"<Заказы>"}}}]}`
	code, text = find("telegram", url.Values{"draft_secret": {between(text, `name="draft_secret" value="`, `"`)},
		"telegram_proxy": {""}})
	if code != 200 {
		t.Error(code, text)
	}
	has(t, text, `<select id="telegram_to"`, `<option value="-100"`, "группа «&lt;Заказы&gt;», -100")
	if list, err := p.bridge.Alerts.Channels(t.Context()); err != nil || list[1].Secret != "" {
		t.Errorf("stored already: %+v %v", list[1], err)
	}
	res := p.post("/notify/telegram", url.Values{"do": {"test"}, "telegram_to": {"-100"}, "telegram_address": {bot.URL},
		"draft_secret":   {between(text, `name="draft_secret" value="`, `"`)},
		"telegram_proxy": {"http://user:pass@127.0.0.1:1"}})
	has(t, res.Body.String(), "Прокси не отвечает", `value="http://•••@127.0.0.1:1"`)
	hasNot(t, res.Body.String(), "user:pass", token)

	// What is shown of a proxy keeps it, an empty field forgets it.
	for _, test := range [][2]string{{"http://•••@127.0.0.1:1", "http://user:pass@127.0.0.1:1"}, {"", ""}} {
		if res := p.post("/notify/telegram", url.Values{"do": {"save"}, "telegram_to": {"-100"},
			"telegram_secret": {token}, "telegram_address": {bot.URL}, "telegram_proxy": {test[0]}}); res.Code != 303 {
			t.Fatal(res.Code, res.Body)
		}
		if list, _ := p.bridge.Alerts.Channels(t.Context()); list[1].Proxy.Reveal() != test[1] {
			t.Errorf("%q: %q", test[0], list[1].Proxy.Reveal())
		}
	}
	res = p.post("/notify/telegram", url.Values{"do": {"save"}, "telegram_to": {"-100"}, "telegram_address": {bot.URL},
		"telegram_proxy": {"http://•••@127.0.0.2:1"}})
	if res.Code != 422 {
		t.Errorf("a masked proxy elsewhere: %d", res.Code)
	}

	heard = `{"chats":[{"chat_id":-7,"type":"chat","status":"active","title":"Заказы"}]}`
	code, text = find("max", url.Values{"max_secret": {"the-token-of-the-bot"}})
	has(t, text, `<option value="-7"`, "группа «Заказы», -7")
	if code != 200 {
		t.Error(code)
	}

	// A script finds them, too, and the stored secret does not leave for another host.
	ask := func(kind, body string) (int, string) {
		code, m := p.api("POST", "/notifications/"+kind+"/chats", body)
		return code, fmt.Sprint(m)
	}
	if code, text := ask("max", fmt.Sprintf(`{"address":%q,"secret":"the-token-of-the-bot",
		"proxy":"http://127.0.0.1:1"}`, bot.URL)); code != 200 || // a message would not go through it either
		text != "map[items:[map[id:-7 kind:group title:Заказы]]]" {
		t.Error(code, text)
	}
	heard = `{"ok":true,"result":[]}`
	for body, want := range map[string]int{
		fmt.Sprintf(`{"address":%q}`, bot.URL): 409, `{"address":"http://127.0.0.1:1"}`: 422, `{"kind":"max"}`: 422,
	} {
		if code, text := ask("telegram", body); code != want || strings.Contains(text, token) {
			t.Error(body, code, text)
		}
	}
	if code, text := ask("email", `{}`); code != 404 {
		t.Error(code, text)
	}
	if res := p.post("/notify/pigeon", url.Values{"do": {"find"}}); res.Code != 404 {
		t.Error(res.Code)
	}
}
