package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"ineed-insales/insales/insalestest"
)

// formCookie is the cookie under which a form waits for its sender.
const formCookie = "ineed_form"

// late sends a form with the cookie of a session that has ended, and gives the
// cookie under which it is kept.
func (p *admin) late(path string, values url.Values) string {
	p.t.Helper()
	cookie := "Cookie: " + p.browser
	if p.cookie != "" {
		cookie = p.cookie + "; " + p.browser
	}
	res := p.form(path, values, cookie, "Sec-Fetch-Site: same-origin")
	if res.Code != 303 || res.Header().Get("Location") != "/signin?to=%2Fresume" {
		p.t.Fatalf("%d %s", res.Code, res.Header().Get("Location"))
	}
	c := cookieOf(res, formCookie)
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 {
		p.t.Fatalf("%+v", c)
	}
	return c.Name + "=" + c.Value
}

func cookieOf(res *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range res.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// TestTypedSurvivesTheSession: a form that was sent too late is sent after the
// next sign-in, once its sender says so, with all that was typed.
func TestTypedSurvivesTheSession(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.signedOut()
	form := manageValues()
	form.Set("version", "2")
	form.Set("shop_url", p.at)
	form.Set("name", "Новое название")
	form.Set("key_password", "a-new-password")
	p.shop.AddKey(insalestest.DefaultKeyID, "a-new-password")
	kept := p.late("/companies/2", form)
	p.cookie = p.signIn()

	text := p.page("/resume", p.cookie+"; "+kept).Body.String()
	has(t, text, "Ваши изменения сохранились", "«Управление»", `value="send"`)
	hasNot(t, text, "a-new-password", "Новое название")
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Name == "Новое название" {
		t.Error("it was sent without asking")
	}
	// Another browser has nothing to send, nor has another site's page.
	if res := p.page("/resume", p.cookie); res.Code != 303 || res.Header().Get("Location") != "/" {
		t.Errorf("another browser: %d", res.Code)
	}
	if res := p.form("/resume", url.Values{"do": {"send"}}, p.cookie+"; "+kept,
		"Sec-Fetch-Site: cross-site"); res.Code != 403 {
		t.Errorf("another site: %d", res.Code)
	}
	res := p.form("/resume", url.Values{"do": {"send"}}, p.cookie+"; "+kept, "Sec-Fetch-Site: same-origin")
	if res.Code != 303 || res.Header().Get("Location") != "/companies/2?done=saved" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if one, _ := p.bridge.Company(t.Context(), "2"); one.Name != "Новое название" ||
		one.Shop.Password != "a-new-password" {
		t.Errorf("%q %q", one.Name, one.Shop.Password.Reveal())
	}
	if res := p.form("/resume", url.Values{"do": {"send"}}, p.cookie+"; "+kept,
		"Sec-Fetch-Site: same-origin"); res.Code != 303 || res.Header().Get("Location") != "/" {
		t.Errorf("a second time: %d %s", res.Code, res.Header().Get("Location"))
	}

	// What is wrong with it comes back as if it had been in time.
	p.signedOut()
	kept = p.late("/companies",
		url.Values{"id": {"a b"}, "name": {"Вторая"}, "shop_url": {p.at}, "key_id": {insalestest.DefaultKeyID},
			"key_password": {"secret-password"}})
	p.cookie = p.signIn()
	res = p.form("/resume", url.Values{"do": {"send"}}, p.cookie+"; "+kept, "Sec-Fetch-Site: same-origin")
	has(t, res.Body.String(), `value="Вторая"`, `id="id-error"`)
	hasNot(t, res.Body.String(), "secret-password")
	if res.Code != 422 {
		t.Error(res.Code)
	}

	// Or it is forgotten. The cookie of the session may be gone: another tab has
	// signed out.
	p.signedOut()
	p.cookie = ""
	kept = p.late("/notify/webhook", url.Values{"do": {"save"}, "webhook_address": {p.at}})
	p.cookie = p.signIn()
	res = p.form("/resume", url.Values{"do": {"drop"}}, p.cookie+"; "+kept, "Sec-Fetch-Site: same-origin")
	if c := cookieOf(res, formCookie); res.Code != 303 || res.Header().Get("Location") != "/notify" || c == nil ||
		c.MaxAge >= 0 {
		t.Errorf("dropped: %d %s", res.Code, res.Header().Get("Location"))
	}
	if list, _ := p.bridge.Alerts.Channels(t.Context()); list[2].Enabled {
		t.Error("it was sent")
	}
}
