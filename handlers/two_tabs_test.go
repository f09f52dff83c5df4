package handlers

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"ineed-insales/insales/insalestest"
)

// TestTwoTabs: the form of the tab that came later comes back with what was typed and with
// what the other has saved beside it, and saving it once more stores it.
func TestTwoTabs(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	other := manageValues()
	other.Set("version", "2")
	other.Set("name", "Другая вкладка")
	other.Set("key_password", "password-of-another")
	p.shop.AddKey(insalestest.DefaultKeyID, "password-of-another")
	other.Set("chat_auth", "bearer")
	other.Set("payments.0.id", "5000002")
	other.Set("payments.1.from", "sbp")
	other.Set("payments.1.id", "5000003")
	if res := p.saved(other); res.Code != 200 { // a new token is shown
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	mine := manageValues()
	mine.Set("version", "2")
	mine.Set("name", "Моя вкладка")
	mine.Set("max_age", "24")
	res := p.saved(mine)
	text := res.Body.String()
	if res.Code != http.StatusConflict {
		t.Fatalf("%d %s", res.Code, text)
	}
	has(t, text, "настройки изменились", `value="Моя вкладка"`, "Сейчас сохранено: Другая вкладка", `id="name-now"`,
		"Сейчас сохранено: Картой онлайн · № 5000002", "Сейчас сохранено ещё: sbp", `id="chat_auth-now"`)
	hasNot(t, text, "password-of-another", `id="max_age-now"`, `id="shop_url-now"`)
	version := between(text, `name="version" value="`, `"`)
	if version == "2" {
		t.Fatal("the form would fail for ever")
	}
	mine.Set("version", version)
	mine.Set("chat_auth", "bearer")
	if res := p.saved(mine); res.Code != http.StatusSeeOther {
		t.Fatalf("once more: %d %s", res.Code, res.Body)
	}
	one, _ := p.bridge.Company(t.Context(), "2")
	if one.Name != "Моя вкладка" || one.Orders.Payments["cash"] != 5000001 || len(one.Orders.Payments) != 1 {
		t.Errorf("%q %v", one.Name, one.Orders.Payments)
	}
}

// TestCompanyMadeTwice: of two who make a company under the same number at once, while the
// shop is asked, one does, and the other is told so.
func TestCompanyMadeTwice(t *testing.T) {
	p := newAdmin(t)
	codes, names := make(chan int, 2), []string{"Первая", "Вторая"}
	var both sync.WaitGroup
	for _, name := range names {
		both.Go(func() {
			res := p.post("/companies", url.Values{"id": {"2"}, "name": {name}, "shop_url": {p.at},
				"key_id": {insalestest.DefaultKeyID}, "key_password": {insalestest.DefaultPassword}})
			if res.Code != http.StatusCreated && !strings.Contains(res.Body.String(), "уже есть") {
				t.Errorf("%d %s", res.Code, res.Body)
			}
			codes <- res.Code
		})
	}
	both.Wait()
	if sum := <-codes + <-codes; sum != http.StatusCreated+http.StatusUnprocessableEntity {
		t.Errorf("two answers that make %d, want one 201 and one 422", sum)
	}
	if one, err := p.bridge.Company(t.Context(), "2"); err != nil || one.Version != 1 {
		t.Errorf("%v, saved %d times", err, one.Version)
	}
}

// TestPacked: pages and files are sent in gzip to whoever takes it, but no page that another
// site has asked for.
func TestPacked(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	plain := p.get("/companies/2")
	asset := "/assets/" + between(plain, `href="/assets/panel`, `"`)
	asset = strings.Replace(asset, "/assets/", "/assets/panel", 1)
	for _, test := range []struct {
		path    string
		headers []string
		packed  bool
	}{
		{"/companies/2", []string{"Accept-Encoding: br, gzip"}, true},
		{"/companies/2", []string{"Accept-Encoding: gzip;q=0"}, false},
		{"/companies/2", nil, false},
		{"/companies/2", []string{"Accept-Encoding: gzip", "Sec-Fetch-Site: same-origin"}, true},
		{"/companies/2", []string{"Accept-Encoding: gzip", "Sec-Fetch-Site: none"}, true},
		{"/companies/2", []string{"Accept-Encoding: gzip", "Sec-Fetch-Site: cross-site"}, false},
		{"/companies/2", []string{"Accept-Encoding: gzip", "Sec-Fetch-Site: same-site"}, false},
		{"/nothing", []string{"Accept-Encoding: gzip", "Accept: text/html"}, true},
		{asset, []string{"Accept-Encoding: gzip", "Sec-Fetch-Site: cross-site"}, true},
		{asset, nil, false},
		{"/api/openapi.yaml", []string{"Accept-Encoding: gzip"}, false},
	} {
		res := p.page(test.path, p.cookie, test.headers...)
		body := res.Body.Bytes()
		if got := res.Header().Get("Content-Encoding") == "gzip"; got != test.packed {
			t.Errorf("%s %v: packed %v", test.path, test.headers, got)
			continue
		}
		if !test.packed {
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(r)
		if err != nil || len(whole) <= len(body) || res.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d of %d bytes, %v, %v", test.path, len(body), len(whole), err, res.Header())
		}
	}
}
