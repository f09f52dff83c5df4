package order

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/feed"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A reading asks for page after page. What a page shows and the place behind it are
// stored in one transaction, so that a crash loses neither and repeats little: the pass
// that was interrupted goes on at the next start. The page that ends a reading brings in
// the same transaction what the end means, if nothing has to be asked for that. Where a page leads is decided by
// package feed before anything is stored; whether the whole list is to be believed is
// decided at its end, in evidence.go; and what a believed pass proves is drawn from it
// in proof.go. What a page shows takes effect in any case: each body is the shop's own
// word on one order, whatever the list may lack.

// read reads the feed once: a pass from the floor to a page that leads no further, or
// a tick from where the last read ended to a page of few orders. After a pass that is
// believed it settles the doubts about orders that the pass did not show.
//
// A read during which the gate was shut (another shop, key or floor) ends with
// storage.ErrStale: what it has seen of one feed proves nothing of another.
func (d *Desk) read(ctx context.Context, kind feed.Kind) error {
	began := time.Now()
	d.mu.Lock()
	r := &reading{desk: d, walk: feed.Walk{Kind: kind}, shuts: d.feed.shuts}
	d.mu.Unlock()
	err := r.all(ctx)
	d.mu.Lock()
	d.feed.pace.Spend(r.pages)
	if err == nil {
		d.feed.readDone, d.feed.notedAt = began, r.noted
	} else {
		d.feed.stored = nil // a pass that is not believed goes back
	}
	var begun time.Time
	switch {
	case err == nil && d.feed.shuts != r.shuts:
		err = storage.ErrStale
	case err == nil && r.walk.Kind == feed.Pass:
		begun = d.feed.passBegun
		d.feed.passDone = began
		d.feed.perPage = min(2*cmp.Or(d.feed.perPage, insales.PageSize), insales.PageSize)
		d.feed.complete, d.feed.passBegun, d.feed.lastPages = true, time.Time{}, r.pages
	case err != nil && r.walk.Kind == feed.Pass:
		d.feed.lastPass = time.Time{} // it goes on as soon as the next read may begin
	}
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return d.prove(ctx, begun, r.blind)
}

// all reads page after page to the end. A pass ends only once it is believed.
func (r *reading) all(ctx context.Context) error {
	if err := r.desk.identify(ctx); err != nil {
		return err
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = r.page(ctx); err != nil {
			return err
		}
	}
	switch {
	case r.walk.Stop != nil:
		return r.walk.Stop
	case r.walk.Kind == feed.Pass && !r.concluded:
		return r.conclude(ctx)
	}
	return nil
}

// A reading is one tick or pass under way. Only the reader's one worker touches it;
// what others may look at is in the desk's feedState.
type reading struct {
	desk  *Desk
	walk  feed.Walk // how far it has come
	shuts int       // how often the gate had been shut when it began
	pages int       // how many pages were asked for

	// What the commit that ends it has brought beside what the shop has shown.
	concluded bool      // the pass is believed, and the floor moved
	noted     time.Time // when it was last stored that the feed was read

	// Whether the list can be believed, beside what the walk tells of it.
	shown bool // some page has shown an order of ours
	odd   bool // what the shop has said did not fit together
	blind bool // the list lacks what the shop says it has: it proves no absence
}

// open finds out where to begin, and forgets which orders a pass lacked that was
// dropped. A tick goes on from where this desk knows that the last read has ended: it
// does not wait for the writer, which may be at the mark of the webhook that asks for it.
func (r *reading) open(ctx context.Context) error {
	now, _ := r.desk.company.ShopTime()
	c, habit, kind := r.desk.company.Settings(), r.desk.habit(), r.walk.Kind
	begin := func(stored storage.Feed) feed.Walk {
		return feed.Begin(stored, kind, habit, c.Orders.MaxAge, now, time.Now())
	}
	r.desk.mu.Lock()
	stored := r.desk.feed.stored
	r.desk.mu.Unlock()
	if stored != nil && kind == feed.Tick {
		if r.walk = begin(*stored); r.walk.Kind == feed.Tick {
			return nil
		}
	}
	err := r.desk.company.Update(ctx, func(tx *storage.Tx) error {
		stored, err := tx.Feed(r.desk.company.ID)
		if err != nil {
			return err
		}
		if r.walk = begin(stored); !r.walk.Fresh {
			return nil
		}
		return tx.ForgetMissed(r.desk.company.ID)
	})
	if err != nil || r.walk.Kind == feed.Tick {
		return err
	}
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	r.desk.feed.lastPass = time.Now()
	if r.walk.Fresh {
		r.desk.feed.passBegun = r.desk.feed.lastPass
	}
	return nil
}

// A feedPage is one page of the feed, and how it was asked for.
type feedPage struct {
	insales.Page
	settings storage.Company // as they belong to the shop that was asked
	number   int64           // of the read; of two pages the higher one tells of the later state
	began    time.Time       // when the request was about to leave
	asked    time.Time       // the shop's time then: the page may show the shop as it was, however late it comes
}

// page reads the next page and stores its effects together with the position
// behind it, in one transaction: a crash leaves either both or neither. A page
// that was asked for when the program is stopped is still read, so that it need
// not be asked for again.
func (r *reading) page(ctx context.Context) (more bool, err error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	c, shop := r.desk.company.Snapshot()
	permit, err := shop.Window().Take(ctx, insales.Reading)
	if err != nil {
		return false, err
	}
	ctx, cancel := r.desk.company.Finishing(ctx)
	defer cancel()
	page := feedPage{settings: c, number: r.desk.office.nextRead(), began: time.Now()}
	page.asked, _ = shop.ShopTime()
	// Until the page is stored: only so much of all shops fits into memory.
	held, leave := r.desk.company.LargeAnswers.Hold(ctx)
	defer leave()
	size := r.desk.pageSize()
	from := r.walk.AskedFrom()
	page.Page, err = shop.Orders(held, permit, from.UpdatedSince, from.FromID, size)
	if errors.Is(err, insales.ErrTooLarge) && size > insales.SmallestPage {
		r.pages++
		r.desk.setPageSize(size / 2)
		return true, nil
	}
	if err != nil {
		return false, err
	}
	r.pages++
	if n := len(page.Unreadable); n > 0 {
		first := page.Unreadable[0]
		r.desk.company.Log.Warn("orders of the shop that cannot be read", "orders", n, "first", first.ID,
			"reason", first.Reason)
	}
	step, err := r.walk.Step(page.settings.AccountID, page.Page, page.asked)
	if err != nil {
		return false, err
	}
	return step.More, r.store(ctx, page, step)
}

// store lets the orders of a page take effect, keeps the position behind it, and goes
// on from there. With the page that ends the reading it keeps that, too, unless the shop
// has to be asked first whether the pass can be believed. A crash before the commit leaves
// nothing of the page, nor of the end that rests on it, and the page is read again; one
// after it leaves both. There is no moment in which the floor has moved past an order
// whose effect is not stored.
func (r *reading) store(ctx context.Context, page feedPage, step feed.Step) error {
	var seen *observed
	var end ending
	err := r.desk.company.Update(ctx, func(tx *storage.Tx) error {
		if r.stale() {
			return storage.ErrStale
		}
		if err := r.miss(tx, page.settings, step); err != nil {
			return err
		}
		seen = &observed{desk: r.desk, began: page.began, asOf: page.asked}
		news, err := r.news(tx, page.settings, seen, page.Orders)
		if err != nil {
			return err
		}
		if err := seen.page(tx, news, page.number); err != nil {
			return err
		}
		end, err = r.end(tx, step)
		return err
	})
	if err != nil {
		return err
	}
	r.walk, r.concluded, r.noted = step.Walk, end.concluded, end.noted
	r.shown = r.shown || seen.ours > 0
	r.desk.keepFeed(r.shuts, end.feed)
	seen.done(ctx)
	return nil
}

// pageSize is how many orders are asked for at once: as many as can be had, unless so
// many were more than an answer may hold, or more than a probe saw the shop give. A
// pass that went through lets it grow again.
func (d *Desk) pageSize() int {
	learnt := d.company.Settings().Learnt
	d.mu.Lock()
	defer d.mu.Unlock()
	return company.PageSize(learnt, cmp.Or(d.feed.perPage, insales.PageSize))
}

// habit is what is known of how the shop gives its list: what a probe has found, and
// what the reader itself has met.
func (d *Desk) habit() feed.Habit {
	learnt := d.company.Settings().Learnt
	d.mu.Lock()
	defer d.mu.Unlock()
	return feed.Habit{Exclusive: d.feed.exclusive || company.FeedExclusive(learnt), Late: company.FeedDelay(learnt)}
}

// setPageSize says how many orders are asked for at once from now on.
func (d *Desk) setPageSize(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feed.perPage = min(max(n, insales.SmallestPage), insales.PageSize)
}

// stale reports whether the gate was shut since the read began. Asked inside a
// transaction it keeps a page of the old feed from overwriting the new floor.
func (r *reading) stale() bool {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	return r.desk.feed.shuts != r.shuts
}

// identify makes sure, before anything is read, that we know the shop's time
// and that the account behind the settings is the one the company is bound to.
// A key without the right to the shop's settings cannot tell; then the orders
// themselves do.
func (d *Desk) identify(ctx context.Context) error {
	c, shop := d.company.Snapshot()
	d.mu.Lock()
	known := d.feed.complete
	d.mu.Unlock()
	if _, ok := shop.ShopTime(); ok && known && !shop.ClockLeaps() {
		return nil
	}
	if err := d.sameAccount(ctx, c, shop); err != nil {
		return err
	}
	if _, ok := shop.ShopTime(); !ok {
		return fmt.Errorf("the shop's answers tell no time: %w", problem.ErrClock)
	}
	if shop.ClockLeaps() {
		return fmt.Errorf("the shop's answers tell of a wholly other time than before: %w", problem.ErrClock)
	}
	return nil
}

// sameAccount asks which account is behind the settings, and binds a company
// that has none.
func (d *Desk) sameAccount(ctx context.Context, c storage.Company, shop *insales.Client) error {
	account, err := company.Ask(ctx, shop, insales.Reading, shop.Account)
	if err != nil && !problem.Forbidden(err) {
		return err
	}
	switch {
	case account.ID == 0 || account.ID == c.AccountID:
	case c.AccountID != 0:
		return feed.OtherAccount(c.AccountID, account.ID)
	default:
		d.company.LearnOf(ctx, c.Shop, func(c *storage.Company) { c.AccountID = cmp.Or(c.AccountID, account.ID) })
	}
	return nil
}
