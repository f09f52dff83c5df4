// Package feed knows the way through the shop's list of what has changed: where a
// reading of it begins, where each page leads it, and what is kept of that.
//
// A Walk is one reading under way, as a value. Begin makes it of what is stored, Step
// gives the walk behind a page, and End what is stored once a pass is believed. None
// of them changes anything: package order asks the shop for the pages, stores a step
// together with what its orders have brought, and only then goes on from it.
//
// A walk never goes back, never keeps a place later than the time at which it asked,
// and never lets one wrong time in the list hide what stands behind it. What makes the
// list unfit as proof is a Stop.
package feed

import (
	"slices"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

const (
	// A pass begins this much before the one before it began, or ended.
	passOverlap = 120 * time.Second

	// The first pass begins this much before the oldest order that may be sent.
	ageMargin = 24 * time.Hour
)

// A Kind is how far a reading goes: a tick from the position to a page of few orders, a
// pass from the floor to a page that leads no further.
type Kind int

// The kinds of readings.
const (
	Tick Kind = iota
	Pass
)

// A Habit is what is known of how the shop gives its list, beyond what is assumed of
// every shop. The zero value is what is assumed. A habit that the shop does not have
// costs rows that are shown again, and time.
type Habit struct {
	// Exclusive tells that the list leaves out what was changed at the very second that
	// it is asked from, so that it is asked from the second before. What has been seen
	// of that already is shown once more.
	Exclusive bool

	// Late is how much later than assumed an order may show in the list.
	Late time.Duration
}

// A Walk is one tick or pass under way.
type Walk struct {
	Kind   Kind
	Habit  Habit
	Feed   storage.Feed   // as it is stored now
	Fresh  bool           // a pass that begins at its floor; else an interrupted one goes on
	Start  storage.Cursor // where a pass goes on: the last order before it is shown once more
	Cursor storage.Cursor // where the next page is asked for
	Direct bool           // the page is asked for at the cursor itself, whatever the habit
	Stop   *Stop          // why the list cannot be trusted: position and floor stay where they are

	// What the pages have shown, as evidence of whether the list can be believed.
	Asked     time.Time // the shop's time when the newest page was asked for
	Rows      int       // how many rows the pages had
	RowsAfter int       // how many of these were changed later than in the start's second
	Nameless  int       // how many of these had no id that could be read
}

// Begin gives the walk of a reading that begins at a time of the shop, and at one of ours. A
// company that was never read begins with a pass, at the oldest order that could still be
// sent without a person; so does one whose max_age has become longer than it was ever read
// for. That is reckoned from the earlier of the two times: a shop whose first answers are
// dated in the future would show nothing of what was made since, which would be taken for
// its absence. A pass that was interrupted, if only by the end of the program, goes on
// where it was.
func Begin(stored storage.Feed, kind Kind, habit Habit, maxAge time.Duration, now, ours time.Time) Walk {
	w := Walk{Kind: kind, Habit: habit, Feed: stored}
	if maxAge > w.Feed.MaxAge {
		w.Feed.MaxAge = maxAge
		earlier := now
		if ours.Before(now) {
			earlier = ours
		}
		w.Feed.Rewind(earlier.Add(-maxAge - ageMargin))
		w.Kind = Pass
	}
	if recalled := recall(w.Feed, now); recalled != w.Feed {
		w.Feed, w.Kind = recalled, Pass
	}
	if w.Kind == Tick {
		w.Cursor = w.Feed.Position
		return w
	}
	if w.Feed.PassBegin.IsZero() { // else an interrupted pass goes on and keeps its begin
		w.Fresh = true
		w.Feed.PassBegin, w.Feed.Pass = now, w.Feed.Floor
	}
	w.Start = w.Feed.Pass
	if w.Cursor = w.Start; w.Cursor.FromID > 0 {
		w.Cursor.FromID-- // a list that does not even show what was read last is not believed
	}
	return w
}

// AskedFrom is where the next page is asked for, so that it shows what stands behind the
// cursor.
func (w Walk) AskedFrom() storage.Cursor {
	if w.Direct {
		return w.Cursor
	}
	return w.Habit.AskedFrom(w.Cursor)
}

// AskedFrom is where the list is asked for so that it shows what stands behind a place.
func (h Habit) AskedFrom(place storage.Cursor) storage.Cursor {
	if !h.Exclusive {
		return place
	}
	return storage.Cursor{UpdatedSince: place.UpdatedSince.Truncate(time.Second).Add(-time.Second)}
}

// recall brings a feed back to the present that claims to have been read until later
// than the shop's time now. That happens if the shop's clock was set back, or if it
// told a wrong time when the feed was stored. Up to the moment when a clock was set
// back everything was read, so the present is enough. But a clock that has leapt over
// days may never have told the time that the floor was made of, so that whatever may
// still be sent is looked for anew.
func recall(f storage.Feed, now time.Time) storage.Feed {
	latest, present := now.Add(passOverlap/2), storage.Cursor{UpdatedSince: now.Add(-passOverlap)}
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
	return f
}

// A Step is where a page leads a walk.
type Step struct {
	Walk Walk // behind the page; its Feed is stored with what the page has brought
	More bool // another page follows

	// The stretch of the list that the page is to show, from the cursor of the walk
	// before, and what it has shown there.
	To    storage.Cursor
	Until time.Time // what was changed at this time or later may stand further down
	Shown []int64   // the ids on the page, readable or not
}

// Step decides where a page leads the walk. The page was asked for at a time of the
// shop, and belongs to an account; 0 if the company is bound to none yet. It fails with
// a *Stop if the list goes no further.
func (w Walk) Step(account int64, page insales.Page, asked time.Time) (Step, error) {
	next := w.count(page)
	next.Asked = asked
	next.Cursor = advance(w.Cursor, page, asked)
	moved := next.Cursor.After(w.Cursor) && next.Cursor.After(w.Start)
	next.Direct = false
	switch {
	case moved || !page.Full():
	case w.AskedFrom() != w.Cursor: // a whole page of what was shown before
		next.Direct = true
		return Step{Walk: next, More: true, To: next.Cursor, Until: w.closing(), Shown: shown(page)}, nil
	default:
		return Step{}, &Stop{storage.Problem{Code: problem.FeedStuck}}
	}
	if next.Stop == nil {
		next.Stop = Distrust(account, page)
	}
	// What cannot be read at the end of the feed comes again on every page: a
	// pass has reached the end when nothing else comes.
	s := Step{More: moved && (w.Kind == Pass || page.Cut()), Shown: shown(page)}
	if next.Stop == nil && (s.More || w.Kind == Tick) { // where a pass ends is stored once it is believed
		next.Feed = next.behind()
	}
	s.Walk, s.To, s.Until = next, next.Cursor, w.closing()
	if !s.More {
		s.To = storage.Cursor{UpdatedSince: s.Until}
	}
	return s, nil
}

// count adds the rows of a page. A row whose time cannot be read counts as one that
// was changed after the start. A page that was asked for from before the cursor shows
// rows again: only those behind the cursor count, and none that cannot be read, because
// a row that counts twice would hide one that is missing.
func (w Walk) count(page insales.Page) Walk {
	again := w.AskedFrom() != w.Cursor
	if !again {
		w.Rows += len(page.Unreadable)
		w.RowsAfter += len(page.Unreadable)
	}
	for _, o := range page.Orders {
		if again && !(storage.Cursor{UpdatedSince: o.UpdatedAt, FromID: o.ID}).After(w.Cursor) {
			continue
		}
		w.Rows++
		if o.UpdatedAt.After(w.Start.UpdatedSince) {
			w.RowsAfter++
		}
	}
	for _, u := range page.Unreadable {
		if u.ID == 0 {
			w.Nameless++
		}
	}
	return w
}

// shown lists the ids on a page.
func shown(page insales.Page) []int64 {
	var ids []int64
	for _, o := range page.Orders {
		ids = append(ids, o.ID)
	}
	for _, u := range page.Unreadable {
		ids = append(ids, u.ID)
	}
	return ids
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

// behind gives what is stored where the walk stands now. The tick's position never
// passes the time at which the newest page was asked for: an order dated in the future
// must not hide those that are not. Nor does it pass a second that was still going on:
// the shop's times have no fractions, and what changes in it later may have a lower
// id.
func (w Walk) behind() storage.Feed {
	f, ahead := w.Feed, w.Cursor
	if ahead.UpdatedSince.After(w.Closed()) {
		ahead.FromID = 0
		if w.Asked.Before(ahead.UpdatedSince) {
			ahead.UpdatedSince = w.Asked
		}
	}
	if ahead.After(f.Position) {
		f.Position = ahead
	}
	if w.Kind == Pass {
		f.Pass = w.Cursor
	}
	return f
}

// Closed is the end of the last second that was over when the newest page was asked
// for: what was changed then or later may not have been visible yet.
func (w Walk) Closed() time.Time { return w.Habit.Closed(w.Asked) }

// closing is the same for the time at which the pass began.
func (w Walk) closing() time.Time { return w.Habit.Closed(w.Feed.PassBegin) }

// Closed is the end of the last second of which a list that was asked for at a time of
// the shop shows all.
func (h Habit) Closed(asked time.Time) time.Time { return asked.Add(-company.OpenSecond - h.Late) }

// End gives what is stored when a pass has come to its end and is believed: the next
// one begins there, or a little before the time at which this one began.
func (w Walk) End() storage.Feed {
	f := w.behind()
	f.Floor = w.Cursor
	if overlap := f.PassBegin.Add(-passOverlap - w.Habit.Late); overlap.Before(w.Cursor.UpdatedSince) {
		f.Floor = storage.Cursor{UpdatedSince: overlap}
	}
	f.PassBegin, f.Pass = time.Time{}, storage.Cursor{}
	return f
}

// Repeats reports whether an order is the one that a pass begins with only because
// what was read before ended with it. It is no news, but that the list shows it is
// evidence.
func (w Walk) Repeats(o insales.Order) bool {
	return w.Kind == Pass && o.ID == w.Start.FromID && o.UpdatedAt.Equal(w.Start.UpdatedSince)
}
