package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

func TestWebhook(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	tests := []struct {
		name, body string
		code       int
		want       string // the body, or part of it
	}{
		{"new order", fresh("1"), 202, `{"status":"accepted","order_id":"1"}`},
		{"the same again", fresh("1"), 200, `{"status":"duplicate","order_id":"1"}`},
		{"a test order of that id", strings.Replace(fresh("1"), `"version"`, `"test":true,"version"`, 1), 202,
			`{"status":"accepted","order_id":"1"}`},
		{"ping", `{"type":"ping","version":"1","company_id":"2"}`, 200, `{"status":"ok"}`},
		{"paid", `{"type":"order.paid","version":"1","company_id":"2","data":{"id":"1"}}`, 202,
			`{"status":"accepted","order_id":"1"}`},
		{"paid again", `{"type":"order.paid","version":"1","company_id":"2","data":{"id":"1"}}`, 200,
			`{"status":"duplicate","order_id":"1"}`},
		{"paid before it came", `{"type":"order.paid","version":"1","company_id":"2","data":{"id":"early"}}`, 202,
			`{"status":"accepted","order_id":"early"}`},
		{"and came", fresh("early"), 202, `{"status":"accepted","order_id":"early"}`},
		{"cancelled", `{"type":"order.cancelled","version":"1","company_id":"2","data":{"id":"never"}}`, 202,
			`{"status":"accepted","order_id":"never"}`},
		{"cancelled again", `{"type":"order.cancelled","version":"1","company_id":"2","data":{"id":"never"}}`, 200,
			`{"status":"duplicate","order_id":"never"}`},
		{"paid what?", `{"type":"order.paid","version":"1","company_id":"2","data":{}}`, 422,
			`"errors":[{"field":"data.id","rule":"required"}]`},
		{"unknown type", `{"type":"chat.closed","version":"1","company_id":"2","data":7}`, 200, `{"status":"ignored"}`},
		{"not JSON", `{`, 400, `"code":"not_json"`},
		{"not an object", `[]`, 422, `"errors":[{"field":"","rule":"object"}]`},
		{"other version", strings.Replace(fresh("2"), `"version":"1"`, `"version":"2"`, 1), 422,
			`"errors":[{"field":"version","rule":"eq"}]`},
		{"other company", strings.Replace(fresh("2"), `"company_id":"2"`, `"company_id":"3"`, 1), 422,
			`"errors":[{"field":"company_id","rule":"mismatch"}]`},
		{"no data", `{"type":"order.created","version":"1","company_id":"2"}`, 422,
			`"errors":[{"field":"data","rule":"required"}]`},
		{"bad price", strings.Replace(fresh("2"), `"990.00"}]`, `"9,90"}]`, 1), 422,
			`"errors":[{"field":"data.items[0].price","rule":"decimal"}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res := w.send(secret, test.body)
			if res.Code != test.code || !strings.Contains(res.Body.String(), test.want) {
				t.Errorf("%d %s, want %d %s", res.Code, res.Body, test.code, test.want)
			}
		})
	}
	o, err := w.store.Order(t.Context(), storage.OrderKey{Company: "2", ID: "1"})
	if err != nil || o.State != storage.StateNew || o.Duplicates != 2 || !o.Paid || string(o.Body) != tests[0].body {
		t.Errorf("stored: %s, %d duplicates, %q, %v", o.State, o.Duplicates, o.Body, err)
	}
}

func TestWebhookOrderOfChecks(t *testing.T) {
	w := newWorld(t)
	w.company("signature")
	huge := strings.Repeat("x", ineedchat.MaxBody+1)
	for _, path := range []string{"/webhooks/ineedchat/2", "/webhooks/ineedchat/none"} {
		tests := []struct {
			body, kind string
			want       int
		}{
			{huge, "text/plain", 413},
			{"x", "text/plain", 415},
			{"x", "application/json", 401},
		}
		for _, test := range tests {
			if got := request(t, w.server.Public(), "POST", path, test.body,
				"Content-Type: "+test.kind).Code; got != test.want {
				t.Errorf("%s, %d bytes of %s: %d, want %d", path, len(test.body), test.kind, got, test.want)
			}
		}
	}
}

func TestRefusedWebhooksLookAlike(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	other := ineedchat.NewSecret()
	refusals := map[string]func() (int, string){
		"wrong secret": func() (int, string) { r := w.send(other, fresh("1")); return r.Code, r.Body.String() },
		"too old": func() (int, string) {
			r := w.sendAt(secret, fresh("1"), time.Now().Add(-301*time.Second))
			return r.Code, r.Body.String()
		},
		"no headers": func() (int, string) {
			r := request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2", fresh("1"))
			return r.Code, r.Body.String()
		},
		"unknown company": func() (int, string) {
			r := request(t, w.server.Public(), "POST", "/webhooks/ineedchat/77", fresh("1"))
			return r.Code, r.Body.String()
		},
		"bearer": func() (int, string) {
			r := request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2", fresh("1"),
				"Authorization: Bearer "+secret)
			return r.Code, r.Body.String()
		},
		"path": func() (int, string) {
			r := request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2/"+url.PathEscape(secret), fresh("1"))
			return r.Code, r.Body.String()
		},
	}
	const want = `{"type":"about:blank","title":"Unauthorized","status":401,"code":"unauthorized"}`
	for name, try := range refusals {
		if code, body := try(); code != 401 || body != want {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	for reason, want := range map[string]string{"wrong_signature": "1", "too_old": "1", "no_signature": "2",
		"no_secret": "1", "wrong_route": "1", "wrong_token": "0"} {
		if got := w.metric(`ineed_insales_webhooks_refused_total{reason="` + reason + `",sender="stranger"}`); got != want {
			t.Errorf("refused for %s: %s, want %s", reason, got, want)
		}
	}
	if got := w.metric(`ineed_insales_clock_offset_seconds{peer="ineedchat"}`); !strings.HasPrefix(got, "-30") {
		t.Errorf("the clock is off by %q, want about -301", got)
	}
}

func TestTokenModes(t *testing.T) {
	tests := []struct {
		auth, header string
		inPath       bool
		want         int
	}{
		{"bearer", "Authorization: Bearer SECRET", false, 202},
		{"bearer", "Authorization: Bearer SECRETx", false, 401},
		{"bearer", "", true, 401},
		{"path", "", true, 202},
		{"path", "Authorization: Bearer SECRET", false, 401},
	}
	for _, test := range tests {
		w := newWorld(t)
		secret := w.company(test.auth)
		path := "/webhooks/ineedchat/2"
		if test.inPath {
			path += "/" + url.PathEscape(secret)
		}
		header := strings.Replace(test.header, "SECRET", secret, 1)
		if got := request(t, w.server.Public(), "POST", path, fresh("1"), header); got.Code != test.want {
			t.Errorf("mode %s, header %t, path %t: %d, want %d: %s", test.auth, header != "", test.inPath, got.Code,
				test.want, got.Body)
		}
	}
}

func TestRotation(t *testing.T) {
	w := newWorld(t)
	first := w.company("signature")
	rotate := func() string {
		code, body := w.api("POST", "/companies/2/secrets", `{"of":"chat"}`)
		if code != 200 {
			t.Fatalf("rotate: %d %v", code, body)
		}
		return at(body, "secret").(string)
	}
	second := rotate()
	for _, secret := range []string{first, second} {
		if got := w.send(secret, fresh("1")).Code; got/100 != 2 {
			t.Errorf("after one rotation: %d", got)
		}
	}
	third := rotate()
	for secret, want := range map[string]int{first: 401, second: 200, third: 200} {
		if got := w.send(secret, fresh("1")).Code; got != want {
			t.Errorf("after two rotations: %d, want %d", got, want)
		}
	}
}

func TestStoreGone(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	res := w.send(secret, fresh("1"))
	if res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", res.Code, res.Header(), res.Body)
	}
	if got := w.metric(`ineed_insales_webhooks_total{result="failed",source="ineedchat"}`); got != "1" {
		t.Errorf("counted %q failures", got)
	}
	if got := w.metric(`ineed_insales_webhooks_failed_total{reason="unavailable"}`); got != "1" {
		t.Errorf("counted %q failures of the database", got)
	}
	// The shop, which might give up a webhook that fails, is told of nothing.
	res = request(t, w.server.Public(), "POST", "/webhooks/insales/2/"+w.desk().HookTokens()[0], `{"id":1}`)
	if got := w.metric(`ineed_insales_webhooks_total{result="failed",source="insales"}`); got != "1" ||
		res.Code != http.StatusOK {
		t.Errorf("counted %q failures, answered %d", got, res.Code)
	}
}

// TestOneOrderManyTimes: of many simultaneous deliveries of one order exactly
// one is new.
func TestOneOrderManyTimes(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	body := fresh("1")
	var accepted, repeated atomic.Int32
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			switch w.send(secret, body).Code {
			case 202:
				accepted.Add(1)
			case 200:
				repeated.Add(1)
			}
		})
	}
	wg.Wait()
	if accepted.Load() != 1 || repeated.Load() != 39 {
		t.Errorf("%d accepted, %d duplicates", accepted.Load(), repeated.Load())
	}
}

// TestTooMany: a sender that runs wild is slowed down, each company by itself.
func TestTooMany(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	w.server.quotas.allow("2", 0)
	w.server.quotas.of["2"].webhooks.SetBurst(3)
	w.server.quotas.of["2"].webhooks.SetLimit(rate.Every(time.Hour)) // however slow the machine is
	ping := `{"type":"ping","version":"1","company_id":"2"}`
	for i := range 4 {
		res := w.send(secret, ping)
		if want := []int{200, 200, 200, 429}[i]; res.Code != want {
			t.Errorf("webhook %d: %d, want %d", i+1, res.Code, want)
		}
		if late := res.Header().Get("Retry-After") != ""; late != (i == 3) {
			t.Errorf("webhook %d: %v", i+1, res.Header())
		}
	}
	if got := w.send(ineedchat.NewSecret(), ping).Code; got != 401 {
		t.Errorf("a stranger learns that the limit is reached: %d", got)
	}
	if got := w.metric(`ineed_insales_webhooks_refused_total{reason="too_many",sender="proven"}`); got != "1" {
		t.Errorf("counted %q", got)
	}
}
