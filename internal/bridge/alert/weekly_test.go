package alert

import (
	"testing"
	"time"
)

// TestWeeklyDue: from nine o'clock to the end of Monday, also where that day is an hour
// longer or shorter.
func TestWeeklyDue(t *testing.T) {
	for _, test := range []struct {
		zone, at string
		hours    time.Duration // of the day
		due      bool
	}{
		{"Europe/Moscow", "2026-11-30T08:59:59+03:00", 24, false},
		{"Europe/Moscow", "2026-11-30T09:00:00+03:00", 24, true},
		{"Europe/Moscow", "2026-11-30T23:59:59+03:00", 24, true},
		{"Europe/Moscow", "2026-12-01T00:00:00+03:00", 24, false},
		{"Europe/Moscow", "2026-11-29T22:00:00+00:00", 24, false}, // Monday, one o'clock
		{"America/New_York", "2026-11-30T09:00:00+03:00", 24, false},
		// The clocks change on a Monday itself, or in the night to it.
		{"Europe/Berlin", "2000-03-27T08:59:59+02:00", 24, false},
		{"Europe/Berlin", "2000-03-27T09:00:00+02:00", 24, true},
		{"Asia/Damascus", "1997-03-31T08:59:59+03:00", 23, false}, // without a midnight
		{"Asia/Damascus", "1997-03-31T09:00:00+03:00", 23, true},
		{"Asia/Baghdad", "2007-10-01T08:59:59+03:00", 25, false},
		{"Asia/Baghdad", "2007-10-01T09:00:00+03:00", 25, true},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		monday, end, due := weeklyDue(at.In(zone))
		if due != test.due || end.Sub(monday) != test.hours*time.Hour {
			t.Errorf("%s %s: %v, a day of %v", test.zone, test.at, due, end.Sub(monday))
		}
	}
}
