package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// alive says that the process answers, and nothing else: whoever restarts on
// it must not restart because the shop or the disk has trouble.
func (s *Server) alive(c echo.Context) error { return c.String(http.StatusOK, "ok") }

// ready says whether the workers run and the store takes writes.
func (s *Server) ready(c echo.Context) error {
	if err := s.bridge.Ready(); err != nil {
		return &notReady{reason: err}
	}
	return c.String(http.StatusOK, "ok")
}
