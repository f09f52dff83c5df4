package handlers

import (
	"net/http"
	"strings"

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
	list := append([]reach.Finding{ready}, s.machine()...)
	list = append(list, s.bridge.Scout.Look(c.Request().Context())...)
	out := api.Examination{Items: make([]api.Examined, len(list))}
	for i, f := range list {
		title, message := locale.Doctor(locale.English, f.Name, f.Reason, f.Args)
		out.Items[i] = api.Examined{Name: f.Name, Args: f.Args, Result: string(f.Result), Reason: f.Reason,
			Title: title, Message: message}
	}
	return c.JSON(http.StatusOK, out)
}

// machine is what the connector has seen to be wrong with its machine, one finding each.
func (s *Server) machine() []reach.Finding {
	var list []reach.Finding
	for _, p := range s.bridge.Host.All() {
		f := reach.Finding{Name: "machine", Result: reach.Warning, Reason: "told", Args: map[string]string{
			"kind": p.Code, "text": locale.Problem(locale.English, p.Code, p.Args)}}
		if strings.HasPrefix(p.Code, "store_") { // orders are not taken
			f.Result = reach.Problem
		}
		list = append(list, f)
	}
	if len(list) == 0 {
		list = []reach.Finding{{Name: "machine", Result: reach.OK}}
	}
	return list
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
