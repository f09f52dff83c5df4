package order

import (
	"context"
	"errors"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Personal data are kept for as long as the company's settings say, and histories, refused
// and unread deliveries for as long as those of the program do. What is older is
// erased in small steps while nothing else is to be written, so that no order has to wait
// for it; the keys stay for
// ever, and what somebody still has to see to is kept whole. An order that is
// in the shop is erased although nobody has closed it there: its statuses go on
// without a body, and a second one is known by its key. What still comes for it
// is judged by what is left: a payment by the total that the shop shows.
const (
	eraseEvery                = time.Hour
	eraseBatch                = 50 // orders in one transaction
	erasePause                = 200 * time.Millisecond
	eraseUnheard              = 12 * time.Hour // since the start, before our clock is believed without the shop's
	eraseAsk                  = time.Minute
	shortestStay, longestStay = 24 * time.Hour, 3650 * 24 * time.Hour
)

// eraseDue is the step of the eraser's loop.
func (d *Desk) eraseDue(ctx context.Context) time.Duration {
	c, keep := d.company.Settings(), d.company.Config.Keep
	// A clock that has run away must not erase what is young: the shop's knows better. A shop
	// that is not heard is waited for, but not for ever.
	now := time.Now()
	switch shop, known := d.company.ShopTime(); {
	case known && shop.Before(now):
		now = shop
	case !known && time.Since(d.began) < eraseUnheard:
		return eraseAsk
	}
	err := errors.Join(d.dropRefused(ctx, now, keep.Refused), d.dropUnread(ctx, now, keep.Unread))
	most := 0
	if before, forgets := company.Before(now, c.Orders.EraseAfter); err == nil && forgets {
		most, err = d.eraseBefore(ctx, before)
	}
	if before, forgets := company.Before(now, keep.History); err == nil && forgets {
		var n int
		n, err = d.pruneBefore(ctx, before)
		most = max(most, n)
	}
	switch {
	case err != nil:
		if ctx.Err() == nil && !company.Quiet(err) {
			d.company.Log.Error("old data not erased", "err", err)
		}
	case most == eraseBatch:
		return erasePause
	}
	return eraseEvery
}

// dropRefused forgets old refused webhooks, if there are any. Whoever has to mend the sender
// has seen them by then, or asks for another.
func (d *Desk) dropRefused(ctx context.Context, now time.Time, keep time.Duration) error {
	before, forgets := company.Before(now, keep)
	oldest, err := d.company.Store.OldestRefusal(ctx, d.company.ID)
	if err != nil || !forgets || oldest.IsZero() || !oldest.Before(before) {
		return err
	}
	return d.company.Tidy(ctx, func(tx *storage.Tx) error { return tx.DropOldRefusals(d.company.ID, before) })
}

// dropUnread forgets old unread deliveries, if there are any, and says so in the journal:
// one of them may have been an order.
func (d *Desk) dropUnread(ctx context.Context, now time.Time, keep time.Duration) error {
	before, forgets := company.Before(now, keep)
	unread, err := d.company.Store.UnreadCount(ctx, d.company.ID)
	if err != nil || !forgets || unread.Oldest.IsZero() || !unread.Oldest.Before(before) {
		return err
	}
	return d.company.Tidy(ctx, func(tx *storage.Tx) error { return d.dropUnreadBefore(ctx, tx, before) })
}

func (d *Desk) dropUnreadBefore(ctx context.Context, tx *storage.Tx, before time.Time) error {
	n, err := tx.DropUnreadBefore(d.company.ID, before)
	if err == nil && n > 0 {
		err = tx.AddEntry(company.OfCompany(company.ByItself(ctx), storage.EntryUnread, d.company.ID))
	}
	return err
}

// eraseBefore takes one step and tells how many orders it looked at.
func (d *Desk) eraseBefore(ctx context.Context, before time.Time) (int, error) {
	keys, err := d.company.Store.Outlived(ctx, d.company.ID, before, problem.NoticeAnotherOrder, eraseBatch)
	if err != nil {
		return 0, err
	}
	err = d.company.Tidy(ctx, func(tx *storage.Tx) error {
		if err := tx.DropRefusals(d.company.ID, before); err != nil {
			return err
		}
		if err := d.dropUnreadBefore(ctx, tx, before); err != nil {
			return err
		}
		return eachUnneeded(tx, keys, eraseOld)
	})
	if err == nil && len(keys) > 0 {
		d.company.Log.Info("personal data erased", "orders", len(keys))
	}
	return len(keys), err
}

// pruneBefore is eraseBefore for histories to which nothing was added since. With the history
// goes what else is known of the person, since it is as old.
func (d *Desk) pruneBefore(ctx context.Context, before time.Time) (int, error) {
	keys, err := d.company.Store.OldHistories(ctx, d.company.ID, before, problem.NoticeAnotherOrder, eraseBatch)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	pruned := 0
	err = d.company.Tidy(ctx, func(tx *storage.Tx) error {
		pruned = 0
		return eachUnneeded(tx, keys, func(tx *storage.Tx, o *storage.Order) error {
			if aged, err := tx.HistoryAged(o, before); err != nil || !aged {
				return err
			}
			if err := eraseOld(tx, o); err != nil {
				return err
			}
			pruned++
			return tx.PruneHistory(o, time.Now())
		})
	})
	if err == nil && pruned > 0 {
		d.company.Log.Info("old histories deleted", "orders", pruned)
	}
	return len(keys), err
}

// eachUnneeded calls f with those of the orders whose data nobody needs: one may have come
// to life again since it was looked for.
func eachUnneeded(tx *storage.Tx, keys []storage.OrderKey, f func(*storage.Tx, *storage.Order) error) error {
	for _, key := range keys {
		o, err := tx.Order(key)
		if err != nil {
			return err
		}
		if !over(&o) || o.State == storage.StateSent &&
			(o.Paid && !o.Payment.Done || !o.Final && (len(o.Notices) > 0 || o.Report.Problem != nil)) {
			continue
		}
		if err := f(tx, &o); err != nil {
			return err
		}
	}
	return nil
}

// eraseOld erases the person of an order, unless that was done.
func eraseOld(tx *storage.Tx, o *storage.Order) error {
	if !erasable(o) {
		return nil
	}
	return erase(tx, o, storage.Event{At: time.Now(), Kind: storage.EventErased})
}
