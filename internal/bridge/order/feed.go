package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/feed"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The feed is the list of the shop's orders by the time of their last change. It is
// read in two ways. A tick reads on from where the last read ended, and costs one
// request mostly. A pass reads from the floor, which lies before all that may still
// matter, to the end, and goes over what was read before: what became visible late,
// or was dated in the future, cannot be missed by it. Only a pass proves anything:
// that an order is absent, or that the shop's list can be believed.
//
// The gate is what keeps a company from sending on the strength of a feed that it
// does not know. It is shut at the start, with every change of shop, key or floor, and
// when the feed cannot be trusted; a pass that is believed opens it.
const (
	passEvery      = time.Minute     // a tick is a pass at most this often
	passPerPage    = 4 * time.Second // after a large pass the next one waits longer
	passWhileDoubt = 20 * time.Second
	longestReread  = 366 * 24 * time.Hour

	// The longest delays after failures; the second is for a list that lacks something.
	readLongest = 2 * time.Minute
	lackLongest = 30 * time.Second
)

// A feedState is what the reader keeps in memory; the position and the floor are
// stored (storage.Feed). The desk's mu guards it.
type feedState struct {
	complete  bool      // a pass has been completed since the gate was shut last
	shuts     int       // how often it was shut: a read begun before the last time proves nothing
	lastPass  time.Time // when the last pass began
	passBegun time.Time // when the pass that is under way began; zero = in another life
	lastRead  time.Time // when the last tick or pass began
	lastPages int       // how many pages the last pass had
	exclusive bool      // the list was seen to leave out the very second that it is asked from
	perPage   int       // orders of a page, after one was too large; 0 = as many as can be had
	readDone  time.Time // when the last tick or pass began that went through
	passDone  time.Time // when the last pass began that went through
	polledAt  time.Time // when the last of either went through; zero = in another life
	notedAt   time.Time // when it was last stored that one has gone through
	tickNow   bool      // somebody wants a tick at once
	passNow   bool      // the next read should be a pass
	failures  int       // how many reads in a row have failed
	retryAt   time.Time // after a failure nothing is read before this
	oddAt     time.Time // since when what the shop says does not fit together; zero = it does
	pace      feed.Pace // how soon the next read may begin, whoever wants it

	// The feed as the last read has stored it; nil = it has to be read. Whatever else
	// changes the stored one shuts the gate.
	stored *storage.Feed
}

// noteReadEvery is how often it is stored at most that the feed was read.
const noteReadEvery = time.Minute

// PolledAt tells when the feed was read last, in this life or an earlier one; it is zero if
// that never was.
func (d *Desk) PolledAt(ctx context.Context) (time.Time, error) {
	d.mu.Lock()
	at := d.feed.polledAt
	d.mu.Unlock()
	if !at.IsZero() {
		return at, nil
	}
	stand, err := d.company.Store.FeedStand(ctx, d.company.ID)
	return stand.ReadAt, err
}

// Lag is how far behind the shop we are: every change that the shop made longer ago than
// that was read. It is unknown before the feed was ever read.
func (d *Desk) Lag(ctx context.Context, now time.Time) (lag time.Duration, known bool, err error) {
	at, err := d.PolledAt(ctx)
	if err != nil || at.IsZero() {
		return 0, false, err
	}
	lag = now.Sub(at)
	stand, err := d.company.Store.FeedStand(ctx, d.company.ID)
	if shop, ok := d.company.ShopTime(); ok && !stand.Changed.IsZero() {
		lag = min(lag, shop.Sub(stand.Changed)) // a long reading is under way
	}
	return max(lag, 0), true, err
}

// noteRead stores with the end of a reading that the feed was read, if that is due, so
// that a restart during an outage does not forget since when it is not. It tells when it
// was noted.
func (d *Desk) noteRead(tx *storage.Tx) (noted time.Time, err error) {
	now := time.Now()
	d.mu.Lock()
	last := d.feed.notedAt
	d.mu.Unlock()
	if now.Sub(last) < noteReadEvery && !now.Before(last) {
		return last, nil
	}
	return now, tx.NoteFeedRead(d.company.ID, now)
}

// shut shuts the gate: it forgets that the feed was ever read whole, and nothing is
// sent until it was again. A read that is under way proves nothing any more. That the
// list is an exclusive one stays known: it may be what has shut the gate, and costs
// another shop only rows.
func (f *feedState) shut() {
	f.complete, f.lastPass, f.retryAt = false, time.Time{}, time.Time{}
	f.stored = nil
	f.shuts++
}

// readDue is the reader's step: it reads the feed if it is time to, and tells
// when to look again. Even with order sync switched off it goes on as long as an
// order is on its way, since nothing else can find out what has become of it.
func (d *Desk) readDue(ctx context.Context) time.Duration {
	sending, err := d.adoptDoubts(ctx)
	if err != nil {
		d.company.Log.Error("orders on their way not read", "err", err)
		return company.ReadFirst
	}
	c := d.company.Settings()
	if c.Sealed || !c.Orders.Enabled && !sending {
		d.shutGate()
		return company.Idle
	}
	kind, wait := d.planRead(time.Now())
	if wait > 0 {
		return wait
	}
	err = d.read(ctx, kind)
	return d.afterRead(ctx, err)
}

// planRead decides whether to read now, and whether that is a pass or a tick. While an
// outcome is unknown, passes follow each other more quickly; after a pass of many
// pages the next one waits longer, so that a large feed does not use up the window.
func (d *Desk) planRead(now time.Time) (kind feed.Kind, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &d.feed
	if wait := f.retryAt.Sub(now); wait > 0 {
		return feed.Tick, wait
	}
	passGap := max(passEvery, time.Duration(f.lastPages)*passPerPage)
	passAt := f.lastPass.Add(passGap)
	tickAt := f.lastRead.Add(d.office.pollInterval)
	switch {
	case f.lastPass.IsZero():
		passAt, tickAt = now, now
	case len(d.doubts) > 0:
		passAt = f.lastPass.Add(max(passWhileDoubt, time.Duration(f.lastPages)*passPerPage))
		tickAt = earlier(tickAt, passAt)
	case !f.complete:
		tickAt = earlier(tickAt, passAt)
	}
	if f.tickNow {
		tickAt = now
	}
	if wait := tickAt.Sub(now); wait > 0 {
		return feed.Tick, wait
	}
	if wait := f.pace.Take(now); wait > 0 {
		return feed.Tick, wait
	}
	if !now.Before(passAt) || f.passNow {
		kind = feed.Pass
	}
	f.tickNow, f.passNow, f.lastRead = false, false, now
	return kind, 0
}

// earlier gives the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// afterRead draws the conclusions from a read, keeps count of failures and says when
// to read again. A list that cannot be trusted shuts the gate and raises an alarm;
// one that only lacks something may just be late, and is given a few more reads.
func (d *Desk) afterRead(ctx context.Context, err error) time.Duration {
	if err == nil {
		d.mu.Lock()
		d.feed.failures, d.feed.retryAt, d.feed.polledAt = 0, time.Time{}, time.Now()
		d.mu.Unlock()
		d.readSucceeded(ctx)
		d.sender.Wake()
		d.refresher.Wake()
		d.hooker.Wake()
		return d.nextReadIn(time.Now())
	}
	if errors.Is(err, storage.ErrStale) {
		return 0 // the gate was shut meanwhile: begin anew
	}
	if ctx.Err() != nil || company.Quiet(err) {
		return company.ReadFirst
	}
	var stop *feed.Stop
	isStop := errors.As(err, &stop)
	d.mu.Lock()
	d.feed.failures++
	n := d.feed.failures
	delay := company.Backoff(n, company.ReadFirst, readLongest)
	if isStop && stop.Problem.Code == problem.FeedLacks {
		delay = company.Backoff(n, company.ReadFirst, lackLongest)
	}
	d.feed.retryAt = time.Now().Add(delay)
	// What a late list lacks shows in a moment, so the first times are no alarm.
	isStop = isStop && (stop.Problem.Code != problem.FeedLacks || n >= company.FailuresToAlarm)
	if isStop {
		d.feed.shut()
		d.feed.retryAt = time.Now().Add(delay)
	}
	d.mu.Unlock()
	d.company.Log.Warn("feed not read", "err", err, "failures", n)
	switch {
	case isStop:
		d.fail(ctx, stop.Problem, foundByReader)
	case problem.Certain(err) || n >= company.FailuresToAlarm:
		d.fail(ctx, problem.OfShop(err), foundByReader)
	}
	return delay
}

// nextReadIn tells when the next read is due.
func (d *Desk) nextReadIn(now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &d.feed
	next := f.lastRead.Add(d.office.pollInterval)
	if len(d.doubts) > 0 {
		next = earlier(next, f.lastPass.Add(passWhileDoubt))
	}
	if f.tickNow {
		next = now
	}
	return max(next.Sub(now), 0)
}

// tick asks the reader for a read as soon as its pace allows one.
func (d *Desk) tick() {
	d.mu.Lock()
	d.feed.tickNow = true
	d.mu.Unlock()
	d.reader.Wake()
}

// Reread moves the floor of a company's feed back to since, if it is not there
// already, and sends nothing until a pass from there is complete. A person does this
// who doubts what was read in the past, for example because a clock was wrong.
func (d *Desk) Reread(ctx context.Context, since time.Time) error {
	if now := time.Now(); since.After(now) || now.Sub(since) > longestReread {
		bad := &problem.Invalid{}
		bad.Add("since", problem.FieldRange, "min", now.Add(-longestReread).UTC().Format(time.RFC3339), "max",
			now.UTC().Format(time.RFC3339))
		return bad
	}
	err := d.company.Store.Update(ctx, func(tx *storage.Tx) error {
		f, err := tx.Feed(d.company.ID)
		if err != nil {
			return err
		}
		f.Rewind(since)
		d.shutGate()
		if err := tx.PutFeed(f); err != nil {
			return err
		}
		return tx.AddEntry(company.OfCompany(ctx, storage.EntryReread, d.company.ID,
			storage.Change{Field: "order.since", New: since.UTC().Format(time.RFC3339)}))
	})
	if err != nil {
		return fmt.Errorf("reread company %s: %w", d.company.ID, err)
	}
	d.tick()
	return nil
}

// shutGate lets nothing be sent until the feed was read whole. Whatever changes the
// stored feed shuts the gate within the same transaction: a read that goes on from the
// old feed then fails, instead of writing the old feed back.
func (d *Desk) shutGate() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feed.shut()
}
