package feed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// listed is the page that a shop gives of its list.
func listed(list []insales.Order, exclusive bool, from storage.Cursor, size int) insales.Page {
	var page insales.Page
	for _, o := range list {
		same := o.UpdatedAt.Equal(from.UpdatedSince)
		if o.UpdatedAt.Before(from.UpdatedSince) || same && (exclusive || o.ID <= from.FromID) || page.Len == size {
			continue
		}
		page.Orders, page.Len = append(page.Orders, o), page.Len+1
	}
	if page.Len == size {
		page.Len = insales.PageSize // what Full goes by
	}
	return page
}

// Whatever a habit says of a shop, and whether or not the shop has it, a walk shows every
// order and counts none twice, also if many were changed within one second. The one
// exception is that a shop is not known to be exclusive: then it may hide orders of the
// seconds between pages, which is found out by what the list lacks (evidence.go).
func TestWalkByHabit(t *testing.T) {
	for round := range 300 {
		random := rand.New(rand.NewPCG(uint64(round), 14))
		var list []insales.Order
		second := 0
		for id := range int64(1 + random.IntN(60)) {
			second += random.IntN(3) * random.IntN(2)
			list = append(list, changed(second, id+1))
		}
		for _, shop := range []bool{false, true} {
			w := Begin(storage.Feed{Floor: place(-5, 0), MaxAge: time.Hour}, Pass, Habit{Exclusive: true}, time.Hour,
				at(1000), at(1000))
			seen := map[int64]bool{}
			pages := 0
			for more := true; more; pages++ {
				page := listed(list, shop, w.AskedFrom(), 12)
				for _, o := range page.Orders {
					seen[o.ID] = true
				}
				step, err := w.Step(1, page, at(1000))
				if err != nil || pages > 100 {
					t.Fatalf("round %d: page %d: %v", round, pages, err)
				}
				w, more = step.Walk, step.More
			}
			if crowd := mostOfTwoSeconds(list); len(seen) != len(list) && (!shop || crowd < 12) || w.Rows > len(list) ||
				!shop && w.RowsAfter != len(list) {
				t.Errorf("round %d, exclusive %v: %d of %d seen, %d counted, %d in two seconds", round, shop, len(seen),
					len(list), w.RowsAfter, crowd)
			}
		}
	}
}

// mostOfTwoSeconds is how many orders were changed within two seconds that follow each
// other.
func mostOfTwoSeconds(list []insales.Order) (most int) {
	for i, o := range list {
		n := slices.IndexFunc(list[i:], func(p insales.Order) bool {
			return p.UpdatedAt.Sub(o.UpdatedAt) > time.Second
		})
		if n < 0 {
			n = len(list) - i
		}
		most = max(most, n)
	}
	return most
}

// Where a list is asked for, and until when it is whole.
func TestHabit(t *testing.T) {
	for _, tt := range []struct {
		habit  Habit
		from   string // asked for behind the order 6 of second 10
		closed int    // when asked at second 100
		floor  int    // behind a pass that began at second 1000 and ended later
	}{
		{Habit{}, "10,6", 98, 880},
		{Habit{Exclusive: true}, "9,0", 98, 880},
		{Habit{Late: 2 * time.Second}, "10,6", 96, 878},
		{Habit{Late: 10 * time.Minute}, "10,6", -502, 280},
	} {
		from := tt.habit.AskedFrom(place(10, 6))
		if got := fmt.Sprintf("%g,%d", from.UpdatedSince.Sub(at(0)).Seconds(), from.FromID); got != tt.from {
			t.Errorf("%+v: from %s, want %s", tt.habit, got, tt.from)
		}
		if got := tt.habit.Closed(at(100)); !got.Equal(at(tt.closed)) {
			t.Errorf("%+v: closed at %v, want %v", tt.habit, got, at(tt.closed))
		}
		w := Walk{Kind: Pass, Habit: tt.habit, Asked: at(1001), Cursor: place(1000, 7),
			Feed: storage.Feed{PassBegin: at(1000)}}
		if got := w.End().Floor; !got.UpdatedSince.Equal(at(tt.floor)) {
			t.Errorf("%+v: the next pass begins at %v, want %v", tt.habit, got, at(tt.floor))
		}
	}
	if from := (Habit{Exclusive: true}).AskedFrom(
		storage.Cursor{UpdatedSince: at(10).Add(999 * time.Millisecond)}); !from.
		UpdatedSince.Equal(at(9)) {
		t.Errorf("a fraction: from %v", from)
	}
}
