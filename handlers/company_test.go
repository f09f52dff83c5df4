package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

func TestPutCompany(t *testing.T) {
	w := newWorld(t)
	code, made := w.api("PUT", "/companies/2", settings("", "https://SHOP-1.myinsales.ru/admin", false))
	if code != http.StatusCreated {
		t.Fatalf("%d %v", code, made)
	}
	secret := at(made, "chat.secrets.0").(string)
	token := at(made, "chat.token").(string)
	if !strings.HasPrefix(secret, "whsec_") || len(token) < 32 {
		t.Errorf("made secret %q, token %q", secret, token)
	}
	for path, want := range map[string]any{
		"id": "2", "name": "Компания 2", "shop.url": "https://shop-1.myinsales.ru", "shop.password": "•••",
		"chat.auth": "signature", "orders.enabled": false, "orders.max_age": "24h", "problem": nil,
		"webhook_path": "/webhooks/ineedchat/2", "notices.0.code": "marker_untested",
	} {
		if got := at(made, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}

	code, got := w.api("GET", "/companies/2", "")
	if code != 200 || at(got, "chat.secrets.0") != "•••" || at(got, "chat.token") != "•••" {
		t.Errorf("GET: %d %v", code, got)
	}
	back, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if code, again := w.api("PUT", "/companies/2", string(back)); code != 200 || at(again, "chat.secrets.0") != "•••" {
		t.Errorf("what GET gave, PUT back: %d %v", code, again)
	}
	if code := w.send(secret, fresh("1")).Code; code != 202 {
		t.Errorf("the secret was not kept: %d", code)
	}
	if code, list := w.api("GET", "/companies", ""); code != 200 || at(list, "items.0.id") != "2" ||
		at(list, "items.1") != nil {
		t.Errorf("list: %d %v", code, list)
	}
}

func TestPutCompanyRefused(t *testing.T) {
	tests := []struct {
		name, path, body string
		code             int
		field, rule      string
	}{
		{"unknown field", "/companies/2", `{"shop":{"pasword":"x"}}`, 422, "shop.pasword", "unknown_field"},
		{"short interval", "/companies/2", `{"catalog":{"interval":"1m"}}`, 422, "catalog.interval", "range"},
		{"no kind of price", "/companies/2", `{"catalog":{"price":"cost_price"}}`, 422, "catalog.price", "price_kind"},
		{"other id", "/companies/2", `{"id":"3"}`, 422, "id", "mismatch"},
		{"bad duration", "/companies/2", `{"orders":{"max_age":"a day"}}`, 422, "orders.max_age", "duration"},
		{"wrong type", "/companies/2", `{"orders":{"enabled":"yes"}}`, 422, "orders.enabled", "type"},
		{"nothing", "/companies/2", `{}`, 422, "shop.url", "required"},
		{"bad id", "/companies/a%20b", settings("", "https://shop-1.myinsales.ru", false), 422, "id", "id"},
		{"broken", "/companies/2", `{`, 400, "", ""},
		{"too large", "/companies/2", `{"name":"` + strings.Repeat("x", maxSettings) + `"}`, 413, "", ""},
	}
	w := newWorld(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, body := w.api("PUT", test.path, test.body)
			if code != test.code {
				t.Fatalf("%d %v", code, body)
			}
			if test.field == "" {
				return
			}
			list, _ := at(body, "errors").([]any)
			if !slices.ContainsFunc(list, func(e any) bool {
				return at(e, "field") == test.field && at(e, "rule") == test.rule && at(e, "message") != ""
			}) {
				t.Errorf("errors %v, want %s (%s)", list, test.field, test.rule)
			}
			if at(body, "company") != nil {
				t.Errorf("something was stored: %v", body)
			}
		})
	}
	if code, list := w.api("GET", "/companies", ""); code != 200 || at(list, "items.0") != nil {
		t.Errorf("stored: %v", list)
	}
}

// TestEnable: switching the order sync on asks the shop. What it says decides
// only about the switch; the settings are stored, and secrets are not lost.
func TestEnable(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	server := httptest.NewServer(shop)
	defer server.Close()
	wrongKey := strings.Replace(settings("", server.URL, true), insalestest.DefaultPassword, "wrong", 1)

	w := newWorld(t)
	code, body := w.api("PUT", "/companies/2", wrongKey)
	if code != 422 || at(body, "errors.0.rule") != "shop_check" ||
		!strings.Contains(at(body, "errors.0.message").(string), "access key") {
		t.Fatalf("wrong key: %d %v", code, body)
	}
	secret, _ := at(body, "company.chat.secrets.0").(string)
	if !strings.HasPrefix(secret, "whsec_") || at(body, "company.orders.enabled") != false {
		t.Errorf("stored: %v", at(body, "company"))
	}
	if code := w.send(secret, fresh("1")).Code; code != 202 {
		t.Errorf("the secret of a 422: %d", code)
	}
	code, body = w.api("PUT", "/companies/2", settings("", server.URL, true))
	if code != 200 || at(body, "orders.enabled") != true ||
		at(body, "account_id") != float64(insalestest.DefaultAccountID) {
		t.Errorf("right key: %d %v", code, body)
	}
}

func TestDeleteCompany(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	if code := w.send(secret, fresh("1")).Code; code != 202 {
		t.Fatalf("%d", code)
	}
	code, body := w.api("DELETE", "/companies/2", "")
	if code != 409 || at(body, "code") != "company_has_orders" ||
		!strings.Contains(at(body, "detail").(string), "1 order waits to be sent") {
		t.Errorf("with a new order: %d %v", code, body)
	}
	if code, body := w.api("POST", "/companies/2/orders/1/cancel", ""); code != 200 {
		t.Fatalf("%d %v", code, body)
	}
	if code, body := w.api("DELETE", "/companies/2", ""); code != 204 || body != nil {
		t.Errorf("%d %v", code, body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if code, _ := w.api(method, "/companies/2", ""); code != 404 {
			t.Errorf("%s afterwards: %d", method, code)
		}
	}
	if code := w.send(secret, fresh("2")).Code; code != 401 {
		t.Errorf("a webhook afterwards: %d", code)
	}
}

func TestRotateSecretRefused(t *testing.T) {
	w := newWorld(t)
	if code, _ := w.api("POST", "/companies/2/secrets", `{"of":"chat"}`); code != 404 {
		t.Errorf("unknown company: %d", code)
	}
	if code, _ := w.api("POST", "/companies/2/secrets", `{"of":"shop"}`); code != 422 {
		t.Errorf("another secret: %d", code)
	}
}

func TestShowCompany(t *testing.T) {
	dropped := false
	c := storage.Company{
		ID: "2", Sealed: true, MarkerKept: &dropped,
		Shop: storage.Shop{Password: "pw-in-clear"},
		Chat: storage.Chat{Auth: storage.AuthPath, Secrets: []storage.Secret{"new-in-clear", "old-in-clear"},
			Token: "token-in-clear"},
	}
	got := showCompany(c, storage.Chat{Secrets: []storage.Secret{"new-in-clear"}})
	if !slices.Equal(got.Chat.Secrets, []string{"new-in-clear", "•••"}) || got.Shop.Password != "•••" ||
		got.Chat.Token != "•••" {
		t.Errorf("secrets: %+v", got)
	}
	if got.Problem == nil || got.Problem.Code != "secrets_sealed" || len(got.Notices) != 1 ||
		got.Notices[0].Code != "marker_not_kept" {
		t.Errorf("problem %v, notices %v", got.Problem, got.Notices)
	}
	if got.WebhookPath != "/webhooks/ineedchat/2/•••" {
		t.Errorf("webhook path %s", got.WebhookPath)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		24 * time.Hour: "24h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 90 * time.Second: "1m30s", 0: "0s",
		time.Hour + time.Second: "1h0m1s", 20 * time.Second: "20s",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// Pausing is a request of its own: nothing else of the settings is read or
// written, and what is so already is not changed.
func TestPauseCompany(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	for i, step := range []struct {
		do      string
		paused  bool
		version float64
	}{{"pause", true, 2}, {"pause", true, 2}, {"resume", false, 3}, {"resume", false, 3}, {"pause", true, 4}} {
		code, body := w.api("POST", "/companies/2/"+step.do, "")
		if code != 200 || at(body, "orders.paused") != step.paused || at(body, "version") != step.version ||
			at(body, "shop.password") != "•••" {
			t.Errorf("%d %s: %d %v", i, step.do, code, body)
		}
	}
	if code, body := w.api("POST", "/companies/3/pause", ""); code != 404 {
		t.Errorf("unknown: %d %v", code, body)
	}
	if res := request(t, w.server.Public(), "POST", "/api/v1/companies/2/resume", ""); res.Code != 401 {
		t.Errorf("without a token: %d", res.Code)
	}
}

// A PUT that names the version it changes is stored only if that is the stored
// one.
func TestPutVersion(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	_, got := w.api("GET", "/companies/2", "")
	put := func(version any, name string) (int, map[string]any) {
		got["version"], got["name"] = version, name
		body, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		return w.api("PUT", "/companies/2", string(body))
	}
	for i, step := range []struct {
		version any
		code    int
		name    string // afterwards
	}{{1, 200, "0"}, {1, 409, "0"}, {2, 200, "2"}, {7, 409, "2"}, {-1, 409, "2"}, {0, 200, "5"}, {nil, 200, "6"},
		{5, 200, "7"}, {5, 409, "7"}} {
		code, body := put(step.version, strconv.Itoa(i))
		if code != step.code || code == 409 && at(body, "code") != "company_changed" {
			t.Errorf("%d, version %v: %d %v", i, step.version, code, body)
		}
		if _, now := w.api("GET", "/companies/2", ""); at(now, "name") != step.name {
			t.Errorf("%d, version %v: the name is %v", i, step.version, at(now, "name"))
		}
	}
	if code, body := w.api("PUT", "/companies/9",
		`{"version":3,`+settings("signature", "https://shop-1.myinsales.ru", false)[1:]); code != 409 {
		t.Errorf("a version of a company that is not there: %d %v", code, body)
	}
}

// Of sixty changes at one moment, and as many pauses between them, none is lost.
func TestChangesAtOneMoment(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			for range 10000 {
				_, got := w.api("GET", "/companies/2", "")
				at(got, "orders.statuses").(map[string]any)["status-"+strconv.Itoa(i)] = "assembling"
				body, err := json.Marshal(got)
				if err != nil {
					t.Error(err)
				}
				switch code, answer := w.api("PUT", "/companies/2", string(body)); code {
				case 200:
					return
				case 409:
				default:
					t.Errorf("%d %v", code, answer)
					return
				}
			}
			t.Error("never stored")
		})
		all.Go(func() {
			if code, answer := w.api("POST", "/companies/2/pause", ""); code != 200 {
				t.Errorf("%d %v", code, answer)
			}
		})
	}
	all.Wait()
	_, got := w.api("GET", "/companies/2", "")
	if n := len(at(got, "orders.statuses").(map[string]any)); n != 60 || at(got, "orders.paused") != true ||
		at(got, "version") != 62.0 {
		t.Errorf("%d of 60 changes are there, paused %v, version %v", n, at(got, "orders.paused"), at(got, "version"))
	}
}
