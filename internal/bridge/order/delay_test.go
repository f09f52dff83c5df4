package order

import (
	"testing"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/storage"
)

// nominal is a delay without its jitter, worked out the slow way.
func nominal(n int, first, longest time.Duration) time.Duration {
	d := first
	for range n - 1 {
		d = min(2*d, longest)
	}
	return min(d, longest*5/6)
}

func TestBackoff(t *testing.T) {
	const draws = 1000
	for name, p := range map[string][2]time.Duration{
		"probe": {probeFirst, probeLongest}, "read": {company.ReadFirst, readLongest},
		"report":           {outcome.ReportFirst, outcome.ReportLongest},
		"first is longest": {time.Second, time.Second},
	} {
		first, longest, before := p[0], p[1], time.Duration(0)
		for n := 1; n <= 100; n++ {
			want := nominal(n, first, longest)
			low, high, sum := longest, time.Duration(0), time.Duration(0)
			for range draws {
				d := company.Backoff(n, first, longest)
				low, high, sum = min(low, d), max(high, d), sum+d
			}
			mean := sum / draws
			if low < want*8/10-1 || high > want*12/10+1 || high > longest {
				t.Errorf("%s %d: %v to %v, want %v ± 20 %%, at most %v", name, n, low, high, want, longest)
			}
			// A thousand draws miss an eighth of their range once in 10^57.
			if low > want*85/100 || high < want*115/100 {
				t.Errorf("%s %d: %v to %v is no jitter of %v", name, n, low, high, want)
			}
			if mean < before*97/100 {
				t.Errorf("%s %d: %v on average, after %v", name, n, mean, before)
			}
			before = mean
		}
	}
}

// A delay that is further away than a due time can be would be no delay.
func TestBackoffFitsTheStore(t *testing.T) {
	for name, d := range map[string]time.Duration{"probe": probeLongest, "read": readLongest,
		"report": outcome.ReportLongest} {
		if d > storage.MaxDelay {
			t.Errorf("%s: %v is above %v", name, d, storage.MaxDelay)
		}
	}
}
