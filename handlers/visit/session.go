package visit

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/gate"
)

// Who acts without a name of its own, as it stands in the history of an order and in
// the journal.
const (
	ByAPI = "api" // over TCP, with the environment's token
	ByCLI = "cli" // over the socket
)

// longestAgent bounds what a browser calls itself.
const longestAgent = 200

// What cookies are called: the one of the session, that of half a sign-in, and the one by
// which a browser is known again.
const (
	sessionCookie = "session"
	halfCookie    = "half"
	browserCookie = "browser"
)

// renewHeader is what a page says that asks for its changes by itself (panel.js). Nobody uses
// the session then: a tab that is left open does not keep it for ever.
const renewHeader = "X-Renew"

// browserLife is how long a browser is known again, in seconds: much longer than
// any session.
const browserLife = 365 * 24 * 60 * 60

// cookieName is what a cookie of ours is called. A browser accepts the first
// names only from this very host, over https and for all paths, so that nobody
// beside us can plant one. Where that cannot be, the cookies have plain names.
func (s *Site) cookieName(r *http.Request, of string) string {
	host := s.Secure(r) && s.base == ""
	switch {
	case host && of == sessionCookie:
		return "__Host-ineed"
	case host:
		return "__Host-ineed_" + of
	}
	return "ineed_" + of
}

// SetCookie gives the browser a cookie for so many seconds. A number below zero
// takes the cookie away.
func (s *Site) SetCookie(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: s.base + "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.Secure(c.Request()), SameSite: http.SameSiteLaxMode,
	})
}

// SessionToken is what the session's cookie says; "" = there is none.
func (s *Site) SessionToken(r *http.Request) string { return s.cookie(r, sessionCookie) }

// cookie is what a cookie of ours says; "" = there is none.
func (s *Site) cookie(r *http.Request, of string) string {
	cookie, err := r.Cookie(s.cookieName(r, of))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Browser is the name of a browser that has signed in before; "" = it has not.
func (s *Site) Browser(r *http.Request) string {
	kept := s.cookie(r, browserCookie)
	if kept == "" {
		return ""
	}
	return s.bridge.Login.KnownBrowser(kept)
}

// BeginSession hands a session to the browser, and a name by which the browser is
// known when the session has ended.
func (s *Site) BeginSession(c echo.Context, token string) {
	Proven(c)
	r := c.Request()
	s.SetCookie(c, s.cookieName(r, sessionCookie), token, int(login.SessionLife.Seconds()))
	if s.Half(r) != "" {
		s.SetCookie(c, s.cookieName(r, halfCookie), "", -1)
	}
	p, err := s.bridge.Login.SignedIn(r.Context(), token)
	if name := s.Browser(r); err != nil || name != "" && login.UserOfBrowser(name) == p.ID {
		return // without a name it goes on, too
	}
	s.SetCookie(c, s.cookieName(r, browserCookie), s.bridge.Login.NameBrowser(p.ID), browserLife)
}

// BeginHalf hands half of a sign-in to the browser.
func (s *Site) BeginHalf(c echo.Context, half string) {
	s.SetCookie(c, s.cookieName(c.Request(), halfCookie), half, int(login.HalfLife.Seconds()))
}

// Half is the half of a sign-in that the browser has; "" = none.
func (s *Site) Half(r *http.Request) string { return s.cookie(r, halfCookie) }

// EndSession takes the session away from the browser.
func (s *Site) EndSession(c echo.Context) {
	s.SetCookie(c, s.cookieName(c.Request(), sessionCookie), "", -1)
}

// SignedIn gives who has the session of the visitor, and notes that this person acts. It
// fails unless there is a session, unless what changes something comes from a page of our
// own, and with failure.ErrOwnerOnly if the route is not for this person.
func (s *Site) SignedIn(c echo.Context) (login.Person, error) {
	r := c.Request()
	if err := s.Check(r); err != nil {
		return login.Person{}, err
	}
	token := s.SessionToken(r)
	if token == "" {
		return login.Person{}, login.ErrSignedOut
	}
	p, err := s.bridge.Login.SignedIn(r.Context(), token)
	if err != nil {
		return p, err
	}
	if r.Header.Get(renewHeader) == "" {
		s.bridge.Login.Used(r.Context(), p)
	}
	c.Set(keyPerson, p)
	s.Acting(c, p.By())
	if !s.LetsIn(p, r.Method, c.Path()) {
		return p, failure.ErrOwnerOnly
	}
	return p, nil
}

// LetsIn reports whether a person may use the route of a method and a path. Who may send
// a form may also ask for its address, which leads to its page.
func (s *Site) LetsIn(p login.Person, method, path string) bool {
	return p.Owner() || s.managers[method+" "+path] || method == http.MethodGet && s.managers["POST "+path]
}

// Person gives who has signed in; ok is false for anybody else.
func Person(c echo.Context) (p login.Person, ok bool) {
	p, ok = c.Get(keyPerson).(login.Person)
	return p, ok
}

// Proven notes that the request has shown who sends it: its connection and its
// body are no stranger's any more.
func Proven(c echo.Context) { gate.Proven(c.Request().Context()) }

// Where an echo.Context keeps who acts, and the person who has signed in.
const (
	keyBy     = "by"
	keyPerson = "visit.person"
)

// Acting notes who acts, for the history of orders and for the journal; "" is
// anybody.
func (s *Site) Acting(c echo.Context, by string) {
	c.Set(keyBy, by)
	if by != "" {
		Proven(c)
	}
	r := c.Request()
	who := company.Actor{By: by}
	if by != ByCLI {
		who.Address, who.Browser, who.Agent = s.client(r), s.Browser(r), problem.Clip(r.UserAgent(), longestAgent)
	}
	c.SetRequest(r.WithContext(company.As(r.Context(), who)))
	// Answers may hold secrets that were just made, or personal data.
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
}

// By is who acts; "" = anybody.
func By(c echo.Context) string {
	who, _ := c.Get(keyBy).(string)
	return who
}
