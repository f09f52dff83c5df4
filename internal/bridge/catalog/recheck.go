package catalog

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// A recheck asks the shop for a product by its id. No product is deleted from the
// chat by its id before that: a list of products proves nothing by what it lacks,
// however well it was read, while the answer that there is no such product proves it.
// The same way leads back what the chat has refused or never acknowledged, and what
// had no pictures yet, without waiting for the next complete reading. Which products
// are due stands in their rows (look_at, told at the head of storage/catalog.go).
//
// A run rechecks a bounded number, a few in each step. While the guard withholds
// removals, what may be gone is left out. A product that the shop cannot write, or
// we cannot read, waits and keeps no other waiting. A time-out ends the rechecks of
// this run, because it has cost most of a minute.

const (
	maxRechecks     = 200             // products asked for by id in one run
	rechecksPerStep = 20              // of these, in one step
	recheckAgain    = time.Hour       // if the chat has not acknowledged what a recheck has shown
	recheckFirst    = 5 * time.Minute // after a failed recheck or a refusal
	recheckLongest  = 24 * time.Hour  // by then everything is read anyway
)

// recheck asks for some of the products that are due, and goes on to what is held
// once none is due or the run has asked for enough.
func (s *syncing) recheck(ctx context.Context) error {
	loss := storage.LossSuspected
	if s.run.Blocked || s.run.Incomplete {
		loss = storage.LossNone // whatever is gone could not be removed
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
	answers, err := s.askEach(ctx, ids)
	if err != nil {
		return err
	}
	if err := answers.checkPrice(s.settings.Catalog.Price); err != nil {
		return err
	}
	return s.commit(ctx, answers.apply)
}

// askEach asks the shop for each of these products, until one has timed out.
func (s *syncing) askEach(ctx context.Context, ids []int64) (*recheckAnswers, error) {
	mapper, err := s.mapper(ctx)
	if err != nil {
		return nil, err
	}
	answers := &recheckAnswers{gathering: gathering{mapper: mapper, byID: true}}
	for _, id := range ids {
		if answers.slow {
			break
		}
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return nil, err
		}
		p, err := shop.Product(ctx, permit, id, s.settings.Catalog.Price)
		if err := answers.note(id, p, err); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// The recheckAnswers are what the shop has said of products that it was asked for
// by their ids.
type recheckAnswers struct {
	gathering
	asked      int
	failed     []int64 // the shop could not write the product
	unreadable []int64 // we could not read it
	slow       bool    // the last of failed has timed out, which is enough for one run
}

// note sorts one answer in. It gives the error back that says nothing of this
// product, but that the shop or the network is not well: it ends the step, and the
// same products are asked for again.
func (a *recheckAnswers) note(id int64, p insales.Product, err error) error {
	a.asked++
	e, answered := errors.AsType[*insales.Error](err)
	switch {
	case err == nil:
		a.add(p)
	case !answered:
		return err
	case e.Missing():
		a.gone = append(a.gone, id)
	case e.Shielded:
		return err
	case e.Status == 0 && tooMuch(err):
		a.failed, a.slow = append(a.failed, id), true
	case e.Status >= 500 && !e.Limited: // this one only; the feed was read well
		a.failed = append(a.failed, id)
	case e.Status/100 == 2:
		a.unreadable = append(a.unreadable, id)
	default:
		return err
	}
	return nil
}

// apply writes what follows from the answers.
func (a *recheckAnswers) apply(tx *storage.Tx, run *storage.CatalogRun) error {
	run.Looked += a.asked
	if a.slow {
		run.Looked = maxRechecks
	}
	if err := tx.PutLooks(run.Company, a.failed, time.Now().Add(recheckFirst), ""); err != nil {
		return err
	}
	known, err := tx.Products(run.Company, a.unreadable)
	if err == nil {
		err = recheckLater(tx, run, slices.Collect(maps.Values(known)))
	}
	if err != nil {
		return err
	}
	return absorb(tx, run, &a.gathering)
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
