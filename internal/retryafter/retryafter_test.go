package retryafter_test

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/retryafter"
)

// TestOf: both forms, their neighbours, and what is neither.
func TestOf(t *testing.T) {
	const noon = "Mon, 23 Nov 2026 12:00:00 GMT"
	for _, test := range []struct {
		text, date string
		want       time.Duration
	}{
		{"", "", 0}, {" ", "", 0}, {"0", "", 0}, {"1", "", time.Second}, {" 7 ", "", 7 * time.Second},
		{"007", "", 7 * time.Second}, {"3599", "", time.Hour - time.Second}, {"3600", "", time.Hour},
		{"3601", "", time.Hour}, {"9223372036", "", time.Hour}, {"9223372036854775807", "", time.Hour},
		{"99999999999999999999", "", time.Hour},
		{"-5", "", 0}, {"+5", "", 0}, {"1.5", "", 0}, {"5s", "", 0}, {"5, 6", "", 0}, {"soon", "", 0}, {"٥", "", 0},
		{"Mon, 23 Nov 2026 12:01:30 GMT", noon, 90 * time.Second},
		{"Monday, 23-Nov-26 12:01:30 GMT", noon, 90 * time.Second},
		{"Mon Nov 23 12:01:30 2026", noon, 90 * time.Second},
		{noon, noon, 0}, {"Mon, 23 Nov 2026 11:59:59 GMT", noon, 0}, {"Mon, 01 Jan 0001 00:00:00 GMT", noon, 0},
		{"Mon, 23 Nov 2026 13:00:00 GMT", noon, time.Hour}, {"Mon, 23 Nov 2026 13:00:01 GMT", noon, time.Hour},
		{"Fri, 31 Dec 9999 23:59:59 GMT", noon, time.Hour}, {"Mon, 23 Nov 2026", noon, 0},
		{"7", noon, 7 * time.Second},
	} {
		h := http.Header{"Retry-After": {test.text}, "Date": {test.date}}
		if got := retryafter.Of(h); got != test.want {
			t.Errorf("%q at %q: %v, want %v", test.text, test.date, got, test.want)
		}
	}
	if got := retryafter.Of(nil); got != 0 {
		t.Errorf("without headers: %v", got)
	}
}

// TestOfOwnClock: where the sender shows no clock, or none that can be read, a
// date is one of ours.
func TestOfOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, date := range []string{"", "yesterday"} {
			until := time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
			got := retryafter.Of(http.Header{"Retry-After": {until}, "Date": {date}})
			if got != time.Minute {
				t.Errorf("%q: %v", date, got)
			}
		}
	})
}

func TestSeconds(t *testing.T) {
	for n, want := range map[int]time.Duration{
		math.MinInt: 0, -1: 0, 0: 0, 1: time.Second, 3600: time.Hour, 3601: time.Hour, math.MaxInt: time.Hour,
	} {
		if got := retryafter.Seconds(n); got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}
