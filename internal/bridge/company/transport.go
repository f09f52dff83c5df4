package company

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"ineed-insales/internal/proxy"
	"ineed-insales/internal/weburl"
)

// idlePerHost is how many connections to a shop stay open: as many as it has
// senders, and two for what reads beside them.
const idlePerHost = 10

// How long connecting may take.
const (
	ShopConnect = 10 * time.Second
	ChatConnect = 3 * time.Second
)

// How much memory an answer takes before anybody reads it: its headers, and what
// HTTP/2 lets the other side send ahead.
const (
	maxHeader    = 64 << 10
	aheadStream  = 256 << 10
	aheadConnect = 1 << 20
)

// A Way is how requests leave this machine.
type Way struct {
	AllowPrivate bool        // to loopback and private addresses, too
	Proxy        proxy.Proxy // of the administrator
}

// Dialer opens connections to addresses of others. They are checked when they are
// dialled, after the name was resolved, so that no name can point at the operator's own
// network.
func (w Way) Dialer(connect time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second, Control: newDialGuard(w.AllowPrivate).control}
}

// NewTransport carries requests to shops, chats and receivers of notifications. Where a
// request goes straight, the address is checked when it is dialled. Where it goes by the
// administrator's proxy, that one may be at any address, because the administrator has
// named it. The name of the target is then resolved by the proxy and never here, so what
// it stands for is the proxy's to check; a target that is an address itself is still
// checked here.
func NewTransport(way Way, connect time.Duration) *http.Transport {
	guarded := way.Dialer(connect)
	open := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) { return way.proxyFor(r.URL) },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if way.Proxy.At(address) {
				return open.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: fmt.Errorf("the proxy answers %d", resp.StatusCode)}
		},
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   idlePerHost,
		MaxIdleConns:          200,
		IdleConnTimeout:       90 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		ForceAttemptHTTP2:     true,

		MaxResponseHeaderBytes: maxHeader,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream: aheadStream, MaxReceiveBufferPerConnection: aheadConnect,
		},
	}
}

// proxyFor gives the proxy of a request, nil for none. It refuses what the guard would
// refuse if it could see it: an address that is forbidden, a host that a proxy may take for
// an address of its own network, and the proxy itself as a target.
func (w Way) proxyFor(target *url.URL) (*url.URL, error) {
	by, err := w.Proxy.For(target)
	if err != nil {
		return nil, err
	}
	u, ok := weburl.Parse(target.String())
	if by == nil {
		port := cmp.Or(target.Port(), schemePort(target.Scheme))
		for _, name := range []string{target.Hostname(), u.Name} { // net/http dials some names in another spelling
			if w.Proxy.At(net.JoinHostPort(name, port)) {
				return nil, ssrf.ErrProhibitedIP
			}
		}
		return nil, nil
	}
	if !ok {
		return nil, ssrf.ErrProhibitedIP
	}
	if addr, err := netip.ParseAddr(u.Name); err == nil {
		return by, newDialGuard(w.AllowPrivate).allow(addr)
	}
	if !w.AllowPrivate && !strings.Contains(u.Name, ".") {
		return nil, ssrf.ErrProhibitedIP // a name without a dot is one of the proxy's own network
	}
	return by, nil
}

func schemePort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// A dialGuard knows which addresses may be connected to: those of the internet,
// and private ones if that is allowed. Those where clouds keep their metadata,
// and with it the keys of the operator, never are.
type dialGuard struct {
	rest  *ssrf.Guardian
	never []netip.Prefix
}

func newDialGuard(allowPrivate bool) *dialGuard {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowPrivate {
		options = append(options,
			ssrf.WithAllowedV4Prefixes(prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12",
				"192.168.0.0/16")...),
			ssrf.WithAllowedV6Prefixes(prefixes("::1/128", "fc00::/7")...),
		)
	}
	// All of these lie in networks that may be allowed, but for link-local and
	// the one of Azure, which looks public.
	return &dialGuard{rest: ssrf.New(options...), never: prefixes(
		"169.254.0.0/16", "fe80::/10",
		"100.100.100.200/32",                            // Alibaba
		"fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32", // AWS, Google, Oracle over IPv6
		"168.63.129.16/32", // Azure
	)}
}

// allow fails for an address that must not be connected to. The error never
// quotes more than the address.
func (g *dialGuard) allow(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if slices.ContainsFunc(g.never, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return ssrf.ErrProhibitedIP
	}
	return g.rest.SafeAddr(a)
}

// control is for net.Dialer: it sees the address that is about to be dialled.
func (g *dialGuard) control(network, address string, c syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil {
		err = g.allow(to.Addr())
	}
	if err != nil {
		return err
	}
	return g.rest.Safe(network, address, c)
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
