package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
)

// alive says that the process answers, and nothing else: whoever restarts on
// it must not restart because the shop or the disk has trouble.
func (s *Server) alive(c echo.Context) error { return c.String(http.StatusOK, "ok") }

// ready says whether the workers run and the store takes writes. It asks what is known in
// memory and looks at the files: it writes nothing, however often it is asked. Why we are
// not ready is said to whoever is near, and to those with a token of the API: it tells of the
// machine.
func (s *Server) ready(near func(echo.Context) bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := s.bridge.Ready()
		switch {
		case err == nil:
			return c.String(http.StatusOK, "ok")
		case near(c) || s.hasToken(c.Request()):
			return &failure.NotReady{Reason: err}
		}
		return failure.ErrNotReady
	}
}

// isNear reports whether a request over the network certainly comes from this machine or a
// private network, and onSocket is the same for the socket, where nobody else can be.
func (s *Server) isNear(c echo.Context) bool { return s.site.Near(c.Request()) }

func onSocket(echo.Context) bool { return true }
