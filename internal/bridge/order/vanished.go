package order

import (
	"context"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// One order that disappears from a shop was deleted there. Many at a time may have been
// deleted, too; but more likely somebody has archived the wrong ones, or the shop has
// lost its memory for a while, and the customers of all of them would be told that their
// orders are cancelled. So many wait for a person's word. The word counts for what had
// been gone for goneFor when it was given, and not for what disappears later.

// GoneWaiting counts the orders that disappeared from the company's shop and of
// which the chat is told nothing before a person says that they are cancelled:
// they are too many at a time to be believed. 0 if none wait.
func (d *Desk) GoneWaiting(ctx context.Context) (int, error) {
	return d.goneWaiting(ctx, time.Now())
}

// goneWaiting is GoneWaiting at a time.
func (d *Desk) goneWaiting(ctx context.Context, now time.Time) (int, error) {
	d.mu.Lock()
	account, confirmed := d.company.Settings().AccountID, d.goneTo
	d.mu.Unlock()
	list, err := d.company.Store.OrdersGone(ctx, d.company.ID, account, now.Add(-goneFor), maxBulk)
	if err != nil || len(list) <= fewGone {
		return 0, err
	}
	n := 0
	for i := range list {
		if list[i].GoneAt.After(confirmed) {
			n++
		}
	}
	return n, nil
}

// ConfirmGone says that the orders which wait because too many disappeared are
// cancelled. Each is asked for by its id once more, and what the shop has after
// all stays. It gives their number.
func (d *Desk) ConfirmGone(ctx context.Context, by string) (int, error) {
	now := time.Now()
	n, err := d.goneWaiting(ctx, now)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, problem.Refuse(problem.RefusedNoneGone)
	}
	if err := d.journalMany(ctx, storage.EntryGone, by, n); err != nil {
		return 0, err
	}
	d.mu.Lock()
	d.goneTo = now.Add(-goneFor)
	d.mu.Unlock()
	d.company.Log.Info("orders that are gone are confirmed", "orders", n, "by", storage.ActorKind(by))
	d.refresher.Wake()
	return n, nil
}

// goneByPerson reports whether a person has said that the order is gone.
func (d *Desk) goneByPerson(o *storage.Order) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !o.GoneAt.IsZero() && !o.GoneAt.After(d.goneTo)
}
