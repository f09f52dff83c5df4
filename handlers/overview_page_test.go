package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// inOrder fails if the page does not show the texts one after the other.
func inOrder(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		_, rest, found := strings.Cut(page, text)
		if !found {
			t.Fatalf("%q is missing, or comes too early", text)
		}
		page = rest
	}
}

// Many companies are a line each: those with trouble first, the rest as people count. One of
// them is shown whole.
func TestOverviewOfMany(t *testing.T) {
	p := newAdmin(t)
	named := func(n int) {
		body := strings.Replace(settings("signature", "https://shop-1.myinsales.ru", false),
			"Компания 2", fmt.Sprintf("Кофейня %d", n), 1)
		if code, answer := p.api("PUT", fmt.Sprintf("/companies/%d", n), body); code != http.StatusCreated {
			t.Fatal(code, answer)
		}
	}
	for _, n := range []int{2, 10, 1} {
		named(n)
	}
	text := p.get("/")
	inOrder(t, text, ">Кофейня 1<", ">Кофейня 2<", ">Кофейня 10<")
	hasNot(t, text, "<tbody>\n<tr><td><a href=\"/?company=", "Все компании</a>")
	has(t, text, `class="thread"`)

	for n := 3; n <= 20; n++ {
		if n != 10 {
			named(n)
		}
	}
	secret := p.secret()
	p.stuck(p.takes(secret, "a1"), unmapped("sbp"))
	p.takes(secret, "a2")
	text = p.get("/")
	names := []string{"<strong>Кофейня 2<"}
	for n := 1; n <= 20; n++ {
		if n != 2 {
			names = append(names, fmt.Sprintf("<strong>Кофейня %d<", n))
		}
	}
	inOrder(t, text, names...)
	inOrder(t, text, `href="/?company=2"`, "1 заказ требует внимания.", `href="/orders?company=2&amp;state=attention">1<`,
		`href="/orders?company=2&amp;state=new">1<`, `href="/?company=1"`)
	hasNot(t, text, `class="thread"`)
	if n := strings.Count(text, `href="/?company=`); n != 20 {
		t.Errorf("%d lines of 20 companies", n)
	}
	inOrder(t, p.get("/companies"), ">Кофейня 1<", ">Кофейня 2<", ">Кофейня 10<", ">Кофейня 20<")

	text = p.get("/?company=7")
	has(t, text, `<h2><a href="/companies/7">Кофейня 7</a></h2>`, `href="/">Все компании</a>`, `class="thread"`)
	hasNot(t, text, `href="/?company=`, "/companies/2\"")
	has(t, p.get("/?company=nobody"), `href="/?company=20"`)
}

// The menu and the title tell how many orders need attention, on each page and on the one that
// is fetched for nothing else; and there only to whoever is signed in.
func TestLivePage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	text := p.get("/live?section=journal")
	has(t, text, `<nav id="menu"`, `data-live="/live?section=journal"`, `data-count="0"`,
		`<a href="/journal" aria-current="page">`, `id="offline" role="status" data-text="Нет связи с сервером`)
	hasNot(t, text, `class="count"`, "<title>(")

	p.stuck(p.takes(p.secret(), "a1"), unmapped("sbp"))
	for _, path := range []string{"/live", "/", "/orders", "/access", "/companies/2/orders/a1"} {
		has(t, p.get(path), "<title>(1) ", `data-count="1"`, `data-said="1 заказ требует внимания."`,
			`<a class="count" href="/orders?state=attention">1<`)
	}
	manager := p.newManager("Анна").get("/live")
	has(t, manager, `data-count="1"`)
	hasNot(t, manager, `href="/journal"`)
	has(t, p.get(`/live?section=%22%3E%3Cb%3E`), `section=%22%3E%3Cb%3E"`)

	p.change(storage.OrderKey{Company: "2", ID: "a1"}, func(o *storage.Order) { o.State, o.Problem = storage.StateNew, nil })
	has(t, p.get("/live"), `data-count="0"`)
	res := request(t, p.server.Public(), "GET", "/live", "", "Accept: text/html")
	if res.Code != http.StatusSeeOther {
		t.Errorf("a stranger: %d", res.Code)
	}
	hasNot(t, res.Body.String(), "data-count")
}

// TestForeignPage: a page that another site has the browser ask for stays unpacked when it
// asks for its changes.
func TestForeignPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	for from, want := range map[string]bool{"cross-site": true, "same-site": true, "same-origin": false, "none": false} {
		res := p.page("/orders?x=guess", p.cookie, "Sec-Fetch-Site: "+from)
		if got := strings.Contains(res.Body.String(), "<body data-foreign"); res.Code != 200 || got != want {
			t.Errorf("%s: %d, marked: %v", from, res.Code, got)
		}
	}
	again := p.page("/orders?x=guess", p.cookie, "Sec-Fetch-Site: same-origin", "Accept-Encoding: gzip", "X-Foreign: 1")
	if again.Header().Get("Content-Encoding") != "" {
		t.Error("its changes are packed")
	}
}

// Who uses only the catalog is shown the catalog, and who uses only orders only those: what
// was never set up is one line, in a card and among many.
func TestOverviewOfWhatIsUsed(t *testing.T) {
	p := newAdmin(t)
	code, answer := p.api("PUT", "/companies/2", `{"name":"Каталог","shop":{"url":"`+p.at+`","key_id":"`+
		insalestest.DefaultKeyID+`","password":"`+insalestest.DefaultPassword+`"},"chat":{"auth":"signature"}}`)
	if code != http.StatusCreated {
		t.Fatal(code, answer)
	}
	has(t, p.get("/"), `class="thread"`, "Заказы выключены", `href="/companies/2#catalog">Настроить каталог</a>`)
	hasNot(t, p.get("/"), "Каталог выключен", "Настроить заказы")

	set := func(change func(*storage.Company)) {
		t.Helper()
		one, err := p.bridge.Company(t.Context(), "2")
		if err != nil {
			t.Fatal(err)
		}
		change(&one)
		if _, err := p.bridge.SaveCompany(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	set(func(c *storage.Company) { c.Catalog.Enabled = true })
	text := p.get("/")
	has(t, text, "Каталог синхронизируется", "Каталог в чате обновлён", `href="/companies/2/start">Настроить заказы</a>`)
	hasNot(t, text, `class="thread"`, "Заказы выключены", "Последний заказ", "Ждут отправки", "Настроить каталог")
	has(t, p.get("/companies/2/start"), `class="thread"`, "Включить заказы")
	if _, told := p.api("GET", "/overview", ""); len(at(told, "companies.0.steps").([]any)) != 0 {
		t.Errorf("a monitoring is told of steps: %v", told)
	}
	has(t, p.get("/companies/2/check"), "Всё, что нужно каталогу, работает")
	hasNot(t, p.get("/companies/2/check"), "пока будут ждать", "curl", "не сопоставлен")
	p.send(p.secret(), `{"type":"ping","version":"1","company_id":"2"}`)
	has(t, p.get("/companies/2/check"), "Всё, что нужно каталогу, работает", "проверка связи")
	for n := 3; n <= 5; n++ {
		body := settings("signature", "https://shop-1.myinsales.ru", false)
		if code, answer := p.api("PUT", fmt.Sprintf("/companies/%d", n), body); code != http.StatusCreated {
			t.Fatal(code, answer)
		}
	}
	row := between(p.get("/"), `<strong>Каталог</strong>`, "</tr>")
	has(t, row, "Каталог синхронизируется", `href="/companies/2/start">Настроить заказы</a>`)
	hasNot(t, row, "Заказы выключены", "ещё не было")
	for n := 3; n <= 5; n++ {
		if err := p.bridge.DeleteCompany(t.Context(), fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}

	// The first thing done about orders makes the steps what there is to do, with the catalog.
	if res := p.post("/companies/2/start", url.Values{"do": {"own_sync"}}); res.Code != http.StatusSeeOther {
		t.Fatal(res.Code, res.Body)
	}
	has(t, p.get("/"), `class="thread"`, "Заказы выключены", "Каталог синхронизируется")
	set(func(c *storage.Company) {
		c.Orders.Payments, c.Orders.Deliveries = map[string]int64{"cash": 5000001}, map[string]int64{"pickup": 7000001}
		c.Catalog.Enabled, c.Orders.Enabled = false, true
	})
	text = p.get("/")
	has(t, text, "Заказы синхронизируются", "Последний заказ", `href="/companies/2#catalog">Настроить каталог</a>`)
	hasNot(t, text, "Каталог выключен", `class="thread"`, "Настроить заказы")
	set(func(c *storage.Company) { c.Chat.Wire = &storage.Wire{Catalog: storage.CatalogNone} })
	hasNot(t, p.get("/"), "Настроить каталог")
}

// What nobody can read yet is something to do about orders, for the page and for a monitoring.
func TestStepsOfWhatIsUnread(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	path := p.tokenURL("kind", "learn")
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	one.Orders.Payments, one.Orders.Deliveries, one.Catalog.Enabled = nil, nil, true
	if _, err := p.bridge.SaveCompany(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	steps := func() int {
		_, told := p.api("GET", "/overview", "")
		return len(at(told, "companies.0.steps").([]any))
	}
	hasNot(t, p.get("/"), `class="thread"`)
	if n := steps(); n != 0 {
		t.Errorf("%d steps of a company with only its catalog", n)
	}
	p.chatPosts(path, "text/plain", "an order?")
	has(t, p.get("/"), `class="thread"`)
	if n := steps(); n == 0 {
		t.Error("a monitoring is told of no steps")
	}
}
