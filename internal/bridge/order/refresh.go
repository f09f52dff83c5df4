package order

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/feed"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// The feed shows what has changed, and three things it does not show: what has changed
// without a new time, what was deleted, and what a webhook has announced and a read has
// not met. So orders are asked for by their id as well, few at a time.
//
// The dangerous answer is 404. A shop that has forgotten everything for a minute gives
// it for every order, and the customers of all of them would be told that their order
// is cancelled. So an order that is not there is gone for the chat only if it was not
// there for goneFor, if the shop has shown its feed just before, if it still knows
// another order of ours, and if not many disappear at a time. While any of that is
// missing the chat is told nothing, and the order is asked for again. A person's word
// replaces all of it but the time (RefreshNow, ConfirmGone).
const (
	// Orders that a webhook has marked.
	fewTouched = 5 // so many are asked for by their id; more are worth a pass

	// Orders that are gone.
	goneFor     = 10 * time.Minute // an order must be gone for so long before the chat is told
	fewGone     = 20               // so many may be told at a time without a person
	tickIsFresh = 30 * time.Second // a 404 counts only so soon after a good read

	// Orders that are open, or that have ended.
	openEvery = 24 * time.Hour      // an open order is asked for by its id so often
	openPace  = 5 * time.Second     // so much lies between two of them
	openSpare = 0.5                 // none is asked for while more of the window is used up
	finalFor  = 20 * 24 * time.Hour // so long after its end an order is asked for, ever more seldom

	// After failures.
	refreshFirst, refreshLatest = 5 * time.Second, 5 * time.Minute // the delays
	refreshAgain                = 10 * time.Minute                 // so long other orders have their turn
)

// refreshDue is the step that asks the shop for orders by their id: those that
// a webhook has marked and that the read it caused did not show, those that are
// gone, and, with time to spare, those that are open, once a day, and those that
// have ended, one, two, four, eight and sixteen days and a month later. Some
// changes do not move updated_at, and a hard delete leaves no trace in the feed
// (inferred).
func (d *Desk) refreshDue(ctx context.Context) time.Duration {
	d.mu.Lock()
	c, ready, wait := d.company.Settings(), !d.trouble.stops() && d.feed.complete, time.Until(d.refreshAt)
	d.mu.Unlock()
	if !c.Orders.Enabled || c.Sealed || !ready {
		return company.Idle
	}
	if wait > 0 {
		return wait
	}
	o, wait, err := d.toRefresh(ctx, c)
	if err != nil || o == nil {
		return wait
	}
	by := askedByDesk
	if d.goneByPerson(o) {
		by = askedByPerson
	}
	_, err = d.refresh(ctx, o, by)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.refreshTries = 0
		return 0
	}
	if ctx.Err() == nil {
		d.company.Log.Warn("order not asked for", "order", o.Key.ID, "err", err)
	}
	d.later[o.Key] = time.Now().Add(refreshAgain)
	d.refreshTries++
	wait = company.Backoff(d.refreshTries, refreshFirst, refreshLatest)
	d.refreshAt = time.Now().Add(wait)
	return wait
}

// postponed gives the orders whose own request failed just before: others have
// their turn first.
func (d *Desk) postponed(now time.Time) map[storage.OrderKey]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.later, func(_ storage.OrderKey, at time.Time) bool {
		return !now.Before(at) || at.Sub(now) > refreshAgain
	})
	return maps.Clone(d.later)
}

// without drops the orders that are postponed.
func without(list []storage.Order, later map[storage.OrderKey]time.Time) []storage.Order {
	return slices.DeleteFunc(list, func(o storage.Order) bool { _, ok := later[o.Key]; return ok })
}

// toRefresh gives the order to ask for next, or how long to wait. Those that a webhook
// has marked come first, then those that are gone, and, while the window has room, those
// that nobody has asked for in a long time.
func (d *Desk) toRefresh(ctx context.Context, c storage.Company) (*storage.Order, time.Duration, error) {
	now := time.Now()
	later := d.postponed(now)
	if o, err := d.touched(ctx, c.AccountID, later); o != nil || err != nil {
		return o, company.ReadFirst, err
	}
	gone, err := d.company.Store.OrdersGone(ctx, d.company.ID, c.AccountID, now.Add(-goneFor), fewGone+1)
	if err != nil {
		return nil, company.ReadFirst, err
	}
	for i := range gone {
		few := len(gone) <= fewGone || d.goneByPerson(&gone[i]) // else a person decides
		if _, ok := later[gone[i].Key]; !ok && few && now.Sub(gone[i].AskedAt) >= goneFor {
			return &gone[i], 0, nil
		}
	}
	shop := d.company.Shop()
	if shop.Window().Used() >= openSpare {
		return nil, time.Minute, nil
	}
	d.mu.Lock()
	wait := openPace - now.Sub(d.openAt)
	d.mu.Unlock()
	if wait > 0 {
		return nil, wait, nil
	}
	open, err := d.company.Store.OrdersOpen(ctx, d.company.ID, c.AccountID, now.Add(-openEvery), len(later)+1)
	if open = without(open, later); err == nil && len(open) == 0 {
		open, err = d.company.Store.OrdersToLookAt(ctx, d.company.ID, c.AccountID, now, len(later)+1)
		open = without(open, later)
	}
	if err != nil || len(open) == 0 {
		return nil, company.Idle, err // every read wakes this step
	}
	d.mu.Lock()
	d.openAt = now
	d.mu.Unlock()
	return &open[0], 0, nil
}

// touched gives an order that a webhook has marked and that a whole read since
// then did not show. Many of them are first worth a pass, which costs less.
func (d *Desk) touched(
	ctx context.Context, account int64, later map[storage.OrderKey]time.Time,
) (*storage.Order, error) {
	list, err := d.company.Store.OrdersTouched(ctx, d.company.ID, account, len(later)+fewTouched+1)
	if list = without(list, later); err != nil || len(list) == 0 {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	oldest, f := &list[0], &d.feed
	survived, begun := f.readDone, f.lastRead
	if len(list) > fewTouched && oldest.TouchedAt.Before(survived) {
		survived, begun = f.passDone, f.lastPass
		f.passNow = f.passNow || !oldest.TouchedAt.Before(begun)
	}
	if oldest.TouchedAt.Before(survived) {
		return oldest, nil
	}
	if !oldest.TouchedAt.Before(begun) { // no such read is under way
		f.tickNow = true
		d.reader.Wake()
	}
	return nil, nil
}

// An asker says for whose sake an order is asked for by its id.
type asker int

// For the desk's own sake an order that is not there is gone only once much else
// speaks for it. A person's word confirms it, whatever else is.
const (
	askedByDesk asker = iota
	askedByPerson
)

// refresh asks the shop for one order by its id and lets the answer take effect.
func (d *Desk) refresh(ctx context.Context, o *storage.Order, by asker) (storage.Order, error) {
	began := time.Now()
	asOf, _ := d.company.ShopTime()
	body, read, err := d.fetch(ctx, o.InSalesID)
	missing := problem.NotThere(err)
	if err == nil && !ofAccount(body, o) {
		// another shop's order: it says nothing of ours
		err = feed.OtherAccount(o.AccountID, body.AccountID)
	}
	if err != nil && !missing {
		return *o, err
	}
	if missing && by == askedByDesk && !d.readLately(began) {
		return *o, d.touch(ctx, o.Key) // asked again right after the read that this causes
	}
	sure := by == askedByPerson || !missing || d.surelyMissing(ctx, o)
	var seen *observed
	var after storage.Order
	err = d.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		seen = &observed{desk: d, began: began, asOf: asOf, asked: true}
		if !missing {
			if err := seen.observe(tx, body, read); err != nil {
				return err
			}
		}
		known, err := tx.Order(o.Key)
		if err != nil {
			return err
		}
		after = known
		if missing || body.Archived {
			err = seen.gone(tx, &after, read, sure, by)
		}
		return err
	})
	if err != nil {
		return *o, err
	}
	seen.done(ctx)
	return after, nil
}

// readLately reports whether the shop has shown its feed just before: a shop
// that knows nothing at all must not make every order disappear.
func (d *Desk) readLately(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return now.Sub(d.feed.readDone) < tickIsFresh
}

// touch marks an order as a webhook does, and has the feed read.
func (d *Desk) touch(ctx context.Context, key storage.OrderKey) error {
	err := d.company.Update(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(key)
		if err != nil || !o.TouchedAt.IsZero() {
			return err
		}
		o.TouchedAt = time.Now()
		return put(tx, &o)
	})
	d.tick()
	return err
}

// surelyMissing asks for another order of ours, and then once more for this one:
// a shop that has lost all of them, if only for a while, has not deleted it.
// Without another one nothing is certain.
func (d *Desk) surelyMissing(ctx context.Context, o *storage.Order) bool {
	if o.GoneAt.IsZero() {
		return true // nothing is decided by this answer
	}
	c := d.company.Settings()
	other, err := d.company.Store.OrderThere(ctx, d.company.ID, c.AccountID, o.Key)
	if err != nil {
		return false
	}
	body, _, err := d.fetch(ctx, other.InSalesID)
	if err != nil || !ofAccount(body, &other) {
		return false
	}
	_, _, err = d.fetch(ctx, o.InSalesID)
	return problem.NotThere(err)
}

// ofAccount reports whether a body may be of the account that the order is in.
func ofAccount(body insales.Order, o *storage.Order) bool {
	return body.AccountID == 0 || body.AccountID == o.AccountID
}

// noteAsked notes that an order was asked for by its id. One that has ended is asked
// for again when twice the time has passed since its end: so a late change is
// known in the time that it was late, for six requests in all.
func noteAsked(o *storage.Order, now time.Time) {
	o.AskedAt, o.LookAt = now, time.Time{}
	if !o.Final || o.Status == nil {
		return
	}
	if ended := now.Sub(o.Status.ChangedAt); ended < finalFor {
		o.LookAt = now.Add(max(ended, openEvery))
	}
}

// gone notes that an order that was just asked for is archived or deleted, and
// lets the chat know once that is certain: it is gone for long enough, not one
// of many, and the shop is its old self. A final status stands.
func (v *observed) gone(tx *storage.Tx, o *storage.Order, read int64, sure bool, by asker) error {
	now := time.Now()
	o.TouchedAt = time.Time{}
	noteAsked(o, now)
	if o.Final {
		return put(tx, o)
	}
	if o.GoneAt.IsZero() {
		o.GoneAt = now
		o.AddNotice(storage.Problem{Code: problem.NoticeStatusGone})
		return put(tx, o, storage.Event{At: now, Kind: storage.EventGone})
	}
	if now.Sub(o.GoneAt) < goneFor || !sure || o.Status == nil {
		return put(tx, o)
	}
	if n, err := tx.CountGone(v.desk.company.ID, o.AccountID, now.Add(-goneFor)); err != nil ||
		n > fewGone && by == askedByDesk {
		return errors.Join(err, put(tx, o))
	}
	status := *o.Status
	status.Status = ineedchat.StatusCancelled
	v.setStatus(o, status, storage.Seen{UpdatedAt: o.Seen.UpdatedAt, Read: read})
	return put(tx, o, storage.Event{At: now, Kind: storage.EventSeen, Args: map[string]string{"status": status.Status}})
}

// RefreshNow asks the shop for an order because a person wants to know. If it is
// gone for long enough, the person's wish is what confirms it.
func (d *Desk) RefreshNow(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	o, err := d.change(ctx, key, ActionRefresh, by, func(tx *storage.Tx, o *storage.Order) error {
		return put(tx, o, acted(ActionRefresh, by))
	})
	if err != nil {
		return o, err
	}
	after, err := d.refresh(ctx, &o, askedByPerson)
	if stop, ok := errors.AsType[*feed.Stop](err); ok {
		return o, &problem.Refused{Problem: stop.Problem}
	}
	if _, ok := errors.AsType[*insales.Error](err); ok {
		return o, &problem.Refused{Problem: problem.OfShop(err)}
	}
	return after, err
}

// ReportAgain has a parked or pending report sent at once, also while the chat
// has asked us to wait.
func (d *Desk) ReportAgain(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d.holdReports(time.Time{})
	return d.change(ctx, key, ActionReport, by, func(tx *storage.Tx, o *storage.Order) error {
		o.Report = storage.Report{DueAt: time.Now()}
		return put(tx, o, acted(ActionReport, by))
	})
}
