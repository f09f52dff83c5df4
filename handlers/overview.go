package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
)

func itoa(n int) string { return strconv.Itoa(n) }

// overviewPage says whether everything is all right.
func (s *Server) overviewPage(c echo.Context) error {
	return s.show(c, http.StatusOK, "overview", web.View{Title: say(c, "overview.title"), Section: "overview"})
}
