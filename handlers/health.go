package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
)

// alive says that the process answers, and nothing else: whoever restarts on
// it must not restart because the shop or the disk has trouble.
func (s *Server) alive(c echo.Context) error { return c.String(http.StatusOK, "ok") }

// ready says whether the workers run and the store takes writes.
func (s *Server) ready(c echo.Context) error {
	if err := s.bridge.Ready(); err != nil {
		return &failure.NotReady{Reason: err}
	}
	return c.String(http.StatusOK, "ok")
}
