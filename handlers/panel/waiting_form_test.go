package panel

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// newServer is the panel of a connector without a company, on an engine of its own.
func newServer(t *testing.T) *Server {
	t.Helper()
	cfg := storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: []byte(strings.Repeat("k", 32))}
	store, err := storage.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b, err := bridge.New(t.Context(),
		bridge.Config{Store: store, ChatURL: "https://demo.ineed.chat", Message: Messages("")})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Bridge: b, Site: visit.NewSite(b, "", nil), TimeZone: time.UTC})
	s.Routes(echo.New())
	return s
}

// TestFormsOfStrangers: only what a known browser sends from a page of ours, and
// what is not too large, is kept for its sender.
func TestFormsOfStrangers(t *testing.T) {
	s := newServer(t)
	known := "ineed_browser=" + s.bridge.Login.NameBrowser(1)
	const ours = "same-origin"
	tests := []struct {
		what, path, id, cookies, origin, from string
		kept                                  int
	}{
		{"a known browser", "/companies", "1", known, "", ours, 1},
		{"a stranger who says that he is a browser", "/companies", "1", "", "http://example.com", ours, 0},
		{"a stranger with names that he has made", "/companies", "1", "ineed_session=x; ineed_browser=x.x", "", ours,
			0},
		{"a stranger", "/companies", "1", "", "", "", 0},
		{"another site", "/companies", "1", known, "", "cross-site", 0},
		{"much too large", "/companies", strings.Repeat("x", largestForm), known, "", ours, 0},
		{"a button", "/companies/2/delete", "", known, "", ours, 0},
	}
	for _, test := range tests {
		s.forms = waitingForms{}
		r := httptest.NewRequest("POST", test.path, strings.NewReader(url.Values{"id": {test.id}}.Encode()))
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
		for name, value := range map[string]string{"Cookie": test.cookies, "Origin": test.origin,
			"Sec-Fetch-Site": test.from} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		res := httptest.NewRecorder()
		s.engine.ServeHTTP(res, r)
		cookie := strings.Contains(strings.Join(res.Header().Values("Set-Cookie"), " "), formCookie+"=")
		if len(s.forms.of) != test.kept || cookie != (test.kept > 0) {
			t.Errorf("%s: %d forms wait, cookie %v, answer %d", test.what, len(s.forms.of), cookie, res.Code)
		}
	}
}

// TestWaitingFormsAreBounded: however many are sent, they take little memory, and
// none waits for ever.
func TestWaitingFormsAreBounded(t *testing.T) {
	var forms waitingForms
	now := time.Now()
	for i := range 3 * mostForms {
		forms.keep(waitingForm{path: fmt.Sprint(i), until: now.Add(time.Duration(i) * time.Minute)}, now)
	}
	if len(forms.of) != mostForms {
		t.Errorf("%d forms", len(forms.of))
	}
	for i := range 3 * mostForms {
		forms.keep(waitingForm{path: "/", values: strings.Repeat("x", largestForm),
			until: now.Add(time.Duration(i) * time.Minute)}, now)
		size := 0
		for _, f := range forms.of {
			size += f.size()
		}
		if size > allForms || size != forms.size {
			t.Fatalf("%d forms of %d bytes, counted as %d", len(forms.of), size, forms.size)
		}
	}
	name := forms.keep(waitingForm{until: now.Add(formLife)}, now)
	if _, ok := forms.get(name, now.Add(formLife)); ok {
		t.Error("it is kept for too long")
	}
}
