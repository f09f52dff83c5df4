package handlers

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ineed-insales/internal/bridge/login/logintest"
	"ineed-insales/storage"
)

var (
	secretInPage   = regexp.MustCompile(`id="secret"[^>]* value="([A-Z2-7 ]+)"`)
	recoveryInPage = regexp.MustCompile(`(?m)^\d{4} \d{4} \d{4}$`)
)

// begins has the person begin to set up a second factor, and gives the secret.
func (p *admin) begins(password string) string {
	p.t.Helper()
	if res := p.post("/access/code", url.Values{"password": {password}}); res.Code != http.StatusSeeOther {
		p.t.Fatalf("begin: %d %s", res.Code, res.Body)
	}
	found := secretInPage.FindStringSubmatch(p.get("/access/code"))
	if found == nil {
		p.t.Fatal("no secret")
	}
	return found[1]
}

// half gives the password and the cookie of half a sign-in.
func (p *admin) half(values url.Values) string {
	p.t.Helper()
	res := p.form("/signin", values)
	cookies := res.Result().Cookies()
	if res.Code != http.StatusSeeOther || len(cookies) != 1 || !strings.HasSuffix(cookies[0].Name, "_half") ||
		!strings.HasPrefix(res.Header().Get("Location"), "/signin/code?to=") {
		p.t.Fatalf("%d %s %v", res.Code, res.Header().Get("Location"), cookies)
	}
	return "Cookie: " + cookies[0].Name + "=" + cookies[0].Value
}

// TestCodeAtSignIn is the whole of it, as a person sees it who has no script.
func TestCodeAtSignIn(t *testing.T) {
	p := newAdmin(t)
	other := p.signIn()
	has(t, p.get("/access"), "Включить вход с кодом")
	has(t, p.get("/access/code"), `name="password"`)
	if res := p.post("/access/code", url.Values{"password": {"wrong"}}); res.Code != 403 {
		t.Errorf("without the password: %d", res.Code)
	}
	if res := p.page("/access/code/qr.svg", p.cookie); res.Code != 404 {
		t.Errorf("a picture of nothing: %d", res.Code)
	}
	secret := p.begins(adminPassword)
	link := "otpauth://totp/INEED%20InSales:" + url.PathEscape("Администратор example.com") + "?secret=" +
		strings.ReplaceAll(secret, " ", "") + "&issuer=INEED%20InSales"
	text := p.get("/access/code")
	if !strings.Contains(html.UnescapeString(text), link) {
		t.Errorf("no %s", link)
	}
	picture := p.page("/access/code/qr.svg", p.cookie)
	if h := picture.Header(); picture.Code != 200 || h.Get("Content-Type") != "image/svg+xml" ||
		!strings.Contains(h.Get("Cache-Control"), "no-store") || !strings.HasPrefix(picture.Body.String(), "<svg") {
		t.Errorf("%d %v", picture.Code, h)
	}
	if res := p.page("/access/code/qr.svg", other); res.Code != 404 {
		t.Errorf("another session sees the secret: %d", res.Code)
	}
	hasNot(t, p.page("/access/code", other).Body.String(), secret)
	res := p.post("/access/code", url.Values{"do": {"confirm"}, "code": {"000"}})
	if res.Code != 403 || !strings.Contains(res.Body.String(), `id="code-error"`) {
		t.Errorf("a wrong code: %d %s", res.Code, res.Body)
	}
	res = p.post("/access/code", url.Values{"do": {"confirm"}, "code": {logintest.Code(t, secret, 0)}})
	recovery := recoveryInPage.FindAllString(res.Body.String(), -1)
	if res.Code != 200 || len(recovery) != 10 {
		t.Fatalf("%d %q", res.Code, recovery)
	}
	hasNot(t, p.get("/access/code"), recovery[0], secret)
	if res := p.page("/access", other); res.Code != 303 {
		t.Errorf("another session goes on: %d", res.Code)
	}
	has(t, p.get("/access"), "10 кодов", "включён")

	half := p.half(url.Values{"password": {adminPassword}, "to": {"/journal"}})
	for _, path := range []string{"/", "/access", "/access/code/qr.svg", "/orders"} {
		if res := p.page(path, half); res.Code != 303 || path != "/" &&
			!strings.HasPrefix(res.Header().Get("Location"), "/signin?to=") {
			t.Errorf("%s with half a sign-in: %d", path, res.Code)
		}
	}
	as := strings.Replace(half, "_half=", "_session=", 1)
	for _, cookie := range []string{half, as} {
		if code := request(t, p.server.Public(), "GET", "/api/v1/overview", "", cookie).Code; code != 401 {
			t.Errorf("the API with %.20s…: %d", cookie, code)
		}
	}
	has(t, p.page("/signin/code?to=%2Fjournal", half).Body.String(), `autocomplete="one-time-code"`,
		`inputmode="numeric"`, `value="/journal"`)
	send := func(half, code string) *httptest.ResponseRecorder {
		return p.form("/signin/code", url.Values{"code": {code}, "to": {"/journal"}}, half)
	}
	if res := send(half, logintest.Code(t, secret, 0)); res.Code != 403 || !strings.Contains(res.Body.String(), "один раз") {
		t.Errorf("a code twice: %d %s", res.Code, res.Body)
	}
	code := logintest.Code(t, secret, 1)
	res = send(half, code[:3]+" "+code[3:])
	if res.Code != 303 || res.Header().Get("Location") != "/journal" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	var gone bool
	for _, c := range res.Result().Cookies() {
		gone = gone || strings.HasSuffix(c.Name, "_half") && c.MaxAge < 0
	}
	if !gone {
		t.Error("the half stays with the browser")
	}
	in := p.as(res)
	in.get("/access")
	again := in.as(send(half, recovery[0]))
	has(t, again.get("/access"), "9 кодов")
	if res := send(half, recovery[0]); res.Code != 403 {
		t.Errorf("a recovery code twice: %d", res.Code)
	}
	if res := send("X: 1", recovery[1]); res.Code != 401 || !strings.Contains(res.Body.String(), "ещё раз") ||
		!strings.Contains(res.Body.String(), `name="password"`) {
		t.Errorf("without the password: %d %s", res.Code, res.Body)
	}
	if res := p.page("/signin/code?to=%2Fjournal", "X: 1"); res.Header().Get("Location") != "/signin?to=%2Fjournal" {
		t.Errorf("%d %s", res.Code, res.Header().Get("Location"))
	}
	for range 5 {
		send(half, "000000")
	}
	if res := send(half, recovery[2]); res.Code != 429 || res.Header().Get("Retry-After") == "" ||
		!strings.Contains(res.Body.String(), "неверных попыток") {
		t.Errorf("too many guesses: %d", res.Code)
	}
	text = again.get("/journal")
	has(t, text, "Включён вход с кодом", "Верный пароль, но неверный код", "Вход по запасному коду",
		"Осталось запасных кодов")
	hasNot(t, text, "panel.journal", "panel.setting")

	res = again.post("/access/code", url.Values{"do": {"recovery"}, "password": {adminPassword}})
	if fresh := recoveryInPage.FindAllString(res.Body.String(), -1); len(fresh) != 10 || fresh[0] == recovery[0] {
		t.Errorf("%d %q", res.Code, fresh)
	}
	if res := again.post("/access/code", url.Values{"do": {"off"}, "password": {"wrong"}}); res.Code != 403 {
		t.Errorf("off without the password: %d", res.Code)
	}
	res = again.post("/access/code", url.Values{"do": {"off"}, "password": {adminPassword}})
	if res.Header().Get("Location") != "/access?done=code_off" {
		t.Errorf("off: %d %s", res.Code, res.Body)
	}
	p.signIn()
	if res := again.post("/access/code", url.Values{"do": {"confirm"}, "code": {"000000"}}); res.Code != 409 ||
		!strings.Contains(res.Body.String(), "начните заново") {
		t.Errorf("a code for nothing: %d %s", res.Code, res.Body)
	}
	for range 10 {
		if res = again.post("/access/code", url.Values{"password": {"wrong"}}); res.Code != 403 {
			break
		}
	}
	if res.Code != 429 || res.Header().Get("Retry-After") == "" {
		t.Errorf("too many passwords: %d %v", res.Code, res.Header())
	}
}

// TestLostPhone: an owner switches it off for a manager, the operator for anybody, and a link
// of a password goes not round it.
func TestLostPhone(t *testing.T) {
	p := newAdmin(t)
	anna := p.newManager("Анна")
	on := func() {
		t.Helper()
		secret := anna.begins(managerPassword)
		res := anna.post("/access/code", url.Values{"do": {"confirm"}, "code": {logintest.Code(t, secret, 0)}})
		if !recoveryInPage.MatchString(res.Body.String()) {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	on()
	hers := url.Values{"name": {"Анна"}, "password": {managerPassword}}
	p.half(hers)
	has(t, p.get("/people"), "вход с кодом")
	has(t, p.get("/people/2"), "Выключить вход с кодом")
	if res := anna.post("/people/2/code-off", sure); res.Code != 403 {
		t.Errorf("by a manager: %d", res.Code)
	}
	has(t, p.post("/people/2/code-off", nil).Body.String(), "потерял телефон", `name="confirm"`)
	p.half(hers) // it was only asked
	if res := p.post("/people/2/code-off", sure); res.Header().Get("Location") != "/people/2?done=code_off" {
		t.Errorf("by the owner: %d %s", res.Code, res.Body)
	}
	anna = p.as(p.form("/signin", hers))
	hasNot(t, p.get("/people/2"), "Выключить вход с кодом")

	on()
	link := setupLink.FindStringSubmatch(p.post("/people/2/link", sure).Body.String())
	res := p.form(link[1], url.Values{"password": {managerPassword}, "again": {managerPassword}})
	if res.Code != 303 || !strings.HasPrefix(res.Header().Get("Location"), "/signin/code") {
		t.Errorf("a link goes round it: %d %s", res.Code, res.Header().Get("Location"))
	}
	reset := func(body string) int {
		return request(t, p.server.Local(), "POST", "/api/v1/admin/reset-code", body,
			"Content-Type: application/json").Code
	}
	if code := reset(`{"name":"nobody"}`); code != 404 {
		t.Errorf("nobody: %d", code)
	}
	if code := reset(`{"name":"Анна"}`); code != 204 {
		t.Errorf("reset: %d", code)
	}
	p.as(p.form("/signin", hers))
	if code := reset(""); code != 204 {
		t.Errorf("the first owner: %d", code)
	}
	if res := p.post("/people/1/code-off", sure); res.Code != http.StatusConflict {
		t.Errorf("round the own password: %d", res.Code)
	}
	if code := request(t, p.server.Public(), "POST", "/api/v1/admin/reset-code", "",
		"Authorization: Bearer "+apiToken).Code; code != 404 {
		t.Errorf("from the network: %d", code)
	}
	var by []string
	for _, e := range journal(t, p.world) {
		if e.Kind == storage.EntryFactorOff && len(e.Changes) == 1 && e.Changes[0].New == "Анна" {
			by = append(by, e.Actor)
		}
	}
	if strings.Join(by, " ") != "cli "+byAdmin {
		t.Errorf("the journal says %q", by)
	}
}
