package feed

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// at is a time of the shop, in seconds of the test's own.
func at(seconds int) time.Time {
	return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// place is a cursor behind the order of an id that was changed at a time.
func place(seconds int, id int64) storage.Cursor {
	return storage.Cursor{UpdatedSince: at(seconds), FromID: id}
}

// changed is an order of account 1.
func changed(seconds int, id int64) insales.Order {
	return insales.Order{ID: id, UpdatedAt: at(seconds), AccountID: 1}
}

// paged is a page of orders; full tells that as many came as were asked for.
func paged(full bool, orders ...insales.Order) insales.Page {
	page := insales.Page{Orders: orders, Len: len(orders)}
	if full {
		page.Len = insales.PageSize
	}
	return page
}

// many is a page of so many orders, of the 250 that were asked for.
func many(n int) insales.Page {
	var list []insales.Order
	for i := range n {
		list = append(list, changed(i+1, int64(i+6)))
	}
	return paged(false, list...)
}

// kept is what of a feed may change, as one text.
func kept(f storage.Feed) string {
	text := func(c storage.Cursor) string {
		if c == (storage.Cursor{}) {
			return "-"
		}
		return fmt.Sprintf("%g,%d", c.UpdatedSince.Sub(at(0)).Seconds(), c.FromID)
	}
	begin := "-"
	if !f.PassBegin.IsZero() {
		begin = fmt.Sprint(f.PassBegin.Sub(at(0)).Seconds())
	}
	return fmt.Sprintf("position %s floor %s pass %s since %s", text(f.Position), text(f.Floor), text(f.Pass), begin)
}

const day = 24 * 60 * 60

func TestBegin(t *testing.T) {
	read := storage.Feed{Position: place(-5, 9), Floor: place(-200, 4), MaxAge: day * time.Second}
	passing := read
	passing.PassBegin, passing.Pass = at(-30), place(-100, 6)
	ahead := read
	ahead.Position = place(3600, 9)
	leapt := read
	leapt.Position, leapt.Floor = place(9*day, 9), place(8*day, 4)
	for name, tt := range map[string]struct {
		stored storage.Feed
		kind   Kind
		maxAge time.Duration
		want   string
	}{
		"never read": {storage.Feed{}, Tick, day * time.Second,
			"1 fresh from -172800,0: position - floor -172800,0 pass -172800,0 since 0"},
		"a tick": {read, Tick, day * time.Second, "0 from -5,9: position -5,9 floor -200,4 pass - since -"},
		"a pass shows the last order before it once more": {read, Pass, day * time.Second,
			"1 fresh from -200,3: position -5,9 floor -200,4 pass -200,4 since 0"},
		"an interrupted pass goes on": {passing, Pass, day * time.Second,
			"1 from -100,5: position -5,9 floor -200,4 pass -100,6 since -30"},
		"a tick beside an interrupted pass": {passing, Tick, day * time.Second,
			"0 from -5,9: position -5,9 floor -200,4 pass -100,6 since -30"},
		"max_age has grown": {passing, Tick, 2 * day * time.Second,
			"1 fresh from -259200,0: position -5,9 floor -259200,0 pass -259200,0 since 0"},
		"the clock was set back by an hour": {ahead, Tick, day * time.Second,
			"1 fresh from -200,3: position -120,0 floor -200,4 pass -200,4 since 0"},
		"the clock had leapt over days": {leapt, Tick, day * time.Second,
			"1 fresh from -172800,0: position -120,0 floor -172800,0 pass -172800,0 since 0"},
	} {
		w := Begin(tt.stored, tt.kind, Habit{}, tt.maxAge, at(0), at(0))
		got := fmt.Sprintf("%d", w.Kind)
		if w.Fresh {
			got += " fresh"
		}
		got += fmt.Sprintf(" from %g,%d: %s", w.Cursor.UpdatedSince.Sub(at(0)).Seconds(), w.Cursor.FromID, kept(w.Feed))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// TestBeginByTheEarlierClock: a shop that was never read is read from where both clocks agree
// that it was before the oldest order that may be sent.
func TestBeginByTheEarlierClock(t *testing.T) {
	for ours, want := range map[int]float64{
		0: -2 * day, 3600: -2 * day, -30: -2*day - 30, -73 * 365 * day: -73*365*day - 2*day,
	} {
		w := Begin(storage.Feed{}, Tick, Habit{}, day*time.Second, at(0), at(ours))
		if got := w.Cursor.UpdatedSince.Sub(at(0)).Seconds(); got != want {
			t.Errorf("ours %d seconds later: from %g, want %g", ours, got, want)
		}
	}
}

func TestStep(t *testing.T) {
	stored := storage.Feed{Position: place(0, 5), Floor: place(-200, 4), PassBegin: at(50), Pass: place(0, 5)}
	const still = "position 0,5 floor -200,4 pass 0,5 since 50"
	tick := Walk{Kind: Tick, Feed: stored, Cursor: place(0, 5)}
	pass := Walk{Kind: Pass, Feed: stored, Start: place(0, 5), Cursor: place(0, 4)}
	marked, stranger := paged(false, changed(1, 6)), changed(2, 7)
	marked.Unreadable, stranger.AccountID = []insales.Unreadable{{ID: 8, Marked: true}}, 2
	for name, tt := range map[string]struct {
		walk  Walk
		page  insales.Page
		asked int
		want  string // where it goes on, whether there is more, and what is stored
		stop  string
	}{
		"a tick to the end": {tick, paged(false, changed(1, 6), changed(3, 7)), 100,
			"3,7 false position 3,7 floor -200,4 pass 0,5 since 50", ""},
		"a tick with another page": {tick, paged(true, changed(1, 6), changed(3, 7)), 100,
			"3,7 true position 3,7 floor -200,4 pass 0,5 since 50", ""},
		"nothing new": {tick, paged(false), 100, "0,5 false " + still, ""},
		"a tick of as few as no shop cuts": {tick, many(9), 100,
			"9,14 false position 9,14 floor -200,4 pass 0,5 since 50", ""},
		"a tick of so many that the shop may have cut it": {tick, many(10), 100,
			"10,15 true position 10,15 floor -200,4 pass 0,5 since 50", ""},
		"many that are all known": {tick, paged(false, slices.Repeat([]insales.Order{changed(0, 5)}, 100)...), 100,
			"0,5 false " + still, ""},
		"a second that still goes on": {tick, paged(false, changed(3, 7)), 4,
			"3,7 false position 3,0 floor -200,4 pass 0,5 since 50", ""},
		"an order dated in the future": {tick, paged(false, changed(1, 6), changed(500, 7)), 100,
			"1,6 false position 1,6 floor -200,4 pass 0,5 since 50", ""},
		"nothing but the future": {tick, paged(false, changed(500, 7)), 100,
			"500,7 false position 100,0 floor -200,4 pass 0,5 since 50", ""},
		"an order dated long ago": {tick, paged(false, changed(1, 6), changed(-2*day, 7)), 100,
			"1,6 false position 1,6 floor -200,4 pass 0,5 since 50", ""},
		"a list that goes back":          {tick, paged(false, changed(-3, 7)), 100, "0,5 false " + still, ""},
		"a full page that leads nowhere": {tick, paged(true, changed(0, 5)), 100, "", "feed_stuck"},
		"a pass goes on until nothing comes": {pass, paged(false, changed(0, 5), changed(3, 7)), 100,
			"3,7 true position 3,7 floor -200,4 pass 3,7 since 50", ""},
		"a pass that shows but its start":     {pass, paged(false, changed(0, 5)), 100, "0,5 false " + still, ""},
		"the end of a pass is not stored yet": {pass, paged(false), 100, "0,4 false " + still, ""},
		"another account in a tick": {tick, paged(false, stranger), 100, "2,7 false " + still,
			"account_changed"},
		"another account in a pass":       {pass, paged(false, stranger), 100, "2,7 true " + still, "account_changed"},
		"one of ours that cannot be read": {pass, marked, 100, "1,6 true " + still, "feed_unreadable"},
	} {
		step, err := tt.walk.Step(1, tt.page, at(tt.asked))
		got, stop := "", ""
		if err != nil {
			stop = err.(*Stop).Problem.Code
		} else {
			c := step.Walk.Cursor
			got = fmt.Sprintf("%g,%d %v %s", c.UpdatedSince.Sub(at(0)).Seconds(), c.FromID, step.More,
				kept(step.Walk.Feed))
			if step.Walk.Stop != nil {
				stop = step.Walk.Stop.Problem.Code
			}
		}
		if got != tt.want || stop != tt.stop {
			t.Errorf("%s: %s %s, want %s %s", name, got, stop, tt.want, tt.stop)
		}
	}
}

// What a page has to show lies between the cursor before it and the one behind it; the
// last page has to show all that was changed before the pass began.
func TestStepStretch(t *testing.T) {
	pass := Begin(storage.Feed{Floor: place(-200, 4), MaxAge: time.Hour}, Pass, Habit{}, time.Hour, at(0), at(0))
	page := paged(false, changed(-100, 6), changed(-50, 7))
	page.Unreadable, page.Len = []insales.Unreadable{{ID: 8}, {}}, 4
	step, err := pass.Step(1, page, at(1))
	if err != nil || step.To != place(-50, 7) || !step.Until.Equal(at(-2)) || fmt.Sprint(step.Shown) != "[6 7 8 0]" {
		t.Errorf("%+v, %v", step, err)
	}
	if w := step.Walk; w.Rows != 4 || w.RowsAfter != 4 || w.Nameless != 1 || pass.Rows != 0 {
		t.Errorf("%d rows, %d of them after the start, %d nameless", w.Rows, w.RowsAfter, w.Nameless)
	}
	step, err = step.Walk.Step(1, paged(false), at(2))
	if err != nil || step.More || step.To != (storage.Cursor{UpdatedSince: at(-2)}) {
		t.Errorf("%+v, %v", step, err)
	}
	if got, want := kept(step.Walk.End()), "position -50,7 floor -120,0 pass - since -"; got != want {
		t.Errorf("%s is stored at the end, want %s", got, want)
	}
}

// A full page that stands newest first is told from one with a few wrong times: those
// alone must not stop all orders.
func TestDistrustNewestFirst(t *testing.T) {
	begin := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	page := func(n int, at func(i int) int) insales.Page {
		p := insales.Page{Len: n}
		for i := range n {
			p.Orders = append(p.Orders, insales.Order{ID: int64(i), UpdatedAt: begin.Add(time.Duration(at(i)) * time.Second)})
		}
		return p
	}
	lies := func(at func(int) int, rows ...int) func(int) int {
		return func(i int) int {
			if slices.Contains(rows, i) {
				return -1e6
			}
			return at(i)
		}
	}
	rises, falls := func(i int) int { return i }, func(i int) int { return -i }
	still := func(int) int { return 0 }
	for name, test := range map[string]struct {
		page insales.Page
		want bool
	}{
		"oldest first":                     {page(insales.PageSize, rises), false},
		"a wrong time at the end":          {page(insales.PageSize, lies(rises, insales.PageSize-1)), false},
		"wrong times within":               {page(insales.PageSize, lies(rises, 5, 100, 200)), false},
		"one moment":                       {page(insales.PageSize, still), false},
		"one moment, one wrong":            {page(insales.PageSize, lies(still, insales.PageSize-1)), false},
		"newest first":                     {page(insales.PageSize, falls), true},
		"newest first, some of one moment": {page(insales.PageSize, func(i int) int { return -i / 3 }), true},
		"newest first, a wrong one":        {page(insales.PageSize, lies(falls, 7)), true},
		"all of a short list":              {page(20, falls), false},
		"nothing":                          {page(0, rises), false},
	} {
		stop := Distrust(0, test.page)
		if (stop != nil) != test.want || stop != nil && stop.Problem.Code != problem.FeedUnsorted {
			t.Errorf("%s: %v", name, stop)
		}
	}
}
