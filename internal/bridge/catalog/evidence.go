package catalog

import (
	"context"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A list of changes that lacks some of them is worse than none: the next list begins
// behind it, and so what it does not show stays wrong in the chat until everything is
// read. A list cannot be told from a whole one by its form. So it has to show what we
// know to be there, as the list of orders has (evidence.go in the room of orders), and
// there are three proofs.
//
// A list that shows nothing has to be right in that: it is asked for from just before
// the product that the last one ended with, so that a healthy list shows that product
// once more, and one that shows nothing is disproved if the product, asked for by its
// id, is there (blank). A list that has ended may not have fewer products than the
// shop counts with the same filter (recount). And the list of collections may not lack
// one that the chat has and that is there when it is asked for by its id (unlisted).
//
// If a proof fails, the run is incomplete: its floor stays where it was, so that the
// next run reads the same changes again, nothing is removed, and the guard says so.
const mostGroups = 20 // collections that are asked for by id in one run

// from is where the next page begins. A list of changes shows the last product
// of the one before once more.
func (s *syncing) from() storage.Cursor {
	c := s.run.Cursor
	if c == s.run.Floor && c.FromID > 0 {
		c.FromID--
	}
	return c
}

// shownAgain reports whether a product is the one that is shown once more, as it was.
func (s *syncing) shownAgain(p insales.Product) bool {
	return !s.run.Everything && p.ID == s.run.Floor.FromID && p.UpdatedAt.Equal(s.run.Floor.UpdatedSince)
}

// blank reports whether a list of changes that shows nothing at all should have
// shown the product that was read last, because that is there.
func (s *syncing) blank(ctx context.Context) (bool, error) {
	if s.run.Everything || s.run.Seen > 0 || s.run.Cursor != s.run.Floor {
		return false, nil
	}
	k, err := s.company.Store.Catalog(ctx, s.company.ID)
	if err != nil || k.Last.FromID == 0 || !k.Last.After(s.from()) {
		return false, err
	}
	shop, permit, err := s.ask(ctx)
	if err != nil {
		return false, err
	}
	p, err := shop.Product(ctx, permit, k.Last.FromID, s.settings.Catalog.Price)
	switch {
	case problem.NotThere(err):
		return false, nil
	case err != nil:
		return false, err
	}
	// If its time has gone back, the shop was restored.
	return !p.Archived && (storage.Cursor{UpdatedSince: p.UpdatedAt, FromID: p.ID}).After(s.from()), nil
}

// recount gives how many products a list of changes lacks by the shop's count of
// them. If it seems to lack any, reading goes on once, because they may be changing
// this very moment, and only then the two are compared. Before that counts against
// the list, the shop is asked how many products were changed after a moment two days
// ahead: a shop that counts any takes no filter, and its count proves nothing.
func (s *syncing) recount(ctx context.Context) (unread int, again bool, err error) {
	k, err := s.company.Store.Catalog(ctx, s.company.ID)
	switch {
	case err != nil || s.run.Unread > 0 || !s.run.Cursor.After(k.Last): // one that shows no news costs no count
		return s.run.Unread, false, err
	case s.run.Counted > 0:
		shopNow, _ := s.company.ShopTime()
		n, err := s.changes(ctx, shopNow.Add(2*everythingEvery))
		if err != nil || n > 0 {
			return 0, false, err
		}
		return max(s.run.Counted-s.run.Late, 0), false, nil
	}
	since := s.run.Floor.UpdatedSince
	if s.run.Floor.FromID > 0 {
		since = since.Add(time.Millisecond)
	}
	n, err := s.changes(ctx, since)
	if err != nil || n <= s.run.Late {
		return 0, false, err
	}
	return 0, true, s.commit(ctx, func(_ *storage.Tx, run *storage.CatalogRun) error {
		run.Phase, run.Counted = storage.PhaseReading, n
		return nil
	})
}

// changes counts the products that were changed at since or later.
func (s *syncing) changes(ctx context.Context, since time.Time) (int, error) {
	shop, permit, err := s.ask(ctx)
	if err != nil {
		return 0, err
	}
	n, err := shop.CountProducts(ctx, permit, since)
	return int(n), err
}

// unlisted asks for some of the categories that the chat has and the list of
// collections lacks, and reports whether one is there: then the list is not whole.
// A shop that answers nothing of use leaves it to the guard.
func (s *syncing) unlisted(ctx context.Context, list []insales.Collection) (bool, error) {
	listed := make(map[int64]struct{}, len(list))
	for _, c := range list {
		listed[c.ID] = struct{}{}
	}
	var known map[int64]storage.CatalogCategory
	err := s.company.Update(ctx, func(tx *storage.Tx) (err error) {
		known, err = tx.Categories(s.company.ID)
		return err
	})
	if err != nil {
		return false, err
	}
	asked := 0
	for id, c := range known {
		if _, ok := listed[id]; ok || c.Hash == 0 || c.Gone || asked == mostGroups {
			continue
		}
		asked++
		shop, permit, err := s.ask(ctx)
		if err != nil {
			return false, err
		}
		_, err = shop.Collection(ctx, permit, id)
		if err == nil {
			return true, nil
		}
		if problem.ShopStatus(err) == 0 {
			return false, err
		}
	}
	return false, nil
}
