package panel

import (
	"errors"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/bridge/login"
	"ineed-insales/internal/gate"
)

// contentPolicy allows what the pages have and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// asPage prepares the answer to a person: errors are shown as pages, and the
// form that was sent may have so many bytes.
func (s *Server) asPage(c echo.Context, most int64) {
	ForPerson(c)
	s.panelHeaders(c)
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, most)
}

// open is for pages that everybody may see.
func (s *Server) open(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.asPage(c, maxOpenForm)
		s.site.Acting(c, "")
		if err := s.site.Check(c.Request()); err != nil {
			return err
		}
		if err := readForm(c); err != nil {
			return err
		}
		return next(c)
	}
}

// private is for pages of those who have signed in: of owners, and of managers where
// the table of routes says so. Anybody else is sent to sign in, and from there to where
// he wanted to go.
func (s *Server) private(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.asPage(c, maxForm)
		r := c.Request()
		_, err := s.site.SignedIn(c)
		if errors.Is(err, login.ErrSignedOut) {
			to := "/signin"
			if back := s.comingFrom(r); back != "/" {
				to += "?" + url.Values{"to": {back}}.Encode()
			}
			return s.goTo(c, to)
		}
		if err != nil {
			return err
		}
		if err := readForm(c); err != nil {
			return err
		}
		return next(c)
	}
}

// comingFrom is the page that a person was on or wanted to see. If a form was
// sent, that is the page which has the form.
func (s *Server) comingFrom(r *http.Request) string {
	if r.Method == http.MethodGet {
		return localPath(r.URL.RequestURI())
	}
	return localPath(s.site.Referer(r))
}

// maxForm is how much a page may send: the settings of a company, with room to
// spare.
const maxForm = 1 << 20

// maxOpenForm is how much anybody may send before signing in: a password twice,
// and where to go.
const maxOpenForm = 4 << 10

// readForm reads the form of a page, if one was sent. It must be read before its
// values are, because net/http makes empty fields of a form that is too large or
// cut off.
func readForm(c echo.Context) error {
	r := c.Request()
	if kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); kind != echo.MIMEApplicationForm &&
		r.Method != http.MethodGet && r.ContentLength != 0 {
		return failure.ErrMediaType
	}
	err := r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return failure.ErrTooLarge
	}
	if errors.Is(err, gate.ErrCrowded) {
		return err
	}
	if err != nil {
		return errors.Join(failure.ErrIncomplete, err)
	}
	return nil
}

// panelHeaders sets the headers that all pages have. The referrer stays within
// the panel; without any referrer, browsers would not tell us the origin of a
// form either.
func (s *Server) panelHeaders(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if s.site.Secure(c.Request()) { // else browsers ignore it, and say so each time
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set(echo.HeaderCacheControl, "no-store")
}
