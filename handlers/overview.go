package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
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
	return c.JSON(http.StatusOK, out)
}
