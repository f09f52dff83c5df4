package storage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"
)

// How many orders came when, and how long they took, is counted in order_hours and order_ways
// (migrations/00031_order_hours.sql; storage/order_came.go), an hour to a row. A month of
// one company is at most 720 rows of the one and some thousand of the other, however many
// orders there are. Both are counted for all companies together as well, as the company ''.

// A Span is what came in a stretch of time.
type Span struct {
	Begin, End time.Time
	Orders     int // without those that the chat has marked as tests
	Priced     int // of these, how many say what they cost
	Total      int64
	Arrived    int // of these, how many the shop has

	// Half of those that arrived took no longer than Median. The database keeps it in
	// steps, 1, 2, 3, 5, 10 seconds and so on, so that is an upper bound of the median:
	// the next step, or what the slowest of the step took.
	Median time.Duration
	Slow   time.Duration // what the slowest took

	ways map[int64]way // by the step, in milliseconds
}

// A way is how many orders took one step of time, and what the slowest of them took.
type way struct{ n, slowest int64 }

// Spans gives what came between each edge and the next, and the whole of it; "" are all
// companies together. The edges ascend. An hour belongs to the span in which it begins: in a
// zone that is half an hour apart a day begins at its first full hour of UTC.
func (s *Store) Spans(ctx context.Context, company string, edges []time.Time) ([]Span, Span, error) {
	list := make([]Span, len(edges)-1)
	for i := range list {
		list[i] = Span{Begin: edges[i], End: edges[i+1], ways: map[int64]way{}}
	}
	whole := Span{Begin: edges[0], End: edges[len(edges)-1], ways: map[int64]way{}}
	// The spans that an hour counts in.
	of := func(hour int64) []*Span {
		begin := time.UnixMilli(hour * hourMS)
		i := sort.Search(len(edges), func(i int) bool { return edges[i].After(begin) }) - 1
		if i < 0 || i >= len(list) {
			return nil
		}
		return []*Span{&list[i], &whole}
	}
	from, until := ms(edges[0])/hourMS, ms(whole.End)/hourMS
	rows, err := s.query(ctx, `SELECT hour, orders, priced, total FROM order_hours
		WHERE company = ? AND hour BETWEEN ? AND ?`, company, from, until)
	err = each(rows, err, func(r scanner) error {
		var hour, orders, priced, total int64
		err := r.Scan(&hour, &orders, &priced, &total)
		for _, p := range of(hour) {
			p.Orders, p.Priced, p.Total = p.Orders+int(orders), p.Priced+int(priced), p.Total+total
		}
		return err
	})
	if err != nil {
		return nil, whole, fmt.Errorf("orders by the hour: %w", err)
	}
	rows, err = s.query(ctx, `SELECT hour, within, n, slowest FROM order_ways
		WHERE company = ? AND hour BETWEEN ? AND ?`, company, from, until)
	err = each(rows, err, func(r scanner) error {
		var hour, within, n, slowest int64
		err := r.Scan(&hour, &within, &n, &slowest)
		for _, p := range of(hour) {
			known := p.ways[within]
			p.ways[within] = way{known.n + n, max(known.slowest, slowest)}
		}
		return err
	})
	if err != nil {
		return nil, whole, fmt.Errorf("ways of orders by the hour: %w", err)
	}
	for i := range list {
		list[i].sumUp()
	}
	whole.sumUp()
	return list, whole, nil
}

// hourMS is an hour in milliseconds.
const hourMS = int64(time.Hour / time.Millisecond)

// sumUp says of the ways how long they were.
func (p *Span) sumUp() {
	all := int64(0)
	for _, w := range p.ways {
		all += w.n
		p.Slow = max(p.Slow, time.Duration(w.slowest)*time.Millisecond)
	}
	p.Arrived = int(all)
	passed := int64(0)
	for _, within := range slices.Sorted(maps.Keys(p.ways)) {
		w := p.ways[within]
		if passed += w.n; passed*2 >= all {
			p.Median = time.Duration(min(within, w.slowest)) * time.Millisecond
			return
		}
	}
}
