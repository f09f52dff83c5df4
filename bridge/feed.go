package bridge

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// The times of the reader. A pass re-reads what was read before, so that what
// became visible late, or was dated in the future, cannot be missed.
const (
	passEvery       = time.Minute     // a tick is a pass at most this often
	passPerPage     = 4 * time.Second // after a large pass the next one waits longer
	passWhileDoubt  = 20 * time.Second
	passOverlap     = 120 * time.Second
	openSecond      = 2 * time.Second // so long a second of the shop may still go on
	ageMargin       = 24 * time.Hour  // the first pass begins this much before max_age
	failuresToAlarm = 3               // reads in a row that fail without a certain reason
)

// A feedState is what the reader keeps in memory.
type feedState struct {
	complete  bool      // a pass has been completed since the gate was shut last
	lastPass  time.Time // when the last pass began
	passBegun time.Time // when the pass that is under way began; zero = in another life
	lastRead  time.Time // when the last tick or pass began
	lastPages int       // how many pages the last pass had
	tickNow   bool      // somebody wants a tick at once
	failures  int       // reads in a row that have failed
	retryAt   time.Time // after a failure: no read before
	pace      pace
}

// shut forgets that the feed was ever read whole: nothing is sent until it was
// again.
func (f *feedState) shut() { f.complete, f.lastPass, f.retryAt = false, time.Time{}, time.Time{} }

// A pace spreads the reader's own share of the request window over the time
// that is left of it, with a small burst, so that a hook is answered at once.
type pace struct {
	tokens float64
	at     time.Time
}

const (
	paceShare = 0.30 // of the window's limit
	paceBurst = 5
)

// take lets one read begin, or tells how long to wait.
func (p *pace) take(now time.Time) time.Duration {
	const every = time.Duration(float64(insales.WindowLength) / (insales.WindowLimit * paceShare))
	if p.at.IsZero() {
		p.tokens = paceBurst
	}
	p.tokens = min(p.tokens+float64(now.Sub(p.at))/float64(every), paceBurst)
	p.at = now
	if p.tokens < 1 {
		return time.Duration((1 - p.tokens) * float64(every))
	}
	p.tokens--
	return 0
}

// spend counts the further pages of one read, which follow without waiting.
func (p *pace) spend(pages int) { p.tokens -= float64(max(pages-1, 0)) }

// readDue is the reader's step: it reads the feed if it is time to, and tells
// when to look again.
func (w *worker) readDue(ctx context.Context) time.Duration {
	sending, err := w.adoptDoubts(ctx)
	if err != nil {
		w.log.Error("orders on their way not read", "err", err)
		return readFirst
	}
	c, _, _ := w.snapshot()
	if c.Sealed || !c.Orders.Enabled && !sending {
		w.mu.Lock()
		w.feed.shut()
		w.mu.Unlock()
		return idle
	}
	pass, wait := w.plan(time.Now())
	if wait > 0 {
		return wait
	}
	err = w.Read(ctx, pass)
	return w.afterRead(ctx, err)
}

// plan decides whether to read now, and whether a pass or a tick.
func (w *worker) plan(now time.Time) (pass bool, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &w.feed
	if wait := f.retryAt.Sub(now); wait > 0 {
		return false, wait
	}
	passGap := max(passEvery, time.Duration(f.lastPages)*passPerPage)
	passAt := f.lastPass.Add(passGap)
	tickAt := f.lastRead.Add(w.b.cfg.PollInterval)
	switch {
	case f.lastPass.IsZero():
		passAt, tickAt = now, now
	case len(w.doubts) > 0:
		passAt = f.lastPass.Add(max(passWhileDoubt, time.Duration(f.lastPages)*passPerPage))
		tickAt = earlier(tickAt, passAt)
	case !f.complete:
		tickAt = earlier(tickAt, passAt)
	}
	if f.tickNow {
		tickAt = now
	}
	if wait := tickAt.Sub(now); wait > 0 {
		return false, wait
	}
	if wait := f.pace.take(now); wait > 0 {
		return false, wait
	}
	f.tickNow, f.lastRead = false, now
	pass = !now.Before(passAt)
	return pass, 0
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// afterRead keeps count of failures and says when to read again.
func (w *worker) afterRead(ctx context.Context, err error) time.Duration {
	if err == nil {
		w.mu.Lock()
		w.feed.failures, w.feed.retryAt = 0, time.Time{}
		w.mu.Unlock()
		w.b.metrics.pollSucceeded(w.id)
		w.recovered(ctx, true)
		wake(w.wakeSender)
		return w.nextReadIn(time.Now())
	}
	if ctx.Err() != nil || quiet(err) {
		return readFirst
	}
	var stop *feedStop
	isStop := errors.As(err, &stop)
	w.mu.Lock()
	w.feed.failures++
	n := w.feed.failures
	delay := backoff(n, readFirst, readLongest)
	w.feed.retryAt = time.Now().Add(delay)
	if isStop {
		w.feed.shut()
		w.feed.retryAt = time.Now().Add(delay)
	}
	w.mu.Unlock()
	w.log.Warn("feed not read", "err", err, "failures", n)
	switch {
	case isStop:
		w.fail(ctx, stop.problem, false, false)
	case certainFault(err) || n >= failuresToAlarm:
		w.fail(ctx, companyProblem(err), false, false)
	}
	return delay
}

// nextReadIn tells when the next read is due.
func (w *worker) nextReadIn(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &w.feed
	next := f.lastRead.Add(w.b.cfg.PollInterval)
	if len(w.doubts) > 0 {
		next = earlier(next, f.lastPass.Add(passWhileDoubt))
	}
	if f.tickNow {
		next = now
	}
	return max(next.Sub(now), 0)
}

// tick asks the reader for a read at once.
func (w *worker) tick() {
	w.mu.Lock()
	w.feed.tickNow = true
	w.mu.Unlock()
	wake(w.wakeReader)
}

// A feedStop is a reason not to trust the feed: nothing is proven or sent
// until a pass goes through without it.
type feedStop struct{ problem storage.Problem }

func (f *feedStop) Error() string { return "the feed cannot be trusted: " + f.problem.Code }

// Read reads the feed once: a pass from the floor to an empty page, or a tick
// from where the last read ended to a page that is not full.
func (w *worker) Read(ctx context.Context, pass bool) error {
	if err := w.identify(ctx); err != nil {
		return err
	}
	r := &reading{w: w, pass: pass}
	if err := r.open(ctx); err != nil {
		return err
	}
	for {
		more, err := r.page(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	w.mu.Lock()
	w.feed.pace.spend(r.pages)
	if r.pass {
		w.feed.lastPages = r.pages
	}
	w.mu.Unlock()
	if r.stop != nil {
		return r.stop
	}
	if !r.pass {
		return nil
	}
	w.mu.Lock()
	begun := w.feed.passBegun
	w.feed.complete, w.feed.passBegun = true, time.Time{}
	w.mu.Unlock()
	return w.prove(ctx, begun)
}

// A reading is one tick or pass under way.
type reading struct {
	w      *worker
	pass   bool
	pages  int
	feed   storage.Feed
	cursor storage.Cursor
	stop   *feedStop // an order of ours could not be read: position and floor stay
}

// open finds out where to begin. A company that was never read begins with a
// pass, at the oldest order that could still be sent without a person.
func (r *reading) open(ctx context.Context) error {
	err := r.w.b.store.Update(ctx, func(tx *storage.Tx) (err error) {
		r.feed, err = tx.Feed(r.w.id)
		return err
	})
	if err != nil {
		return err
	}
	now, _ := r.w.shopTime()
	if r.feed.Floor.UpdatedSince.IsZero() {
		c, _, _ := r.w.snapshot()
		r.feed.Floor.UpdatedSince = now.Add(-c.Orders.MaxAge - ageMargin)
		r.pass = true
	}
	if !r.pass {
		r.cursor = r.feed.Position
		return nil
	}
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	r.w.feed.lastPass = time.Now()
	if r.feed.PassBegin.IsZero() { // else an interrupted pass goes on and keeps its begin
		r.feed.PassBegin, r.feed.Pass = now, r.feed.Floor
		r.w.feed.passBegun = r.w.feed.lastPass
	}
	r.cursor = r.feed.Pass
	return nil
}

// page reads the next page and stores its effects together with the position
// behind it, in one transaction: a crash leaves either both or neither.
func (r *reading) page(ctx context.Context) (more bool, err error) {
	c, shop, _ := r.w.snapshot()
	permit, err := shop.Window().Take(ctx, insales.Reading)
	if err != nil {
		return false, err
	}
	number := r.w.b.nextRead()
	page, err := shop.Orders(ctx, permit, r.cursor.UpdatedSince, r.cursor.FromID)
	if err != nil {
		return false, err
	}
	r.pages++
	last := r.advance(page)
	moved := last != r.cursor
	if page.Full() && !moved {
		return false, &feedStop{storage.Problem{Code: ProblemFeedStuck}}
	}
	if r.stop == nil {
		r.stop = distrust(c, page)
	}
	r.cursor = last
	// What cannot be read at the end of the feed comes again on every page: a
	// pass has reached the end when nothing else comes.
	more = page.Full() || r.pass && moved
	feed := r.position(last, more)
	var seen *observed
	err = r.w.b.store.Update(ctx, func(tx *storage.Tx) error {
		seen = &observed{w: r.w}
		if err := seen.page(tx, page.Orders, number); err != nil {
			return err
		}
		if r.stop != nil || feed == r.feed {
			return nil
		}
		return tx.PutFeed(feed)
	})
	if err != nil {
		return false, err
	}
	if r.stop == nil {
		r.feed = feed
	}
	seen.done(ctx)
	return more, nil
}

// advance gives the cursor behind a page.
func (r *reading) advance(page insales.Page) storage.Cursor {
	if len(page.Orders) == 0 {
		return r.cursor
	}
	o := page.Orders[len(page.Orders)-1]
	return storage.Cursor{UpdatedSince: o.UpdatedAt, FromID: o.ID}
}

// position gives what is stored with a page. The tick's position never passes
// shop time: an order dated in the future must not hide those that are not.
// Nor does it pass a second that may still go on: the shop's times have no
// fractions, and what changes in it later may have a lower id.
func (r *reading) position(at storage.Cursor, more bool) storage.Feed {
	f := r.feed
	now, _ := r.w.shopTime()
	ahead := at
	if ahead.UpdatedSince.After(now.Add(-openSecond)) {
		ahead = storage.Cursor{UpdatedSince: earlier(at.UpdatedSince, now)}
	}
	if f.Position.UpdatedSince.Before(ahead.UpdatedSince) || f.Position.UpdatedSince.Equal(ahead.UpdatedSince) && f.Position.FromID < ahead.FromID {
		f.Position = ahead
	}
	switch {
	case !r.pass:
	case more:
		f.Pass = at
	default:
		f.Floor = at
		if overlap := f.PassBegin.Add(-passOverlap); overlap.Before(at.UpdatedSince) {
			f.Floor = storage.Cursor{UpdatedSince: overlap}
		}
		f.PassBegin, f.Pass = time.Time{}, storage.Cursor{}
	}
	return f
}

// distrust looks for what makes a page unfit as proof: an order that carries a
// marker but cannot be read, or orders of another account.
func distrust(c storage.Company, page insales.Page) *feedStop {
	for _, o := range page.Orders {
		if c.AccountID != 0 && o.AccountID != 0 && o.AccountID != c.AccountID {
			return &feedStop{accountChanged(c.AccountID, o.AccountID)}
		}
	}
	for _, u := range page.Unreadable {
		if u.Contains(markerName) {
			return &feedStop{storage.Problem{Code: ProblemFeedUnreadable, Args: map[string]string{"order": strconv.FormatInt(u.ID, 10)}}}
		}
	}
	return nil
}

func accountChanged(bound, found int64) storage.Problem {
	return storage.Problem{Code: ProblemAccountChanged,
		Args: map[string]string{"bound": strconv.FormatInt(bound, 10), "found": strconv.FormatInt(found, 10)}}
}

// identify makes sure, before anything is read, that we know the shop's time
// and that the account behind the settings is the one the company is bound to.
// A key without the right to the shop's settings cannot tell; then the orders
// themselves do.
func (w *worker) identify(ctx context.Context) error {
	c, shop, _ := w.snapshot()
	w.mu.Lock()
	known := w.feed.complete
	w.mu.Unlock()
	if _, ok := shop.ShopTime(); ok && known {
		return nil
	}
	permit, err := shop.Window().Take(ctx, insales.Reading)
	if err != nil {
		return err
	}
	account, err := shop.Account(ctx, permit)
	var e *insales.Error
	if err != nil && !(errors.As(err, &e) && e.Status == http.StatusForbidden) {
		return err
	}
	if _, ok := shop.ShopTime(); !ok {
		return errors.New("the shop's answers tell no time")
	}
	switch {
	case account.ID == 0 || account.ID == c.AccountID:
	case c.AccountID != 0:
		return &feedStop{accountChanged(c.AccountID, account.ID)}
	default:
		w.learn(ctx, func(c *storage.Company) { c.AccountID = account.ID })
	}
	return nil
}
