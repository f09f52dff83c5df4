package panel

import (
	"fmt"
	"testing"
	"time"
)

// TestChartEdges: days begin at the zone's midnight, whatever the clocks do, and hours are
// whole.
func TestChartEdges(t *testing.T) {
	for _, test := range []struct {
		zone, now, period string
		bars              int
		first, last, end  string
		whole             time.Duration
	}{
		{"Europe/Moscow", "2026-11-29T22:15:00+03:00", periodDay, 24,
			"2026-11-28T23:00", "2026-11-29T22:00", "2026-11-29T23:00", 24 * time.Hour},
		{"Europe/Moscow", "2026-11-29T00:00:00+03:00", periodWeek, 7,
			"2026-11-23T00:00", "2026-11-29T00:00", "2026-11-30T00:00", 7 * 24 * time.Hour},
		{"Europe/Berlin", "2026-10-25T02:30:00+01:00", periodWeek, 7,
			"2026-10-19T00:00", "2026-10-25T00:00", "2026-10-26T00:00", 7*24*time.Hour + time.Hour},
		{"Europe/Berlin", "2026-03-29T12:00:00+02:00", periodMonth, 30,
			"2026-02-28T00:00", "2026-03-29T00:00", "2026-03-30T00:00", 30*24*time.Hour - time.Hour},
		{"Asia/Vladivostok", "2026-11-29T22:15:00+10:00", "other", 24,
			"2026-11-28T23:00", "2026-11-29T22:00", "2026-11-29T23:00", 24 * time.Hour},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		edges := chartEdges(test.period, now.In(zone))
		at := func(i int) string { return edges[i].Format("2006-01-02T15:04") }
		n := len(edges) - 1
		if n != test.bars || at(0) != test.first || at(n-1) != test.last || at(n) != test.end ||
			edges[n].Sub(edges[0]) != test.whole {
			t.Errorf("%s %s: %d bars from %s, last %s to %s, %v", test.zone, test.now, n, at(0), at(n-1), at(n),
				edges[n].Sub(edges[0]))
		}
	}
}

func TestScale(t *testing.T) {
	for _, test := range []struct{ most, step, top int }{
		{0, 1, 1}, {1, 1, 1}, {4, 1, 4}, {5, 1, 5}, {6, 2, 6}, {7, 2, 8}, {10, 2, 10}, {11, 5, 15}, {25, 5, 25},
		{26, 10, 30}, {51, 20, 60}, {100, 20, 100}, {101, 50, 150}, {999, 200, 1000}, {1_000_000, 200_000, 1_000_000},
	} {
		if step, top := scale(test.most); step != test.step || top != test.top {
			t.Errorf("%d: %d to %d, want %d to %d", test.most, step, top, test.step, test.top)
		}
	}
}

// TestWholeUnits: no order took longer than the figure says.
func TestWholeUnits(t *testing.T) {
	for _, test := range []struct{ d, want time.Duration }{
		{0, time.Second}, {900 * time.Millisecond, time.Second}, {time.Second, time.Second},
		{1001 * time.Millisecond, 2 * time.Second}, {59 * time.Second, 59 * time.Second},
		{59001 * time.Millisecond, time.Minute}, {61 * time.Second, 2 * time.Minute},
		{59*time.Minute + time.Second, time.Hour}, {61 * time.Minute, 2 * time.Hour},
		{47*time.Hour + time.Second, 48 * time.Hour}, {49 * time.Hour, 72 * time.Hour},
	} {
		got := wholeUnits(test.d)
		if got != test.want {
			t.Errorf("%v: %v, want %v", test.d, got, test.want)
		}
		if unit, n := inUnits(got); unit == "moment" {
			t.Errorf("%v: %s %s", test.d, unit, fmt.Sprint(n))
		}
	}
}
