package company

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
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

// NewTransport carries requests to shops and chats. Addresses are checked when
// they are dialled, after the name was resolved, so that no name can point a
// request at the operator's own network.
func NewTransport(allowPrivate bool, connect time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second, Control: newDialGuard(allowPrivate).control}
	return &http.Transport{
		DialContext:           dialer.DialContext,
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
