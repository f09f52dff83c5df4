package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// startProbe begins a probe of the company's shop, which then runs by itself.
func (s *Server) startProbe(c echo.Context) error {
	var in api.ProbeRequest
	if err := readStrict(c, &in); err != nil {
		return err
	}
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	if err := prober.Start(c.Request().Context(), in.Write, probe.Contact(in.Contact)); err != nil {
		return err
	}
	return s.probeAnswer(c, prober, http.StatusAccepted)
}

// getProbe gives the company's last probe, or the one that runs; 404 if there was
// none.
func (s *Server) getProbe(c echo.Context) error {
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	return s.probeAnswer(c, prober, http.StatusOK)
}

// cleanProbe has what probes have left in the shop removed now.
func (s *Server) cleanProbe(c echo.Context) error {
	prober, err := s.prober(c)
	if err != nil {
		return err
	}
	if err := prober.Clean(c.Request().Context()); err != nil {
		return err
	}
	return s.probeAnswer(c, prober, http.StatusOK)
}

func (s *Server) probeAnswer(c echo.Context, prober *probe.Prober, status int) error {
	last, left, err := prober.State(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(status, showProbe(last, left))
}

func showProbe(p storage.Probe, left []probe.Left) api.Probe {
	out := api.Probe{State: p.State, Write: p.Writes, BeganAt: stamp(p.BeganAt), EndedAt: stamp(p.EndedAt),
		Version: p.Version, Items: make([]api.ProbeItem, len(p.Items)), Left: make([]api.ProbeLeft, len(left))}
	for n, i := range p.Items {
		a, _ := probe.AssumptionOf(i.Name) // of another version's there may be none
		out.Items[n] = api.ProbeItem{
			Source: a.Source, Where: a.Where, IfNot: a.Else, Name: i.Name,
			Title: locale.Text(locale.English, "probe."+i.Name, nil), Verdict: i.Verdict, Reason: i.Reason,
			Args: i.Args, Detail: locale.ProbeDetail(locale.English, i.Reason, i.Args), Sent: i.Sent,
			Answered: i.Answered,
			TookMS:   i.Took.Milliseconds(),
		}
	}
	for n, l := range left {
		out.Left[n] = api.ProbeLeft(l)
	}
	return out
}
