package handlers

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
)

const apiToken = "an-api-token-of-more-than-32-characters"

// request sends one request straight to a handler. Headers are given as
// "Name: value"; a body is sent as JSON unless a header says otherwise.
func request(t testing.TB, h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
		switch name {
		case "Host":
			r.Host = value
		case "RemoteAddr":
			r.RemoteAddr = value
		}
	}
	res := httptest.NewRecorder()
	h.ServeHTTP(res, r)
	holdToDescription(t, r, body, res)
	return res
}

func TestStatusOfRoutes(t *testing.T) {
	tests := []struct {
		method, path string
		want         int
	}{
		{"GET", "/healthz", 200},
		{"HEAD", "/healthz", 200},
		{"POST", "/healthz", 405},
		{"GET", "/metrics", 401}, // who asks is on no private network
		{"GET", "/api/openapi.yaml", 200},
		{"GET", "/", 303},
		{"GET", "/webhooks/ineedchat/2", 405},
		{"PATCH", "/api/v1/companies/2", 405},
		{"GET", "/api/v1/nothing", 404},
		{"GET", "/api/v1/companies", 401},
		{"PUT", "/api/v1/companies/2", 401},
		{"POST", "/webhooks/ineedchat/2", 415},
	}
	s := newWorld(t).server
	for _, test := range tests {
		if got := request(t, s.Public(), test.method, test.path, "").Code; got != test.want {
			t.Errorf("%s %s: %d, want %d", test.method, test.path, got, test.want)
		}
	}
	if got := request(t, s.Public(), "POST", "/healthz", "").Header().Get("Allow"); !strings.Contains(got, "GET") {
		t.Errorf("Allow of a 405: %q", got)
	}
}

func TestSeparateMetrics(t *testing.T) {
	s := New(Config{SeparateMetrics: true})
	if got := request(t, s.Public(), "GET", "/metrics", "").Code; got != 404 {
		t.Errorf("public: %d, want 404", got)
	}
	if got := request(t, s.Metrics(), "GET", "/metrics", "").Code; got != 200 {
		t.Errorf("its own handler: %d, want 200", got)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	server := httptest.NewServer(New(Config{}).Public())
	defer server.Close()
	res, err := http.Head(server.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || len(body) != 0 || res.ContentLength != 2 {
		t.Errorf("%d, body %q, length %d, %v", res.StatusCode, body, res.ContentLength, err)
	}
}

func TestAPIToken(t *testing.T) {
	tests := []struct {
		name, configured, header string
		code                     string // of the refusal; "" = let in
	}{
		{"right", apiToken, "Authorization: Bearer " + apiToken, ""},
		{"scheme in lower case", apiToken, "Authorization: bearer " + apiToken, ""},
		{"none sent", apiToken, "X-Nothing: 1", "unauthorized"},
		{"wrong", apiToken, "Authorization: Bearer " + apiToken + "x", "unauthorized"},
		{"other scheme", apiToken, "Authorization: Basic " + apiToken, "unauthorized"},
		{"none configured", "", "Authorization: Bearer " + apiToken, "no_api_token"},
		{"empty for empty", "", "Authorization: Bearer ", "no_api_token"},
	}
	w := newWorld(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New(Config{APIToken: test.configured, Bridge: w.bridge})
			// A body that is refused before the bridge is asked.
			res := request(t, s.Public(), "PUT", "/api/v1/companies/2", "[]", test.header)
			if test.code == "" {
				if res.Code != 422 {
					t.Errorf("%d, want 422: %s", res.Code, res.Body)
				}
				return
			}
			if res.Code != 401 || !strings.Contains(res.Body.String(), `"code":"`+test.code+`"`) ||
				res.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%d %v %s", res.Code, res.Header(), res.Body)
			}
		})
	}
}

func TestSocketNeedsNoToken(t *testing.T) {
	s := New(Config{})
	if got := request(t, s.Local(), "PUT", "/api/v1/companies/2", "[]").Code; got != 422 {
		t.Errorf("%d, want 422", got)
	}
	if got := request(t, s.Local(), "POST", "/webhooks/ineedchat/2", "{}").Code; got != 404 {
		t.Errorf("webhooks on the socket: %d, want 404", got)
	}
}

// routed serves one more route, with all our middleware.
func routed(s *Server, path string, h echo.HandlerFunc) http.Handler {
	e := s.engine()
	e.GET(path, h)
	return e
}

func TestPanicIsAnError(t *testing.T) {
	var log bytes.Buffer
	s := New(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	res := request(t, routed(s, "/boom", func(echo.Context) error { panic("boom") }), "GET", "/boom?secret=1", "")
	if res.Code != 500 || !strings.Contains(res.Body.String(), `"code":"internal"`) ||
		strings.Contains(res.Body.String(), "boom") {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	if text := log.String(); !strings.Contains(text, "panic: boom") || strings.Contains(text, "secret=1") {
		t.Errorf("log: %s", text)
	}
	if n := strings.Count(log.String(), "level="); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestAbortPassesThrough(t *testing.T) {
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
	}()
	s := New(Config{})
	request(t, routed(s, "/abort", func(echo.Context) error { panic(http.ErrAbortHandler) }), "GET", "/abort", "")
	t.Error("the panic did not pass through")
}

func TestTheLogHasNoTokens(t *testing.T) {
	var log bytes.Buffer
	s := New(Config{APIToken: apiToken,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	request(t, s.Public(), "POST", "/webhooks/ineedchat/2/the-token-in-the-path", "", "Content-Type: text/plain")
	request(t, s.Public(), "GET", "/api/v1/companies?token=the-token-in-the-query", "",
		"Authorization: Bearer the-token-in-a-header")
	if text := log.String(); strings.Contains(text, "the-token") ||
		!strings.Contains(text, "/webhooks/ineedchat/:company/:token") {
		t.Errorf("log: %s", text)
	}
}

func TestRequestID(t *testing.T) {
	s := New(Config{})
	if got := request(t, s.Public(), "GET", "/healthz", "",
		"X-Request-ID: abc-1").Header().Get("X-Request-ID"); got != "abc-1" {
		t.Errorf("a good id became %q", got)
	}
	if got := request(t, s.Public(), "GET", "/healthz", "",
		"X-Request-ID: a b\"c").Header().Get("X-Request-ID"); len(got) < 20 {
		t.Errorf("a bad id became %q", got)
	}
}

func TestParam(t *testing.T) {
	s := New(Config{})
	h := routed(s, "/x/:id", func(c echo.Context) error { return c.String(200, visit.Param(c, "id")) })
	for path, want := range map[string]string{"/x/a.b:c": "a.b:c", "/x/a%3Ab": "a:b", "/x/a%2Fb": "a/b",
		"/x/a%2Bb": "a+b"} {
		if got := request(t, h, "GET", path, "").Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
