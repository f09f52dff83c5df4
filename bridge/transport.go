package bridge

import (
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// How long connecting may take.
const (
	shopConnect = 10 * time.Second
	chatConnect = 3 * time.Second
)

// newTransport carries requests to shops and chats. Addresses are checked when
// they are dialled, after the name was resolved, so that no name can point a
// request at the operator's own network. Private networks may be allowed;
// link-local ones, where clouds keep their metadata, never are.
func newTransport(allowPrivate bool, connect time.Duration) *http.Transport {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowPrivate {
		options = append(options,
			ssrf.WithAllowedV4Prefixes(prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")...),
			ssrf.WithAllowedV6Prefixes(prefixes("::1/128", "fc00::/7")...),
		)
	}
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second, Control: ssrf.New(options...).Safe}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   sendersPerShop + 2,
		MaxIdleConns:          200,
		IdleConnTimeout:       90 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
