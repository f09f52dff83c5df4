package order

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A feedStop is a reason not to trust the feed: nothing is proven or sent
// until a pass goes through without it.
type feedStop struct{ problem storage.Problem }

// Error names the reason, for the log.
func (f *feedStop) Error() string { return "the feed cannot be trusted: " + f.problem.Code }

// read reads the feed once: a pass from the floor to an empty page, or a tick
// from where the last read ended to a page that is not full. After a pass that is
// believed it settles the doubts about orders that the pass did not show.
//
// A read during which the gate was shut (another shop, key or floor) ends with
// storage.ErrStale: what it has seen of one feed proves nothing of another.
func (d *Desk) read(ctx context.Context, pass bool) error {
	began := time.Now()
	d.mu.Lock()
	r := &reading{desk: d, pass: pass, shuts: d.feed.shuts}
	d.mu.Unlock()
	err := r.all(ctx)
	d.mu.Lock()
	d.feed.pace.spend(r.pages)
	if err == nil {
		d.feed.readDone = began
	}
	var begun time.Time
	switch {
	case err == nil && d.feed.shuts != r.shuts:
		err = storage.ErrStale
	case err == nil && r.pass:
		begun = d.feed.passBegun
		d.feed.passDone = began
		d.feed.perPage = min(2*cmp.Or(d.feed.perPage, insales.PageSize), insales.PageSize)
		d.feed.complete, d.feed.passBegun, d.feed.lastPages = true, time.Time{}, r.pages
	case err != nil && r.pass:
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
	case r.stop != nil:
		return r.stop
	case r.pass:
		return r.conclude(ctx)
	}
	return nil
}

// A reading is one tick or pass under way. Only the reader's one worker touches it;
// what others may look at is in the desk's feedState.
type reading struct {
	desk   *Desk
	pass   bool           // a pass; else a tick
	shuts  int            // how often the gate had been shut when it began
	pages  int            // how many pages were asked for
	feed   storage.Feed   // as it is stored now
	start  storage.Cursor // where a pass goes on: the last order before it is shown once more
	cursor storage.Cursor // where the next page is asked for
	stop   *feedStop      // why the feed cannot be trusted: position and floor stay where they are

	// What the pages have shown, as evidence of whether the list can be believed.
	asked     time.Time // the shop's time when the newest page was asked for
	shown     bool      // some page has shown an order of ours
	rows      int       // how many rows the pages had
	rowsAfter int       // how many of these were changed later than in the start's second
	nameless  int       // how many of these had no id that could be read
	odd       bool      // what the shop has said did not fit together
	blind     bool      // the list lacks what the shop says it has: it proves no absence
}

// open finds out where to begin. A company that was never read begins with a
// pass, at the oldest order that could still be sent without a person; so does
// one whose max_age has become longer than it was ever read for. A pass that was
// interrupted, if only by the end of the program, goes on where it was.
func (r *reading) open(ctx context.Context) error {
	now, _ := r.desk.company.ShopTime()
	c := r.desk.company.Settings()
	err := r.desk.company.Update(ctx, func(tx *storage.Tx) (err error) {
		if r.feed, err = tx.Feed(r.desk.company.ID); err != nil {
			return err
		}
		if c.Orders.MaxAge > r.feed.MaxAge {
			r.feed.MaxAge = c.Orders.MaxAge
			r.feed.Rewind(now.Add(-c.Orders.MaxAge - ageMargin))
			r.pass = true
		}
		if recall(&r.feed, now) {
			r.pass = true
		}
		if !r.pass || !r.feed.PassBegin.IsZero() {
			return nil
		}
		return tx.ForgetMissed(r.desk.company.ID) // of a pass that was dropped
	})
	if err != nil {
		return err
	}
	if !r.pass {
		r.cursor = r.feed.Position
		return nil
	}
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	r.desk.feed.lastPass = time.Now()
	if r.feed.PassBegin.IsZero() { // else an interrupted pass goes on and keeps its begin
		r.feed.PassBegin, r.feed.Pass = now, r.feed.Floor
		r.desk.feed.passBegun = r.desk.feed.lastPass
	}
	r.start = r.feed.Pass
	if r.cursor = r.start; r.cursor.FromID > 0 {
		r.cursor.FromID-- // a list that does not even show what was read last is not believed
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
	held, leave := r.desk.company.LargeAnswers.Hold(ctx) // until the page is stored: so much of all shops fits into memory
	defer leave()
	size := r.desk.pageSize()
	page.Page, err = shop.Orders(held, permit, r.cursor.UpdatedSince, r.cursor.FromID, size)
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
	next, err := r.walk(page)
	if err != nil {
		return false, err
	}
	return next.more, r.store(ctx, page, next)
}

// A pageStep is where a page leads a reading.
type pageStep struct {
	from storage.Cursor // where the page was asked for
	more bool           // another page follows
	keep bool           // feed is stored with the page
	feed storage.Feed
}

// walk decides where a page leads, and takes the reading there. It asks and stores
// nothing.
func (r *reading) walk(page feedPage) (pageStep, error) {
	r.asked = page.asked
	r.tally(page.Page)
	next := pageStep{from: r.cursor}
	to := advance(r.cursor, page.Page, page.asked)
	moved := to.After(r.cursor) && to.After(r.start)
	if page.Full() && !moved {
		return next, &feedStop{storage.Problem{Code: problem.FeedStuck}}
	}
	if r.stop == nil {
		r.stop = distrust(page.settings, page.Page)
	}
	r.cursor = to
	// What cannot be read at the end of the feed comes again on every page: a
	// pass has reached the end when nothing else comes.
	next.more = page.Full() || r.pass && moved
	next.feed = r.behind(to, page.asked)
	next.keep = r.stop == nil && (next.more || !r.pass) // where a pass ends is stored once it is believed
	return next, nil
}

// store lets the orders of a page take effect, and keeps the position behind it.
func (r *reading) store(ctx context.Context, page feedPage, next pageStep) error {
	var seen *observed
	err := r.desk.company.Update(ctx, func(tx *storage.Tx) error {
		if r.stale() {
			return storage.ErrStale
		}
		if err := r.miss(tx, page.settings, page.Page, next.from, next.more); err != nil {
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
		if !next.keep || next.feed == r.feed {
			return nil
		}
		return tx.PutFeed(next.feed)
	})
	if err != nil {
		return err
	}
	if next.keep {
		r.feed = next.feed
	}
	r.shown = r.shown || seen.ours > 0
	seen.done(ctx)
	return nil
}

// pageSize is how many orders are asked for at once: as many as can be had,
// unless so many were more than an answer may hold. A pass that went through
// lets it grow again.
func (d *Desk) pageSize() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cmp.Or(d.feed.perPage, insales.PageSize)
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

// advance gives the cursor behind a page. The cursor never goes back, whatever the
// page shows. Orders at the end of the page that are dated in the future, or long
// before what was asked for, do not move it unless the page has no others: a single
// wrong time must not hide what stands behind it.
func advance(from storage.Cursor, page insales.Page, asked time.Time) storage.Cursor {
	if len(page.Orders) == 0 {
		return from
	}
	o := page.Orders[len(page.Orders)-1]
	for _, dated := range slices.Backward(page.Orders) {
		if !dated.UpdatedAt.After(asked.Add(company.OpenSecond)) && from.UpdatedSince.Sub(dated.UpdatedAt) < ageMargin {
			o = dated
			break
		}
	}
	if to := (storage.Cursor{UpdatedSince: o.UpdatedAt, FromID: o.ID}); to.After(from) {
		return to
	}
	return from
}

// recall brings a feed back to the present that claims to have been read until later
// than the shop's time now, and reports whether it did so. That happens if the shop's
// clock was set back, or if it told a wrong time when the feed was stored. Up to the
// moment when a clock was set back everything was read, so the present is enough. But
// a clock that has leapt over days may never have told the time that the floor was
// made of, so that whatever may still be sent is looked for anew.
func recall(f *storage.Feed, now time.Time) bool {
	latest, present := now.Add(passOverlap/2), storage.Cursor{UpdatedSince: now.Add(-passOverlap)}
	before := *f
	if f.PassBegin.After(latest) {
		f.PassBegin, f.Pass = time.Time{}, storage.Cursor{}
	}
	if f.Position.UpdatedSince.After(latest) {
		f.Position = present
	}
	switch floor := f.Floor.UpdatedSince; {
	case floor.After(now.Add(ageMargin)):
		f.Rewind(now.Add(-f.MaxAge - ageMargin))
	case floor.After(now.Add(-passOverlap / 2)):
		f.Rewind(present.UpdatedSince)
	}
	return *f != before
}

// behind gives what is stored with a page that was asked for at a time of the
// shop. The tick's position never passes that time: an order dated in the future
// must not hide those that are not. Nor does it pass a second that was still going
// on: the shop's times have no fractions, and what changes in it later may have
// a lower id.
func (r *reading) behind(at storage.Cursor, asked time.Time) storage.Feed {
	f := r.feed
	ahead := at
	if ahead.UpdatedSince.After(asked.Add(-company.OpenSecond)) {
		ahead = storage.Cursor{UpdatedSince: earlier(at.UpdatedSince, asked)}
	}
	if ahead.After(f.Position) {
		f.Position = ahead
	}
	if r.pass {
		f.Pass = at
	}
	return f
}

// ended gives what is stored when a pass has come to its end and is believed: the
// next one begins there, or a little before the time at which this one began.
func (r *reading) ended() storage.Feed {
	f := r.behind(r.cursor, r.asked)
	f.Floor = r.cursor
	if overlap := f.PassBegin.Add(-passOverlap); overlap.Before(r.cursor.UpdatedSince) {
		f.Floor = storage.Cursor{UpdatedSince: overlap}
	}
	f.PassBegin, f.Pass = time.Time{}, storage.Cursor{}
	return f
}

// distrust looks for what makes a page unfit as proof: an order that carries a
// marker but cannot be read, or orders of another account.
func distrust(c storage.Company, page insales.Page) *feedStop {
	for _, o := range page.Orders {
		if c.AccountID != 0 && o.AccountID != 0 && o.AccountID != c.AccountID {
			return &feedStop{problem.AccountDiffers(c.AccountID, o.AccountID)}
		}
	}
	for _, u := range page.Unreadable {
		if u.Marked {
			return &feedStop{storage.Problem{Code: problem.FeedUnreadable,
				Args: map[string]string{"order": strconv.FormatInt(u.ID, 10)}}}
		}
	}
	return nil
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
		return errors.New("the shop's answers tell no time")
	}
	if shop.ClockLeaps() {
		return errors.New("the shop's answers tell of a wholly other time than before")
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
		return &feedStop{problem.AccountDiffers(c.AccountID, account.ID)}
	default:
		d.company.LearnOf(ctx, c.Shop, func(c *storage.Company) { c.AccountID = cmp.Or(c.AccountID, account.ID) })
	}
	return nil
}
