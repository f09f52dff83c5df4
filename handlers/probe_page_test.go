package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// works runs the bridge's workers until the test ends.
func (w *world) works() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.bridge.Run(ctx)
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

// putProbe stores a probe of company 2, with what it has left in the shop.
func (w *world) putProbe(state string, left []storage.ProbeThing, items ...storage.ProbeItem) {
	w.t.Helper()
	began := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	p := storage.Probe{Company: "2", State: state, Writes: true, BeganAt: began, Version: "v1.2.3", Items: items}
	if state != storage.ProbeRunning {
		p.EndedAt = began.Add(12 * time.Second)
	}
	err := w.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		for _, t := range left {
			if _, err := tx.AddProbeThing("2", t); err != nil {
				return err
			}
		}
		return tx.PutProbe(p)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// probeItems are verdicts of each kind.
func probeItems() []storage.ProbeItem {
	return []storage.ProbeItem{
		{Name: "clock", Verdict: storage.ProbeAsAssumed, Sent: "GET /admin/account.json",
			Answered: "200 OK\nDate: Sat, 28 Nov 2026 12:00:00 GMT", Took: 21 * time.Millisecond},
		{Name: "with_deleted", Verdict: storage.ProbeUnknown, Reason: "no_trash", Sent: "GET /admin/orders.json"},
		{Name: "delivery_price_kept", Verdict: storage.ProbeOtherwise, Reason: "changed",
			Args: map[string]string{"asked": "301.37", "got": "300"}, Sent: "POST /admin/orders.json\n{<b>}"},
		{Name: "hook_delivered", Verdict: storage.ProbeNotTried, Reason: "no_url"},
	}
}

// What is otherwise stands first, with what the connector does about it; what is left
// in the shop is named with its address; while a probe runs nothing can be typed.
func TestProbePage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	text := p.get("/companies/2/probe")
	has(t, text, "только читает", "Создать пробный заказ и удалить его", "до пяти заказов", "в резерве",
		"Деньги не списываются", "не больше 60 запросов", "Начать проверку", `action="/companies/2/probe"`,
		`name="write" value="true"`, `name="phone" type="tel"`, `autocomplete="email"`)
	hasNot(t, text, "Что показала проверка", "data-refresh", "checked", "/probe/clean")

	for path, want := range map[string]string{"/companies/2/probe": "not_probed", "/companies/3/probe": "not_found"} {
		if code, body := p.api("GET", path, ""); code != 404 || body["code"] != want {
			t.Errorf("%s: %d %v", path, code, body)
		}
	}

	p.putProbe(storage.ProbeDone, []storage.ProbeThing{
		{Kind: storage.ProbeOrder, InSalesID: 70000009, MadeAt: time.Now()},
		{Kind: storage.ProbeHook, MadeAt: time.Now()}}, probeItems()...)
	text = p.get("/companies/2/probe")
	has(t, text, "закончена", "12 секунд", "с пробным заказом", "v1.2.3", "1 предположение не сбылось", "просили 301.37",
		"стало 300",
		"Заказ скажет, какой стала цена доставки", "{&lt;b&gt;}", "за 21 мс", `/admin2/orders/70000009"`,
		"Подписка на изменения – ответ о ней не пришёл", `action="/companies/2/probe/clean"`, "Проверить ещё раз")
	order := []string{"Иначе, чем ожидалось", "Не понять", "Как ожидалось", "Не проверялось"}
	for i, at := 0, -1; i < len(order); i++ {
		now := strings.Index(text, order[i])
		if now <= at {
			t.Errorf("%q stands before what is more important", order[i])
		}
		at = now
	}

	p.putProbe(storage.ProbeRunning, nil, probeItems()[:2]...)
	text = p.get("/companies/2/probe")
	has(t, text, `id="probe-last" data-refresh="3"`, `id="probe-form" data-refresh="3"`, "Проверено 2 из 4",
		"<progress",
		`<a href="/companies/2/probe">Обновить</a>`)
	hasNot(t, text, "Начать проверку", "Проверить ещё раз", "<details", "Так, как")

	p.putProbe(storage.ProbeInterrupted, nil, probeItems()[0])
	has(t, p.get("/companies/2/probe"), "прервана", "не дошла до конца")
	if res := p.page("/companies/3/probe", p.cookie); res.Code != http.StatusNotFound {
		t.Errorf("of nobody's: %d", res.Code)
	}
}

// A probe is begun and cleaned up after by forms of our own pages only, and the journal
// says who did it.
func TestProbeIsBegun(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	typed := url.Values{"write": {"true"}, "name": {"Мария"}, "phone": {"+7 900 123-45-67"}, "email": {"m@example.ru"}}
	if res := p.form("/companies/2/probe", typed, p.cookie, "Sec-Fetch-Site: cross-site"); res.Code != 403 {
		t.Errorf("from another site: %d", res.Code)
	}
	if res := p.form("/companies/2/probe", typed); res.Code != 303 || res.Header().Get("Location") != "/signin" {
		t.Errorf("signed out: %d %s", res.Code, res.Header().Get("Location"))
	}
	if res := p.post("/companies/2/probe", typed); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2/probe" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	// Sent twice, it is begun once.
	res := p.post("/companies/2/probe", typed)
	has(t, res.Body.String(), "Проверка делом уже идёт", `data-refresh="3"`)
	if res.Code != http.StatusConflict {
		t.Errorf("twice: %d", res.Code)
	}
	if res := p.post("/companies/2/probe/clean", nil); res.Code != http.StatusConflict {
		t.Errorf("cleaned while it runs: %d", res.Code)
	}
	p.works()
	page := p.probed()
	has(t, page, "закончена", "с пробным заказом", "Запрос и ответ")
	hasNot(t, page, "Мария", "1234567", "m@example.ru", "Удалить оставшееся")
	if res := p.post("/companies/2/probe/clean", nil); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2/probe?done=probe_clean" {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	// Without the tick nobody's name is taken.
	typed.Del("write")
	if res := p.post("/companies/2/probe", typed); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.probed(), "только чтение")
	for _, asked := range []struct{ path, body string }{{"", `{}`}, {"/clean", ""}} {
		if code, body := p.api("POST", "/companies/2/probe"+asked.path, asked.body); code/100 != 2 {
			t.Fatalf("%s: %d %v", asked.path, code, body)
		}
		p.probed()
	}
	text := p.get("/journal")
	has(t, text, "Начата проверка делом компании «Компания 2»", "С пробным заказом: да", "С пробным заказом: нет",
		"Удаляется то, что осталось в магазине от проверки", "Программа с токеном API")
	hasNot(t, text, "Мария", "m@example.ru")
	if n := strings.Count(text, "Начата проверка делом компании «"); n != 3 {
		t.Errorf("%d entries of a begin, want 3", n)
	}
}

// probed waits for the probe of company 2 to end and gives its page.
func (p *admin) probed() string {
	p.t.Helper()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		page := p.get("/companies/2/probe")
		if !strings.Contains(page, "data-refresh") {
			return page
		}
		if time.Since(begun) > time.Minute {
			p.t.Fatal("the probe does not end")
		}
	}
}

// Without anything to order with there is no tick, and who sends it nevertheless is
// told why, with what was typed.
func TestProbeWithoutMaps(t *testing.T) {
	p := newAdmin(t)
	p.post("/companies", url.Values{"id": {"2"}, "name": {"Компания 2"}, "shop_url": {p.at},
		"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}})
	text := p.get("/companies/2/probe")
	has(t, text, "сначала выберите способы оплаты и доставки", `href="/companies/2#orders"`, "Начать проверку")
	hasNot(t, text, `name="write"`)
	res := p.post("/companies/2/probe", url.Values{"write": {"true"}})
	has(t, res.Body.String(), "Для пробного заказа выберите")
	if res.Code != http.StatusConflict {
		t.Errorf("%d", res.Code)
	}
}

// The overview offers a probe until one has ended – first as a step, then by itself –, and the
// check says when that was.
func TestProbeIsOffered(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	const offer = "Можно проверить на вашем магазине"
	text := p.get("/")
	hasNot(t, text, offer)
	has(t, text, `id="step-probe"`)
	enable := manageValues()
	enable.Set("version", "2")
	enable.Set("do", "enable")
	if res := p.saved(enable); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.get("/companies/2/check"), "Проверка делом", "Магазин не проверялся делом", `href="/companies/2/probe"`)
	has(t, p.get("/"), offer, `href="/companies/2/probe"`) // the shop has answered
	p.works()
	if res := p.post("/companies/2/probe", nil); res.Code != 303 {
		t.Fatal(res.Code)
	}
	p.probed()
	hasNot(t, p.get("/"), offer)
	has(t, p.get("/companies/2/check"), "Проверка делом от "+time.Now().UTC().Format("02.01.2006"))
	hasNot(t, p.get("/companies/2/check"), "не проверялся делом")
}
