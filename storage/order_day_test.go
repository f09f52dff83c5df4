package storage

import (
	"fmt"
	"testing"
	"time"
)

// TestDayWithReadAnew: the orders of a day are those that came on it, also if many that were delivered days
// before and could not be read then have become orders in the middle of it.
func TestDayWithReadAnew(t *testing.T) {
	t.Parallel()
	s := open(t)
	day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	n := 0
	add := func(count int, accepted, read time.Time) {
		t.Helper()
		do(t, s, func(tx *Tx) error {
			for range count {
				n++
				o := Order{Key: OrderKey{Company: "2", ID: fmt.Sprint(n)}, State: StateNew, AcceptedAt: accepted}
				if _, err := tx.AddOrder(&o, Event{Kind: EventReceived, At: read}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	before, noon, delivered := day.Add(-30*time.Hour), day.Add(12*time.Hour), day.AddDate(0, 0, -3)
	for _, parts := range [][3]int{{50, 100, 30}, {0, 1, 1}, {400, 30, 400}, {30, 400, 1}, {5, 5, 300}} {
		add(parts[0], before, before)
		add(parts[1], noon, noon)
		add(parts[2], delivered, noon)
		add(3, noon, noon)
		f := OrderFilter{From: day, To: day.AddDate(0, 0, 1)}
		got, err := s.TotalOf(t.Context(), []string{"2"}, f)
		if want := parts[1] + 3; got.Orders != want || err != nil {
			t.Errorf("%v: %d orders of the day, want %d, %v", parts, got.Orders, want, err)
		}
		for _, at := range []*time.Time{&day, &before, &noon, &delivered} {
			*at = at.AddDate(0, 0, 7)
		}
	}
}
