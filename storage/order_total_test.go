package storage

import (
	"fmt"
	"testing"
	"time"
)

// TestTotalNearItsBound: a list of as many orders as are counted is not said to have more, where it is not
// known because others came shortly before its time; and one of more is.
func TestTotalNearItsBound(t *testing.T) {
	t.Parallel()
	s := open(t)
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	add := func(n int, at time.Time) {
		t.Helper()
		do(t, s, func(tx *Tx) error {
			for i := range n {
				o := Order{Key: OrderKey{Company: "2", ID: fmt.Sprint(at.Unix(), "-", i)}, State: StateNew, AcceptedAt: at, Total: 100}
				if _, err := tx.AddOrder(&o, Event{Kind: EventReceived}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	add(CountTo/5, from.Add(-time.Minute))
	for _, test := range []struct {
		more int
		want ListTotal
	}{
		{CountTo - 1, ListTotal{Orders: CountTo - 1, More: true}},
		{1, ListTotal{Orders: CountTo, More: true}},
		{1, ListTotal{Orders: CountTo + 1, More: true}},
		{CountTo, ListTotal{Orders: CountTo + 1, More: true}},
	} {
		from = from.Add(time.Second)
		add(test.more, from.Add(time.Minute))
		got, err := s.TotalOf(t.Context(), []string{"2", "3"}, OrderFilter{From: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})
		if got != test.want || err != nil {
			t.Errorf("%+v, want %+v, %v", got, test.want, err)
		}
	}
}
