package handlers

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ineed-insales/handlers/panel"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/storage"
)

// The first owner, as an installation has that has one user.
const (
	adminName     = "Администратор"
	adminPassword = "correct horse battery"
	byAdmin       = "user:" + adminName
)

// withPassword gives the panel a password that is cheap to check.
func (w *world) withPassword() {
	w.t.Helper()
	made, err := bcrypt.GenerateFromPassword([]byte(adminPassword), bcrypt.MinCost)
	if err == nil {
		u := storage.User{Name: adminName, Role: storage.RoleOwner, Password: made}
		err = w.store.Update(w.t.Context(), func(tx *storage.Tx) error {
			if users, err := tx.Users(); err != nil || len(users) > 0 {
				u.ID = 1
				return errors.Join(err, tx.PutUser(u))
			}
			return tx.AddUser(&u)
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// newSite makes the server anew behind a public URL.
func (w *world) newSite(public string, proxies ...string) {
	w.t.Helper()
	cfg := w.server.cfg
	cfg.PublicURL = public
	for _, p := range proxies {
		cfg.TrustedProxies = append(cfg.TrustedProxies, netip.MustParsePrefix(p))
	}
	w.server = New(cfg)
}

// form posts a form.
func (w *world) form(path string, values url.Values, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return request(w.t, w.server.Public(), "POST", path, values.Encode(),
		append([]string{"Content-Type: application/x-www-form-urlencoded"}, headers...)...)
}

// signIn signs in and gives the header that proves it.
func (w *world) signIn(headers ...string) string {
	w.t.Helper()
	res := w.form("/signin", url.Values{"password": {adminPassword}}, headers...)
	if res.Code != http.StatusSeeOther {
		w.t.Fatalf("sign in: %d %s", res.Code, res.Body)
	}
	c := res.Result().Cookies()[0]
	if named := res.Result().Cookies()[1:]; len(named) > 0 {
		w.browser = named[0].Name + "=" + named[0].Value
	}
	return "Cookie: " + c.Name + "=" + c.Value
}

// page gets a page with a session.
func (w *world) page(path, cookie string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return request(w.t, w.server.Public(), "GET", path, "", append([]string{cookie}, headers...)...)
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	if res := w.page("/signin", "X: 1"); res.Code != 200 || !strings.Contains(res.Body.String(), "reset-password") ||
		strings.Contains(res.Body.String(), "<form class=\"card") {
		t.Errorf("without a password: %d", res.Code)
	}
	w.withPassword()
	if res := w.page("/access?x=1", "X: 1"); res.Code != 303 ||
		res.Header().Get("Location") != "/signin?to=%2Faccess%3Fx%3D1" {
		t.Errorf("without a session: %d %s", res.Code, res.Header().Get("Location"))
	}
	for referer, want := range map[string]string{"": "/signin",
		"http://example.com/companies/2?x": "/signin?to=%2Fcompanies%2F2",
		"http://evil.example/companies/2":  "/signin"} {
		if res := w.form("/signout", nil, "Referer: "+referer); res.Code != 303 ||
			res.Header().Get("Location") != want {
			t.Errorf("post without a session, from %q: %d %s", referer, res.Code, res.Header().Get("Location"))
		}
	}
	res := w.form("/signin", url.Values{"password": {"wrong"}, "to": {"/companies"}})
	if res.Code != 403 || !strings.Contains(res.Body.String(), "Пароль не подходит") ||
		len(res.Result().Cookies()) > 0 || !strings.Contains(res.Body.String(), `value="/companies"`) {
		t.Errorf("wrong password: %d %s", res.Code, res.Body)
	}
	res = w.form("/signin", url.Values{"password": {adminPassword}, "to": {"/companies"}})
	if res.Code != 303 || res.Header().Get("Location") != "/companies" {
		t.Fatalf("right password: %d %s", res.Code, res.Header().Get("Location"))
	}
	got := res.Result().Cookies()[0]
	if got.Name != "ineed_session" || !got.HttpOnly || got.Secure || got.SameSite != http.SameSiteLaxMode ||
		got.Path != "/" || got.MaxAge <= 0 || len(got.Value) < 26 {
		t.Errorf("cookie over plain http: %+v", got)
	}
	cookie := "Cookie: " + got.Name + "=" + got.Value
	if res := w.page("/access", cookie); res.Code != 200 || !strings.Contains(res.Body.String(), "Пароль и входы") {
		t.Errorf("with the session: %d", res.Code)
	}
	if res := w.page("/access", cookie+"x"); res.Code != 303 {
		t.Errorf("with another: %d", res.Code)
	}
	res = w.form("/signout", nil, cookie)
	if res.Code != 303 || res.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("sign out: %d %v", res.Code, res.Result().Cookies())
	}
	if res := w.page("/access", cookie); res.Code != 303 {
		t.Errorf("after signing out: %d", res.Code)
	}
}

func TestSetupLink(t *testing.T) {
	w := newWorld(t)
	token, err := w.bridge.Login.SetUp(t.Context(), "")
	if err != nil || token == "" {
		t.Fatal(token, err)
	}
	again, err := w.bridge.Login.SetUp(t.Context(), "") // the next start
	if err != nil || again == token {
		t.Fatal(again, err)
	}
	if res := w.page(panel.SetupPath(token), "X: 1"); res.Code != 410 {
		t.Errorf("the link before: %d", res.Code)
	}
	path := panel.SetupPath(again)
	for range 3 {
		if res := w.page(path, "X: 1"); res.Code != 200 {
			t.Fatalf("looking at the link: %d %s", res.Code, res.Body)
		}
	}
	for _, test := range []struct{ password, again, want string }{
		{"long enough 1", "long enough 2", "не совпадают"},
		{"short", "other", "не короче 10"}, // both faults at once
		{"short", "other", "не совпадают"},
		{"short", "short", "не короче 10"},
		{strings.Repeat("длинный", 20), strings.Repeat("длинный", 20), "не больше 72"},
	} {
		res := w.form(path, url.Values{"password": {test.password}, "again": {test.again}})
		if res.Code != 422 || !strings.Contains(res.Body.String(), test.want) ||
			strings.Contains(res.Body.String(), test.password+`"`) {
			t.Errorf("%q: %d %s", test.password, res.Code, res.Body)
		}
	}
	res := w.form(path, url.Values{"password": {adminPassword}, "again": {adminPassword}})
	if res.Code != 303 || len(res.Result().Cookies()) != 2 { // of the session, and of the browser
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if res := w.form(path, url.Values{"password": {adminPassword}, "again": {adminPassword}}); res.Code != 410 {
		t.Errorf("used twice: %d", res.Code)
	}
	if token, err := w.bridge.Login.SetUp(t.Context(), "another first password"); err != nil || token != "" {
		t.Errorf("the next start makes a link: %v", err)
	}
	cookie := w.signIn()

	// Forgotten: the command line gives a new link and ends everything else.
	code, body := w.local("POST", "/admin/reset-password")
	fresh, _ := at(body, "path").(string)
	if code != 200 || !strings.HasPrefix(fresh, "/setup/") || at(body, "url") != nil {
		t.Fatalf("%d %v", code, body)
	}
	if res := w.page("/access", cookie); res.Code != 303 {
		t.Errorf("a session outlived the reset: %d", res.Code)
	}
	if res := w.form("/signin", url.Values{"password": {adminPassword}}); res.Code != 403 {
		t.Errorf("the old password: %d", res.Code)
	}
	if token, err := w.bridge.Login.SetUp(t.Context(), adminPassword); err != nil || token == "" {
		t.Errorf("the first password was taken again after a reset: %v", err)
	}
	if code := request(t, w.server.Public(), "POST", "/api/v1/admin/reset-password", "",
		"Authorization: Bearer "+apiToken).Code; code != 404 {
		t.Errorf("the network can reset the password: %d", code)
	}
}

// local asks the API over the socket.
func (w *world) local(method, path string) (int, map[string]any) {
	w.t.Helper()
	res := request(w.t, w.server.Local(), method, "/api/v1"+path, "")
	return res.Code, members(w.t, res)
}

func TestFirstPassword(t *testing.T) {
	w := newWorld(t)
	if token, err := w.bridge.Login.SetUp(t.Context(), adminPassword); err != nil || token != "" {
		t.Fatal(token, err)
	}
	w.signIn()
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	cookie, other := w.signIn(), w.signIn()
	change := func(old, password, again string) *httptest.ResponseRecorder {
		return w.form("/access", url.Values{"old": {old}, "password": {password}, "again": {again}}, cookie)
	}
	if res := change("wrong", "another good one", "another good one"); res.Code != 403 {
		t.Errorf("wrong old password: %d", res.Code)
	}
	if res := change(adminPassword, "another good one", "another good on"); res.Code != 422 {
		t.Errorf("mistyped: %d", res.Code)
	}
	res := change(adminPassword, "another good one", "another good one")
	if res.Code != 303 {
		t.Fatal(res.Code, res.Body)
	}
	c := res.Result().Cookies()[0]
	if code := w.page("/access", "Cookie: "+c.Name+"="+c.Value).Code; code != 200 {
		t.Errorf("the new session: %d", code)
	}
	if a, b := w.page("/access", cookie).Code, w.page("/access", other).Code; a != 303 || b != 303 {
		t.Errorf("%d %d: older sessions go on", a, b)
	}
	if res := w.form("/signin", url.Values{"password": {"another good one"}}); res.Code != 303 {
		t.Errorf("the new password: %d", res.Code)
	}
}

func TestGuessing(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	guess := func(from, password string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/signin",
			strings.NewReader(url.Values{"password": {password}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = from + ":1234"
		res := httptest.NewRecorder()
		w.server.Public().ServeHTTP(res, r)
		return res
	}
	for i := range 5 {
		if code := guess("192.0.2.1", "wrong").Code; code != 403 {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	res := guess("192.0.2.1", adminPassword)
	if res.Code != 429 || res.Header().Get("Retry-After") != "1" || !strings.Contains(res.Body.String(), "через 1 с") {
		t.Errorf("the right password too soon: %d %v", res.Code, res.Header())
	}
	if code := guess("192.0.2.2", adminPassword).Code; code != 303 {
		t.Errorf("somebody else has to wait: %d", code)
	}
	for i, e := range journal(t, w) {
		if want := map[int]string{0: "signin", 1: "refused", 5: "refused"}[i]; want != "" && e.Kind != want {
			t.Errorf("journal %d: %s, want %s", i, e.Kind, want)
		}
		if strings.Contains(e.Address, ":") || e.Kind == "refused" && (e.Actor != "" || e.Address != "192.0.2.1") {
			t.Errorf("journal %d: %+v", i, e)
		}
	}
}

func journal(t *testing.T, w *world) []storage.Entry {
	t.Helper()
	page, err := w.bridge.Journal(t.Context(), storage.JournalFilter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return page.Entries
}

func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	now := time.Now()
	tests := []struct {
		name          string
		created, seen time.Time
		want          int
	}{
		{"fresh", now, now, 200},
		{"used lately", now.Add(-29 * 24 * time.Hour), now.Add(-6 * 24 * time.Hour), 200},
		{"idle", now.Add(-8 * 24 * time.Hour), now.Add(-login.SessionIdle - time.Minute), 303},
		{"old, though used", now.Add(-login.SessionLife - time.Minute), now, 303},
	}
	for _, test := range tests {
		cookie := w.signIn()
		_, value, _ := strings.Cut(cookie, "=")
		if _, err := w.bridge.Login.SignedIn(t.Context(), value); err != nil {
			t.Fatal(err)
		}
		w.age(value, test.created, test.seen)
		if code := w.page("/access", cookie).Code; code != test.want {
			t.Errorf("%s: %d, want %d", test.name, code, test.want)
		}
	}
}

// TestRenewingIsNoUse: a tab that is left open and renews itself does not put off the end of
// its session; whoever opens a page does.
func TestRenewingIsNoUse(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	cookie := w.signIn()
	_, value, _ := strings.Cut(cookie, "=")
	now := time.Now()
	sum := sha256.Sum256([]byte(value))
	for _, day := range []time.Duration{1, 3, 6} {
		seen := now.Add(-day * 24 * time.Hour)
		w.age(value, seen, seen)
		if code := w.page("/live?section=orders", cookie, "X-Renew: 1").Code; code != http.StatusOK {
			t.Fatal(code)
		}
		if s, _, err := w.store.Session(t.Context(), sum[:]); err != nil || s.SeenAt.After(seen.Add(time.Second)) {
			t.Errorf("after %d days a page that renews itself has used the session: %v %v", day, s.SeenAt, err)
		}
	}
	if code := w.page("/access", cookie).Code; code != http.StatusOK {
		t.Fatal(code)
	}
	if s, _, err := w.store.Session(t.Context(), sum[:]); err != nil || s.SeenAt.Before(now) {
		t.Errorf("who opens a page has not used the session: %v %v", s.SeenAt, err)
	}
	w.age(value, now.Add(-8*24*time.Hour), now.Add(-login.SessionIdle-time.Minute))
	if code := w.page("/live?section=orders", cookie, "X-Renew: 1").Code; code != http.StatusSeeOther {
		t.Errorf("a session that nobody uses never ends: %d", code)
	}
}

// age gives a session other times.
func (w *world) age(value string, created, seen time.Time) {
	w.t.Helper()
	sum := sha256.Sum256([]byte(value))
	s, u, err := w.store.Session(w.t.Context(), sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.store.Update(w.t.Context(), func(tx *storage.Tx) error {
		if _, err := tx.EndSession(u.ID, s.ID); err != nil {
			return err
		}
		s.CreatedAt, s.SeenAt = created, seen
		return tx.AddSession(s, time.Time{}, time.Time{})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestAPIWithSession(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	w.company("signature")
	cookie := w.signIn()
	api := func(method, path, body string, headers ...string) int {
		return request(t, w.server.Public(), method, "/api/v1"+path, body, headers...).Code
	}
	tests := []struct {
		name    string
		method  string
		headers []string
		want    int
	}{
		{"session", "GET", []string{cookie}, 200},
		{"session, its own page", "POST", []string{cookie, "Sec-Fetch-Site: same-origin"}, 200},
		{"session, its own origin", "POST", []string{cookie, "Origin: http://example.com"}, 200},
		{"session, no browser", "POST", []string{cookie}, 200},
		{"session, another site", "POST", []string{cookie, "Sec-Fetch-Site: cross-site"}, 403},
		{"session, a sister site", "POST", []string{cookie, "Sec-Fetch-Site: same-site"}, 403},
		{"session, another origin", "POST", []string{cookie, "Origin: http://evil.example"}, 403},
		{"session, no origin", "POST", []string{cookie, "Origin: null"}, 403},
		{"token, another site", "POST", []string{"Authorization: Bearer " + apiToken, "Sec-Fetch-Site: cross-site"},
			200},
		{"wrong token beside a session", "GET", []string{cookie, "Authorization: Bearer x"}, 401},
		{"ended session", "GET", []string{"Cookie: ineed_session=nothing"}, 401},
		{"nothing", "GET", nil, 401},
	}
	for _, test := range tests {
		path, body := "/companies/2", ""
		if test.method == "POST" {
			path, body = "/companies/2/secrets", `{"of":"chat"}`
		}
		if got := api(test.method, path, body, test.headers...); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	list := journal(t, w)
	by := slices.IndexFunc(list, func(e storage.Entry) bool {
		return e.Kind == storage.EntryRotated && e.Actor == byAdmin && e.Address == "192.0.2.1"
	})
	if by < 0 || !slices.ContainsFunc(list,
		func(e storage.Entry) bool { return e.Kind == storage.EntryRotated && e.Actor == visit.ByAPI }) {
		t.Errorf("journal: %+v", list)
	}
}

func TestForeignForms(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	cookie := w.signIn()
	for _, path := range []string{"/signin", "/signin/code", "/signout", "/access", "/access/code",
		"/access/end-all", "/people", "/setup/x"} {
		if code := w.form(path, url.Values{"password": {adminPassword}}, cookie,
			"Sec-Fetch-Site: cross-site").Code; code != 403 {
			t.Errorf("%s from another site: %d, want 403", path, code)
		}
	}
	if code := w.page("/access", cookie).Code; code != 200 {
		t.Errorf("the session has ended: %d", code)
	}
}

func TestHosts(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	secret := w.company("signature")
	w.newSite("https://panel.example:8443/ineed")
	cookie := strings.Replace(w.signIn("Host: panel.example:8443"), "Cookie: ", "", 1)
	get := func(host, path string, headers ...string) int {
		r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
		r.Host = host
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		res := httptest.NewRecorder()
		w.server.Public().ServeHTTP(res, r)
		return res.Code
	}
	tests := []struct {
		host, path, header string
		want               int
	}{
		{"panel.example:8443", "/access", "Cookie: " + cookie, 200},
		{"PANEL.example:8443", "/access", "Cookie: " + cookie, 200},
		{"panel.example.:8443", "/access", "Cookie: " + cookie, 200},
		{"panel.example.:443", "/access", "Cookie: " + cookie, 421},
		{"panel.example", "/", "Cookie: " + cookie, 421},
		{"evil.example", "/", "Cookie: " + cookie, 421},
		{"evil.example", "/signin", "X: 1", 421},
		{"evil.example", "/api/v1/companies", "Cookie: " + cookie, 421},
		{"evil.example", "/api/v1/companies", "Authorization: Bearer " + apiToken, 200},
		{"evil.example", "/healthz", "X: 1", 200},
		{"evil.example", "/metrics", "Authorization: Bearer " + apiToken, 200},
		{"localhost:8080", "/signin", "X: 1", 200},
		{"127.0.0.1:8080", "/signin", "X: 1", 200},
		{"[::1]:8080", "/signin", "X: 1", 200},
		{"localhost.:8080", "/signin", "X: 1", 200},
		{"10.0.0.7:8080", "/signin", "X: 1", 421},
	}
	for _, test := range tests {
		if got := get(test.host, test.path, test.header); got != test.want {
			t.Errorf("%s%s %.12s: %d, want %d", test.host, test.path, test.header, got, test.want)
		}
	}
	if code := w.send(secret, fresh("1")).Code; code != 202 { // its Host is example.com
		t.Errorf("webhook at another name: %d", code)
	}
}

func TestPrefixAndSecureCookies(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	tests := []struct {
		name, public, host string
		headers            []string
		proxies            []string
		cookie, path       string
		secure             bool
	}{
		{"lan", "", "10.0.0.7:8080", nil, nil, "ineed_session", "/", false},
		{"https", "https://panel.example", "panel.example", nil, nil, "__Host-ineed", "/", true},
		{"https, prefix", "https://panel.example/a/b/", "panel.example", nil, nil, "ineed_session", "/a/b/", true},
		{"http, prefix", "http://panel.example/a", "panel.example", nil, nil, "ineed_session", "/a/", false},
		{"tunnel", "https://panel.example", "localhost:8080", nil, nil, "ineed_session", "/", false},
		{"trusted proxy", "", "x.example", []string{"X-Forwarded-Proto: https"}, []string{"192.0.2.0/24"},
			"__Host-ineed", "/", true},
		{"unknown proxy", "", "x.example", []string{"X-Forwarded-Proto: https"}, nil, "ineed_session", "/", false},
	}
	for _, test := range tests {
		w.server.cfg.TrustedProxies = nil
		w.newSite(test.public, test.proxies...)
		base := strings.TrimSuffix(test.path, "/")
		for _, at := range []string{"/signin", base + "/signin"} { // stripped by the proxy, or not
			res := w.form(at, url.Values{"password": {adminPassword}},
				append([]string{"Host: " + test.host}, test.headers...)...)
			if res.Code != 303 || res.Header().Get("Location") != base+"/" {
				t.Fatalf("%s: %d %s", test.name, res.Code, res.Header().Get("Location"))
			}
			c := res.Result().Cookies()[0]
			if c.Name != test.cookie || c.Path != test.path || c.Secure != test.secure {
				t.Errorf("%s: %s", test.name, c)
			}
		}
		page := w.page("/signin", "Host: "+test.host).Body.String()
		if base != "" &&
			(strings.Contains(page, `href="/signin`) || !strings.Contains(page, `action="`+base+`/signin"`) ||
				!strings.Contains(page, `href="`+base+`/assets/`)) {
			t.Errorf("%s: links without the prefix: %s", test.name, page)
		}
	}
}

func TestPanelHeaders(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	w.newSite("https://example.com")
	cookie := w.signIn()
	for _, path := range []string{"/signin", "/setup/x", "/", "/access"} {
		h := w.page(path, cookie).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") ||
			!strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cache-Control":   "no-store",
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	w := newWorld(t)
	w.withPassword()
	if body := w.page("/signin", "X: 1").Body.String(); !strings.Contains(body, `<html lang="ru">`) ||
		!strings.Contains(body, `/language/en?to=%2Fsignin`) {
		t.Errorf("the default: %s", body)
	}
	for to, want := range map[string]string{"/signin?to=%2F": "/signin?to=%2F", "https://evil.example": "/",
		"//evil.example": "/", "/\\evil.example": "/", "": "/"} {
		res := w.page("/language/en?"+url.Values{"to": {to}}.Encode(), "X: 1")
		if res.Code != 303 || res.Header().Get("Location") != want || res.Result().Cookies()[0].Value != "en" {
			t.Errorf("%q: %d %s", to, res.Code, res.Header().Get("Location"))
		}
	}
	if body := w.page("/signin", "Cookie: ineed_lang=en").Body.String(); !strings.Contains(body, `<html lang="en">`) ||
		!strings.Contains(body, "Sign in") {
		t.Error(body)
	}
	if code := w.page("/language/de", "X: 1").Code; code != 404 {
		t.Errorf("a language that is not there: %d", code)
	}
}
