package ineedchat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/ineedchat"
)

const testToken = "token-of-the-tests-0123456789abcdef"

// serve starts a chat and gives a client of it, with token and secret.
func serve(t *testing.T, handler http.HandlerFunc) *ineedchat.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client(t, ineedchat.Config{URL: server.URL, Token: testToken, Secret: vectorSecret})
}

func client(t *testing.T, cfg ineedchat.Config) *ineedchat.Client {
	t.Helper()
	c := ineedchat.New(cfg)
	t.Cleanup(c.Close)
	return c
}

// report reports the example and gives the *Error, or nil.
func report(t *testing.T, c *ineedchat.Client) *ineedchat.Error {
	t.Helper()
	_, err := c.ReportStatus(t.Context(), "2", exampleStatus())
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[*ineedchat.Error](err)
	if !ok {
		t.Fatalf("not an *Error: %#v", err)
	}
	return failed
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestReportStatus(t *testing.T) {
	var observed []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		const path = "/v1/companies/2/orders/7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001/status"
		if r.Method != http.MethodPut || r.RequestURI != path {
			t.Errorf("%s %s", r.Method, r.RequestURI)
		}
		for name, want := range map[string]string{
			"Authorization": "Bearer " + testToken, "Content-Type": "application/json",
			"User-Agent": "ineed-insales/test",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if err := ineedchat.VerifySignature([]string{vectorSecret}, r.Header, body); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(string(body), `{"version":"1","order_id":"7f1c2a90-`) {
			t.Errorf("body %s", body)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := client(t, ineedchat.Config{
		URL: server.URL, Token: testToken, Secret: vectorSecret, UserAgent: "ineed-insales/test",
		Observe: func(op, code string, d time.Duration) { observed = append(observed, op+" "+code) },
	})
	s := exampleStatus()
	s.Version = "" // filled in
	if _, err := c.ReportStatus(t.Context(), "2", s); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(observed, ", "); got != "report_status 204" {
		t.Errorf("observed %q", got)
	}
}

func TestReportPath(t *testing.T) {
	var got string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String()
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
	})
	for _, test := range []struct{ url, company, order, want string }{
		{"https://demo.ineed.chat", "2", "1001", "https://demo.ineed.chat/v1/companies/2/orders/1001/status"},
		{"https://demo.ineed.chat/", "2", "1001", "https://demo.ineed.chat/v1/companies/2/orders/1001/status"},
		{"http://127.0.0.1:8080/chat/api/", "c.2", "a:b_c",
			"http://127.0.0.1:8080/chat/api/v1/companies/c.2/orders/a:b_c/status"},
		{"https://demo.ineed.chat/a%2Fb", "2", "1", "https://demo.ineed.chat/a%2Fb/v1/companies/2/orders/1/status"},
		{"https://u:p@demo.ineed.chat/?x=1#y", "2", "1", "https://demo.ineed.chat/v1/companies/2/orders/1/status"},
		{"https://demo.ineed.chat", "a/../b", "1?x#ы",
			"https://demo.ineed.chat/v1/companies/a%2F..%2Fb/orders/1%3Fx%23%D1%8B/status"},
	} {
		c := client(t, ineedchat.Config{URL: test.url, Transport: transport})
		if _, err := c.ReportStatus(t.Context(), test.company, ineedchat.Status{OrderID: test.order}); err != nil {
			t.Errorf("%s: %v", test.url, err)
		}
		if got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.url, got, test.want)
		}
	}
}

func TestReportRefusesBadAddresses(t *testing.T) {
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return nil, errors.New("unexpected")
	})
	for _, test := range []struct{ url, company, order string }{
		{"", "2", "1"},
		{"demo.ineed.chat", "2", "1"},
		{"ftp://demo.ineed.chat", "2", "1"},
		{"https://user:pa55word", "2", "1"},
		{"https://user:pa55word@demo ineed.chat", "2", "1"},
		{"https://demo.ineed.chat", "", "1"},
		{"https://demo.ineed.chat", "2", ""},
		{"https://demo.ineed.chat", "..", "1"},
		{"https://demo.ineed.chat", "2", "."},
	} {
		c := client(t, ineedchat.Config{URL: test.url, Transport: transport})
		_, err := c.ReportStatus(t.Context(), test.company, ineedchat.Status{OrderID: test.order})
		if failed, ok := errors.AsType[*ineedchat.Error](err); !ok || failed.Status != 0 || failed.Unwrap() == nil {
			t.Errorf("%+v: got %#v", test, err)
		} else if strings.Contains(err.Error(), "pa55word") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

// TestReportWebhookID: a retry has the same id and another revision another one.
func TestReportWebhookID(t *testing.T) {
	var id string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { id = r.Header.Get("webhook-id") })
	of := func(company, order string, revision int64) string {
		if _, err := c.ReportStatus(t.Context(), company,
			ineedchat.Status{OrderID: order, Revision: revision}); err != nil {
			t.Fatal(err)
		}
		if id == "" || len(id) > 128 || strings.Contains(id, ".") {
			t.Fatalf("bad webhook id %q", id)
		}
		return id
	}
	long := strings.Repeat("a.", 32)
	first := of(long, long, 1795435211000)
	if again := of(long, long, 1795435211000); again != first {
		t.Errorf("the retry has %q, not %q", again, first)
	}
	seen := map[string]bool{first: true}
	for _, other := range []string{of(long, long, 1795435211001), of(long, "b", 1795435211000),
		of("b", long, 1795435211000), of("2", "10", 1), of("21", "0", 1), of("2", "1", 1)} {
		if seen[other] {
			t.Errorf("%q stands for two reports", other)
		}
		seen[other] = true
	}
}

// TestReportUnsigned sends no webhook headers without a secret for signatures.
func TestReportUnsigned(t *testing.T) {
	for _, secret := range []string{"", testToken} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature", "Authorization"} {
				if v := r.Header.Get(name); v != "" {
					t.Errorf("%s: %s", name, v)
				}
			}
		}))
		defer server.Close()
		if err := report(t, client(t, ineedchat.Config{URL: server.URL, Secret: secret})); err != nil {
			t.Error(err)
		}
	}
}

func TestReportAnswers(t *testing.T) {
	date := http.Header{"Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	with := func(h http.Header, value string) http.Header {
		h = h.Clone()
		h.Set("Retry-After", value)
		return h
	}
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   *ineedchat.Error
	}{
		{"ok", 200, nil, `{"status":"ok"}`, nil},
		{"accepted", 202, nil, "", nil},
		{"conflict", 409, nil, `{"title":"Conflict","detail":"revision 5 is newer"}`,
			&ineedchat.Error{Status: 409, Message: "revision 5 is newer"}},
		{"title only", 422, nil, `{"title":"Unprocessable","detail":null}`,
			&ineedchat.Error{Status: 422, Message: "Unprocessable"}},
		{"message", 400, nil, `{"message":"bad"}`, &ineedchat.Error{Status: 400, Message: "bad"}},
		{"odd types", 400, nil, `{"detail":{"x":1},"error":"wrong"}`, &ineedchat.Error{Status: 400, Message: "wrong"}},
		{"html", 502, nil, `<html>Bad gateway</html>`, &ineedchat.Error{Status: 502}},
		{"a page with 200", 200, nil, "\ufeff\n<!DOCTYPE html>\n<html><body>Ведутся работы</body></html>",
			&ineedchat.Error{Status: 200}},
		{"a page with 202", 202, nil, "<HTML>Checking your browser</HTML>", &ineedchat.Error{Status: 202}},
		{"text that is no page", 200, nil, "<ok/>", nil},
		{"text", 200, http.Header{"Content-Type": {"text/html"}}, "ok, <html> was taken", nil},
		{"list", 404, nil, `["x"]`, &ineedchat.Error{Status: 404}},
		{"redirect", 308, http.Header{"Location": {"/elsewhere"}}, "", &ineedchat.Error{Status: 308}},
		{"redirect to nowhere", 302, http.Header{"Location": {"http://[half/" + testToken}}, "",
			&ineedchat.Error{Status: 302}},
		{"lines", 400, nil, `{"detail":" a\r\nb\u0000 "}`, &ineedchat.Error{Status: 400, Message: "a b"}},
		{"long", 400, nil, `{"detail":"` + strings.Repeat("ы", 300) + `"}`,
			&ineedchat.Error{Status: 400, Message: strings.Repeat("ы", 200)}},
		{"echo", 401, nil, `{"detail":"no such token ` + testToken + ` or ` + vectorSecret + `"}`,
			&ineedchat.Error{Status: 401, Message: "no such token ••• or •••"}},
		{"flood", 500, nil, `{"detail":"` + strings.Repeat("x", 1<<20) + `"}`, &ineedchat.Error{Status: 500}},
		{"seconds", 429, with(date, "7"), "", &ineedchat.Error{Status: 429, RetryAfter: 7 * time.Second}},
		{"date", 503, with(date, "Mon, 23 Nov 2026 12:01:30 GMT"), "",
			&ineedchat.Error{Status: 503, RetryAfter: 90 * time.Second}},
		{"past", 503, with(date, "Mon, 23 Nov 2026 11:00:00 GMT"), "", &ineedchat.Error{Status: 503}},
		{"negative", 503, with(date, "-5"), "", &ineedchat.Error{Status: 503}},
		{"endless", 503, with(date, "99999999999999"), "", &ineedchat.Error{Status: 503, RetryAfter: time.Hour}},
		{"nonsense", 503, with(date, "soon"), "", &ineedchat.Error{Status: 503}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("the redirect was followed")
				}
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			})
			got := report(t, c)
			if (got == nil) != (test.want == nil) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			if got == nil {
				return
			}
			test.want.Op = ineedchat.OpReportStatus
			if *got != *test.want {
				t.Errorf("got  %+v\nwant %+v", *got, *test.want)
			}
			if text := got.Error(); !strings.HasPrefix(text,
				fmt.Sprintf("ineedchat: report_status: %d", test.status)) ||
				!strings.HasSuffix(text, test.want.Message) {
				t.Errorf("error %q", text)
			}
		})
	}
}

// TestRetryAfterWithoutDate counts from our own clock.
func TestRetryAfterWithoutDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			h := http.Header{"Retry-After": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}
			return &http.Response{StatusCode: 503, Header: h, Body: http.NoBody, Request: r}, nil
		})
		got := report(t, client(t, ineedchat.Config{URL: "http://chat.example", Transport: transport}))
		if got == nil || got.RetryAfter != time.Minute {
			t.Errorf("got %+v", got)
		}
	})
}

// TestReportTimeout: a chat that never answers costs 15 seconds.
func TestReportTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var code string
		c := client(t, ineedchat.Config{
			URL: "http://user:pa55word@chat.example/secret-path", Token: testToken,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
			Observe: func(_, c string, d time.Duration) { code = fmt.Sprint(c, " ", d) },
		})
		start := time.Now()
		got := report(t, c)
		if got == nil || !errors.Is(got, context.DeadlineExceeded) || got.Status != 0 {
			t.Fatalf("got %v", got)
		}
		if d := time.Since(start); d != 15*time.Second || code != "timeout 15s" {
			t.Errorf("took %v, observed %q", d, code)
		}
		for _, secret := range []string{"pa55word", testToken, "secret-path"} {
			if strings.Contains(got.Error(), secret) {
				t.Errorf("%q shows in %q", secret, got)
			}
		}
	})
}

// TestReportCancelled gives up with its context.
func TestReportCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var code string
	c := client(t, ineedchat.Config{URL: "http://127.0.0.1:1",
		Observe: func(_, c string, _ time.Duration) { code = c }})
	if _, err := c.ReportStatus(ctx, "2", exampleStatus()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if code != "error" {
		t.Errorf("observed %q", code)
	}
}

// TestReportUnreachable: nobody listens; the error says so without the URL.
func TestReportUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	got := report(t, client(t, ineedchat.Config{URL: address + "/prefix", Token: testToken}))
	if got == nil || got.Status != 0 || got.Err == nil {
		t.Fatalf("got %v", got)
	}
	if text := got.Error(); strings.Contains(text, "prefix") || strings.Contains(text, testToken) {
		t.Errorf("error %q", text)
	}
}

// TestReportTornAnswer: the code counts, even if the rest never comes.
func TestReportTornAnswer(t *testing.T) {
	var requests atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"detail":"`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	if got := report(t, c); got != nil {
		t.Errorf("got %v, but 200 was answered", got)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestReportExchange: what was sent and answered is there to be looked at,
// whatever it is, within bounds and without our secrets.
func TestReportExchange(t *testing.T) {
	for _, test := range []struct {
		name, body, want string
		length           int // that is promised of the body
	}{
		{"json", `{"status":"ok"}`, `{"status":"ok"}`, 0},
		{"html", "<h1>502</h1>", "<h1>502</h1>", 0},
		{"torn", `{"sta`, `{"sta`, 100},
		{"echo", "Bearer " + testToken + ", " + vectorSecret, "Bearer •••, •••", 0},
		{"long", strings.Repeat("ы", 64<<10), strings.Repeat("ы", 32<<10) + "…", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.length > 0 {
					w.Header().Set("Content-Length", strconv.Itoa(test.length))
				}
				w.WriteHeader(http.StatusBadGateway)
				io.WriteString(w, test.body)
			}))
			defer server.Close()
			c := client(t, ineedchat.Config{URL: server.URL, Token: testToken, Secret: vectorSecret})
			x, err := c.ReportStatus(t.Context(), "2", exampleStatus())
			if err == nil || string(x.Answer) != test.want ||
				!strings.Contains(string(x.Request), `"order_id":"`+exampleStatus().OrderID+`"`) {
				t.Errorf("%v %.80s %.80q", err, x.Request, x.Answer)
			}
		})
	}
}
