package catalog

import (
	"context"
	"errors"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A View is how a company's catalog stands, for people. It is made of several reads of
// the store and may mix two moments: nothing is decided by it.
type View struct {
	storage.Catalog
	Enabled bool
	Way     string              // how it reaches the chat: storage.CatalogPush …
	Fault   *storage.Problem    // stops it until the settings are saved again; nil = nothing does
	Shop    *storage.Problem    // why the shop cannot be had, as orders have met it; nil = it can
	Running *storage.CatalogRun // nil = none
	Left    time.Duration       // of the running run, roughly; 0 = not known
	Census  storage.CatalogCensus
}

// View tells how a company's catalog stands.
func (s *Syncer) View(ctx context.Context) (v View, err error) {
	if v.Catalog, err = s.company.Store.Catalog(ctx, s.company.ID); err != nil {
		return v, err
	}
	c := s.company.Settings()
	v.Enabled, v.Way, v.Fault = c.Catalog.Enabled, c.Chat.CatalogWay(), c.CatalogFault
	if c.Sealed {
		v.Fault = &storage.Problem{Code: problem.SecretsSealed}
	}
	if c.Problem != nil && c.Problem.Code != problem.UnknownOutcomes {
		v.Shop = c.Problem
	}
	if v.Census, err = s.company.Store.CatalogCensus(ctx, s.company.ID); err != nil {
		return v, err
	}
	run, err := s.company.Store.RunningRun(ctx, s.company.ID)
	switch {
	case err == nil:
		v.Running = &run
		shop := s.company.Shop()
		v.Left = timeLeft(run, time.Now(), shop.Window())
	case !errors.Is(err, storage.ErrNotFound):
		return v, err
	}
	return v, nil
}

// timeLeft estimates how long a run still takes, from its own pace so far and
// from what the request window admits to the catalog: 350 requests in five
// minutes, which is 87,500 products of the largest pages.
func timeLeft(run storage.CatalogRun, now time.Time, window *insales.Window) time.Duration {
	left := run.Expected - run.Seen
	if left <= 0 || run.Seen == 0 || run.PageSize == 0 {
		return 0
	}
	share := insales.WindowLimit * insales.Catalog.Ceiling() / 100
	requests := (left + run.PageSize - 1) / run.PageSize
	room := max(share-int(window.Used()*insales.WindowLimit), 0)
	byPace := time.Duration(float64(now.Sub(run.BeganAt)) / float64(run.Seen) * float64(left))
	if requests <= room {
		return byPace
	}
	byWindow := window.Left() + time.Duration((requests-room-1)/share)*insales.WindowLength
	return max(byPace, byWindow)
}

// Runs gives a page of a company's runs, the newest first.
func (s *Syncer) Runs(ctx context.Context, cursor string, limit int) ([]storage.CatalogRun, string, error) {
	return s.company.Store.Runs(ctx, s.company.ID, cursor, limit)
}
