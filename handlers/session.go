package handlers

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/weburl"
)

// byAdmin is who asks with a session, as it stands in the history of an order
// and in the journal.
const byAdmin = "admin"

// A site is where browsers find us: it decides about hosts, origins, cookies
// and the addresses of clients. The zero value is a site without a public URL.
type site struct {
	public  *weburl.URL // nil = none is configured, so every host is ours
	base    string      // path prefix of every link, "" or "/prefix"
	origins *http.CrossOriginProtection
	proxies []netip.Prefix
}

func newSite(publicURL string, proxies []netip.Prefix) site {
	s := site{origins: http.NewCrossOriginProtection(), proxies: withoutMapping(proxies)}
	u, ok := weburl.Parse(publicURL)
	if publicURL == "" || !ok {
		return s
	}
	s.public, s.base = &u, strings.TrimRight(u.Path, "/")
	return s
}

// withoutMapping are the prefixes as addresses are compared with them: those of IPv4
// without the clothes of IPv6.
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

// sameOrigin fails for what a page of another site sends. A proxy may give us
// another Host than the browser sees, so the public URL is an origin of ours too.
func (s site) sameOrigin(r *http.Request) error {
	origin := r.Header.Get(echo.HeaderOrigin)
	if s.public != nil && origin != "" && weburl.Tidy(origin) == s.public.Origin() {
		return nil
	}
	return s.origins.Check(r)
}

// stripBase takes the prefix of the public URL off the path, if the proxy has
// not done so already.
func (s site) stripBase(next http.Handler) http.Handler {
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

// What cookies are called: that of the session, and that by which a browser is
// known again.
const (
	sessionCookie = "session"
	browserCookie = "browser"
)

// browserLife is how long a browser is known again, in seconds: much longer than
// any session.
const browserLife = 365 * 24 * 60 * 60

// cookieName is what a cookie of ours is called. A browser accepts the first
// names only from this very host, over https and for all paths, so that nobody
// beside us can plant one; where that cannot be, they have plain names.
func (s site) cookieName(r *http.Request, of string) string {
	host := s.secure(r) && s.base == ""
	switch {
	case host && of == sessionCookie:
		return "__Host-ineed"
	case host:
		return "__Host-ineed_" + of
	}
	return "ineed_" + of
}

// setCookie gives the browser a cookie for as long as the life says; below zero
// takes it away.
func (s site) setCookie(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: s.base + "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.secure(c.Request()), SameSite: http.SameSiteLaxMode,
	})
}

// sessionToken is what the session's cookie says; "" = there is none.
func (s site) sessionToken(r *http.Request) string { return s.cookie(r, sessionCookie) }

// cookie is what a cookie of ours says; "" = there is none.
func (s site) cookie(r *http.Request, of string) string {
	cookie, err := r.Cookie(s.cookieName(r, of))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// browser is the name of a browser that has signed in before; "" = it has not.
func (s *Server) browser(r *http.Request) string {
	kept := s.site.cookie(r, browserCookie)
	if kept == "" {
		return ""
	}
	return s.bridge.KnownBrowser(kept)
}

// beginSession hands a session to the browser, and a name by which it is known
// when that has ended.
func (s *Server) beginSession(c echo.Context, token string) {
	proven(c)
	r := c.Request()
	s.site.setCookie(c, s.site.cookieName(r, sessionCookie), token, int(bridge.SessionLife.Seconds()))
	if s.browser(r) == "" {
		s.site.setCookie(c, s.site.cookieName(r, browserCookie), s.bridge.NameBrowser(), browserLife)
	}
}

// endSession takes it away.
func (s *Server) endSession(c echo.Context) {
	s.site.setCookie(c, s.site.cookieName(c.Request(), sessionCookie), "", -1)
}

// acting notes who asks, for the history of orders and for the journal.
func (s *Server) acting(c echo.Context, by string) {
	c.Set(keyBy, by)
	if by != "" {
		proven(c)
	}
	r := c.Request()
	who := bridge.Actor{By: by}
	if by != byCLI {
		who.Address, who.Browser = s.site.client(r), s.browser(r)
	}
	c.SetRequest(r.WithContext(bridge.As(r.Context(), who)))
	// Answers may hold secrets that were just made, or personal data.
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
}

// signedIn lets in whoever has a session, and what changes something only from
// a page of our own.
func (s *Server) signedIn(c echo.Context) error {
	r := c.Request()
	if !s.site.ours(r) {
		return errOtherHost
	}
	if err := s.site.sameOrigin(r); err != nil {
		return fmt.Errorf("%w: %w", errOtherOrigin, err)
	}
	token := s.site.sessionToken(r)
	if token == "" {
		return bridge.ErrSignedOut
	}
	return s.bridge.SignedIn(r.Context(), token)
}

// requireCaller lets in whoever has the API token, or a session. A token that
// was sent is never helped by a session.
func (s *Server) requireCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Header.Get(echo.HeaderAuthorization) == "" && s.site.sessionToken(r) != "" {
			if err := s.signedIn(c); err != nil {
				return err
			}
			s.acting(c, byAdmin)
			return next(c)
		}
		if err := s.hasToken(r.Header); err != nil {
			return err
		}
		s.acting(c, byAPI)
		return next(c)
	}
}

// hasToken fails unless the API token was sent.
func (s *Server) hasToken(h http.Header) error {
	// Said openly: it tells a stranger nothing, and an operator what to do.
	if s.cfg.APIToken == "" {
		return errNoAPIToken
	}
	// Compared as webhooks' tokens are: in constant time.
	if ineedchat.VerifyToken([]string{s.cfg.APIToken}, ineedchat.BearerToken(h)) != nil {
		return errUnauthorized
	}
	return nil
}

// scraper lets in whoever is near, as scrapers are, and of all others those with
// the API token: numbers of orders and companies are nobody else's business.
func (s *Server) scraper(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.site.near(c.Request()) {
			if err := s.hasToken(c.Request().Header); err != nil {
				return err
			}
		}
		proven(c)
		return next(c)
	}
}

// resetPassword voids the panel's password and gives the link that sets
// another. Only the socket has it.
func (s *Server) resetPassword(c echo.Context) error {
	token, err := s.bridge.ResetPassword(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Path string `json:"path"`
		URL  string `json:"url,omitempty"` // absent without a public URL
	}{SetupPath(token), s.SetupURL(token)})
}

// SetupPath is where a set-up link leads, below the panel's own address.
func SetupPath(token string) string { return "/setup/" + token }

// SetupURL is the set-up link of a token; "" if we do not know where browsers
// find us.
func (s *Server) SetupURL(token string) string {
	if s.site.public == nil {
		return ""
	}
	return s.site.public.String() + SetupPath(token)
}

// retryAfterOf is how long whoever was refused has to wait, in seconds.
func retryAfterOf(err error) string {
	if e, ok := errors.AsType[*bridge.TooSoon](err); ok {
		return strconv.Itoa(int(math.Ceil(e.Wait.Seconds())))
	}
	return retryAfter
}
