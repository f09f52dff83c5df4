package reach

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/locale/localetest"
)

// told gives findings as lines, and fails for one that has no words.
func told(t *testing.T, list []Finding) []string {
	t.Helper()
	var lines []string
	for _, f := range list {
		localetest.Doctor(t, f.Name, f.Reason, f.Args)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Name, f.Result, f.Reason)))
	}
	return lines
}

func serving(t *testing.T, tls bool, h http.HandlerFunc) (string, http.RoundTripper) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if tls {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.URL, server.Client().Transport
}

// TestSides: of each side the doctor says how far a question came.
func TestSides(t *testing.T) {
	well, _ := serving(t, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	broken, _ := serving(t, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	secure, trusting := serving(t, true, func(http.ResponseWriter, *http.Request) {})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, test := range []struct {
		name string
		side Side
		want string
	}{
		{"no URL", Side{Name: "chat"}, "chat warning unset"},
		{"a refusal is an answer", Side{Name: "shop", URL: well}, "shop ok"},
		{"a failure", Side{Name: "shop", URL: broken}, "shop warning status"},
		{"a certificate", Side{Name: "shop", URL: secure, Transport: trusting}, "tls ok, shop ok"},
		{"a certificate of a stranger", Side{Name: "shop", URL: secure}, "tls problem tls"},
		{"nobody", Side{Name: "chat", URL: gone.URL}, "chat problem refused"},
		{"no such name", Side{Name: "chat", URL: "https://name.invalid"}, "dns problem dns"},
		{"a private address", Side{Name: "shop", URL: "http://x", Transport: failing{&net.OpError{Op: "dial",
			Err: &net.AddrError{Err: "x"}}}}, "shop problem network"},
	} {
		test.side.Company = "2"
		if test.side.Transport == nil {
			test.side.Transport = &http.Transport{DisableKeepAlives: true}
		}
		s := New(Config{Sides: func() []Side { return []Side{test.side} }})
		got := strings.Join(told(t, s.ask(t.Context(), test.side).findings), ", ")
		if got != test.want && !(test.name == "no such name" && strings.HasPrefix(got, "chat problem")) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// A failing transport reaches nobody.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestCertificateEnds(t *testing.T) {
	for left, want := range map[time.Duration]string{certificateEnds + time.Hour: "tls ok",
		certificateEnds - time.Hour: "tls warning ends"} {
		f := certificate(map[string]string{"company": "2", "side": "shop", "host": "h"}, time.Now().Add(left))
		if got := told(t, []Finding{f})[0]; got != want {
			t.Errorf("%v: %s", left, got)
		}
	}
}

// TestClock: what most clocks say counts, and one that is wrong moves nothing.
func TestClock(t *testing.T) {
	is := func(list ...time.Duration) []answer {
		answers := []answer{{}}
		for _, d := range list {
			answers = append(answers, answer{told: true, ahead: d})
		}
		return answers
	}
	for _, test := range []struct {
		answers []answer
		want    string
	}{
		{is(), "clock unchecked nobody"},
		{is(0), "clock ok"},
		{is(29 * time.Second), "clock ok"},
		{is(-30 * time.Second), "clock warning off"},
		{is(4 * time.Minute), "clock problem off"},
		{is(-time.Hour), "clock problem off"},
		{is(time.Second, 24*time.Hour, 2*time.Second), "clock ok"},
	} {
		if got := told(t, []Finding{clock(test.answers)})[0]; got != test.want {
			t.Errorf("%v: %s, want %s", test.answers, got, test.want)
		}
	}
}

// TestEcho: the public URL leads to us only if it gives what this process alone knows.
func TestEcho(t *testing.T) {
	var s *Scout
	ours := func(w http.ResponseWriter, r *http.Request) {
		answer, ok := s.Answer(strings.TrimPrefix(r.URL.Path, "/base/webhooks/echo/"))
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}
	stranger := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, test := range []struct {
		name   string
		tls    bool
		answer http.HandlerFunc
		url    string
		trust  bool
		want   string
	}{
		{"none", false, nil, "", false, "public warning unset"},
		{"we", false, ours, "/base", false, "public ok"},
		{"we behind TLS", true, ours, "/base/", true, "tls ok, public ok"},
		{"a certificate that nobody believes", true, ours, "/base", false, "public problem tls"},
		{"a stranger", false, stranger, "/base", false, "public problem stranger"},
		{"another path", false, ours, "/other", false, "public problem stranger"},
		{"nobody", false, nil, gone.URL, false, "public warning unreachable"},
	} {
		address, transport := test.url, http.RoundTripper(&http.Transport{DisableKeepAlives: true})
		if test.answer != nil {
			base, trusting := serving(t, test.tls, test.answer)
			if address = base + test.url; test.trust {
				transport = trusting
			}
		}
		s = New(Config{PublicURL: address, Transport: transport, Sides: func() []Side { return nil }})
		got := strings.Join(told(t, s.askOurselves(t.Context()).findings), ", ")
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if len(s.pending) != 0 {
			t.Errorf("%s: an echo is still answered", test.name)
		}
	}
	for address, want := range map[string]bool{"http://connector.example": true, "https://connector.example": false,
		"http://localhost:8080": false, "http://192.168.1.2:8080": false, "http://203.0.113.7": true} {
		if insecure(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
	told(t, []Finding{{Name: "public", Result: Warning, Reason: "plain", Args: map[string]string{"url": "u"}},
		{Name: "public", Result: Problem, Reason: "dns"}})
}

// TestLook asks many at a time, few at once, and says in order what it has found.
func TestLook(t *testing.T) {
	well, _ := serving(t, false, func(http.ResponseWriter, *http.Request) {})
	var sides []Side
	for i := range 3 * atOnce {
		sides = append(sides, Side{Company: fmt.Sprint(i), Name: "shop", URL: well, Transport: http.DefaultTransport})
	}
	list := New(Config{Sides: func() []Side { return sides }}).Look(t.Context())
	if len(list) != len(sides)+2 {
		t.Fatal(told(t, list))
	}
	for i := range sides {
		if list[i].Args["company"] != sides[i].Company || list[i].Result != OK {
			t.Errorf("%d: %+v", i, list[i])
		}
	}
	if got := told(t, list[len(sides):]); got[0] != "clock ok" || got[1] != "public warning unset" {
		t.Error(got)
	}
}
