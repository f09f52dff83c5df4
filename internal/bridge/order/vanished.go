package order

import (
	"context"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// GoneWaiting counts the orders that disappeared from the company's shop and of
// which the chat is told nothing before a person says that they are cancelled:
// they are too many at a time to be believed. 0 if none wait.
func (w *Desk) GoneWaiting(ctx context.Context) (int, error) {
	return w.goneWaiting(ctx, time.Now())
}

func (w *Desk) goneWaiting(ctx context.Context, now time.Time) (int, error) {
	w.mu.Lock()
	account, confirmed := w.Settings().AccountID, w.goneTo
	w.mu.Unlock()
	list, err := w.Store.OrdersGone(ctx, w.ID, account, now.Add(-goneFor), maxBulk)
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
func (w *Desk) ConfirmGone(ctx context.Context, by string) (int, error) {
	now := time.Now()
	n, err := w.goneWaiting(ctx, now)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, problem.Refuse(problem.RefusedNoneGone)
	}
	confirmed := company.OfCompany(ctx, storage.EntryGone, w.ID)
	if err := w.Store.Update(ctx, func(tx *storage.Tx) error { return tx.AddEntry(confirmed) }); err != nil {
		return 0, err
	}
	w.mu.Lock()
	w.goneTo = now.Add(-goneFor)
	w.mu.Unlock()
	w.Log.Info("orders that are gone are confirmed", "orders", n, "by", by)
	w.refresher.Wake()
	return n, nil
}

// goneByPerson reports whether a person has said that the order is gone.
func (w *Desk) goneByPerson(o *storage.Order) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !o.GoneAt.IsZero() && !o.GoneAt.After(w.goneTo)
}
