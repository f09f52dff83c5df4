package company

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ineed-insales/internal/bridge/problem"

	"code.dny.dev/ssrf"
)

// dial connects to an address as requests do.
func dial(t *testing.T, allowPrivate bool, address string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	conn, err := NewTransport(Way{AllowPrivate: allowPrivate}, time.Second).DialContext(ctx, "tcp", address)
	if err == nil {
		conn.Close()
	}
	return err
}

// TestForbiddenAddresses dials every kind of address that a name could resolve
// to. What is refused is refused before a packet leaves; what is not gets past
// the check, whatever the network then says.
func TestForbiddenAddresses(t *testing.T) {
	for address, allowed := range map[string]string{
		// Metadata and link-local: never.
		"169.254.169.254": "", "169.254.0.1": "", "[fe80::1]": "", "[fe80::1%lo]": "", "[fd00:ec2::254]": "",
		"[fd20:ce::254]": "", "[fd00:c1::a9fe:a9fe]": "", "100.100.100.200": "", "168.63.129.16": "", "192.0.0.192": "",
		"[::ffff:169.254.169.254]": "", "[::ffff:100.100.100.200]": "", "[64:ff9b::169.254.169.254]": "",
		// Nobody's: never.
		"0.0.0.0": "", "0.1.2.3": "", "[::]": "", "255.255.255.255": "", "224.0.0.1": "", "[ff02::1]": "",
		"192.0.2.1": "", "198.18.0.1": "", "[2001:db8::1]": "", "[2002:7f00:1::1]": "", "[fec0::1]": "",
		// Our own networks: only if allowed.
		"127.0.0.1": "private", "127.1.2.3": "private", "localhost": "private", "[::1]": "private",
		"[::ffff:127.0.0.1]": "private",
		"10.0.0.1":           "private", "172.16.0.1": "private", "172.31.255.255": "private", "192.168.1.1": "private",
		"100.64.0.1": "private", "[fd12:3456::1]": "private", "[::ffff:10.0.0.1]": "private",
	} {
		for _, private := range []bool{false, true} {
			err := dial(t, private, address+":9")
			if want := allowed == "" || !private; errors.Is(err, ssrf.ErrProhibitedIP) != want {
				t.Errorf("%s, private networks allowed %v: %v, want it refused: %v", address, private, err, want)
			}
			if err != nil && errors.Is(err, ssrf.ErrProhibitedIP) && problem.NetworkReason(err) != "private address" {
				t.Errorf("%s: told as %q", address, problem.NetworkReason(err))
			}
		}
	}
}

// TestAllowedAddresses: the addresses of the internet pass, and a listener on
// loopback is really connected to if private networks are allowed.
func TestAllowedAddresses(t *testing.T) {
	for _, address := range []string{"1.1.1.1", "178.248.232.1", "2606:4700::1111", "100.128.0.1", "172.32.0.1"} {
		for _, private := range []bool{false, true} {
			if err := newDialGuard(private).allow(netip.MustParseAddr(address)); err != nil {
				t.Errorf("%s, private networks allowed %v: %v", address, private, err)
			}
		}
	}
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("no listener on %s: %v", at, err) // a machine without IPv6
			continue
		}
		defer l.Close()
		if err := dial(t, true, l.Addr().String()); err != nil {
			t.Errorf("%s: %v", at, err)
		}
		if err := dial(t, false, l.Addr().String()); !errors.Is(err, ssrf.ErrProhibitedIP) {
			t.Errorf("%s: %v although private networks are not allowed", at, err)
		}
	}
}

// TestOnlyTCP: whatever is no TCP address is refused.
func TestOnlyTCP(t *testing.T) {
	g := newDialGuard(true)
	for network, address := range map[string]string{"unix": "/run/docker.sock", "tcp4": "no address",
		"udp4": "127.0.0.1:53"} {
		if err := g.control(network, address, syscall.RawConn(nil)); err == nil {
			t.Errorf("%s %s passes", network, address)
		} else if strings.Contains(err.Error(), "permitted destination") {
			t.Errorf("%s %s: %v", network, address, err)
		}
	}
}

// TestAnswersAreBounded: headers of an answer may take little, over both
// versions of HTTP, and a server sends no more ahead than we read.
func TestAnswersAreBounded(t *testing.T) {
	for _, version := range []int{1, 2} {
		var sent atomic.Int64
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/headers" {
				for range 100 {
					w.Header().Add("X-Long", strings.Repeat("x", 1000))
				}
				return
			}
			for range 1000 {
				n, err := w.Write(make([]byte, 64<<10))
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		}))
		server.EnableHTTP2 = version == 2
		server.StartTLS()
		t.Cleanup(server.Close)
		transport := NewTransport(Way{AllowPrivate: true}, time.Second)
		transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
		t.Cleanup(transport.CloseIdleConnections)
		ask := func(path string) (*http.Response, error) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			return transport.RoundTrip(r)
		}
		if res, err := ask("/headers"); err == nil {
			res.Body.Close()
			t.Errorf("HTTP/%d: 100 KB of headers were read", version)
		}
		res, err := ask("/body")
		if err != nil || res.ProtoMajor != version {
			t.Fatalf("HTTP/%d: %v %v", version, res, err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
			t.Error(err)
		}
		if version == 2 && sent.Load() > 2*aheadConnect {
			t.Errorf("%d bytes were sent ahead", sent.Load())
		}
		res.Body.Close()
	}
}
