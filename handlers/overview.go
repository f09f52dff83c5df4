package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/locale"
)

// getOverview tells how the connector and its machine stand. It is answered also when the
// database cannot be read: then that is one of the problems.
func (s *Server) getOverview(c echo.Context) error {
	out := api.Overview{Ready: s.bridge.Ready() == nil, Problems: []api.Problem{}}
	for _, p := range s.bridge.Host.All() {
		out.Problems = append(out.Problems, *describeProblem(&p))
	}
	usage, err := s.bridge.Host.Usage(c.Request().Context())
	if err == nil {
		out.Database = api.Database{Size: usage.File + usage.Log, Log: usage.Log, Free: usage.Free,
			Schema: usage.Schema}
	}
	if usage.DiskKnown {
		out.Disk = &api.Disk{Size: usage.DiskSize, Free: usage.DiskFree}
	}
	if p, signedIn := visit.Person(c); !signedIn || p.Owner() {
		out.Companies = s.beginnings(c)
	}
	return c.JSON(http.StatusOK, out)
}

// beginnings are the companies with their first steps; nil if the database cannot be read.
func (s *Server) beginnings(c echo.Context) []api.Beginning {
	list, err := s.bridge.Beginnings(c.Request().Context())
	if err != nil {
		return nil
	}
	out := make([]api.Beginning, len(list))
	for i, one := range list {
		out[i] = api.Beginning{ID: one.Company.ID, Name: one.Company.Name, Steps: make([]api.Step, len(one.Steps))}
		for j, step := range one.Steps {
			out[i].Steps[j] = api.Step{Name: string(step.Name), State: string(step.State),
				Title: locale.Text(locale.English, "panel.thread."+string(step.Name), nil)}
		}
	}
	return out
}
