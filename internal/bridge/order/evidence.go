package order

import (
	"context"
	"errors"
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/feed"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A list is no evidence of what it does not show, unless it shows what we know
// to be there. A shop whose index is being rebuilt, a page that was cut short, a
// cache of yesterday or another account answer 200 too, and believing them would
// create orders a second time. So a pass that ends is believed only if
//
//   - each order of ours that must be in it was in it (see storage.MissOrders), or
//     is gone when it is asked for by its id,
//   - and, where much depends on it (an order is to be proven absent, or the first
//     pass is to let orders go), it has shown at least one order of ours, or the
//     list does so on being asked for one, and it has shown no fewer than the shop
//     counts.
//
// What contradicts the list leaves the pass as it was: nothing is proven, the
// floor stays, and it goes on from the first order that it lacks, so that it ends
// by itself once the list is right.
//
// Some contradictions have no witness: the shop counts more than it lists, or fails on
// every request for one order. Nobody can tell which of its two answers is the wrong
// one, and the orders of the company must not wait for ever. So after goneFor such a
// pass is let through, and called blind: the floor moves and orders leave again, but
// what is in doubt is not sent a second time, and goes to a person.
const (
	// So many of the orders that the list lacks are asked for by their id. If these,
	// which stand all over the list, are gone, the others are taken to be gone too.
	mostAsked = 20

	// So many orders of ours are tried to make the list show one.
	mostWitnesses = 3

	// No order is changed so long after the shop's time now: a count of such orders that
	// finds any takes no filter.
	farFuture = 48 * time.Hour
)

// miss marks in the store the orders of ours that a page lacks although their place is
// in the stretch that it is to show.
func (r *reading) miss(tx *storage.Tx, c storage.Company, step feed.Step) error {
	if r.walk.Kind == feed.Tick || c.AccountID == 0 {
		return nil
	}
	return tx.MissOrders(c.ID, c.AccountID, r.walk.Cursor, step.To, step.Until, step.Shown)
}

// news leaves out the order that a pass begins with only because what was read before
// ended with it. It is no news, but that the list shows it is evidence.
func (r *reading) news(
	tx *storage.Tx, c storage.Company, seen *observed, orders []insales.Order,
) ([]insales.Order, error) {
	if len(orders) == 0 || !r.walk.Repeats(orders[0]) {
		return orders, nil
	}
	ours, err := tx.Mapped(c.ID, c.AccountID, orders[0].ID)
	if ours {
		seen.ours++
	}
	return orders[1:], err
}

// verify fails unless the list that was walked through can be believed. It asks the
// shop as little as it must: for the orders of ours that were not shown, and, unless
// little depends on this pass, for the count and for a witness.
func (r *reading) verify(ctx context.Context) error {
	missed, err := r.desk.company.Store.OrdersMissed(ctx, r.desk.company.ID, mostAsked)
	if err != nil {
		return err
	}
	anyGone, from := false, r.walk.Feed.Floor
	from.FromID = max(from.FromID-1, 0) // what stands at the floor is shown once more
	for i := range missed {
		gone, err := r.absence(ctx, &missed[i], from, r.walk.Closed())
		if err != nil {
			return err
		}
		anyGone = anyGone || gone
	}
	calm, err := r.calm(ctx)
	if err != nil {
		return err
	}
	if !calm {
		if err := r.count(ctx); err != nil {
			return err
		}
	}
	if !r.shown && (anyGone || !calm) {
		if err := r.testify(ctx, anyGone); err != nil {
			return err
		}
	}
	if !r.odd {
		r.desk.mu.Lock()
		r.desk.feed.oddAt = time.Time{}
		r.desk.mu.Unlock()
	}
	return nil
}

// calm reports whether little depends on this pass: no order is to be proven absent,
// and either an earlier pass has opened the gate, or there is no order that could be
// sent or that could have been.
func (r *reading) calm(ctx context.Context) (bool, error) {
	r.desk.mu.Lock()
	complete, proving := r.desk.feed.complete, len(r.desk.doubts) > 0
	r.desk.mu.Unlock()
	if complete || proving {
		return !proving, nil
	}
	waiting, err := r.desk.company.Store.OrdersToSend(ctx, r.desk.company.ID, time.Now().Add(storage.MaxDelay), 1)
	if err != nil || len(waiting) > 0 {
		return false, err
	}
	c := r.desk.company.Settings()
	mapped, err := r.desk.company.Store.Witnesses(ctx, r.desk.company.ID, c.AccountID, r.walk.Asked, 1)
	return len(mapped) == 0, err
}

// absence asks for an order by its id that the list does not show, and looks for an
// explanation: the order is gone, it is in the trash, or its place is not between from
// and until any more. It fails if there is none, because then the list is wrong.
func (r *reading) absence(
	ctx context.Context, o *storage.Order, from storage.Cursor, until time.Time,
) (gone bool, err error) {
	desk, began := r.desk, time.Now()
	asOf, _ := desk.company.ShopTime()
	body, read, err := desk.fetch(ctx, o.InSalesID)
	var e *insales.Error
	switch {
	case problem.NotThere(err):
		if o.Key.ID == "" || time.Since(o.SentAt) < r.desk.provenAfter() {
			return true, nil // it is none of ours, or may be visible later
		}
		return true, desk.touch(ctx, o.Key) // whether it is gone for good is found out as ever
	case errors.As(err, &e) && e.Status/100 == 2 && r.walk.Nameless > 0:
		return false, nil // it is one of those that cannot be read
	case errors.As(err, &e) && !e.Limited && (e.Status >= 500 || e.Status/100 == 2):
		return false, r.contradicts() // one order that can never be asked for must not hold up all for ever
	case err != nil:
		return false, err
	case !ofAccount(body, o):
		return false, feed.OtherAccount(o.AccountID, body.AccountID)
	}
	var seen *observed
	err = desk.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		seen = &observed{desk: desk, began: began, asOf: asOf, asked: true}
		return seen.observe(tx, body, read)
	})
	if err != nil {
		return false, err
	}
	seen.done(ctx)
	at := storage.Cursor{UpdatedSince: body.UpdatedAt, FromID: body.ID}
	if body.Archived || !at.After(from) || !at.UpdatedSince.Before(until) {
		return false, nil
	}
	return false, r.lacks(ctx, at)
}

// lacks gives the reason that the list does not show an order of ours that is there. A
// list that leaves out the very second that it is asked from does not show the order
// with which it is asked to begin. Whether it is such a list is found out before that
// counts against it: it does not show the order when it is asked from its own second,
// and does when it is asked from the second before. Then this reading fails, and the
// next one asks as such a list has to be asked.
func (r *reading) lacks(ctx context.Context, at storage.Cursor) error {
	if r.walk.Habit.Exclusive {
		return feed.Lacks(at.FromID)
	}
	shown := func(h feed.Habit) (bool, error) {
		page, err := r.askAs(ctx, h, storage.Cursor{UpdatedSince: at.UpdatedSince, FromID: at.FromID - 1})
		return slices.ContainsFunc(page.Orders, func(o insales.Order) bool { return o.ID == at.FromID }), err
	}
	own, err := shown(r.walk.Habit)
	before := false
	if err == nil && !own {
		before, err = shown(feed.Habit{Exclusive: true})
	}
	if err != nil {
		return err
	}
	if before {
		r.desk.company.Log.Warn("the shop's list leaves out the second that it is asked from", "insales_id", at.FromID)
		r.desk.mu.Lock()
		r.desk.feed.exclusive = true
		r.desk.mu.Unlock()
	}
	return feed.Lacks(at.FromID)
}

// testify has the list show an order that must be in it: one of ours, or, if there is
// none and the list was empty, the last one that it ever showed. anyGone tells that an
// order of ours was found to be gone already, so that the shop may have lost them all.
func (r *reading) testify(ctx context.Context, anyGone bool) error {
	c := r.desk.company.Settings()
	list, err := r.desk.company.Store.Witnesses(ctx, r.desk.company.ID, c.AccountID,
		r.walk.Closed(), mostWitnesses)
	if err != nil {
		return err
	}
	if last := r.walk.Feed.Position; len(list)+r.walk.Rows == 0 && last.FromID != 0 {
		stranger := storage.Order{AccountID: c.AccountID, InSalesID: last.FromID}
		stranger.Seen.UpdatedAt = last.UpdatedSince
		list = []storage.Order{stranger}
	}
	for i := range list {
		shown, gone, err := r.shows(ctx, &list[i])
		if err != nil {
			return err
		}
		if shown {
			return nil
		}
		anyGone = anyGone || gone
	}
	switch {
	case anyGone:
		return r.remembers(ctx)
	case len(list) == 0 && r.walk.Rows == 0:
		return r.showsAnything(ctx)
	}
	return nil
}

// shows asks the list for an order at its place, and if it is not there for itself.
func (r *reading) shows(ctx context.Context, o *storage.Order) (shown, gone bool, err error) {
	from := storage.Cursor{UpdatedSince: o.Seen.UpdatedAt, FromID: o.InSalesID - 1}
	asked, _ := r.desk.company.ShopTime()
	page, err := r.askBeside(ctx, from)
	if err != nil {
		return false, false, err
	}
	if slices.ContainsFunc(page.Orders, func(p insales.Order) bool { return p.ID == o.InSalesID }) {
		return true, false, nil
	}
	until := r.walk.Habit.Closed(asked)
	if page.Full() { // if the order was changed, it may stand further down
		until = earlier(until, from.UpdatedSince.Add(time.Millisecond))
	}
	gone, err = r.absence(ctx, o, from, until)
	return false, gone, err
}

// count fails if the shop counts more orders, from where this reading began, than the
// reading was shown. That the shop's count takes the same filters as its list is
// inferred. So it is put to the test before it is believed: a count that finds orders
// changed in the far future takes no filter, and says nothing.
func (r *reading) count(ctx context.Context) error {
	since, rows := r.walk.Start.UpdatedSince, r.walk.Rows
	if r.walk.Start.FromID > 0 {
		since, rows = since.Add(time.Millisecond), r.walk.RowsAfter
	}
	n, err := r.desk.countOrders(ctx, since)
	if err != nil || n <= int64(rows) {
		return err
	}
	page, err := r.askBeside(ctx, r.walk.Cursor) // what has been added since the last page
	if err == nil {
		err = r.walk.Overlooked(page, r.walk.Cursor)
	}
	if err != nil || page.Full() || n <= int64(rows+page.Len) {
		return err
	}
	if n, err = r.desk.countOrders(ctx, r.walk.Asked.Add(farFuture)); err != nil || n > 0 {
		return err
	}
	return r.contradicts()
}

// contradicts notes that the list lacks what the shop says elsewhere that it has. If
// that lasts, the feed goes on, but such a list proves no absence (blind).
func (r *reading) contradicts() error {
	r.blind = true
	return r.oddFor(goneFor)
}

// oddFor notes that two things which the shop says do not fit together, and that
// nothing tells which of them is right. It fails until this has lasted for so long, and
// so keeps the list from being believed until then.
func (r *reading) oddFor(lasts time.Duration) error {
	desk := r.desk
	r.odd = true
	desk.mu.Lock()
	defer desk.mu.Unlock()
	if desk.feed.oddAt.IsZero() {
		desk.feed.oddAt = time.Now()
	}
	if time.Since(desk.feed.oddAt) < lasts {
		return feed.Lacks(0)
	}
	return nil
}

// remembers fails for a while if the shop, which does not know our orders any more,
// has no orders at all: it may have been emptied, or it may have lost its memory for a
// moment only. While an order is in doubt it waits longer.
func (r *reading) remembers(ctx context.Context) error {
	desk := r.desk
	c, shop := desk.company.Snapshot()
	if err := desk.sameAccount(ctx, c, shop); err != nil {
		return err
	}
	if n, err := desk.countOrders(ctx, time.Time{}); err != nil || n > 0 {
		return err
	}
	desk.mu.Lock()
	proving := len(desk.doubts) > 0
	desk.mu.Unlock()
	if proving {
		return r.oddFor(goneFor)
	}
	return r.oddFor(provenApart)
}

// showsAnything fails if the list has shown nothing so far and does not even show,
// when it is asked for all, the oldest of the orders that the shop counts.
func (r *reading) showsAnything(ctx context.Context) error {
	if n, err := r.desk.countOrders(ctx, time.Time{}); err != nil || n == 0 {
		return err
	}
	beforeInSales := storage.Cursor{UpdatedSince: time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)}
	page, err := r.askBeside(ctx, beforeInSales)
	switch {
	case err != nil:
		return err
	case page.Len == 0:
		return feed.Lacks(0)
	}
	return r.walk.Overlooked(page, r.walk.Start)
}

// askBeside asks for a page of the feed beside the walk. What the page shows takes effect,
// as it does wherever it comes from: the list may have begun to tell the truth just
// now, and the order that was about to be proven absent may stand on this very page. If
// an order is recognised here by its marker, the walk did not see it, and this fails.
func (r *reading) askBeside(ctx context.Context, from storage.Cursor) (insales.Page, error) {
	return r.askAs(ctx, r.walk.Habit, from)
}

// askAs is askBeside for a shop of a habit. A page that shows again what stands before
// from is asked for as large as can be.
func (r *reading) askAs(ctx context.Context, habit feed.Habit, from storage.Cursor) (insales.Page, error) {
	desk, size := r.desk, insales.SmallestPage
	if habit.Exclusive {
		from, size = habit.AskedFrom(from), r.desk.pageSize()
	}
	c, shop := desk.company.Snapshot()
	var number int64
	var began, asOf time.Time
	page, err := company.Ask(ctx, shop, insales.Reading,
		func(ctx context.Context, p *insales.Permit) (insales.Page, error) {
			number, began = desk.office.nextRead(), time.Now()
			asOf, _ = shop.ShopTime()
			return shop.Orders(ctx, p, from.UpdatedSince, from.FromID, size)
		})
	if err != nil {
		return page, err
	}
	if stop := feed.Distrust(c.AccountID, page); stop != nil {
		return page, stop
	}
	var seen *observed
	err = desk.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		if r.stale() {
			return storage.ErrStale
		}
		seen = &observed{desk: desk, began: began, asOf: asOf}
		return seen.page(tx, page.Orders, number)
	})
	if err != nil {
		return page, err
	}
	seen.done(ctx)
	if len(seen.adopted) > 0 {
		return page, feed.Lacks(0)
	}
	return page, nil
}

// countOrders asks how many orders were changed at since or later; zero means all.
func (d *Desk) countOrders(ctx context.Context, since time.Time) (int64, error) {
	shop := d.company.Shop()
	return company.Ask(ctx, shop, insales.Reading, func(ctx context.Context, p *insales.Permit) (int64, error) {
		if since.IsZero() {
			return shop.Count(ctx, p, insales.Orders)
		}
		return shop.CountOrders(ctx, p, since)
	})
}
