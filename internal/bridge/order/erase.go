package order

import (
	"context"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Personal data are kept for as long as the settings say. What is older is
// erased in small steps, so that no order has to wait for it; the keys stay for
// ever, and what somebody still has to see to is kept whole. An order that is
// in the shop is erased although nobody has closed it there: its statuses go on
// without a body, and a second one is known by its key. What still comes for it
// is judged by what is left: a payment by the total that the shop shows.
const (
	eraseEvery                = time.Hour
	eraseBatch                = 50 // orders in one transaction
	erasePause                = 200 * time.Millisecond
	shortestStay, longestStay = 24 * time.Hour, 3650 * 24 * time.Hour
)

// eraseDue is the step of the eraser's loop.
func (d *Desk) eraseDue(ctx context.Context) time.Duration {
	c := d.company.Settings()
	// A clock that has run away must not erase what is young: the shop's knows
	// better, if it was heard.
	now := time.Now()
	if shop, known := d.company.ShopTime(); known && shop.Before(now) {
		now = shop
	}
	if err := d.eraseRefused(ctx, now.Add(-refusedStay)); err != nil || c.Orders.EraseAfter == 0 {
		if err != nil && ctx.Err() == nil && !company.Quiet(err) {
			d.company.Log.Error("refused webhooks not erased", "err", err)
		}
		return eraseEvery
	}
	n, err := d.eraseBefore(ctx, now.Add(-c.Orders.EraseAfter))
	if err != nil {
		if ctx.Err() == nil && !company.Quiet(err) {
			d.company.Log.Error("personal data not erased", "err", err)
		}
		return eraseEvery
	}
	if n > 0 {
		d.company.Log.Info("personal data erased", "orders", n)
	}
	if n == eraseBatch {
		return erasePause
	}
	return eraseEvery
}

// refusedStay is how long a refused webhook is kept. Whoever has to mend the sender has seen
// it by then, or asks for another.
const refusedStay = 7 * 24 * time.Hour

// eraseRefused forgets refused webhooks, if there are any that old.
func (d *Desk) eraseRefused(ctx context.Context, before time.Time) error {
	oldest, err := d.company.Store.OldestRefusal(ctx, d.company.ID)
	if err != nil || oldest.IsZero() || !oldest.Before(before) {
		return err
	}
	return d.company.Update(ctx, func(tx *storage.Tx) error { return tx.DropOldRefusals(d.company.ID, before) })
}

// eraseBefore takes one step and tells how many orders it looked at.
func (d *Desk) eraseBefore(ctx context.Context, before time.Time) (int, error) {
	keys, err := d.company.Store.Outlived(ctx, d.company.ID, before, problem.NoticeAnotherOrder, eraseBatch)
	if err != nil {
		return 0, err
	}
	return len(keys), d.company.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.DropRefusals(d.company.ID, before); err != nil {
			return err
		}
		n, err := tx.DropUnreadBefore(d.company.ID, before)
		if err == nil && n > 0 {
			err = tx.AddEntry(company.OfCompany(ctx, storage.EntryUnread, d.company.ID))
		}
		if err != nil {
			return err
		}
		for _, key := range keys {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			// It may have come to life again since it was looked for.
			if !erasable(&o) || o.State == storage.StateSent &&
				(o.Paid && !o.Payment.Done || !o.Final && (len(o.Notices) > 0 || o.Report.Problem != nil)) {
				continue
			}
			if err := erase(tx, &o, storage.Event{At: time.Now(), Kind: storage.EventErased}); err != nil {
				return err
			}
		}
		return nil
	})
}
