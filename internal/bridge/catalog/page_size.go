package catalog

import (
	"context"
	"errors"
	"net"
	"net/http"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// How many products a page has is found out with each shop. InSales gives up on an
// answer that takes it too long, and a page that we cannot keep in memory is too large
// as well; both depend on what stands on the page. So a page that could not be had is
// asked for again with half as many products, after several full pages in a row twice
// as many are tried, and a run begins with what the one before has ended with.

const (
	givenUpAfter = 4  // failures in a row, before a page is left out
	givenUpEvery = 8  // failures, if that was tried in vain: the shop may be down
	mostLeftOut  = 3  // pages in a row that are left out
	pagesToGrow  = 10 // full pages in a row, before larger ones are tried
)

// neverGiven reports whether a page has failed so often that what stands on it may
// never be given. One product that the shop cannot write must not keep all behind it
// from the chat: pages become as small as can be, and one of those is left out once
// the page behind it is given, and the page itself has failed once more after that
// (fetchPage). What stands on it counts as unread, so that nothing is removed on the
// strength of this reading, and what the chat has of it is asked for by its id.
//
// That the shop counts pages from the place that is asked for is inferred. If it does
// not, the page behind fails as well, and nothing is lost but three requests.
func (s *syncing) neverGiven(err error) bool {
	e, answered := errors.AsType[*insales.Error](err)
	if !answered || e.Status/100 != 5 || e.Shielded || e.Limited {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.failures%givenUpEvery == givenUpAfter
}

// shrink lets the run go on with smaller pages.
func (s *syncing) shrink(ctx context.Context, size int) error {
	return s.commit(ctx, func(_ *storage.Tx, run *storage.CatalogRun) error {
		run.PageSize, run.WellRead = max(size, insales.SmallestPage), 0
		return nil
	})
}

// grow lets pages become larger again after several that were had: a gateway
// that was down for a moment answers like one that gave up on a large page. They never
// become larger than a probe saw the shop give.
func grow(learnt storage.Learnt, run *storage.CatalogRun) {
	if run.WellRead++; run.WellRead >= pagesToGrow {
		run.PageSize, run.WellRead = company.PageSize(learnt, min(run.PageSize*2, insales.PageSize)), 0
	}
}

// mayBeCut notes how many rows a page had, of so many that were asked for, and reports
// whether there may be another page behind it. A shop that gives fewer rows than are
// asked for, without a word, has the same bound for all its lists (inferred): so a page
// is the last if it is smaller than one that the shop has given before. One of few rows
// is the last in any case.
func (s *Syncer) mayBeCut(rows, asked int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.state.largest
	s.state.largest = max(before, rows)
	return rows >= asked || rows >= max(before, insales.SmallestPage)
}

// tooMuch reports whether a page could not be had because it was too large, as
// far as can be known: InSales gives up after 50 s with 504.
func tooMuch(err error) bool {
	var e *insales.Error
	if !errors.As(err, &e) {
		return false
	}
	var timeout net.Error
	return errors.Is(err, insales.ErrTooLarge) ||
		e.Status == http.StatusGatewayTimeout || e.Status == http.StatusBadGateway ||
		e.Reached && errors.As(err, &timeout) && timeout.Timeout()
}
