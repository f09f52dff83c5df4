package order

import (
	"context"
	"errors"
	"time"

	"ineed-insales/internal/bridge/order/feed"
	"ineed-insales/storage"
)

// What is stored at the end of a reading: where the next one begins, that this one is done,
// and whether the pass that it was is believed. It shares the commit of the last page where
// it can (reading.store).

// An ending is what a page's transaction stores beside what the page has shown.
type ending struct {
	feed      storage.Feed
	concluded bool      // a pass that could be believed at once
	noted     time.Time // when it was last noted that the feed was read
}

// end stores where a page leads, and, if it ends the reading, what that means.
func (r *reading) end(tx *storage.Tx, step feed.Step) (ending, error) {
	end, over := ending{feed: step.Walk.Feed}, !step.More && step.Walk.Stop == nil
	if over && step.Walk.Kind == feed.Pass {
		plain, err := r.plain(tx)
		if err != nil {
			return end, err
		}
		if over = plain; plain {
			end.feed, end.concluded = step.Walk.End(), true
		}
	}
	if end.feed != r.walk.Feed {
		if err := tx.PutFeed(end.feed); err != nil {
			return end, err
		}
	}
	if !over {
		return end, nil
	}
	var err error
	end.noted, err = r.desk.noteRead(tx)
	return end, err
}

// keepFeed remembers the feed that a read has stored, unless the gate was shut since.
func (d *Desk) keepFeed(shuts int, stored storage.Feed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.feed.shuts == shuts {
		d.feed.stored = &stored
	}
}

// conclude ends a pass that has come to the end of the list, if the list can be
// believed. Else the pass goes back, and the floor stays where it is.
func (r *reading) conclude(ctx context.Context) error {
	if err := r.verify(ctx); err != nil {
		return errors.Join(err, r.goBack(ctx))
	}
	end := r.walk.End()
	err := r.desk.company.Update(ctx, func(tx *storage.Tx) error {
		if r.stale() {
			return storage.ErrStale
		}
		if err := tx.ForgetMissed(r.desk.company.ID); err != nil {
			return err
		}
		err := tx.PutFeed(end)
		if err == nil {
			r.noted, err = r.desk.noteRead(tx)
		}
		return err
	})
	if err == nil {
		r.desk.keepFeed(r.shuts, end)
	}
	return err
}

// plain reports whether a pass whose last page is being stored is believed without a
// question to the shop: it lacks no order of ours, and little depends on it. What verify
// would find of such a pass is the same.
func (r *reading) plain(tx *storage.Tx) (bool, error) {
	r.desk.mu.Lock()
	calm := r.desk.feed.complete && len(r.desk.doubts) == 0 && r.desk.feed.oddAt.IsZero()
	r.desk.mu.Unlock()
	if !calm || r.odd {
		return false, nil
	}
	_, err := tx.FirstMissed(r.desk.company.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// goBack lets the pass go on from the first order of ours that it lacks. If it lacks
// none, something else makes it unfit, and it begins at its floor again.
func (r *reading) goBack(ctx context.Context) error {
	return r.desk.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		if r.stale() {
			return storage.ErrStale
		}
		back := r.walk.Feed
		first, err := tx.FirstMissed(r.desk.company.ID)
		switch {
		case err == nil && first.After(back.Floor):
			back.Pass = first
		case err == nil || errors.Is(err, storage.ErrNotFound):
			back.Pass = back.Floor
		default:
			return err
		}
		return tx.PutFeed(back)
	})
}
