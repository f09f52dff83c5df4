package catalog

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

const (
	maxRechecks     = 200             // products asked for by id in one run
	rechecksPerStep = 20              // of these, in one transaction
	recheckAgain    = time.Hour       // if the chat has not acknowledged what a recheck has shown
	recheckFirst    = 5 * time.Minute // after a failed recheck or a refusal
	recheckLongest  = 24 * time.Hour  // by then everything is read anyway
)

// recheck asks for products by their id: those that may be gone, so that nothing
// is removed on the strength of a list alone, and those that the chat has
// refused or never acknowledged.
func (s *syncing) recheck(ctx context.Context) error {
	loss := storage.LossSuspected
	if s.run.Blocked || s.run.Incomplete {
		loss = storage.LossNone
	}
	ids, err := s.company.Store.ToLook(ctx, s.company.ID, time.Now(), loss,
		min(rechecksPerStep, maxRechecks-s.run.Looked))
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return s.commit(ctx, func(_ *storage.Tx, run *storage.CatalogRun) error {
			run.Phase = storage.PhaseReleasing
			return nil
		})
	}
	mapper, err := s.mapper(ctx)
	if err != nil {
		return err
	}
	g := &gathering{mapper: mapper}
	var failed, unreadable []int64
	slow := false
	for i, id := range ids {
		if slow { // a time-out is enough for one run
			ids = ids[:i]
			break
		}
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return err
		}
		p, err := shop.Product(ctx, permit, id, s.settings.Catalog.Price)
		var e *insales.Error
		switch {
		case err == nil:
			g.add(p)
		case errors.As(err, &e) && e.Missing():
			g.gone = append(g.gone, id)
		case e != nil && e.Shielded:
			return err // the shop has said nothing of this product
		case errors.As(err, &e) && e.Status == 0 && tooMuch(err):
			failed, slow = append(failed, id), true
		case errors.As(err, &e) && e.Status >= 500 && !e.Limited:
			failed = append(failed, id) // this one; the feed was read well
		case errors.As(err, &e) && e.Status/100 == 2:
			unreadable = append(unreadable, id)
		default:
			return err
		}
	}
	if g.priceless() {
		return &catalogStop{problem.Of(problem.PriceMissing, "price", s.settings.Catalog.Price)}
	}
	g.gone, g.hidden = append(g.gone, g.hidden...), nil
	return s.commit(ctx, func(tx *storage.Tx, run *storage.CatalogRun) error {
		run.Looked += len(ids)
		if slow {
			run.Looked = maxRechecks
		}
		if err := tx.PutLooks(run.Company, failed, time.Now().Add(recheckFirst), ""); err != nil {
			return err
		}
		known, err := tx.Products(run.Company, unreadable)
		if err == nil {
			err = recheckLater(tx, run, slices.Collect(maps.Values(known)))
		}
		if err != nil {
			return err
		}
		return absorb(tx, run, g, time.Now().Add(recheckAgain))
	})
}

// recheckLater puts off products that look as they did: their pictures are still
// being made, or they cannot be read. Each time they wait longer.
func recheckLater(tx *storage.Tx, run *storage.CatalogRun, list []storage.CatalogProduct) error {
	for _, p := range list {
		at := time.Now().Add(company.Backoff(p.Tries+1, recheckFirst, recheckLongest))
		if err := tx.PutLooks(run.Company, []int64{p.ID}, at, ""); err != nil {
			return err
		}
	}
	return nil
}
