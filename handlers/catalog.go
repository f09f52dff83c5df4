package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/visit"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

func showRemarks(list []storage.ProductRemark) []api.Remark {
	out := make([]api.Remark, len(list))
	for i, r := range list {
		out[i] = api.Remark{Product: strconv.FormatInt(r.ID, 10), Title: r.Title, Offered: !r.Whole,
			Problem: describeProblem(&r.Problem)}
	}
	return out
}

func showRun(r storage.CatalogRun) api.Run {
	out := api.Run{
		ID: r.ID, Cause: string(r.Cause), Full: r.Full, Everything: r.Everything, BeganAt: stamp(r.BeganAt),
		EndedAt: stamp(r.EndedAt),
		Outcome: r.Outcome, Problem: describeProblem(r.Problem), Requests: r.Requests, Seen: r.Seen, Offered: r.Offered,
		Changed: r.Changed, Removed: r.Removed, Withheld: r.Withheld, Refused: r.Refused, Skipped: r.Skipped,
		MainPrice: r.MainPrice, Batches: r.Batches,
	}
	if r.EndedAt.IsZero() {
		out.Phase = string(r.Phase)
	}
	return out
}

// showRunning adds how far the run has come.
func showRunning(r storage.CatalogRun, left time.Duration, now time.Time) *api.Run {
	out := showRun(r)
	p := &api.Progress{Expected: r.Expected}
	if took := now.Sub(r.BeganAt); took > 0 {
		p.PerHour = int(float64(r.Seen) / took.Hours())
	}
	if r.Expected > 0 {
		p.Percent = float64(int(1000*min(float64(r.Seen)/float64(r.Expected), 1))) / 10
	}
	if left > 0 {
		p.Left = duration(left.Round(time.Second))
	}
	out.Progress = p
	return &out
}

func showGuard(g *storage.Guard) *api.Guard {
	if g == nil {
		return nil
	}
	p := catalog.GuardProblem(*g)
	return &api.Guard{Since: stamp(g.At), Visible: g.Visible, Removed: g.Removed, Held: g.Held,
		Categories: g.Categories,
		Unread:     g.Unread, Problem: describeProblem(&p)}
}

// getCatalog tells how the catalog of a company stands.
func (s *Server) getCatalog(c echo.Context) error {
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	v, err := syncer.View(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.Catalog{
		Enabled: v.Enabled, Way: v.Way, Stopped: v.Fault != nil,
		FreshAsOf: stamp(v.SuccessAt), EverythingAt: stamp(v.EverythingAt),
		FullAt: stamp(v.FullAt), NextAt: stamp(v.NextAt),
		Problem: describeProblem(cmp.Or(v.Fault, v.Problem, v.Shop)), Guard: showGuard(v.Guard),
		Products: v.Census.Visible, Waiting: v.Census.Waiting,
		Remarks: showRemarks(v.Remarks),
	}
	if !v.Enabled || v.Fault != nil {
		out.NextAt = nil
	}
	if v.Running != nil {
		out.Running = showRunning(*v.Running, v.Left, time.Now())
	}
	return c.JSON(http.StatusOK, out)
}

// syncCatalog begins a run at once.
func (s *Server) syncCatalog(c echo.Context) error {
	var in api.Sync
	if c.Request().ContentLength != 0 {
		if err := readStrict(c, &in); err != nil {
			return err
		}
	}
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	r, err := syncer.Sync(c.Request().Context(), in.Full)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, showRunning(r, 0, time.Now()))
}

// listRuns answers with one page of a company's runs, the newest first.
func (s *Server) listRuns(c echo.Context) error {
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	page, err := pageOf(c, syncer.Runs, showRun)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, page)
}

// confirmGuard lets happen once what the guard withholds.
func (s *Server) confirmGuard(c echo.Context) error {
	syncer, err := s.syncer(c)
	if err != nil {
		return err
	}
	g, err := syncer.ConfirmGuard(c.Request().Context(), visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showGuard(&g))
}

// listPrices lists the kinds of price that a catalog can be made with.
func (s *Server) listPrices(c echo.Context) error {
	inspector, err := s.inspector(c)
	if err != nil {
		return err
	}
	list, err := inspector.Prices(c.Request().Context())
	if err != nil {
		return err
	}
	out := api.Page[api.PriceChoice]{Items: []api.PriceChoice{}}
	for _, p := range list {
		one := api.PriceChoice{Price: p.Field, Title: p.Title, Chosen: p.Chosen}
		if one.Title == "" {
			one.Title = locale.Text(locale.English, "price.main", nil)
		}
		out.Items = append(out.Items, one)
	}
	return c.JSON(http.StatusOK, out)
}
