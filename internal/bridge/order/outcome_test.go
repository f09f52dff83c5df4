package order

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// answered is a failure with the shop's answer.
func answered(status int, change ...func(*insales.Error)) *insales.Error {
	e := &insales.Error{Op: "order_create", Status: status, Reached: true}
	for _, f := range change {
		f(e)
	}
	return e
}

func limited(e *insales.Error) { e.Limited, e.RetryAfter = true, time.Minute }
func shielded(e *insales.Error) {
	e.Page, e.Shielded, e.Shield = true, true, "DDoS-Guard"
}
func torn(e *insales.Error)  { e.Err = io.ErrUnexpectedEOF }
func moved(e *insales.Error) { e.MovedTo = "shop-1.myinsales.ru" }

// Every outcome of a create request, in one table: what it means for the order,
// what it says about the company, and whether the next request would fail too.
// Only what is sure not to have made an order may be anything but unknown.
func TestJudge(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 443},
		Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	for _, tt := range []struct {
		name    string
		err     error
		want    outcome
		problem string
		certain bool
	}{
		{"no connection", &insales.Error{Op: "order_create", Err: refused}, outcomeCompanyFault,
			"shop_unreachable reason=refused", false},
		{"no connection in time", &insales.Error{Op: "order_create", Err: os.ErrDeadlineExceeded}, outcomeCompanyFault,
			"shop_unreachable reason=timeout", false},
		{"reset", &insales.Error{Op: "order_create", Reached: true, Err: reset}, outcomeUnknown,
			"shop_unreachable reason=network", false},
		{"no answer in time", &insales.Error{Op: "order_create", Reached: true, Err: context.DeadlineExceeded},
			outcomeUnknown, "shop_unreachable reason=timeout", false},
		{"refused behind a connection", &insales.Error{Op: "order_create", Reached: true, Err: refused}, outcomeUnknown,
			"shop_unreachable reason=refused", false},
		{"200, torn", answered(200, torn), outcomeUnknown, "shop_failing status=200", false},
		{"201, no order", answered(201, torn), outcomeUnknown, "shop_failing status=201", false},
		{"301", answered(301), outcomeUnknown, "shop_redirects", true},
		{"301 to a host", answered(301, moved), outcomeUnknown, "shop_redirects to=shop-1.myinsales.ru", true},
		{"302", answered(302), outcomeUnknown, "shop_redirects", true},
		{"308", answered(308), outcomeUnknown, "shop_redirects", true},
		{"400", answered(400), outcomeRefused, "shop_failing status=400", false},
		{"401", answered(401), outcomeCompanyFault, "key_rejected", true},
		{"402", answered(402), outcomeUnknown, "shop_failing status=402", false},
		{"403", answered(403), outcomeCompanyFault, "right_missing operation=order_create", true},
		{"404", answered(404), outcomeCompanyFault, "shop_not_found", true},
		{"403 of a protection", answered(403, shielded), outcomeCompanyFault,
			"shop_shielded name=DDoS-Guard status=403", true},
		{"404 of a protection", answered(404, shielded), outcomeCompanyFault,
			"shop_shielded name=DDoS-Guard status=404", true},
		{"400 of a protection", answered(400, shielded), outcomeCompanyFault,
			"shop_shielded name=DDoS-Guard status=400", true},
		{"408 of a protection", answered(408, shielded), outcomeUnknown, "shop_shielded name=DDoS-Guard status=408",
			true},
		{"503 of a protection", answered(503, shielded), outcomeUnknown, "shop_shielded name=DDoS-Guard status=503",
			false},
		{"200 of a protection", answered(200, shielded), outcomeUnknown, "shop_shielded name=DDoS-Guard status=200",
			false},
		{"408", answered(408), outcomeUnknown, "shop_failing status=408", false},
		{"409", answered(409), outcomeUnknown, "shop_failing status=409", false},
		{"413", answered(413), outcomeUnknown, "shop_failing status=413", false},
		{"422", answered(422), outcomeRefused, "shop_failing status=422", false},
		{"423", answered(423), outcomeCompanyFault, "shop_locked", true},
		{"429", answered(429, limited), outcomeNotDelivered, "shop_failing status=429", false},
		{"500", answered(500), outcomeUnknown, "shop_failing status=500", false},
		{"502", answered(502), outcomeUnknown, "shop_failing status=502", false},
		{"503 with API-Usage-Limit", answered(503, limited), outcomeNotDelivered, "shop_failing status=503", false},
		{"503 of a gateway", answered(503), outcomeUnknown, "shop_failing status=503", false},
		{"504", answered(504), outcomeUnknown, "shop_failing status=504", false},
		{"foreign error", errors.New("out of cheese"), outcomeUnknown, "shop_unreachable reason=error", false},
		{"cut off by us", context.Canceled, outcomeUnknown, "shop_unreachable reason=error", false},
	} {
		for name, err := range map[string]error{tt.name: tt.err,
			tt.name + ", wrapped": fmt.Errorf("order 2/A-1: %w", tt.err)} {
			if got := judge(err); got != tt.want {
				t.Errorf("%s: outcome %d, want %d", name, got, tt.want)
			}
			if p := problem.OfShop(err); problemText(&p) != tt.problem {
				t.Errorf("%s: problem %q, want %q", name, problemText(&p), tt.problem)
			}
			if got := problem.Certain(err); got != tt.certain {
				t.Errorf("%s: certain %v, want %v", name, got, tt.certain)
			}
		}
	}
	if got := judge(nil); got != outcomeCreated {
		t.Errorf("no error: outcome %d", got)
	}
}

// problemText is a problem as one text: its code and, by name, its arguments.
func problemText(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	text := p.Code
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		text += " " + name + "=" + p.Args[name]
	}
	return text
}

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
		"report":           {reportFirst, reportLongest},
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

// The contract's "answers understood", with what becomes of the report.
func TestJudgeReport(t *testing.T) {
	answer := func(status int, after time.Duration) error {
		return &ineedchat.Error{Op: ineedchat.OpReportStatus, Status: status, RetryAfter: after, Message: "no"}
	}
	timeout := &ineedchat.Error{Op: ineedchat.OpReportStatus, Err: context.DeadlineExceeded}
	const ms, s, m, h = time.Millisecond, time.Second, time.Minute, time.Hour
	for _, tt := range []struct {
		name    string
		err     error
		age     time.Duration // of the first failure
		tries   int
		want    verdict
		low     time.Duration // of the delay
		high    time.Duration
		problem string
	}{
		{"2xx", nil, 0, 1, reportDone, 0, 0, ""},
		{"2xx at last", nil, 100 * h, 200, reportDone, 0, 0, ""},
		{"409", answer(409, 0), 0, 1, reportStale, 0, 0, ""},
		{"409 late", answer(409, m), 100 * h, 9, reportStale, 0, 0, ""},
		{"401", answer(401, 0), 0, 1, reportStopped, 0, 0, "chat_rejected status=401"},
		{"403", answer(403, m), 100 * h, 9, reportStopped, 0, 0, "chat_rejected status=403"},
		{"400", answer(400, 0), 0, 1, reportParked, 0, 0, "report_refused message=no status=400"},
		{"422", answer(422, m), 100 * h, 9, reportParked, 0, 0, "report_refused message=no status=422"},
		{"404 first", answer(404, 0), 0, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
		{"404 with a long Retry-After", answer(404, h), m, 2, reportAgain, m, m, ""},
		{"404 before 15 min", answer(404, 0), 15*m - 1, 9, reportAgain, m, m, ""},
		{"404 after 15 min", answer(404, 0), 15 * m, 9, reportParked, 0, 0, "report_not_found"},
		{"404 after three days", answer(404, 0), 73 * h, 99, reportParked, 0, 0, "report_not_found"},
		{"429 without Retry-After", answer(429, 0), 0, 3, reportAgain, 6400 * ms, 9600 * ms, ""},
		{"429 with Retry-After", answer(429, 90*s), 0, 1, reportAgain, 90 * s, 90 * s, ""},
		{"503 with Retry-After", answer(503, 20*m), m, 4, reportAgain, 20 * m, 20 * m, ""},
		{"503 with a short Retry-After", answer(503, s), h, 12, reportAgain, 40 * m, h, ""},
		{"503 until next year", answer(503, 9000*h), 0, 1, reportAgain, storage.MaxDelay, storage.MaxDelay, ""},
		{"503 after three days", answer(503, m), 72 * h, 99, reportParked, 0, 0, "report_expired"},
		{"500 first", answer(500, 0), 0, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
		{"502 fifth", answer(502, 0), m, 5, reportAgain, 25600 * ms, 38400 * ms, ""},
		{"504 often", answer(504, 0), 72*h - 1, 99, reportAgain, 40 * m, storage.MaxDelay, ""},
		{"500 after three days", answer(500, 0), 72 * h, 99, reportParked, 0, 0, "report_expired"},
		{"408", answer(408, 0), 0, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
		{"301", answer(301, 0), 0, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
		{"timeout", timeout, 0, 2, reportAgain, 3200 * ms, 4800 * ms, ""},
		{"timeouts for three days", timeout, 72 * h, 99, reportParked, 0, 0, "report_expired"},
		{"foreign error", errors.New("out of cheese"), 0, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
		{"clock set back", answer(500, 0), -5 * h, 1, reportAgain, 1600 * ms, 2400 * ms, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			v, delay, p := judgeReport(tt.err, now.Add(-tt.age), now, tt.tries)
			if v != tt.want || delay < tt.low || delay > tt.high {
				t.Errorf("verdict %d after %v, want %d after %v to %v", v, delay, tt.want, tt.low, tt.high)
			}
			if problemText(p) != tt.problem {
				t.Errorf("problem %q, want %q", problemText(p), tt.problem)
			}
		})
	}
}

// A delay that is further away than a due time can be would be no delay.
func TestBackoffFitsTheStore(t *testing.T) {
	for name, d := range map[string]time.Duration{"probe": probeLongest, "read": readLongest, "report": reportLongest} {
		if d > storage.MaxDelay {
			t.Errorf("%s: %v is above %v", name, d, storage.MaxDelay)
		}
	}
}
