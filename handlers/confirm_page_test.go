package handlers

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// confirming are the values with which the page of a question is sent once more.
func confirming(page string) url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page, -1) {
		values.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return values
}

// sure sends a form and, if it is asked about, confirms it as a browser without a script does.
func (p *admin) sure(path string, values url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	res := p.post(path, values)
	if res.Code != http.StatusOK || !strings.Contains(res.Body.String(), `name="confirm"`) {
		return res
	}
	return p.post(path, confirming(res.Body.String()))
}

// TestWhatCannotBeUndoneIsAsked: without its confirmation such a form does nothing but ask,
// names what it is about, and leads back to where it was sent from.
func TestWhatCannotBeUndoneIsAsked(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.takes(secret, "a1")
	p.change(storage.OrderKey{Company: "2", ID: "a1"}, func(o *storage.Order) {
		o.State, o.GoneAt = storage.StateSent, o.AcceptedAt
	})
	p.stuck(p.takes(secret, "a2"), unmapped("card"))
	p.refuses(secret)
	p.get("/companies/2/received") // what was seen there is no news the next time
	all := func() (text string) {
		for _, path := range []string{"/journal", "/companies/2", "/companies/2/orders", "/companies/2/received",
			"/companies/2/orders/a2"} {
			text += steady(p.get(path))
		}
		return text
	}
	before := all()
	const company = "/companies/2"
	for _, ask := range []struct {
		path   string
		values url.Values
		about  string
	}{
		{company + "/delete", nil, "Компания 2"},
		{company + "/secret", url.Values{"of": {"chat"}}, "Компания 2"},
		{company + "/secret", url.Values{"of": {"insales"}}, "Компания 2"},
		{company + "/account", nil, "Компания 2"},
		{company + "/catalog/sync", url.Values{"full": {"true"}}, "весь каталог"},
		{company + "/received/erase", nil, "Вернуть их нельзя"},
		{company + "/received", url.Values{"drop": {"unread-1"}}, "вернуть его нельзя"},
		{company + "/received", url.Values{"forget": {"true"}}, "Вернуть это нельзя"},
		{company + "/orders/retry", url.Values{"problem": {"payment_unmapped"}, "type": {"card"}}, "1 заказ"},
		{company + "/orders/a2/cancel", nil, "Заказ a2"},
		{company + "/orders/a2/erase", nil, "Вернуть их нельзя"},
		{company + "/orders/a2/accept", url.Values{"body": {"2"}}, "отдельный заказ"},
		{company + "/preview", url.Values{"do": {"send"}, "variant": {"7"}}, "по-настоящему"},
		{company, url.Values{"do": {"disable"}, "version": {"2"}}, "1 заказ останется ждать"},
		{"/people/1/remove", nil, "Войти станет нельзя"},
	} {
		res := p.form(ask.path, ask.values, p.cookie, "Sec-Fetch-Site: same-origin",
			"Referer: http://example.com/companies/2/orders")
		text := res.Body.String()
		if res.Code != 200 || !strings.Contains(text, `name="confirm" value="yes"`) || !strings.Contains(text, ask.about) {
			t.Errorf("%s %v: %d %s", ask.path, ask.values, res.Code, text)
		}
		has(t, text, `href="/companies/2/orders">`, `action="`+ask.path+`"`)
		for name := range ask.values {
			has(t, text, `name="`+name+`" value="`+ask.values.Get(name)+`"`)
		}
	}
	if before != all() {
		t.Error("a question has changed something")
	}
}

// TestDeletionWantsTheName: what was typed instead of the name stays, with its error.
func TestDeletionWantsTheName(t *testing.T) {
	p := newAdmin(t)
	p.company(url.Values{"name": {"Сибирь & Ко"}})
	values := confirming(p.post("/companies/2/delete", nil).Body.String())
	for _, typed := range []string{"", "Сибирь"} {
		values.Set("confirm_word", typed)
		res := p.post("/companies/2/delete", values)
		if res.Code != 422 {
			t.Fatalf("%q: %d", typed, res.Code)
		}
		has(t, res.Body.String(), `value="`+typed+`"`, `id="confirm_word-error"`, "Сибирь &amp; Ко")
	}
	values.Set("confirm_word", " сибирь  & ко ")
	if res := p.post("/companies/2/delete", values); res.Code != 303 ||
		res.Header().Get("Location") != "/companies?done=deleted" {
		t.Errorf("%d %s", res.Code, res.Body)
	}
}

// TestQuestionKeepsSecrets: a password that was typed beside the button does not stand in the
// page of the question, and is stored with the rest once that is confirmed.
func TestQuestionKeepsSecrets(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	form.Set("name", "Другое название")
	form.Set("do", "disable")
	form.Set("key_password", "another-password")
	p.shop.AddKey(insalestest.DefaultKeyID, "another-password")
	form.Set("shop_url", strings.Replace(p.at, "://", "://key:in-the-address@", 1))
	text := p.post("/companies/2", form).Body.String()
	has(t, text, "Другое название", "Выключить")
	hasNot(t, text, "another-password", "in-the-address")
	if res := p.sure("/companies/2", form); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Name != "Другое название" {
		t.Errorf("%+v", one)
	}
	// What was kept for too long is not stored as if nothing had been typed.
	values := confirming(text)
	values.Set("kept.key_password", "gone")
	if res := p.post("/companies/2", values); res.Code != 303 || res.Header().Get("Location") != "/companies/2" {
		t.Errorf("%d %s", res.Code, res.Header().Get("Location"))
	}
}

// TestEveryAddressIsAPage: whatever a browser asks of the panel, it is shown a page in the
// person's language, with the menu, or led to one.
func TestEveryAddressIsAPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.takes(p.secret(), "a1")
	fill := strings.NewReplacer(":company", "2", ":order", "a1", ":kind", "email", ":lang", "ru", ":token", "x")
	seen := 0
	for _, route := range p.server.publicRoutes().Routes() {
		if !panelRoute(route.Path) || route.Path == "/signin" { // where nobody is signed in
			continue
		}
		seen++
		path := fill.Replace(route.Path)
		for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "PROPFIND"} {
			p.isPage(method, path, 0)
		}
	}
	if seen < 60 {
		t.Errorf("only %d routes", seen)
	}
	for _, path := range []string{"/nothing", "/companies/9", "/companies/9/orders", "/companies/2/orders/nothing",
		"/companies/2/nothing", "/companies/9/delete/at/once"} {
		has(t, p.isPage("GET", path, 404), "<title>Такой страницы нет")
	}
	// What stands in the bar after an error leads back to the form.
	for path, want := range map[string]string{"/notify/email": "/notify", "/companies/2/delete": "/companies/2",
		"/companies/2/orders/a1/link?test=true": "/companies/2/orders/a1?test=true", "/access/end-all": "/access",
		"/companies/2/received/erase": "/companies/2/received", "/backup": "/",
		"/companies/2/orders/retry": "/companies/2/orders", "/companies/2/catalog/sync": "/companies/2"} {
		if res := p.page(path, p.cookie); res.Code != 303 || res.Header().Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", path, res.Code, res.Header().Get("Location"), want)
		}
	}
	large := p.form("/companies/2", url.Values{"name": {strings.Repeat("x", 2<<20)}}, p.cookie, "Accept: text/html")
	if large.Code != 413 || !strings.Contains(large.Body.String(), "Введено слишком много") {
		t.Errorf("large: %d %s", large.Code, large.Body)
	}
	typed := request(t, p.server.Public(), "POST", "/companies/2", `{"name":"x"}`, p.cookie, "Accept: text/html",
		"Content-Type: application/json")
	if typed.Code != 415 || !strings.Contains(typed.Body.String(), "Форма не принята") {
		t.Errorf("JSON: %d %s", typed.Code, typed.Body)
	}
	// Who is no browser goes on to be answered as before.
	for _, path := range []string{"/api/v1/nothing", "/webhooks/ineedchat/2/a/b"} {
		if res := p.page(path, p.cookie); !strings.Contains(res.Header().Get(echo.HeaderContentType), "json") {
			t.Errorf("%s: %s", path, res.Header().Get(echo.HeaderContentType))
		}
	}
}

// panelRoute reports whether people come along a route.
func panelRoute(path string) bool {
	for _, other := range []string{"/api/", "/webhooks/", "/feeds/", "/metrics", "/healthz", "/readyz", "/assets/"} {
		if strings.HasPrefix(path, other) {
			return false
		}
	}
	return true
}

// isPage fails unless a browser is led on, or shown a page with the menu, and gives that. A
// status of 0 is any.
func (p *admin) isPage(method, path string, status int) string {
	p.t.Helper()
	res := request(p.t, p.server.Public(), method, path, "", p.cookie, "Accept: text/html,*/*;q=0.8",
		"Sec-Fetch-Site: same-origin")
	text := res.Body.String()
	if res.Code == http.StatusSeeOther && status == 0 {
		return ""
	}
	kind := res.Header().Get(echo.HeaderContentType)
	if strings.HasSuffix(path, ".csv") && res.Code == 200 {
		return text
	}
	if status != 0 && res.Code != status || !strings.HasPrefix(kind, "text/html") ||
		!strings.Contains(text, `lang="ru"`) || !strings.Contains(text, `<nav id="menu" aria-label="Разделы"`) {
		p.t.Errorf("%s %s: %d %s %.300s", method, path, res.Code, kind, text)
	}
	return text
}
