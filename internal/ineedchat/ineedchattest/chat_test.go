package ineedchattest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

const report = `{"version":"1","order_id":"A-1","status":"accepted","payment_status":"pending",
	"changed_at":"2026-11-23T15:20:11+03:00","revision":100,"total":"3180.00","comment":"",
	"insales":{"order_id":"70000001","order_number":"2001"}}`

// A reporter is the connector's side of a report.
type reporter struct {
	url, token, secret, contentType string
}

func newReporter(t *testing.T, c ineedchattest.Config) (*ineedchattest.Chat, *reporter) {
	t.Helper()
	chat := ineedchattest.New(c)
	server := httptest.NewServer(chat)
	t.Cleanup(server.Close)
	return chat, &reporter{server.URL, ineedchattest.DefaultToken, c.Secret, "application/json"}
}

func (p *reporter) put(ctx context.Context, webhookID, body string) (int, string, error) {
	return p.putTo(ctx, "/v1/companies/2/orders/A-1/status", webhookID, body)
}

func (p *reporter) putTo(ctx context.Context, path, webhookID, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, "PUT", p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", p.contentType)
	if webhookID != "" {
		r.Header.Set("webhook-id", webhookID)
	}
	if p.secret != "" {
		w, err := webhook.NewWebhook(p.secret)
		if err != nil {
			return 0, "", err
		}
		now := time.Now()
		signature, _ := w.Sign(webhookID, now, []byte(body))
		r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
		r.Header.Set("webhook-signature", signature)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

func (p *reporter) want(t *testing.T, webhookID, body string, status int) string {
	t.Helper()
	got, answer, err := p.put(t.Context(), webhookID, body)
	if err != nil || got != status {
		t.Fatalf("answer %d %s %v, want %d", got, answer, err, status)
	}
	return answer
}

func violations(t *testing.T, chat *ineedchattest.Chat, want ...string) {
	t.Helper()
	got := chat.Violations()
	if len(got) != len(want) {
		t.Fatalf("violations %q, want %q", got, want)
	}
	for i, w := range want {
		if !strings.Contains(got[i], w) {
			t.Errorf("violation %q, want %q", got[i], w)
		}
	}
}

func TestStatusIsTaken(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{})
	p.want(t, "m1", report, 404)
	chat.Know("2", "A-1")
	if _, found := chat.Status("2", "A-1"); found {
		t.Error("a status before any report")
	}
	if got := p.want(t, "m1", report, 200); got != `{"status":"ok"}` {
		t.Errorf("answer %s", got)
	}
	s, found := chat.Status("2", "A-1")
	if !found || s.Status != "accepted" || s.Revision != 100 || s.InSales.OrderNumber != "2001" || s.At.IsZero() {
		t.Errorf("status %+v", s)
	}
	if n := len(chat.Reports()); n != 2 {
		t.Errorf("%d reports, want 2", n)
	}
	violations(t, chat)
}

func TestRevisions(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
	with := func(revision string) string { return strings.Replace(report, "100", revision, 1) }
	p.want(t, "m1", with("100"), 200)
	p.want(t, "m1", with("100"), 200) // a retry
	if got := p.want(t, "m2", with("100"), 409); got != `{"status":"stale"}` {
		t.Errorf("answer %s", got)
	}
	p.want(t, "", with("100"), 409)
	violations(t, chat)
	p.want(t, "m3", with("99"), 409)
	p.want(t, "m4", with("200"), 200)
	violations(t, chat, "revision goes back from 100 to 99")
	var answers []int
	for _, r := range chat.Reports() {
		answers = append(answers, r.Answer)
	}
	if got := fmt.Sprint(answers); got != "[200 200 409 409 409 200]" {
		t.Errorf("answers %s", got)
	}
}

func TestBadReports(t *testing.T) {
	replace := func(old, with string) string { return strings.Replace(report, old, with, 1) }
	cases := []struct {
		name, body, violation string
		status                int
	}{
		{"not JSON", "{", "unexpected end", 400},
		{"wrong type", replace("100", `"100"`), "revision", 400},
		{"version", replace(`"version":"1"`, `"version":"2"`), "version", 422},
		{"another order", replace("A-1", "A-2"), "order_id", 422},
		{"status", replace("accepted", "sent"), "status", 422},
		{"payment status", replace("pending", "unpaid"), "payment_status", 422},
		{"no revision", replace("100", "0"), "revision", 422},
		{"no time", replace("changed_at", "at"), "unknown field at", 422},
		{"total", replace("3180.00", "3180,00"), "total", 422},
		{"unknown field", replace(`"comment"`, `"colour"`), "unknown field colour", 200},
		{"unknown inner field", replace(`"order_number"`, `"number"`), "unknown field insales.number", 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
			p.want(t, "m1", c.body, c.status)
			if got := strings.Join(chat.Violations(), "\n"); !strings.Contains(got, c.violation) {
				t.Errorf("violations %q, want %q", got, c.violation)
			}
		})
	}
}

func TestAuthorization(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true, Secret: ineedchattest.DefaultSecret})
	p.want(t, "m1", report, 200)
	p.token = "other"
	p.want(t, "m1", report, 401)
	p.token, p.secret = ineedchattest.DefaultToken, ""
	p.want(t, "m1", report, 401)
	p.secret = "whsec_AAAA"
	p.want(t, "m1", report, 401)
	p.secret, p.contentType = ineedchattest.DefaultSecret, "text/plain"
	p.want(t, "m1", report, 415)
	violations(t, chat, "token", "signature", "signature", "content type")
}

func TestFaults(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
	at := func(n string) string { return strings.Replace(report, "100", n, 1) }
	chat.Fault(ineedchattest.Rule{Times: 1, Status: 503, Header: http.Header{"Retry-After": {"7"}}})
	chat.Fault(ineedchattest.Rule{Times: 1, Action: ineedchattest.ResetBefore})
	chat.Fault(ineedchattest.Rule{Times: 1, Action: ineedchattest.ResetAfter, Method: "PUT"})
	chat.Fault(ineedchattest.Rule{Times: 1, Action: ineedchattest.Torn, Path: "/v1/companies/2"})
	hidden := chat.Fault(ineedchattest.Rule{Times: 1, Status: 500, Commits: true, After: 1})
	p.want(t, "m1", at("1"), 503)
	for i, name := range []string{"reset before", "reset after", "torn"} {
		if _, answer, err := p.put(t.Context(), "m1", at(fmt.Sprint(i+2))); err == nil {
			t.Errorf("%s: answered %s", name, answer)
		}
		if n := len(chat.Reports()); n != i {
			t.Errorf("%s: %d reports, want %d", name, n, i)
		}
	}
	p.want(t, "m1", at("8"), 200)
	p.want(t, "m1", at("9"), 500)
	if s, _ := chat.Status("2", "A-1"); s.Revision != 9 || hidden.Hits() != 1 {
		t.Errorf("revision %d, hits %d", s.Revision, hidden.Hits())
	}
	f := chat.Fault(ineedchattest.Rule{Status: 418})
	p.want(t, "m1", at("10"), 418)
	f.Clear()
	chat.Fault(ineedchattest.Rule{Status: 418})
	chat.ClearFaults()
	p.want(t, "m1", at("10"), 200)
}

// TestScenario: each answer of the contract that a healthy chat gives, and that
// none of them is the connector's fault.
func TestScenario(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
	p.want(t, "m1", report, 200)
	chat.Suspend("2")
	p.want(t, "m1", report, 403)
	chat.Suspend("3")
	chat.Resume("2")
	p.want(t, "m1", report, 200)
	chat.Forget("2", "A-1")
	p.want(t, "m1", report, 404)
	chat.Know("2", "A-1")
	p.want(t, "m1", report, 200)
	chat.Overtake("2", "A-1", 150)
	p.want(t, "m2", strings.Replace(report, `"revision":100`, `"revision":150`, 1), 409)
	p.want(t, "m3", strings.Replace(report, `"revision":100`, `"revision":151`, 1), 200)
	chat.SetToken("00000000000000000000000000000c02")
	p.want(t, "m3", report, 401)
	p.token = "00000000000000000000000000000c02"
	p.want(t, "m4", strings.Replace(report, `"revision":100`, `"revision":152`, 1), 200)
	violations(t, chat)
}

// TestMadeUpAnswers: the answers that no state explains.
func TestMadeUpAnswers(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
	for status, body := range map[int]string{
		400: "", 401: "", 403: "", 404: "", 409: "", 422: `{"title":"no such status"}`, 429: "", 500: "",
		502: "<html></html>", 503: "",
	} {
		f := chat.Fault(ineedchattest.Rule{Status: status, Body: body, Header: http.Header{"Retry-After": {"7"}}})
		r, err := http.NewRequestWithContext(t.Context(), "PUT", p.url+"/v1/companies/2/orders/A-1/status",
			strings.NewReader(report))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		f.Clear()
		want := map[bool]string{true: "text/html; charset=utf-8",
			false: "application/problem+json"}[strings.HasPrefix(body, "<")]
		if body == "" {
			body = fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d}`, http.StatusText(status), status)
		} else if body[0] == '{' {
			want = "application/json"
		}
		if resp.StatusCode != status || string(answer) != body || resp.Header.Get("Retry-After") != "7" ||
			resp.Header.Get("Content-Type") != want {
			t.Errorf("%d: %d %s %v", status, resp.StatusCode, answer, resp.Header)
		}
	}
	if n := len(chat.Reports()); n != 0 {
		t.Errorf("%d reports were taken", n)
	}
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	chat, p := newReporter(t, ineedchattest.Config{AcceptUnknown: true})
	for _, c := range []struct {
		rule    ineedchattest.Rule
		reports int
	}{
		{ineedchattest.Rule{Latency: time.Hour, Times: 1}, 0},
		{ineedchattest.Rule{AnswerDelay: time.Hour, Times: 1}, 1},
	} {
		chat.ClearFaults()
		fault := chat.Fault(c.rule)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // leaves once the chat has what it waits with
			defer cancel()
			for ctx.Err() == nil && (fault.Hits() == 0 || len(chat.Reports()) < c.reports) {
				time.Sleep(time.Millisecond)
			}
		}()
		if _, _, err := p.put(ctx, "m1", report); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		cancel()
		if n := len(chat.Reports()); n != c.reports {
			t.Errorf("%d reports, want %d", n, c.reports)
		}
	}
}

func TestHook(t *testing.T) {
	var mu sync.Mutex
	cut := ineedchattest.Before
	chat, p := newReporter(t,
		ineedchattest.Config{AcceptUnknown: true, OnRequest: func(r *http.Request, ph ineedchattest.Phase) error {
			mu.Lock()
			defer mu.Unlock()
			if body, _ := io.ReadAll(r.Body); !json.Valid(body) || ph != cut {
				return nil
			}
			return errors.New("cut")
		}})
	for i, phase := range []ineedchattest.Phase{ineedchattest.Before, ineedchattest.After} {
		mu.Lock()
		cut = phase
		mu.Unlock()
		if _, _, err := p.put(t.Context(), "m1", report); err == nil {
			t.Errorf("%s: answered", phase)
		}
		if n := len(chat.Reports()); n != i {
			t.Errorf("%s: %d reports, want %d", phase, n, i)
		}
	}
}

// What is not of the contract is taken where it is said to be, faults included.
func TestCalls(t *testing.T) {
	chat := ineedchattest.New(ineedchattest.Config{})
	chat.TakeCalls("/api/")
	ask := func(path string) int {
		res := httptest.NewRecorder()
		chat.ServeHTTP(res, httptest.NewRequest(http.MethodPost, path, strings.NewReader("a=1")))
		return res.Code
	}
	if code := ask("/api/x%2Fy?z=1"); code != 200 {
		t.Error(code)
	}
	if code := ask("/elsewhere"); code != 404 {
		t.Errorf("elsewhere: %d", code)
	}
	chat.Fault(ineedchattest.Rule{Path: "/api/", Status: 422})
	if code := ask("/api/refused"); code != 422 {
		t.Errorf("a fault: %d", code)
	}
	if calls := chat.Calls(); len(calls) != 1 || calls[0].URI != "/api/x%2Fy?z=1" || calls[0].Body != "a=1" {
		t.Errorf("%+v", calls)
	}
}
