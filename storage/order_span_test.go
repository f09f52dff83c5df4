package storage

import (
	"fmt"
	"testing"
	"time"
)

// TestSpans: what came is counted by the hour as orders come and arrive, for its company and
// for all, and a day is as long as the zone makes it.
func TestSpans(t *testing.T) {
	t.Parallel()
	s := open(t)
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	// On 25 October 2026 the clocks of Berlin go back: the day has 25 hours.
	day := func(d, h int) time.Time { return time.Date(2026, 10, d, h, 0, 0, 0, zone) }
	n := 0
	add := func(company string, at time.Time, took time.Duration, total int64, state State) {
		t.Helper()
		n++
		key := OrderKey{Company: company, ID: fmt.Sprint(n), Test: state == StateTest}
		addOrder(t, s, Order{Key: key, State: state, AcceptedAt: at, Total: total})
		if took == 0 {
			return
		}
		do(t, s, func(tx *Tx) error {
			o, err := tx.Order(key)
			if err != nil {
				return err
			}
			o.State, o.SentAt = StateSent, at.Add(took)
			return tx.PutOrder(&o, state, o.Attempt)
		})
	}
	add("2", day(24, 23), 1500*time.Millisecond, 129000, StateNew)
	add("2", day(25, 0), 800*time.Millisecond, 100, StateNew)
	add("2", day(25, 1), 2500*time.Millisecond, 0, StateNew)
	add("2", day(25, 23), 25*time.Hour, 50, StateAttention)
	add("2", day(25, 12), 0, 0, StateExpected)
	add("2", day(25, 13), 0, 7, StateTest)
	add("2", day(26, 0), 0, 200, StateNew)
	add("3", day(25, 12), time.Minute, 1000, StateNew)

	edges := []time.Time{day(24, 0), day(25, 0), day(26, 0), day(27, 0)}
	if edges[2].Sub(edges[1]) != 25*time.Hour {
		t.Fatal("the day has no 25 hours")
	}
	for _, test := range []struct{ company, want string }{
		{"2", "1/1/129000/1/1.5s/1.5s 3/2/150/3/2.5s/25h0m0s 1/1/200/0/0s/0s = 5/4/129350/4/1.5s/25h0m0s"},
		{"3", "0/0/0/0/0s/0s 1/1/1000/1/1m0s/1m0s 0/0/0/0/0s/0s = 1/1/1000/1/1m0s/1m0s"},
		{"", "1/1/129000/1/1.5s/1.5s 4/3/1150/4/2.5s/25h0m0s 1/1/200/0/0s/0s = 6/5/130350/5/2.5s/25h0m0s"},
	} {
		list, whole, err := s.Spans(t.Context(), test.company, edges)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, p := range append(list, whole) {
			text += fmt.Sprintf("%d/%d/%d/%d/%v/%v ", p.Orders, p.Priced, p.Total, p.Arrived, p.Median, p.Slow)
		}
		var a, b, c, d string
		if _, err := fmt.Sscan(text, &a, &b, &c, &d); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s %s = %s", a, b, c, d); got != test.want {
			t.Errorf("company %q: %s\nwant %s", test.company, got, test.want)
		}
	}

	// An order whose payment came first counts once it is there.
	o, err := s.Order(t.Context(), OrderKey{Company: "2", ID: "5"})
	if err != nil {
		t.Fatal(err)
	}
	o.State, o.Total = StateNew, 300
	do(t, s, func(tx *Tx) error { return tx.PutOrder(&o, StateExpected, 0) })
	if _, whole, err := s.Spans(t.Context(), "2", edges); err != nil || whole.Orders != 6 || whole.Total != 129650 {
		t.Errorf("%+v %v", whole, err)
	}
}

// TestSpanSteps: the median is an upper bound, and never above what the slowest took.
func TestSpanSteps(t *testing.T) {
	for _, test := range []struct {
		ways map[int64]way
		want time.Duration
	}{
		{map[int64]way{1000: {1, 300}}, 300 * time.Millisecond},
		{map[int64]way{1000: {1, 900}, 2000: {1, 1800}}, 900 * time.Millisecond},
		{map[int64]way{1000: {1, 900}, 2000: {2, 2000}}, 2 * time.Second},
		{map[int64]way{1000: {2, 900}, 5000: {3, 5000}, 1 << 50: {1, 90000000}}, 5 * time.Second},
		{nil, 0},
	} {
		p := Span{ways: test.ways}
		if p.sumUp(); p.Median != test.want {
			t.Errorf("%v: %v, want %v", test.ways, p.Median, test.want)
		}
	}
}

// TestHoursArePruned: what no chart shows any more is forgotten, of each company and of all
// together, a bounded number at a time, and what is shown stays.
func TestHoursArePruned(t *testing.T) {
	t.Parallel()
	s := open(t)
	begin := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for _, company := range []string{"2", "3"} {
		for n := range 6 {
			addOrder(t, s, Order{Key: OrderKey{Company: company, ID: fmt.Sprint(n)}, State: StateSent,
				AcceptedAt: begin.Add(time.Duration(n) * time.Hour), SentAt: begin.Add(time.Duration(n)*time.Hour + time.Second)})
		}
	}
	var total int64
	for n := int64(1); n > 0; total += n {
		do(t, s, func(tx *Tx) (err error) {
			n, err = tx.PruneHours(begin.Add(4*time.Hour), 5)
			return err
		})
		if n > 5 {
			t.Fatalf("%d rows at once", n)
		}
	}
	if total != 12 { // four hours of two companies, and of both
		t.Errorf("%d rows were forgotten, want 12", total)
	}
	for company, want := range map[string]int{"2": 2, "3": 2, "": 4} {
		_, whole, err := s.Spans(t.Context(), company, []time.Time{begin, begin.Add(24 * time.Hour)})
		if err != nil || whole.Orders != want || whole.Arrived != want {
			t.Errorf("company %q: %+v %v, want %d orders", company, whole, err, want)
		}
	}
}
