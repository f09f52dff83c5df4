package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// TestJournalWords: a change is told in the words of the page where it was
// made; raw values, paths and secrets are not for people.
func TestJournalWords(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.shop.AddKey(insalestest.DefaultKeyID, "sesame")
	for version, change := range map[string]url.Values{
		"2": {"chat_auth": {"bearer"}, "catalog_price": {"price2"}, "catalog_interval": {"90"}, "max_age": {"36"},
			"erase_after":     {"90"},
			"statuses.0.from": {"sobran"}, "statuses.0.id": {"assembling"}, "key_password": {"sesame"}},
	} {
		form := manageValues()
		form.Set("version", version)
		for name, values := range change {
			form[name] = values
		}
		if res := p.saved(form); res.Code >= 400 {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	if res := p.post("/notify/email",
		url.Values{"do": {"save"}, "email_address": {"smtp.example.ru"}, "email_security": {"tls"},
			"email_to":   {"a@example.ru"},
			"email_from": {"b@example.ru"}, "email_secret": {"sesame"}}); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	text := p.get("/journal")
	has(t, text,
		`Как INEED.CHAT подтверждает, что заказ от него: `+
			`<span class="soft line-through">Подписью (надёжнее всего)</span> → Токеном в заголовке`,
		`Цена в каталоге: <span class="soft line-through">Основная цена</span> → Дополнительная цена, price2`,
		`Интервал каталога: <span class="soft line-through">5 минут</span> → 90 минут`,
		`Спрашивать меня о заказах старше: <span class="soft line-through">24 часа</span> → 36 часов`,
		`Стирать данные покупателей через: 90 дней`,
		`Статус «sobran»: собирается`, `Способ оплаты «cash»: № 5000001`, `Пароль ключа: изменён`,
		`Почта: защита: `, `TLS, порт 465`, `Почта: пароль: задан`)
	_, list, _ := strings.Cut(text, "<ol")
	hasNot(t, list, "signature", ": price", "catalog.", "orders.", "sesame", "assembling", "changed", "true", "0s")
}

// TestJournalOfOrders: whatever a person or a program does to orders stands in the journal with
// who, whose and which, and nothing of the customer; many at once are one entry.
func TestJournalOfOrders(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.stuck(p.takes(secret, "a1", `"id":"a1"`, `"id":"a1","number":"=A-1"`), unmapped("card"))
	p.stuck(p.takes(secret, "a2"), unmapped("cash"))
	p.stuck(p.takes(secret, "a3"), unmapped("cash"))
	p.stuck(p.takes(secret, "a4"), unmapped("cash"))
	anna := p.newManager("Анна")
	if res := anna.post("/companies/2/orders/a1/retry", nil); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if code, body := p.api("POST", "/companies/2/orders/a2/cancel", ""); code != http.StatusOK {
		t.Fatal(code, body)
	}
	if code, body := p.local("POST", "/companies/2/orders/a2/erase"); code != http.StatusOK {
		t.Fatal(code, body)
	}
	if res := p.sure("/companies/2/orders/retry", retryOf("cash")); res.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if res := p.sure("/companies/2/orders/retry", retryOf("cash")); res.Code != http.StatusSeeOther { // of none
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	text := p.get("/journal")
	has(t, text, `Отправлен ещё раз заказ компании «Компания 2»</strong> <a href="/companies/2/orders/a1">=A-1</a></span>`+
		`<span class="soft small">Анна, 192.0.2.1<`,
		`Отменена отправка заказа компании «Компания 2»</strong> <a href="/companies/2/orders/a2">`,
		`Стёрты данные покупателя в заказе компании «Компания 2»</strong> <a href="/companies/2/orders/a2">`,
		"Отправлены ещё раз заказы компании «Компания 2»: 2 заказа", "<li>Причина: Способ оплаты не сопоставлен",
		`<option value="order_retry">Отправлен ещё раз заказ компании</option>`,
		`<option value="user:Анна">Анна</option>`, `<option value="cli">`)
	hasNot(t, text, "Пётр", "+7")
	if n := strings.Count(text, "Отправлены ещё раз заказы компании «"); n != 1 {
		t.Errorf("many are %d entries", n)
	}

	_, list := p.api("GET", "/journal?kind=order_retry", "")
	if at(list, "items.0.by") != "user:Анна" || at(list, "items.0.order") != "a1" || at(list, "items.0.number") != "=A-1" ||
		at(list, "items.0.company") != "2" || at(list, "items.0.message") != "Sent again an order of company 2" ||
		at(list, "items.1") != nil {
		t.Errorf("%v", list)
	}
	_, list = p.api("GET", "/journal?by=cli&limit=1", "")
	if at(list, "items.0.kind") != "order_erase" || at(list, "next") != nil {
		t.Errorf("%v", list)
	}
	_, list = p.api("GET", "/journal?company=2&from=2001-01-01T00:00:00Z&to=2002-01-01T00:00:00Z", "")
	if at(list, "items.0") != nil {
		t.Errorf("%v", list)
	}
	for _, query := range []string{"from=x", "to=2001-01-01", "cursor=x", "limit=0"} {
		if code, body := p.api("GET", "/journal?"+query, ""); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", query, code, body)
		}
	}
}

func retryOf(kind string) url.Values {
	return url.Values{"problem": {"payment_unmapped"}, "type": {kind}}
}

// TestJournalFilter: what is asked stands in the address, on every page and in the file, whose cells
// are no formulas.
func TestJournalFilter(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	err := p.store.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range 120 {
			e := storage.Entry{At: time.Date(2026, 3, 1, 12, i, 0, 0, time.UTC), Actor: "user:=cmd()", Company: "2",
				Kind: storage.EntryOfOrder("report"), Order: storage.OrderKey{Company: "2", ID: fmt.Sprint("o", i)}, Orders: 1,
				Number: fmt.Sprint("+", i)}
			if err := tx.AddEntry(e); err != nil {
				return err
			}
		}
		return tx.AddEntry(storage.Entry{At: time.Now(), Kind: storage.EntryDeleted, Company: "9", Orders: 1,
			Order: storage.OrderKey{Company: "9", ID: "gone"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	has(t, p.get("/journal"), "Удалена компания 9</strong> gone</span>") // without a link
	const asked = "by=user%3A%3Dcmd%28%29&company=2&from=2026-03-01&kind=order_report&to=2026-03-01"
	first := p.get("/journal?" + asked)
	has(t, first, `<option value="user:=cmd()" selected>=cmd()</option>`, `<option value="2" selected>`, `value="2026-03-01"`,
		`href="/journal.csv?`+strings.ReplaceAll(asked, "&", "&amp;")+`"`, ">&#43;119<", `<a href="/journal">Показать все</a>`)
	hasNot(t, first, ">&#43;69<", "Добавлена компания «", `rel="prev"`)
	link := func(text, rel string) string {
		t.Helper()
		before, _, ok := strings.Cut(text, `" rel="`+rel+`"`)
		if !ok {
			t.Fatalf("no %s page", rel)
		}
		return strings.ReplaceAll(before[strings.LastIndex(before, `"`)+1:], "&amp;", "&")
	}
	second := p.get(link(first, "next"))
	has(t, second, ">&#43;69<", ">&#43;20<", `selected>=cmd()`, `rel="prev"`, `rel="next"`)
	third := p.get(link(second, "next"))
	has(t, third, ">&#43;19<", ">&#43;0<")
	hasNot(t, third, `rel="next"`)
	has(t, p.get(link(third, "prev")), ">&#43;69<", ">&#43;20<")
	has(t, p.get("/journal?kind=nothing"), "Таких записей нет", `<option value="nothing" selected>`)
	if res := p.page("/journal?cursor=x", p.cookie); res.Code != http.StatusNotFound {
		t.Errorf("a bad cursor: %d", res.Code)
	}

	file := p.get("/journal.csv?" + asked)
	lines := strings.Split(strings.TrimSpace(file), "\r\n")
	if len(lines) != 121 || lines[0] != "\ufeffВремя;Кто;IP-адрес;Что;Компания;Заказ;Подробности" ||
		lines[1] != "01.03.2026 13:59:00;'=cmd();;Передан ещё раз статус заказа компании «Компания 2»;Компания 2;'+119;" {
		t.Errorf("%d lines: %q", len(lines), lines[:2])
	}
	anna := p.newManager("Анна")
	if res := anna.page("/journal.csv", anna.cookie); res.Code != http.StatusForbidden {
		t.Errorf("a manager: %d", res.Code)
	}
}
