// Package retryafter reads the header Retry-After (RFC 9110, 10.2.3), by which
// whoever is busy or down says how long to stay away.
//
// Both forms are read: seconds, and a date. It never gives less than nothing or
// more than an hour: a header must not hold anybody's orders for a year. What is
// in neither form counts as not said.
package retryafter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest is the longest wait that is believed; who asks for more gets that.
const longest = time.Hour

// Of is how long the sender of h asks to wait; 0 means that it does not.
func Of(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return longest // too many digits for a number
		}
		return Seconds(n)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	// A date is one of the sender's own clock, which the header Date shows.
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return between(until.Sub(now))
}

// Seconds is the wait of n seconds, for those who say it in a body.
func Seconds(n int) time.Duration {
	return between(time.Duration(min(n, int(longest/time.Second))) * time.Second)
}

func between(d time.Duration) time.Duration { return min(max(d, 0), longest) }
