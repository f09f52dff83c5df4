// Package visit says who is visiting, and whether that visitor came to the right
// place: the address of the client behind the proxies that the operator trusts,
// the host and the scheme that the browser asked for, the origin of a form, the
// session, and under which name the visitor acts in the journal and in the
// history of orders. The pages and the API ask it the same questions, so that
// cookies, limits, links and the journal all mean the same visitor.
//
// A [Site] is where browsers find us. [Site.Acting] writes the visitor into the
// context of the request, and [By] reads it there.
//
// The package believes no header of a proxy that the operator did not name, and
// it lets nobody in by itself: passwords and sessions are the bridge's, and what
// may be done without them is decided where the routes stand.
package visit

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// A Site is where browsers find us. It decides about hosts, origins, cookies and
// the addresses of clients. It may be used concurrently.
type Site struct {
	bridge  *bridge.Bridge
	public  *weburl.URL // nil = none is configured, so every host is ours
	base    string      // path prefix of every link, "" or "/prefix"
	origins *http.CrossOriginProtection
	proxies []netip.Prefix

	managers map[string]bool // the routes that are not for owners alone: "METHOD path"
}

// NewSite makes the site at a public URL, "" for none, behind proxies whose
// headers are believed. Whoever has signed in and is no owner may use the routes of
// managers and no other, each as "METHOD path".
func NewSite(b *bridge.Bridge, publicURL string, proxies []netip.Prefix, managers ...string) *Site {
	s := &Site{bridge: b, origins: http.NewCrossOriginProtection(), proxies: withoutMapping(proxies),
		managers: map[string]bool{}}
	for _, route := range managers {
		s.managers[route] = true
	}
	u, ok := weburl.Parse(publicURL)
	if publicURL == "" || !ok {
		return s
	}
	s.public, s.base = &u, strings.TrimRight(u.Path, "/")
	return s
}

// withoutMapping gives the prefixes as addresses are compared with them: those of
// IPv4 are not written as IPv6.
func withoutMapping(list []netip.Prefix) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = p
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			out[i] = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
	}
	return out
}

// Base is the path prefix of every link: "" or "/prefix".
func (s *Site) Base() string { return s.base }

// URL is the public URL; "" if we do not know where browsers find us.
func (s *Site) URL() string {
	if s.public == nil {
		return ""
	}
	return s.public.String()
}

// Root is the URL at which others reach what this visitor sees: the public one,
// or else the one that the visitor asked for.
func (s *Site) Root(r *http.Request) string {
	switch {
	case s.public != nil:
		return s.public.String()
	case s.Secure(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Serve serves the site below the path of its public URL, and has browsers come
// back over https only, if the public URL says https.
func (s *Site) Serve(next http.Handler) http.Handler { return s.strict(s.stripBase(next)) }

// stripBase takes the prefix of the public URL off the path, if the proxy has
// not done so already.
func (s *Site) stripBase(next http.Handler) http.Handler {
	if s.base == "" {
		return next
	}
	strip := http.StripPrefix(s.base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.EscapedPath(); {
		case strings.HasPrefix(path, s.base+"/"):
			strip.ServeHTTP(w, r)
		case path == s.base:
			http.Redirect(w, r, s.base+"/", http.StatusMovedPermanently)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// strict tells browsers that came over https to come back over https only. What
// other names beside ours do is not ours to say.
func (s *Site) strict(next http.Handler) http.Handler {
	if !s.https() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Secure(r) { // without https browsers must ignore it
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// Check fails for a request to another host than ours, and for what a page of
// another site sends.
func (s *Site) Check(r *http.Request) error {
	if !s.ours(r) {
		return failure.ErrOtherHost
	}
	// A proxy may give us another Host than the browser sees, so the public URL is
	// an origin of ours too.
	origin := r.Header.Get(echo.HeaderOrigin)
	if s.public != nil && origin != "" && weburl.Tidy(origin) == s.public.Origin() {
		return nil
	}
	if s.origins.Check(r) != nil {
		return failure.ErrOtherOrigin
	}
	return nil
}

// ours reports whether a browser that sends this Host is at the right place.
// Once there is a public URL every other name is refused, so that no foreign
// name that leads here can be used to look at the panel. Loopback is what
// tunnels and this machine's own browser say, and it is no foreign name.
func (s *Site) ours(r *http.Request) bool {
	if s.public == nil {
		return true
	}
	v := s.visitor(r)
	return v.local || v.host != "" && v.host == s.public.Host()
}

// Referer is the path of the page of ours on which the visitor was before; "" if
// that was none of ours.
func (s *Site) Referer(r *http.Request) string {
	u, ok := weburl.Parse(r.Referer())
	if !ok || u.Host() != s.visitor(r).host && (s.public == nil || u.Host() != s.public.Host()) {
		return ""
	}
	return strings.TrimPrefix(u.Path, s.base)
}

// WebhookPath is where the chat posts the orders of a company. The secret that
// belongs to the path in one of the modes is masked.
func WebhookPath(c storage.Company) string {
	path := "/webhooks/ineedchat/" + c.ID
	if c.Chat.Auth == storage.AuthPath {
		path += "/" + storage.Masked
	}
	return path
}
