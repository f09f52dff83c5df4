package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// checkCompany asks the shop what works and what does not. That something does
// not is no failure of the request.
func (s *Server) checkCompany(c echo.Context) error {
	inspector, err := s.inspector(c)
	if err != nil {
		return err
	}
	r, err := inspector.Check(c.Request().Context())
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
