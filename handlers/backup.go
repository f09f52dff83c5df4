package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/panel"
	"ineed-insales/internal/api"
)

// backup gives a copy of the database. Of the API only the socket has it, and of the network
// only a signed-in owner: the token is given to programs that read orders one by one, and
// the copy holds all customers at once, and the passwords' hashes.
func (s *Server) backup(c echo.Context) error { return panel.SendBackup(c, s.bridge) }

// getBackups tells how the nightly copies of the database stand.
func (s *Server) getBackups(c echo.Context) error {
	at := s.bridge.Upkeep.Copies()
	return c.JSON(http.StatusOK, api.Backups{Enabled: at.On, LastAt: stamp(at.Last.At), LastSize: at.Last.Size,
		Kept: at.Kept, NextAt: stamp(at.NextAt), Failure: at.Failure,
		Problem: describeProblem(s.bridge.Upkeep.Problem())})
}
