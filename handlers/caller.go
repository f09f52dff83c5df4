package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/panel"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
)

// requireCaller lets in whoever has the API token, or a session. A token that
// was sent is never helped by a session.
func (s *Server) requireCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Header.Get(echo.HeaderAuthorization) == "" && s.site.SessionToken(r) != "" {
			if _, err := s.site.SignedIn(c); err != nil {
				return err
			}
			return next(c)
		}
		if err := s.hasToken(r.Header); err != nil {
			return err
		}
		s.site.Acting(c, visit.ByAPI)
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
// the API token: numbers of orders and companies are nobody else's business.
func (s *Server) scraper(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.site.Near(c.Request()) {
			if err := s.hasToken(c.Request().Header); err != nil {
				return err
			}
		}
		visit.Proven(c)
		return next(c)
	}
}

// hasToken fails unless the API token was sent.
func (s *Server) hasToken(h http.Header) error {
	// Said openly: it tells a stranger nothing, and an operator what to do.
	if s.cfg.APIToken == "" {
		return failure.ErrNoAPIToken
	}
	// Compared as webhooks' tokens are: in constant time.
	if ineedchat.VerifyToken([]string{s.cfg.APIToken}, ineedchat.BearerToken(h)) != nil {
		return failure.ErrUnauthorized
	}
	return nil
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
