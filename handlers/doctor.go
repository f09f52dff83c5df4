package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/reach"
	"ineed-insales/internal/locale"
)

// examine says whether we are ready and whom we can reach. That something is wrong is no
// failure of the request.
func (s *Server) examine(c echo.Context) error {
	ready := reach.Finding{Name: "ready", Result: reach.OK}
	if err := s.bridge.Ready(); err != nil {
		ready.Result, ready.Reason = reach.Problem, "not_ready"
		ready.Args = map[string]string{"text": err.Error()}
	}
	list := append([]reach.Finding{ready}, s.bridge.Scout.Look(c.Request().Context())...)
	out := api.Examination{Items: make([]api.Examined, len(list))}
	for i, f := range list {
		title, message := locale.Doctor(locale.English, f.Name, f.Reason, f.Args)
		out.Items[i] = api.Examined{Name: f.Name, Args: f.Args, Result: string(f.Result), Reason: f.Reason,
			Title: title, Message: message}
	}
	return c.JSON(http.StatusOK, out)
}

// echo answers our own question whether the public URL leads to us. To everybody else there
// is nothing here.
func (s *Server) echo(c echo.Context) error {
	answer, ok := s.bridge.Scout.Answer(visit.Param(c, "asked"))
	if !ok {
		return echo.ErrNotFound
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.String(http.StatusOK, answer)
}
