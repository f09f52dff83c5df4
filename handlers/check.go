package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// checkCompany asks the shop what works and what does not. That something does
// not is no failure of the request.
func (s *Server) checkCompany(c echo.Context) error {
	r, err := s.bridge.Check(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := api.Check{OK: r.OK(), At: r.At.UTC(), Items: make([]api.Finding, len(r.Findings))}
	for i, f := range r.Findings {
		out.Items[i] = api.Finding{
			Name: string(f.Name), Args: f.Args, Result: string(f.Result), Problem: describeProblem(f.Problem),
			Title: locale.Check(locale.English, string(f.Name), f.Args),
		}
	}
	return c.JSON(http.StatusOK, out)
}
