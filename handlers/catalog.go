package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/handlers/visit"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// A catalogState is how a company's catalog stands, in the API.
type catalogState struct {
	Enabled      bool         `json:"enabled"`
	Stopped      bool         `json:"stopped"`       // by the problem, until the settings are saved again
	FreshAsOf    *time.Time   `json:"fresh_as_of"`   // as of when INEED.CHAT has the shop's catalog; null = never
	EverythingAt *time.Time   `json:"everything_at"` // when everything was last read
	FullAt       *time.Time   `json:"full_at"`       // when everything was last sent
	NextAt       *time.Time   `json:"next_at"`       // when the timer wants the next run; null = never
	Problem      *problemJSON `json:"problem"`       // why it does not get on
	Guard        *guard       `json:"guard"`         // what is withheld
	Running      *run         `json:"running"`
	Products     int          `json:"products"` // that INEED.CHAT has
	Waiting      int          `json:"waiting"`  // that it has refused or not acknowledged yet
	Remarks      []remark     `json:"remarks"`  // what products lack in INEED.CHAT, at most a hundred
}

// A remark tells why INEED.CHAT does not have a product, or not all of it.
type remark struct {
	Product string       `json:"product"`
	Title   string       `json:"title"`
	Offered bool         `json:"offered"` // without what the problem names
	Problem *problemJSON `json:"problem"`
}

func showRemarks(list []storage.ProductRemark) []remark {
	out := make([]remark, len(list))
	for i, r := range list {
		out[i] = remark{Product: strconv.FormatInt(r.ID, 10), Title: r.Title, Offered: !r.Whole, Problem: describeProblem(&r.Problem)}
	}
	return out
}

// A guard is what is withheld because it looks like an accident.
type guard struct {
	Since      *time.Time   `json:"since"`
	Visible    int          `json:"visible"`
	Removed    int          `json:"removed"`
	Held       int          `json:"unavailable_or_free"`
	Categories int          `json:"categories"`
	Unread     int          `json:"unread"`
	Problem    *problemJSON `json:"problem"`
}

// A run is one run of the catalog sync.
type run struct {
	ID         int64         `json:"id"`
	Cause      storage.Cause `json:"cause"`
	Full       bool          `json:"full"`
	Everything bool          `json:"everything"`
	BeganAt    *time.Time    `json:"began_at"`
	EndedAt    *time.Time    `json:"ended_at"` // null = it runs
	Outcome    string        `json:"outcome"`  // done, withheld, resync, superseded, stopped; "" = it runs
	Problem    *problemJSON  `json:"problem"`

	Requests  int           `json:"requests"` // to the shop
	Seen      int           `json:"seen"`     // products read
	Offered   int           `json:"offered"`  // of these, visible to customers
	Changed   int           `json:"changed"`  // products that INEED.CHAT has taken
	Removed   int           `json:"removed"`
	Withheld  int           `json:"withheld"`
	Refused   int           `json:"refused"`    // products that INEED.CHAT refused
	Skipped   int           `json:"skipped"`    // products of the feed that cannot be read or offered
	MainPrice int           `json:"main_price"` // variants without the chosen price: the main one was taken
	Batches   int           `json:"batches"`
	Phase     storage.Phase `json:"phase,omitempty"` // while it runs
	Progress  *progress     `json:"progress,omitempty"`
}

// A progress tells how far a running run has come.
type progress struct {
	Expected int     `json:"expected"` // products to read; 0 = not known yet
	PerHour  int     `json:"products_per_hour"`
	Percent  float64 `json:"percent"`
	Left     string  `json:"left,omitempty"` // roughly, as the window of requests admits
}

func showRun(r storage.CatalogRun) run {
	out := run{
		ID: r.ID, Cause: r.Cause, Full: r.Full, Everything: r.Everything, BeganAt: stamp(r.BeganAt), EndedAt: stamp(r.EndedAt),
		Outcome: r.Outcome, Problem: describeProblem(r.Problem), Requests: r.Requests, Seen: r.Seen, Offered: r.Offered,
		Changed: r.Changed, Removed: r.Removed, Withheld: r.Withheld, Refused: r.Refused, Skipped: r.Skipped,
		MainPrice: r.MainPrice, Batches: r.Batches,
	}
	if r.EndedAt.IsZero() {
		out.Phase = r.Phase
	}
	return out
}

// showRunning adds how far the run has come.
func showRunning(r storage.CatalogRun, left time.Duration, now time.Time) *run {
	out := showRun(r)
	p := &progress{Expected: r.Expected}
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

func showGuard(g *storage.Guard) *guard {
	if g == nil {
		return nil
	}
	p := bridge.GuardProblem(*g)
	return &guard{Since: stamp(g.At), Visible: g.Visible, Removed: g.Removed, Held: g.Held, Categories: g.Categories,
		Unread: g.Unread, Problem: describeProblem(&p)}
}

// getCatalog tells how the catalog of a company stands.
func (s *Server) getCatalog(c echo.Context) error {
	v, err := s.bridge.Catalog(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := catalogState{
		Enabled: v.Enabled, Stopped: v.Fault != nil, FreshAsOf: stamp(v.SuccessAt), EverythingAt: stamp(v.EverythingAt), FullAt: stamp(v.FullAt), NextAt: stamp(v.NextAt),
		Problem: describeProblem(cmp.Or(v.Fault, v.Problem, v.Shop)), Guard: showGuard(v.Guard), Products: v.Census.Visible, Waiting: v.Census.Waiting,
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
	var in struct {
		Full bool `json:"full"`
	}
	if c.Request().ContentLength != 0 {
		if err := readStrict(c, &in); err != nil {
			return err
		}
	}
	r, err := s.bridge.SyncCatalog(c.Request().Context(), visit.Param(c, "company"), in.Full)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, showRunning(r, 0, time.Now()))
}

// listRuns answers with one page of a company's runs, the newest first.
func (s *Server) listRuns(c echo.Context) error {
	limit, err := limitParam(c)
	if err != nil {
		return err
	}
	list, next, err := s.bridge.CatalogRuns(c.Request().Context(), visit.Param(c, "company"), c.QueryParam("cursor"), limit)
	if errors.Is(err, storage.ErrCursor) {
		return failure.Wrong("cursor", problem.FieldCursor, nil)
	}
	if err != nil {
		return err
	}
	items := make([]run, len(list))
	for i, r := range list {
		items[i] = showRun(r)
	}
	return c.JSON(http.StatusOK, page[run]{Items: items, Next: next})
}

// confirmGuard lets happen once what the guard withholds.
func (s *Server) confirmGuard(c echo.Context) error {
	g, err := s.bridge.ConfirmGuard(c.Request().Context(), visit.Param(c, "company"), visit.By(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showGuard(&g))
}

// A priceChoice is a kind of price of the shop.
type priceChoice struct {
	Price  string `json:"price"` // for the settings: price, price2, …
	Title  string `json:"title"`
	Chosen bool   `json:"chosen"`
}

// listPrices lists the kinds of price that a catalog can be made with.
func (s *Server) listPrices(c echo.Context) error {
	list, err := s.bridge.Prices(c.Request().Context(), visit.Param(c, "company"))
	if err != nil {
		return err
	}
	out := page[priceChoice]{Items: []priceChoice{}}
	for _, p := range list {
		one := priceChoice{Price: p.Field, Title: p.Title, Chosen: p.Chosen}
		if one.Title == "" {
			one.Title = locale.Text(locale.English, "price.main", nil)
		}
		out.Items = append(out.Items, one)
	}
	return c.JSON(http.StatusOK, out)
}
