package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ineed-insales/storage"
)

// sure is the form that confirms what was asked.
var sure = url.Values{"confirm": {"yes"}}

const managerPassword = "another good horse"

// setupLink finds a link that sets a password in a page.
var setupLink = regexp.MustCompile(`value="http://[^"]*(/setup/[A-Z2-7]+)"`)

// invite has the owner invite somebody and gives the path of the link.
func (p *admin) invite(name, role string) string {
	p.t.Helper()
	res := p.post("/people", url.Values{"name": {name}, "role": {role}})
	found := setupLink.FindStringSubmatch(res.Body.String())
	if res.Code != http.StatusOK || found == nil {
		p.t.Fatalf("invite: %d %s", res.Code, res.Body)
	}
	return found[1]
}

// as is the panel as the same browser sees it with the cookie that an answer has set.
func (p *admin) as(res *httptest.ResponseRecorder) *admin {
	p.t.Helper()
	if res.Code != http.StatusSeeOther || len(res.Result().Cookies()) == 0 {
		p.t.Fatalf("not signed in: %d %s", res.Code, res.Body)
	}
	other := *p
	c := res.Result().Cookies()[0]
	other.cookie = "Cookie: " + c.Name + "=" + c.Value
	return &other
}

// newManager invites a manager, who sets a password and is signed in by that.
func (p *admin) newManager(name string) *admin {
	p.t.Helper()
	link := p.invite(name, "manager")
	return p.as(p.form(link, url.Values{"password": {managerPassword}, "again": {managerPassword}}))
}

// TestInvitation: a person is added by name, sets a password with a link that works once,
// and signs in by that name, however it is written.
func TestInvitation(t *testing.T) {
	p := newAdmin(t)
	has(t, p.post("/people", url.Values{"name": {"  "}, "role": {"manager"}}).Body.String(), `id="name-error"`)
	has(t, p.post("/people", url.Values{"name": {"администратор"}, "role": {"manager"}}).Body.String(),
		"Так уже зовут другого")
	if res := p.post("/people", url.Values{"name": {"Анна"}, "role": {"god"}}); res.Code != 422 {
		t.Errorf("a role that is none: %d", res.Code)
	}
	link := p.invite("Анна", "manager")
	text := p.get("/people")
	has(t, text, "Анна", "менеджер", "ссылка действует до")
	hasNot(t, text, strings.TrimPrefix(link, "/setup/"))
	if res := p.form("/signin", url.Values{"name": {"Анна"}, "password": {""}}); res.Code != 403 {
		t.Errorf("without a password: %d", res.Code)
	}
	has(t, p.page(link, "X: 1").Body.String(), "Анна, придумайте пароль", `value="Анна"`)
	if res := p.form("/signin", url.Values{"password": {adminPassword}}); res.Code != 303 {
		t.Errorf("the one who has a password needs a name: %d", res.Code)
	}
	p.as(p.form(link, url.Values{"password": {managerPassword}, "again": {managerPassword}}))
	if res := p.page(link, "X: 1"); res.Code != http.StatusGone {
		t.Errorf("the link twice: %d", res.Code)
	}
	has(t, p.page("/signin", "X: 1").Body.String(), `name="name"`)
	for _, test := range []struct {
		name, password string
		want           int
	}{
		{"анна", managerPassword, 303}, {" АННА ", managerPassword, 303}, {"Администратор", adminPassword, 303},
		{"Анна", adminPassword, 403}, {"Администратор", managerPassword, 403}, {"", adminPassword, 403},
		{"Борис", managerPassword, 403},
	} {
		if res := p.form("/signin", url.Values{"name": {test.name}, "password": {test.password}}); res.Code != test.want {
			t.Errorf("%q: %d, want %d", test.name, res.Code, test.want)
		} else if res.Code == 403 && !strings.Contains(res.Body.String(), "Имя или пароль не подходят") {
			t.Errorf("%q: %s", test.name, res.Body)
		}
	}
	for _, e := range journal(t, p.world) {
		if e.Kind == storage.EntryInvited && e.Actor == byAdmin && len(e.Changes) == 2 && e.Changes[0].New == "Анна" {
			return
		}
	}
	t.Error("the journal knows of no invitation")
}

// TestLinkOfPerson: an owner voids a link or a password, and makes another.
func TestLinkOfPerson(t *testing.T) {
	p := newAdmin(t)
	link := p.invite("Анна", "manager")
	if res := p.post("/people/2/revoke", nil); res.Code != 303 || p.page(link, "X: 1").Code != http.StatusGone {
		t.Errorf("revoked: %d", res.Code)
	}
	made := func(path string) string {
		t.Helper()
		found := setupLink.FindStringSubmatch(p.post(path, sure).Body.String())
		if found == nil {
			t.Fatal("no link")
		}
		return found[1]
	}
	link = made("/people/2/link")
	anna := p.as(p.form(link, url.Values{"password": {managerPassword}, "again": {managerPassword}}))
	has(t, p.get("/people/2"), "пароль задан", "Завершить все")
	again := made("/people/2/link")
	if res := anna.page("/orders", anna.cookie); res.Code != 303 || res.Header().Get("Location") == "" {
		t.Errorf("a session outlived the reset: %d", res.Code)
	}
	if res := p.form("/signin", url.Values{"name": {"Анна"}, "password": {managerPassword}}); res.Code != 403 {
		t.Errorf("so did the password: %d", res.Code)
	}
	if link, again = again, made("/people/2/link"); p.page(link, "X: 1").Code != http.StatusGone {
		t.Error("two links at once")
	}
	p.as(p.form(again, url.Values{"password": {managerPassword}, "again": {managerPassword}}))
	if res := p.post("/people/1/link", sure); res.Code != http.StatusConflict {
		t.Errorf("a link for oneself: %d", res.Code)
	}
	if res := p.page("/people/9", p.cookie); res.Code != 404 {
		t.Errorf("nobody: %d", res.Code)
	}
}

// TestLastOwner: somebody can always change everything.
func TestLastOwner(t *testing.T) {
	p := newAdmin(t)
	p.invite("Борис", "owner") // has no password yet, so is no owner to rely on
	demote := url.Values{"name": {adminName}, "role": {"manager"}}
	has(t, p.post("/people/1", demote).Body.String(), "Это последний владелец", `id="role-error"`)
	if res := p.post("/people/1/remove", sure); res.Code != http.StatusConflict {
		t.Errorf("the last owner removed: %d", res.Code)
	}
	boris := p.as(p.form(p.invite("Вера", "owner"), url.Values{"password": {managerPassword},
		"again": {managerPassword}}))
	if res := p.post("/people/1", url.Values{"name": {"Глеб"}, "role": {"manager"}}); res.Code != 303 {
		t.Errorf("there is another owner: %d", res.Code)
	}
	if res := p.page("/people", p.cookie); res.Code != 403 {
		t.Errorf("not an owner any more: %d", res.Code)
	}
	has(t, boris.get("/people"), "Глеб")
	if res := boris.post("/people/1/remove", sure); res.Code != 303 {
		t.Errorf("remove: %d", res.Code)
	}
	if res := p.page("/orders", p.cookie); res.Code != 303 {
		t.Errorf("a session outlived its user: %d", res.Code)
	}
	hasNot(t, boris.get("/people"), "Глеб")
}

// TestManagersRoutes: a manager may use the routes of the table and no other, whatever is
// sent there; and the pages lead nowhere else.
func TestManagersRoutes(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.stuck(p.takes(secret, "a1"), unmapped("cash"))
	p.refuses(secret)
	m := p.newManager("Анна")
	may := managersMay()
	open := 0
	for _, r := range p.server.public.Routes() {
		if !strings.HasPrefix(r.Path, "/api/v1/") && slices.ContainsFunc([]string{"/webhooks/", "/assets/", "/feeds/",
			"/language/", "/signin", "/setup/", "/healthz", "/readyz", "/metrics", "/api/"},
			func(free string) bool { return strings.HasPrefix(r.Path, free) }) || r.Method == "echo_route_not_found" {
			continue // asks for no session
		}
		path := strings.NewReplacer(":company", "2", ":order", "a1", ":user", "1", ":kind", "email", ":number", "1").
			Replace(r.Path)
		if path == "/signout" {
			continue
		}
		headers := []string{m.cookie, "Sec-Fetch-Site: same-origin", "Accept: text/html"}
		body, kind := "", "application/x-www-form-urlencoded"
		if strings.HasPrefix(r.Path, "/api/") && r.Method == http.MethodPost {
			kind = "application/json"
			if r.Path == "/api/v1/companies/:company/orders/:order/link" {
				body = "{}" // nobody can say which order by nothing
			}
		}
		res := request(t, p.server.Public(), r.Method, path, body, append(headers, "Content-Type: "+kind)...)
		route := r.Method + " " + r.Path
		if slices.Contains(may, route) || r.Method == http.MethodGet && slices.Contains(may, "POST "+r.Path) {
			if slices.Contains(may, route) {
				open++
			}
			if res.Code == http.StatusForbidden && route != "POST /access" && route != "POST /access/code" {
				t.Errorf("%s: %d", route, res.Code)
			}
			continue
		}
		if res.Code != http.StatusForbidden {
			t.Errorf("%s is open to managers: %d", route, res.Code)
		}
		if !strings.HasPrefix(r.Path, "/api/") {
			has(t, res.Body.String(), "Это может только владелец", "Заказы")
		}
	}
	if open < len(may)-1 {
		t.Errorf("%d of %d routes of the table exist", open, len(may))
	}
	for _, path := range []string{"/", "/companies", "/companies/2/orders", "/companies/2/orders/a1",
		"/companies/2/received", "/companies/2/preview", "/access", "/access/code"} {
		text := m.get(path)
		for _, to := range regexp.MustCompile(`href="(/[^"#?]*)`).FindAllStringSubmatch(text, -1) {
			if res := m.page(to[1], m.cookie); res.Code == http.StatusForbidden {
				t.Errorf("%s leads to %s", path, to[1])
			}
		}
		hasNot(t, text, `href=""`, `action="/notify`, `action="/backup`, `/erase"`, `name="drop"`, `name="listen"`)
	}
	if res := m.post("/companies/2/received", url.Values{"drop": {"unread-1"}, "again": {"unread-1"},
		"confirm": {"yes"}}); res.Code != 403 {
		t.Errorf("a manager sets aside what is unread: %d", res.Code)
	}
	for cookie, want := range map[string]string{m.cookie: `"companies":null`, p.cookie: `"companies":[{"id":"2"`} {
		res := request(t, p.server.Public(), "GET", "/api/v1/overview", "", cookie, "Sec-Fetch-Site: same-origin")
		if res.Code != http.StatusOK || !strings.Contains(res.Body.String(), want) {
			t.Errorf("%d %s, want %s", res.Code, res.Body, want)
		}
	}
}

// TestSessionsAreListed: one sees from where one has signed in, and ends it.
func TestSessionsAreListed(t *testing.T) {
	p := newAdmin(t)
	firefox := p.signIn("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	phone := p.signIn("User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")
	text := p.get("/access")
	has(t, text, "Firefox, Linux", "Safari, iPhone", "неизвестный", "этот вход", "192.0.2.1", "Завершить все, кроме этого")
	end := func(path, id string) int { return p.post(path, url.Values{"session": {id}}).Code }
	if code := end("/access/end", "2"); code != 303 {
		t.Errorf("end one: %d", code)
	}
	if a, b := p.page("/access", firefox).Code, p.page("/access", phone).Code; a != 303 || b != 200 {
		t.Errorf("%d %d, want the first ended", a, b)
	}
	anna := p.newManager("Анна")
	if code := anna.post("/access/end", url.Values{"session": {"3"}}).Code; code != 303 ||
		p.page("/access", phone).Code != 200 {
		t.Errorf("somebody else ends a session: %d", code)
	}
	if p.post("/access/end-all", nil); p.page("/access", phone).Code != 303 || p.page("/access", p.cookie).Code != 200 ||
		anna.page("/access", anna.cookie).Code != 200 {
		t.Error("all but this one of mine")
	}
	has(t, p.get("/people/2"), "Завершить все")
	if code := p.post("/people/2/end-all", nil).Code; code != 303 || anna.page("/access", anna.cookie).Code != 303 {
		t.Errorf("an owner ends a manager's: %d", code)
	}
}

// TestResetByName: the command on the machine lets in whoever it names.
func TestResetByName(t *testing.T) {
	p := newAdmin(t)
	p.newManager("Анна")
	reset := func(body string) (int, string) {
		res := request(t, p.server.Local(), "POST", "/api/v1/admin/reset-password", body, "Content-Type: application/json")
		path, _ := at(members(t, res), "path").(string)
		return res.Code, path
	}
	if code, _ := reset(`{"name":"nobody"}`); code != 404 {
		t.Errorf("nobody: %d", code)
	}
	code, path := reset(`{"name":"анна"}`)
	if code != 200 {
		t.Fatal(code)
	}
	has(t, p.page(path, "X: 1").Body.String(), "Анна, придумайте")
	p.get("/access") // the owner is not touched
	if _, path = reset(""); !strings.Contains(p.page(path, "X: 1").Body.String(), adminName+", придумайте") {
		t.Error("without a name it is not the owner")
	}
}

// TestSharedBrowser: a browser is known as that of whoever has signed in there last, and gets no
// other name for signing in again.
func TestSharedBrowser(t *testing.T) {
	p := newAdmin(t)
	p.newManager("Анна")
	hers := url.Values{"name": {"Анна"}, "password": {managerPassword}}
	his := url.Values{"name": {adminName}, "password": {adminPassword}}
	for i, test := range []struct {
		who   url.Values
		named bool
	}{{his, false}, {hers, true}, {hers, false}, {his, true}} {
		res := p.form("/signin", test.who, "Cookie: "+p.browser)
		cookies := res.Result().Cookies()
		if res.Code != http.StatusSeeOther || (len(cookies) > 1) != test.named {
			t.Fatalf("%d: %d %v", i, res.Code, cookies)
		}
		if test.named {
			p.browser = cookies[1].Name + "=" + cookies[1].Value
		}
	}
}
