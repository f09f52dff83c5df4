package handlers

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// TestRefusals: what was authentic and unusable is kept, the last hundred of
// it; what was not authentic is not.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	w.send(ineedchat.NewSecret(), strings.Replace(fresh("x"), `"version":"1"`, `"version":"2"`, 1))
	w.send(secret, "{")
	for range 103 {
		w.send(secret, strings.Replace(fresh("1"), `"990.00"}]`, `"9,90"}]`, 1))
	}
	bad := strings.Replace(fresh("2"), `"version":"1"`, `"version":"2"`, 1)
	w.send(secret, bad)
	total, cursor := 0, ""
	for page := 0; page == 0 || cursor != ""; page++ {
		code, body := w.api("GET", "/companies/2/refusals?limit=60&cursor="+cursor, "")
		items, _ := at(body, "items").([]any)
		if code != 200 || len(items) == 0 {
			t.Fatal(code, body)
		}
		if page == 0 && (at(items, "0.errors.0.field") != "version" || at(items, "0.body.version") != "2" ||
			at(items, "1.errors.0.field") != "data.items[0].price") {
			t.Errorf("%v", items[0])
		}
		total += len(items)
		cursor, _ = at(body, "next").(string)
	}
	if total != 100 {
		t.Errorf("%d are kept", total)
	}
	for path, want := range map[string]int{"/companies/9/refusals": 404, "/companies/2/refusals?cursor=x": 422,
		"/companies/2/refusals?limit=0": 422} {
		if code, body := w.api("GET", path, ""); code != want {
			t.Errorf("%s: %d %v", path, code, body)
		}
	}
}

// A sent is a webhook as a test makes it.
type sent struct {
	body    string
	kind    string // Content-Type
	coding  string
	chunked bool   // its length is not announced
	torn    bool   // less comes than was announced
	auth    string // whose way to prove itself is used
}

// deliver sends a webhook over the real handler, with what proves it under a
// secret; "" proves nothing.
func (w *world) deliver(s sent, secret string) *httptest.ResponseRecorder {
	w.t.Helper()
	path := "/webhooks/ineedchat/2"
	if s.auth == "path" && secret != "" {
		path += "/" + url.PathEscape(secret)
	}
	var body io.Reader = strings.NewReader(s.body)
	if s.torn {
		body = io.MultiReader(body, torn{})
	}
	r := httptest.NewRequestWithContext(w.t.Context(), "POST", path, body)
	r.ContentLength = int64(len(s.body))
	if s.chunked {
		r.ContentLength = -1
	}
	r.Header.Set("Content-Type", s.kind)
	if s.coding != "" {
		r.Header.Set("Content-Encoding", s.coding)
	}
	switch {
	case secret == "":
	case s.auth == "bearer":
		r.Header.Set("Authorization", "Bearer "+secret)
	case s.auth == "signature":
		whole := s.body
		if s.torn {
			whole += "}"
		}
		signed, err := ineedchat.Sign(secret, "msg_1", time.Now(), []byte(whole))
		if err != nil {
			w.t.Fatal(err)
		}
		for name, values := range signed {
			r.Header.Set(name, values[0])
		}
	}
	res := httptest.NewRecorder()
	w.server.Public().ServeHTTP(res, r)
	return res
}

// torn is the end of a connection in the middle of a body.
type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestEveryRefusalIsKept: whatever an authentic webhook is refused for, it is
// kept with all that helps to mend the sender; a stranger's is answered the same,
// as far as it was read, and never kept.
func TestEveryRefusalIsKept(t *testing.T) {
	const json = "application/json"
	large := func(n int) string {
		return `{"type":"order.created","data":{"id":"L-1","comment":"` + strings.Repeat("x", n) + `"}}`
	}
	tests := []struct {
		name   string
		sent   sent
		status int
		reason string
		size   int
		signed bool // a signature proves it, too
	}{
		{"cut JSON", sent{body: `{"type":`, kind: json}, 400, "not_json", 8, true},
		{"no JSON", sent{body: "id=1&name=%D0%90", kind: json}, 400, "not_json", 16, true},
		{"no UTF-8", sent{body: "{\"type\":\"\xff\"}", kind: json}, 400, "not_json", 12, true},
		{"empty", sent{body: "", kind: json}, 400, "not_json", 0, true},
		{"a wrong value", sent{body: strings.Replace(fresh("1"), `"990.00"}]`, `"9,90"}]`, 1), kind: json}, 422,
			"invalid", len(fresh("1")) - 2, true},
		{"a form", sent{body: "order[id]=7", kind: "application/x-www-form-urlencoded"}, 415, "media_type", 11, true},
		{"no type", sent{body: "{}", kind: ""}, 415, "media_type", 2, true},
		{"compressed", sent{body: "\x1f\x8b\x08\x00", kind: json, coding: "gzip"}, 415, "media_type", 4, true},
		{"an unannounced form", sent{body: "a=1", kind: "text/plain", chunked: true}, 415, "media_type", 3, true},
		{"too large", sent{body: large(300 << 10), kind: json}, 413, "too_large", len(large(300 << 10)), true},
		{"too large by a byte", sent{body: large(ineedchat.MaxBody - len(large(0)) + 1), kind: json}, 413, "too_large",
			ineedchat.MaxBody + 1, true},
		{"too large, unannounced", sent{body: large(300 << 10), kind: json, chunked: true}, 413, "too_large",
			len(large(300 << 10)), true},
		{"far too large", sent{body: large(5 << 20), kind: json}, 413, "too_large", len(large(5 << 20)), false},
		{"torn", sent{body: `{"type":"order.created"`, kind: json, torn: true}, 400, "incomplete", 23, false},
	}
	for _, auth := range []string{"signature", "bearer", "path"} {
		w := newWorld(t)
		secret := w.company(auth)
		kept := 0
		for _, test := range tests {
			t.Run(auth+" "+test.name, func(t *testing.T) {
				test.sent.auth = auth
				for who, other := range map[string]string{"a stranger": "", "a wrong secret": ineedchat.NewSecret()} {
					res := w.deliver(test.sent, other)
					want := 401
					if test.status == 413 || test.status == 415 || test.reason == "incomplete" {
						want = test.status
					}
					// Of who shows nothing at all the body is not read, so what is wrong with
					// it is not known.
					if other == "" && (test.status == 413 && test.sent.chunked || test.sent.torn) {
						want = 401
					}
					if res.Code != want {
						t.Errorf("%s is answered %d, want %d", who, res.Code, want)
					}
				}
				res := w.deliver(test.sent, secret)
				if res.Code != test.status {
					t.Fatalf("%d %s, want %d", res.Code, res.Body, test.status)
				}
				_, list := w.api("GET", "/companies/2/refusals", "")
				items := at(list, "items").([]any)
				if auth == "signature" && !test.signed {
					if len(items) != kept {
						t.Errorf("%d are kept, want %d: nobody has proven it", len(items), kept)
					}
					return
				}
				kept++
				if len(items) != kept || at(list, "unseen") != float64(kept) || at(list, "fresh") != float64(kept) {
					t.Fatalf("%d are kept and %v counted, want %d", len(items), at(list, "unseen"), kept)
				}
				one := items[0]
				if at(one, "status") != float64(test.status) || at(one, "reason") != test.reason ||
					at(one, "message") == "refused."+test.reason {
					t.Errorf("%v %v %v", at(one, "status"), at(one, "reason"), at(one, "message"))
				}
				if kind := at(one, "content_type").(string); !strings.HasPrefix(kind, test.sent.kind) ||
					!strings.Contains(kind, test.sent.coding) {
					t.Errorf("type %q", kind)
				}
				if !test.sent.chunked && at(one, "size") != float64(test.size) ||
					at(one, "size").(float64) > float64(test.size) {
					t.Errorf("%v bytes, want %d", at(one, "size"), test.size)
				}
				stored, _, err := w.desk().Refusals(t.Context(), "", 1)
				if want := test.sent.body[:min(len(test.sent.body), ineedchat.MaxBody)]; err != nil ||
					string(stored[0].Body) != want {
					t.Errorf("%d bytes are kept, want %d, %v", len(stored[0].Body), len(want), err)
				}
			})
		}
		if errs := at(second(w.api("GET", "/companies/2/refusals?limit=200", "")),
			"items.8.errors.0.rule"); auth == "bearer" && errs != nil {
			t.Errorf("%v", errs)
		}
	}
}

func second[A, B any](_ A, b B) B { return b }

// TestRefusalsAreATrouble: what the chat sends in vain is shown with its number,
// until somebody looks or an order comes through; a wrong secret is another fact.
func TestRefusalsAreATrouble(t *testing.T) {
	p := newAdmin(t)
	p.company(url.Values{"do": {"enable"}})
	secret := p.secret()
	bad := func(n int) {
		for i := range n {
			body := strings.Replace(fresh(fmt.Sprint("bad-", i)), `"total":"990.00"`, `"total":"много"`, 1)
			if res := p.send(secret, body); res.Code != 422 {
				t.Fatalf("%d %s", res.Code, res.Body)
			}
		}
	}
	const link = `href="/companies/2/received"`
	refused := regexp.MustCompile(`\d+ сообщени[ейя]+, котор[а-я]+ не стал[а-я]+ заказ[а-я]+`)
	unbelieved := regexp.MustCompile(`\d+ заказ[а-я]*, и [а-я ]+ не принят`)
	overview := func(when string, wantRefused, wantUnbelieved string) {
		t.Helper()
		text := p.get("/")
		if good := strings.Contains(text, "Заказы синхронизируются"); good != (wantRefused == "") {
			t.Errorf("%s: the badge is green: %t", when, good)
		}
		if got := refused.FindString(text); got != wantRefused {
			t.Errorf("%s: the note is %q, want %q", when, got, wantRefused)
		}
		if got := unbelieved.FindString(text); got != wantUnbelieved {
			t.Errorf("%s: the note is %q, want %q", when, got, wantUnbelieved)
		}
		if wantRefused != "" &&
			(!strings.Contains(text, link) || !strings.Contains(text, "Заказы из чата не принимаются")) {
			t.Errorf("%s: no link, or no badge", when)
		}
	}
	overview("at first", "", "")
	p.send(ineedchat.NewSecret(), fresh("x"))
	overview("a wrong secret", "", "1 заказ, и он не принят")
	bad(12)
	overview("a 422 says nothing of the secret", "12 сообщений, которые не стали заказами", "1 заказ, и он не принят")
	_, company := p.api("GET", "/companies/2", "")
	if at(company, "intake_problem.code") != "deliveries_refused" || at(company, "intake_problem.args.n") != "12" {
		t.Errorf("%v", at(company, "intake_problem"))
	}
	if got := p.metric(`ineed_insales_company_problem{company="2",kind="deliveries_refused"}`); got != "1" {
		t.Errorf("metric %q", got)
	}
	p.send(ineedchat.NewSecret(), fresh("x"))
	overview("a 401 says nothing of the bodies", "12 сообщений, которые не стали заказами", "2 заказа, и ни один не принят")

	p.takes(secret, "good")
	overview("an order came through", "", "")
	if text := p.get("/"); !strings.Contains(text, ">12, последнее") || !strings.Contains(text, link) {
		t.Error("nobody has looked, and yet nothing leads there")
	}
	bad(1)
	overview("one more", "1 сообщение, которое не стало заказом", "")
	p.send(secret, `{"type":"ping","version":"1","company_id":"2"}`)
	p.send(secret, `{"type":"chat.closed","version":"1","company_id":"2"}`)
	p.send(secret, fresh("good")) // a duplicate
	overview("a ping, an unknown type and a duplicate are no order", "1 сообщение, которое не стало заказом", "")
	text := p.get("/companies/2/received")
	if strings.Count(text, ">новое<") != 13 || strings.Contains(text, `class="count"`) {
		t.Error("what is new is not shown as such")
	}
	overview("somebody has looked", "", "")
	if text := p.get("/companies/2/received"); strings.Contains(text, ">новое<") {
		t.Error("still new")
	}

	bad(2)
	if code, _ := p.api("POST", "/companies/2/refusals/seen", ""); code != 204 {
		t.Errorf("seen: %d", code)
	}
	overview("somebody has looked by the command line", "", "")
	if code, _ := p.api("DELETE", "/companies/2/refusals", ""); code != 204 {
		t.Errorf("erase: %d", code)
	}
	if text := p.get("/companies/2/received"); !strings.Contains(text, "Всё, что прислал чат, принято") {
		t.Error("not erased")
	}
	if text := p.get("/journal"); !strings.Contains(text, "что не стало заказами") {
		t.Error("the journal says nothing of it")
	}
}

// refuses sends what the page of refused webhooks has to show.
func (p *admin) refuses(secret string) {
	p.t.Helper()
	body := strings.Replace(fresh("W-7"), `"990.00"}]`, `"9,90"}]`, 1)
	body = strings.Replace(body, `"type":`, `"api_token":"s3cr3t-of-the-chat","note":"`+secret+` <b>\u0000","type":`, 1)
	p.send(secret, body)
	for _, s := range []sent{
		{body: "{\"type\": \x00 \u202eзадом наперёд", kind: "application/json", auth: "signature"},
		{body: "order[id]=7&token=s3cr3t-of-the-chat", kind: "application/x-www-form-urlencoded", auth: "signature"},
	} {
		if res := p.deliver(s, secret); res.Code/100 != 4 {
			p.t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
}

// TestReceivedPage: the page shows why, what and whose, and no secrets.
func TestReceivedPage(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	secret := p.secret()
	p.deliver(sent{body: strings.Repeat("x", ineedchat.MaxBody+10), kind: "application/json", auth: "signature"},
		secret)
	p.refuses(secret)
	text := p.get("/companies/2/received")
	for _, want := range []string{"data.items[0].price", "не число", "W-7", "ответ 422", "ответ 415", "ответ 413",
		"ответ 400", "application/x-www-form-urlencoded",
		`&#34;api_token&#34;: &#34;` + storage.Masked, "token=" + storage.Masked, `\u202eзадом наперёд`,
		`data-copy="text-1"`, "всего 262\u00a0154 байта"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{secret, "s3cr3t", "<b>", "\u202e", "\x00"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %q", not)
		}
	}
	for path, want := range map[string]int{"/companies/9/received": 404, "/companies/2/received?cursor=x": 404} {
		if res := p.page(path, p.cookie); res.Code != want {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	if res := p.page("/companies/2/received", "X: 1"); res.Code != http.StatusSeeOther {
		t.Errorf("a stranger: %d", res.Code)
	}
	if res := p.sure("/companies/2/received/erase", url.Values{}); res.Code != http.StatusSeeOther {
		t.Errorf("erase: %d", res.Code)
	}
	if list, _, err := p.desk().Refusals(t.Context(), "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d are kept, %v", len(list), err)
	}
}

// TestNoiseIsBounded: whatever strangers send, and however long their addresses
// are, the log has a line a minute for it.
func TestNoiseIsBounded(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	var log bytes.Buffer
	w.server.log = slog.New(slog.NewTextHandler(&log, nil))
	long := strings.Repeat("a", 20<<10)
	for range 50 {
		request(t, w.server.Public(), "POST", "/webhooks/ineedchat/"+long, "{}")
		request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2/"+long, "{}")
		request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2", "{}")
		request(t, w.server.Public(), "POST", "/webhooks/ineedchat/2", "x", "Content-Type: text/plain")
		w.send(secret, `{"type":"order.created","version":"1","company_id":"2","data":{"items":[`+strings.TrimSuffix(
			strings.Repeat(`{},`, 400), ",")+`]}}`)
	}
	if log.Len() > 1000 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("%d bytes: %.500s", log.Len(), log.String())
	}
	if got := w.metric(`ineed_insales_webhooks_refused_total{reason="no_signature",sender="stranger"}`); got != "50" {
		t.Errorf("the metric counts %q", got)
	}
	count, reasons := w.server.refused.add("2", "invalid", time.Now().Add(2*refusedLogEvery))
	if count != 150 || reasons != "invalid 51, no_signature 50, wrong_route 49" {
		t.Errorf("the next line: %d, %s", count, reasons)
	}
}

// TestByteQuota: an authentic sender cannot fill the disk with large bodies, and
// one that sends orders is never held up by their size.
func TestByteQuota(t *testing.T) {
	r := newQuotas(1e-6) // no time passes
	for i := range rateBurst {
		if !r.allow("2", 3<<10) {
			t.Fatalf("order %d of a usual size is held up", i+1)
		}
	}
	if r.allow("2", 0) {
		t.Error("their number is not bounded")
	}
	sum := 0
	for r.allow("3", ineedchat.MaxBody) {
		sum += ineedchat.MaxBody
	}
	if sum < 32<<20 || sum > 64<<20 {
		t.Errorf("%d MiB of large bodies before the first 429", sum>>20)
	}
	if !r.allow("3", 0) || !r.allow("4", ineedchat.MaxBody) {
		t.Error("what is small, or another company's, is held up, too")
	}

	w := newWorld(t)
	secret := w.company("signature")
	w.server.quotas.allow("2", 0)
	w.server.quotas.of["2"].bytes.SetBurst(1000)
	if res := w.send(secret, fresh("1")); res.Code != 429 && len(fresh("1")) > 1000 || res.Code != 202 &&
		len(fresh("1")) < 1000 {
		t.Errorf("%d bytes: %d", len(fresh("1")), res.Code)
	}
	if res := w.send(secret, strings.Replace(fresh("2"), `"version":`, `"x":"`+strings.Repeat("x", 2000)+`","version":`,
		1)); res.Code != 429 || res.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", res.Code, res.Header())
	}
}
