package company

import (
	"math/rand/v2"
	"time"
)

const (
	// ReadFirst is the delay after a first failure to read, of the shop or of our
	// own store.
	ReadFirst = 2 * time.Second

	// FailuresToAlarm is how many failures in a row without a certain reason make a
	// trouble of the company.
	FailuresToAlarm = 3

	// OpenSecond is for how long a second of the shop may still go on: its times
	// are whole seconds, and orders are changed within one.
	OpenSecond = 2 * time.Second
)

// Backoff gives the delay after n failures (n ≥ 1): first, doubled each time,
// with a fifth of jitter either way so that many do not come back together, and
// never above longest: a due time further away than storage.MaxDelay is due.
func Backoff(n int, first, longest time.Duration) time.Duration {
	d := longest * 5 / 6 // longest with the jitter
	if n < 30 {
		d = min(first<<(n-1), d)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
