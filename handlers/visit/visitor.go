package visit

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"ineed-insales/internal/weburl"
)

// The headers of proxies that say who asked them. They are believed only from a
// proxy that the operator named. Forwarded of RFC 7239 is not read: no proxy that
// is in use sends it alone, and most hand on whatever a stranger wrote there.
const (
	headerForwardedFor   = "X-Forwarded-For"
	headerForwardedProto = "X-Forwarded-Proto"
)

// A visitor is who asks, as far as we can know it: from the connection, and from
// what the proxies in front of us say. It is read in one place, so that cookies,
// limits, the journal, links and /metrics all mean the same one.
type visitor struct {
	addr   netip.Addr // never IPv4-mapped, without a zone; the zero Addr = unknown
	host   string     // that was asked for, in its one form; "" = none that could exist
	local  bool       // asks for this machine itself, as tunnels and its own browser do
	secure bool       // reached us over https
	hidden bool       // somebody stands between who asks and us, and we cannot tell who asks
}

// visitor reads who asks.
func (s *Site) visitor(r *http.Request) visitor {
	v := visitor{addr: remote(r), secure: r.TLS != nil}
	proxied := s.trusted(v.addr)
	v.addr, v.hidden = s.walk(v.addr, r.Header)
	if proxied && !v.secure {
		v.secure = forwardedScheme(r.Header) == "https"
	}
	scheme := "http"
	if v.secure || s.https() {
		scheme = "https"
	}
	v.host, _ = weburl.Header(r.Host, scheme)
	v.local = loopback(r.Host)
	// A site of https has no visitors without it, whatever a proxy in between has
	// made of the header.
	v.secure = v.secure || s.https() && !v.local
	return v
}

// walk goes from proxy to proxy, from ours to the first that is none of ours.
// That one we know, and what it says of others is only its word. An entry that
// is no IP address ends the walk at the proxy that wrote it. If there is more
// behind the place where the walk ends, it is hidden who asks.
func (s *Site) walk(addr netip.Addr, h http.Header) (who netip.Addr, hidden bool) {
	hops := listed(h, headerForwardedFor)
	i := len(hops) - 1
	for ; i >= 0 && s.trusted(addr); i-- {
		next, ok := readHop(hops[i])
		if !ok {
			return addr, true
		}
		addr = next
	}
	return addr, i >= 0 || len(hops) == 0 && handedOn(h)
}

// handedOn reports whether a proxy names itself without saying for whom it asks.
func handedOn(h http.Header) bool {
	return slices.ContainsFunc([]string{"Forwarded", "Via", "X-Real-Ip", headerForwardedProto, "X-Forwarded-Host"},
		func(name string) bool { return h.Get(name) != "" })
}

// listed are the elements of a header that is a list, from all its lines in
// their order, without empty ones.
func listed(h http.Header, name string) []string {
	var list []string
	for text := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if text = strings.Trim(text, " \t\""); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// readHop reads an IP address as proxies write it: bare, with a port, in
// brackets, with a zone.
func readHop(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		host, _, split := net.SplitHostPort(text)
		if split != nil {
			return netip.Addr{}, false
		}
		addr, err = netip.ParseAddr(host)
	}
	return addr.Unmap().WithZone(""), err == nil
}

// forwardedScheme is the scheme by which the first of several proxies was asked:
// each adds its own behind that of the one before. A stranger who writes one
// before ours gains nothing but a cookie that his own browser throws away.
func forwardedScheme(h http.Header) string {
	for _, text := range listed(h, headerForwardedProto) {
		if text = strings.ToLower(text); text == "https" || text == "http" {
			return text
		}
	}
	return ""
}

// https reports whether the public URL says so.
func (s *Site) https() bool { return s.public != nil && s.public.Scheme == "https" }

// client is the IP address of whoever asks; "" = unknown.
func (s *Site) client(r *http.Request) string {
	addr := s.visitor(r).addr
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// Secure reports whether the browser reached us over https.
func (s *Site) Secure(r *http.Request) bool { return s.visitor(r).secure }

// Near reports whether whoever asks is certainly on this machine or on a private
// network, as scrapers are. What a proxy hands on may be anybody's.
func (s *Site) Near(r *http.Request) bool {
	v := s.visitor(r)
	return !v.hidden && v.addr.IsValid() && (v.addr.IsLoopback() || v.addr.IsPrivate() || v.addr.IsLinkLocalUnicast())
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}

func remote(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

func (s *Site) trusted(addr netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
