package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
)

// backup gives a copy of the database. Only the socket has it: the copy holds
// customers' data.
func (s *Server) backup(c echo.Context) error {
	rc := http.NewResponseController(c.Response())
	if err := rc.SetWriteDeadline(time.Now().Add(api.LongestBackup)); err != nil {
		return err
	}
	copied, err := s.bridge.Backup(c.Request().Context())
	if err != nil {
		return err
	}
	defer copied.Close()
	c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(copied.Size, 10))
	err = c.Stream(http.StatusOK, "application/vnd.sqlite3", copied)
	return cmp.Or(c.Request().Context().Err(), err) // who has hung up is no failure of ours
}
