package outcome

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// The contract's "answers understood", with what becomes of the report.
func TestOfReport(t *testing.T) {
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
		want    Report
		low     time.Duration // of the delay
		high    time.Duration
		problem string
	}{
		{"2xx", nil, 0, 1, Acknowledged, 0, 0, ""},
		{"2xx at last", nil, 100 * h, 200, Acknowledged, 0, 0, ""},
		{"409", answer(409, 0), 0, 1, Stale, 0, 0, ""},
		{"409 late", answer(409, m), 100 * h, 9, Stale, 0, 0, ""},
		{"401", answer(401, 0), 0, 1, Stopped, 0, 0, "chat_rejected status=401"},
		{"403", answer(403, m), 100 * h, 9, Stopped, 0, 0, "chat_rejected status=403"},
		{"400", answer(400, 0), 0, 1, Parked, 0, 0, "report_refused message=no status=400"},
		{"422", answer(422, m), 100 * h, 9, Parked, 0, 0, "report_refused message=no status=422"},
		{"404 first", answer(404, 0), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"404 with a long Retry-After", answer(404, h), m, 2, Again, m, m, ""},
		{"404 before 15 min", answer(404, 0), 15*m - 1, 9, Again, m, m, ""},
		{"404 after 15 min", answer(404, 0), 15 * m, 9, Parked, 0, 0, "report_not_found"},
		{"404 after three days", answer(404, 0), 73 * h, 99, Parked, 0, 0, "report_not_found"},
		{"429 without Retry-After", answer(429, 0), 0, 3, Again, 6400 * ms, 9600 * ms, ""},
		{"429 with Retry-After", answer(429, 90*s), 0, 1, Again, 90 * s, 90 * s, ""},
		{"503 with Retry-After", answer(503, 20*m), m, 4, Again, 20 * m, 20 * m, ""},
		{"503 with a short Retry-After", answer(503, s), h, 12, Again, 40 * m, h, ""},
		{"503 until next year", answer(503, 9000*h), 0, 1, Again, storage.MaxDelay, storage.MaxDelay, ""},
		{"503 after three days", answer(503, m), 72 * h, 99, Parked, 0, 0, "report_expired"},
		{"500 first", answer(500, 0), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"502 fifth", answer(502, 0), m, 5, Again, 25600 * ms, 38400 * ms, ""},
		{"504 often", answer(504, 0), 72*h - 1, 99, Again, 40 * m, storage.MaxDelay, ""},
		{"500 after three days", answer(500, 0), 72 * h, 99, Parked, 0, 0, "report_expired"},
		{"408", answer(408, 0), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"301", answer(301, 0), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"timeout", timeout, 0, 2, Again, 3200 * ms, 4800 * ms, ""},
		{"timeouts for three days", timeout, 72 * h, 99, Parked, 0, 0, "report_expired"},
		{"a program", &wire.ReportError{Kind: "request", Field: "url", Detail: "Анна"}, 0, 1, Parked, 0, 0,
			"report_program field=url kind=request"},
		{"a program after three days", fmt.Errorf("order 1: %w", &wire.ReportError{Kind: "time"}), 73 * h, 5, Parked, 0, 0,
			"report_program field= kind=time"},
		{"a slow program", &wire.ReportError{Kind: "time"}, 73 * h, 4, Again, 12800 * ms, 19200 * ms, ""},
		{"a large program", &wire.ReportError{Kind: "memory"}, 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"a program that yields much", &wire.ReportError{Kind: "output"}, 0, 1, Parked, 0, 0,
			"report_program field= kind=output"},
		{"200 that was not accepted", answer(200, 0), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"200 that was never accepted", answer(200, 0), 72 * h, 99, Parked, 0, 0, "report_expired"},
		{"foreign error", errors.New("out of cheese"), 0, 1, Again, 1600 * ms, 2400 * ms, ""},
		{"clock set back", answer(500, 0), -5 * h, 1, Again, 1600 * ms, 2400 * ms, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			v, delay, p := OfReport(tt.err, now.Add(-tt.age), now, tt.tries)
			if v != tt.want || delay < tt.low || delay > tt.high {
				t.Errorf("verdict %d after %v, want %d after %v to %v", v, delay, tt.want, tt.low, tt.high)
			}
			if problemText(p) != tt.problem {
				t.Errorf("problem %q, want %q", problemText(p), tt.problem)
			}
		})
	}
}
