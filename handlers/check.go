package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/locale"
)

// A report is what a check has found. Ok says whether everything works that
// orders need.
type report struct {
	OK    bool      `json:"ok"`
	At    time.Time `json:"checked_at"`
	Items []finding `json:"items"`
}

// A finding is what was found of one thing: which one, in codes and in words,
// and what is to be said of it.
type finding struct {
	Name    bridge.CheckName   `json:"name"`
	Args    map[string]string  `json:"args,omitempty"`
	Title   string             `json:"title"`
	Result  bridge.CheckResult `json:"result"`
	Problem *problemJSON       `json:"problem"` // null if it works
}

// checkCompany asks the shop what works and what does not. That something does
// not is no failure of the request.
func (s *Server) checkCompany(c echo.Context) error {
	r, err := s.bridge.Check(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := report{OK: r.OK(), At: r.At.UTC(), Items: make([]finding, len(r.Findings))}
	for i, f := range r.Findings {
		out.Items[i] = finding{
			Name: f.Name, Args: f.Args, Result: f.Result, Problem: describeProblem(f.Problem),
			Title: locale.Check(locale.English, string(f.Name), f.Args),
		}
	}
	return c.JSON(http.StatusOK, out)
}
