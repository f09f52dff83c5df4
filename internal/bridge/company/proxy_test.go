package company

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/proxy"
)

// A seen is a proxy that answers everything itself and remembers what it was asked for.
type seen struct {
	mu   sync.Mutex
	list []string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.list = append(s.list, r.Method+" "+r.Host)
	s.mu.Unlock()
	if r.Method == http.MethodConnect {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	_, _ = io.WriteString(w, "from the proxy")
}

func (s *seen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.list, ", ")
	s.list = nil
	return all
}

// byProxy is a transport over a proxy that is at loopback, where nothing else may be reached.
func byProxy(t *testing.T, way Way) (*seen, string, *http.Transport) {
	t.Helper()
	s := &seen{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var err error
	way.Proxy, err = proxy.Parse(proxy.Setting{HTTP: server.URL, HTTPS: server.URL, No: "192.0.2.7,.inside.example"})
	if err != nil {
		t.Fatal(err)
	}
	transport := NewTransport(way, time.Second)
	t.Cleanup(transport.CloseIdleConnections)
	return s, server.URL, transport
}

// TestByProxy: the proxy may be anywhere, because the administrator has named it; what is
// asked of it may not.
func TestByProxy(t *testing.T) {
	s, address, transport := byProxy(t, Way{})
	for target, want := range map[string]string{
		"http://shop.example/a": "GET shop.example",
		// An address of our own networks, in whatever spelling, never reaches the proxy.
		"http://10.0.0.1/": "", "http://169.254.169.254/latest": "", "http://[fd00:ec2::254]/": "", "http://0x7f.1/": "",
		"http://127.1/": "", "http://2130706433/": "", "http://0300.0250.0.1/": "", "http://intranet/": "",
		"http://[::ffff:10.0.0.1]/": "",
		// Loopback is never asked of a proxy, and the guard refuses it.
		"http://127.0.0.1:1/": "", "http://localhost:1/": "", "http://[::1]:1/": "",
		"http://192.0.2.7/": "", // straight, and refused there
		address + "/":       "", // the proxy itself is nobody's shop
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		if got := s.take(); got != want {
			t.Errorf("%s: the proxy was asked %q, want %q", target, got, want)
		}
		if want == "" && (!errors.Is(err, ssrf.ErrProhibitedIP) || problem.NetworkReason(err) != "private address") {
			t.Errorf("%s: %v", target, err)
		}
		if want != "" && err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	// Where private networks are allowed, so they are behind a proxy, but for metadata.
	s, _, transport = byProxy(t, Way{AllowPrivate: true})
	for target, want := range map[string]string{"http://10.0.0.1/": "GET 10.0.0.1", "http://intranet/": "GET intranet",
		"http://169.254.169.254/": "", "http://100.100.100.200/": ""} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", target, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		if got := s.take(); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: the proxy was asked %q %v, want %q", target, got, err, want)
		}
	}
}

// TestProxyThatFails is told as the proxy's failure, not the shop's.
func TestProxyThatFails(t *testing.T) {
	s, _, transport := byProxy(t, Way{})
	err := get(t, transport, "https://shop.example/a")
	if problem.NetworkReason(err) != "proxy" || s.take() != "CONNECT shop.example:443" {
		t.Errorf("a proxy that lets nobody through: %v", err)
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	gone, wrong := proxy.Parse(proxy.Setting{HTTPS: closed.URL, HTTP: closed.URL})
	if wrong != nil {
		t.Fatal(wrong)
	}
	away := NewTransport(Way{Proxy: gone}, time.Second)
	for _, target := range []string{"https://shop.example/", "http://shop.example/"} {
		if err := get(t, away, target); problem.NetworkReason(err) != "proxy" {
			t.Errorf("%s by a proxy that is not there: %v, told as %s", target, err, problem.NetworkReason(err))
		}
	}
}

// TestMailKnowsNoProxy: what is dialled for mail passes the guard even at the proxy's address.
func TestMailKnowsNoProxy(t *testing.T) {
	_, address, _ := byProxy(t, Way{})
	conn, err := Way{}.Dialer(time.Second).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, ssrf.ErrProhibitedIP) {
		t.Error(err)
	}
}

// TestProxyIsNoTarget: what goes straight does not reach the proxy, however its name is spelled.
// net/http dials the first of these two by the name of the proxy, which is let through.
func TestProxyIsNoTarget(t *testing.T) {
	by, err := proxy.Parse(proxy.Setting{HTTP: "http://proxy.inside.example:3128", No: ".inside.example"})
	if err != nil {
		t.Fatal(err)
	}
	way := Way{Proxy: by}
	for _, host := range []string{"\uff50roxy.inside.example:3128", "proxy.inside.example:3128"} {
		if _, err := way.proxyFor(&url.URL{Scheme: "http", Host: host}); !errors.Is(err, ssrf.ErrProhibitedIP) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"proxy.inside.example:3129", "shop.inside.example:3128"} {
		if to, err := way.proxyFor(&url.URL{Scheme: "http", Host: host}); to != nil || err != nil {
			t.Errorf("%s: %v %v", host, to, err)
		}
	}
}
