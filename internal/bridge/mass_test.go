//go:build !race

// Thousands of orders take the race detector minutes and show it nothing that
// the other tests do not.

package bridge_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
)

// massPages is how many pages of the shop's feed a mass operation fills: each of them is
// read in the same way, so more of them would only take longer.
const massPages = 20

// A mass operation changes 5,000 orders within one second. All are read, over
// page borders and restarts. It costs at most 50 requests above the idle ones:
// each page is read twice, at once and when nothing can become visible late any
// more, and little else, although the process is stopped and started anew at
// every page. If the plug is pulled at every page with its answer in hand, each
// request is sent twice, the idle ones too: of few pages as of many.
func TestMassOperation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		pages, most int
		times       int                                // that each request is sent
		at          func(w *world, request int64) bool // false pulls the plug with the answer in hand
	}{
		{"stopped once at every page", massPages, 2*massPages + 10, 1, func(w *world, request int64) bool {
			if request <= massPages {
				w.proc.cancel()
			}
			return true
		}},
		{"plug pulled at every page", 6, 15, 2, func(_ *world, request int64) bool { return request%2 == 0 }},
	} {
		n := tt.pages * 250
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var armed atomic.Bool
				var seen atomic.Int64
				w := newWorld(t, func(w *world) {
					w.tap = func(point string) bool {
						if !armed.Load() || !strings.HasPrefix(point, "shop after GET /admin/orders.json") {
							return true
						}
						return tt.at(w, seen.Add(1))
					}
				})
				ids := w.populate(n)
				time.Sleep(time.Hour + time.Minute) // what their creation has moved; in the middle between two polls
				w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Latency: 500 * time.Millisecond})
				at := time.Now().Truncate(time.Second)
				for _, id := range ids {
					must(t, w.shop.SetStatus(id, "otgruzhen"))
					must(t, w.shop.SetUpdatedAt(id, at))
				}
				armed.Store(true)
				for end := time.Now().Add(30 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
					for w.crashed.Load() || w.over() {
						w.stop()
						_ = w.tryStart()
					}
				}
				armed.Store(false)
				extra := int(seen.Load()) - 15*tt.times
				if t.Logf("%d requests above the idle ones for %d pages", extra, tt.pages); extra > tt.most*tt.times {
					t.Errorf("%d requests above the idle ones for %d pages, want at most %d", extra, tt.pages,
						tt.most*tt.times)
				}
				w.until(time.Hour, "all are known", func() bool { return w.told(n, "delivering") == n })
			})
		})
	}
}

// over reports whether this life of the connector has ended.
func (w *world) over() bool {
	select {
	case <-w.proc.done:
		return true
	default:
		return false
	}
}

// 500 delivered orders are archived by one mass operation: nobody is told
// anything, with or without its webhooks, also of those that were delivered and
// archived since the last read.
func TestMassArchiveOfDelivered(t *testing.T) {
	t.Parallel()
	for _, hooks := range []bool{true, false} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			const n = 500
			ids := w.populate(n)
			w.untilHooks(2)
			if !hooks {
				w.courier.Fault(insalestest.Mishap{Trick: insalestest.Lose})
			}
			for _, id := range ids[:n-100] {
				must(t, w.shop.SetStatus(id, "dostavlen"))
			}
			w.until(5*time.Minute, "delivered", func() bool { return w.told(n, "completed") == n-100 })
			for _, id := range ids[n-100:] {
				must(t, w.shop.SetStatus(id, "dostavlen"))
			}
			for _, id := range ids {
				must(t, w.shop.Trash(id))
			}
			time.Sleep(3 * time.Hour)
			if done := w.told(n, "completed"); done != n {
				t.Errorf("webhooks %v: of %d delivered orders the chat knows %d", hooks, n, done)
			}
			for _, r := range w.chat.Reports() {
				if r.Status == "cancelled" {
					t.Fatalf("webhooks %v: told cancelled: %+v", hooks, r)
				}
			}
			if o := w.get("G-0"); len(o.Notices) != 0 {
				t.Errorf("a delivered order has notices %+v", o.Notices)
			}
		})
	}
}
