package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/panel"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// requireCaller lets in whoever has a token of the API, or a session. A token that
// was sent is never helped by a session, and one that only reads is let in to nothing else.
func (s *Server) requireCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Header.Get(echo.HeaderAuthorization) == "" && s.site.SessionToken(r) != "" {
			if _, err := s.site.SignedIn(c); err != nil {
				return err
			}
			return next(c)
		}
		by, may, err := s.token(r)
		if err != nil {
			return err
		}
		s.site.Acting(c, by)
		if may != storage.TokenAll {
			if r.Method != http.MethodGet { // HEAD came as GET
				return failure.ErrReadOnly
			}
			c.Set(keyReads, true)
		}
		return next(c)
	}
}

// local lets everybody in: whoever can open the socket could read the database
// as well.
func (s *Server) local(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.site.Acting(c, visit.ByCLI)
		return next(c)
	}
}

// scraper lets in whoever is near, as scrapers are, and of all others those with
// a token of the API: numbers of orders and companies are nobody else's business.
func (s *Server) scraper(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.site.Near(c.Request()) {
			if _, _, err := s.token(c.Request()); err != nil {
				return err
			}
		}
		visit.Proven(c)
		return next(c)
	}
}

// keyReads is where an echo.Context keeps that its caller may only read.
const keyReads = "reads"

// onlyReads reports whether the caller may only read, and so sees no secret either.
func onlyReads(c echo.Context) bool { return c.Get(keyReads) != nil }

// token gives whose token of the API was sent, as the journal calls it, and what it may do. It
// fails unless there is such a token.
func (s *Server) token(r *http.Request) (by string, may storage.TokenRight, err error) {
	sent := ineedchat.BearerToken(r.Header)
	// Compared as webhooks' tokens are: in constant time.
	if s.cfg.APIToken != "" && ineedchat.VerifyToken([]string{s.cfg.APIToken}, sent) == nil {
		return visit.ByAPI, storage.TokenAll, nil
	}
	t, err := s.bridge.Login.UseToken(r.Context(), sent)
	if err == nil {
		return storage.ActorToken + t.Name, t.May, nil
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return "", "", err
	}
	if s.cfg.APIToken != "" {
		return "", "", failure.ErrUnauthorized
	}
	// Said openly: it tells a stranger nothing, and an operator what to do.
	if list, err := s.bridge.Login.Tokens(r.Context()); err == nil && len(list) == 0 {
		return "", "", failure.ErrNoAPIToken
	}
	return "", "", failure.ErrUnauthorized
}

// hasToken reports whether a token of the API was sent.
func (s *Server) hasToken(r *http.Request) bool {
	_, _, err := s.token(r)
	return err == nil
}

// resetPassword voids the password of a user, the first owner without a name, and gives
// the link that sets another. Only the socket has it.
func (s *Server) resetPassword(c echo.Context) error {
	in, err := readNamed(c)
	if err != nil {
		return err
	}
	token, err := s.bridge.Login.ResetPassword(c.Request().Context(), in.Name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Path string `json:"path"`
		URL  string `json:"url,omitempty"` // absent without a public URL
	}{panel.SetupPath(token), s.SetupURL(token)})
}

// readNamed reads whom a request means; nobody, if it has no body.
func readNamed(c echo.Context) (in api.Named, err error) {
	if c.Request().ContentLength != 0 {
		err = readStrict(c, &in)
	}
	return in, err
}

// resetCode has a user's sign-in ask for no code any more, the first owner's without a name.
// Only the socket has it.
func (s *Server) resetCode(c echo.Context) error {
	in, err := readNamed(c)
	if err != nil {
		return err
	}
	if err := s.bridge.Login.ResetFactor(c.Request().Context(), in.Name); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// SetupURL is the set-up link of a token; "" if we do not know where browsers
// find us.
func (s *Server) SetupURL(token string) string {
	if root := s.site.URL(); root != "" {
		return root + panel.SetupPath(token)
	}
	return ""
}
