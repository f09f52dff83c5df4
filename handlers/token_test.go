package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

var shownToken = regexp.MustCompile(`id="made-token"[^>]* value="(ineed_[A-Z2-7]{52})"`)

// token makes a token in the panel and gives it.
func (p *admin) token(name string, may storage.TokenRight) string {
	p.t.Helper()
	res := p.post("/tokens", url.Values{"name": {name}, "right": {string(may)}})
	found := shownToken.FindStringSubmatch(res.Body.String())
	if res.Code != http.StatusOK || found == nil {
		p.t.Fatalf("%d %s", res.Code, res.Body)
	}
	return found[1]
}

// by asks the API with a token and gives the status and the body's members.
func (p *admin) by(token, method, path, body string) (int, map[string]any) {
	p.t.Helper()
	res := request(p.t, p.server.Public(), method, "/api/v1"+path, body, "Authorization: Bearer "+token)
	return res.Code, members(p.t, res)
}

// TestTokens: a token is made with a name and a right, shown once, stored as a hash, named in the
// journal and the history, listed, and of no use once it is revoked.
func TestTokens(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.takes(p.secret(), "a1")
	for wrong, values := range map[string]url.Values{
		`id="name-error"`:  {"name": {" "}, "right": {"all"}},
		`id="right-error"`: {"name": {"Склад"}, "right": {"some"}},
	} {
		if res := p.post("/tokens", values); res.Code != 422 || !strings.Contains(res.Body.String(), wrong) {
			t.Errorf("%v: %d %s", values, res.Code, res.Body)
		}
	}
	reads, all := p.token("Отчёты", storage.TokenReads), p.token("=Склад", storage.TokenAll)
	has(t, p.post("/tokens", url.Values{"name": {"ОТЧЁТЫ"}, "right": {"read"}}).Body.String(), "уже есть")
	list, err := p.store.Tokens(t.Context())
	if err != nil || len(list) != 2 || len(list[0].Hash) != 32 || list[0].MadeBy != byAdmin || !list[0].UsedAt.IsZero() {
		t.Fatalf("%+v %v", list, err)
	}
	if code, body := p.by(reads, "GET", "/companies/2/orders/a1", ""); code != 200 {
		t.Errorf("%d %v", code, body)
	}
	if code, body := p.by(reads, "POST", "/companies/2/orders/a1/cancel", ""); code != 403 || at(body, "code") != "read_only" {
		t.Errorf("%d %v", code, body)
	}
	if res := request(t, p.server.Public(), "HEAD", "/api/v1/companies", "", "Authorization: Bearer "+reads); res.Code != 200 {
		t.Errorf("HEAD: %d", res.Code)
	}
	if code, body := p.by(all, "POST", "/companies/2/orders/a1/cancel", ""); code != 200 {
		t.Fatalf("%d %v", code, body)
	}
	_, one := p.by(reads, "GET", "/companies/2/orders/a1", "")
	events, _ := at(one, "events").([]any)
	if last := fmt.Sprint(events[len(events)-1]); !strings.Contains(last, "by:token:=Склад") ||
		!strings.Contains(last, "=Склад") {
		t.Error(last)
	}
	text := p.get("/tokens")
	has(t, text, "CONNECTOR_API_TOKEN", "Переменная на сервере", "Отчёты", "Только чтение", "=Склад", "Администратор",
		`action="/tokens/1/revoke"`)
	hasNot(t, text, reads, all, apiToken)
	has(t, p.get("/journal"), "Создан ключ API", "Ключ: Отчёты", "Право: Только чтение", "Ключ API «=Склад», 192.0.2.1",
		`<option value="token:=Склад">Ключ API «=Склад»</option>`)
	has(t, p.get("/companies/2/orders/a1"), "Ключ API «=Склад»")

	if code, body := p.api("GET", "/tokens", ""); code != 200 || at(body, "items.0.name") != "CONNECTOR_API_TOKEN" ||
		at(body, "items.0.id") != nil || at(body, "items.1.right") != "read" || at(body, "items.2.used_at") == nil ||
		at(body, "items.2.made_by") != byAdmin || strings.Contains(fmt.Sprint(body), "ineed_") {
		t.Errorf("%d %v", code, body)
	}
	code, made := p.by(all, "POST", "/tokens", `{"name":"third","right":"read"}`)
	if third, _ := made["token"].(string); code != 201 || !regexp.MustCompile(`^ineed_[A-Z2-7]{52}$`).MatchString(third) ||
		at(made, "made_by") != "token:=Склад" {
		t.Errorf("%d %v", code, made)
	}
	if code, body := p.api("POST", "/tokens", `{"name":"x","right":""}`); code != 422 || at(body, "errors.0.field") != "right" {
		t.Errorf("%d %v", code, body)
	}
	for path, want := range map[string]int{"/tokens/3": 204, "/tokens/x": 404, "/tokens/99": 404} {
		if code, body := p.api("DELETE", path, ""); code != want {
			t.Errorf("%s: %d %v", path, code, body)
		}
	}

	has(t, p.post("/tokens/1/revoke", nil).Body.String(), "Отчёты", "сразу потеряет доступ", `name="confirm"`)
	if code, _ := p.by(reads, "GET", "/companies", ""); code != 200 {
		t.Errorf("asked about, and void: %d", code)
	}
	if res := p.sure("/tokens/1/revoke", nil); res.Code != 303 || res.Header().Get("Location") != "/tokens?done=token_revoked" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	for _, token := range []string{reads, "ineed_", "ineed_" + strings.Repeat("A", 52), all[:len(all)-1], strings.ToLower(all)} {
		if code, body := p.by(token, "GET", "/companies", ""); code != 401 || at(body, "code") != "unauthorized" {
			t.Errorf("%d %v", code, body)
		}
	}
	if res := p.sure("/tokens/1/revoke", nil); res.Code != 404 {
		t.Errorf("twice: %d", res.Code)
	}
}

// TestReadTokenRoutes: at every route of the API a token that only reads is let in to GET and to
// nothing else, and is told no secret.
func TestReadTokenRoutes(t *testing.T) {
	p := newAdmin(t)
	feed, secret := p.feed(), p.secret()
	p.takes(secret, "a1")
	const bot = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
	for kind, channel := range map[string]string{
		"telegram": `{"enabled":true,"to":"1","secret":"123456789:` + bot + `"}`,
		"webhook":  `{"enabled":true,"address":"https://example.com/a-hooks-secret","secret":"a-signing-secret"}`,
	} {
		if code, body := p.api("PUT", "/notifications/"+kind, channel); code != 200 {
			t.Fatalf("%d %v", code, body)
		}
	}
	reads := p.token("Отчёты", storage.TokenReads)
	secrets := []string{feed, strings.Split(feed, "/")[3], secret, insalestest.DefaultPassword, bot,
		"a-hooks-secret", "a-signing-secret", reads}
	tried := 0
	for _, r := range p.server.public.Routes() {
		if !strings.HasPrefix(r.Path, "/api/v1/") || r.Method == echo.RouteNotFound {
			continue
		}
		tried++
		path := strings.NewReplacer(":company", "2", ":order", "a1", ":kind", "email", ":number", "1").Replace(r.Path)
		res := request(t, p.server.Public(), r.Method, path, "", "Authorization: Bearer "+reads, "Content-Type: application/json")
		switch {
		case r.Method == http.MethodGet && (res.Code == 401 || res.Code == 403):
			t.Errorf("%s %s: %d", r.Method, r.Path, res.Code)
		case r.Method != http.MethodGet && (res.Code != 403 || at(members(t, res), "code") != "read_only"):
			t.Errorf("%s %s: %d %s", r.Method, r.Path, res.Code, res.Body)
		}
		hasNot(t, res.Body.String(), secrets...)
	}
	if tried < 50 {
		t.Errorf("only %d routes", tried)
	}
	if list, err := p.store.Tokens(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("it has revoked itself, or made another: %v %v", list, err)
	}
	if res := p.page("/tokens", "Authorization: Bearer "+reads); res.Code != http.StatusSeeOther {
		t.Errorf("the panel takes a token: %d", res.Code)
	}
}

// TestReadTokenSeesNoFeed: the address of a catalog's feed has a secret in it.
func TestReadTokenSeesNoFeed(t *testing.T) {
	p := newAdmin(t)
	w := p.world
	address := w.feed()
	_, secret, err := w.bridge.Login.MakeToken(t.Context(), "Отчёты", storage.TokenReads)
	if err != nil {
		t.Fatal(err)
	}
	code, body := p.by(secret, "GET", "/companies/2", "")
	if code != 200 || at(body, "catalog.feed_url") != nil || strings.Contains(fmt.Sprint(body), address) {
		t.Errorf("%d %v", code, body)
	}
}

// TestNoTokenAtAll: an operator who has made none is told so, and others are not.
func TestNoTokenAtAll(t *testing.T) {
	p := newAdmin(t)
	p.server.cfg.APIToken = ""
	if code, body := p.by("nonsense", "GET", "/companies", ""); code != 401 || at(body, "code") != "no_api_token" {
		t.Errorf("%d %v", code, body)
	}
	made := p.token("Отчёты", storage.TokenReads)
	if code, _ := p.by(made, "GET", "/companies", ""); code != 200 {
		t.Error(code)
	}
	if code, body := p.by("nonsense", "GET", "/companies", ""); code != 401 || at(body, "code") != "unauthorized" {
		t.Errorf("%d %v", code, body)
	}
}
