package bridge_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// batchPath is where the batches of the company go.
const batchPath = "/v1/companies/" + company + "/catalog/"

// with replaces the settings that the company begins with.
func with(c func() storage.Company) func(*world) { return func(w *world) { w.settings = c } }

// catalogAndOrders are the settings of a company that syncs both.
func catalogAndOrders() storage.Company {
	c := settings()
	c.Catalog.Enabled = true
	return c
}

// The chat asks for everything once: the next run gives it that, and is done.
func TestCatalogResync(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		time.Sleep(2 * time.Hour)
		before := len(w.runs())
		w.chat.ForgetCatalog(company)
		w.rename(w.some(1)[0], "Другое имя")
		w.ran(before+2, 12*time.Minute)
		runs := w.runs()
		if r := runs[1]; r.Outcome != storage.RunResync || r.Full {
			t.Errorf("%+v", r)
		}
		if r := runs[0]; !r.Full || r.Cause != storage.CauseResync || r.Outcome != storage.RunDone {
			t.Errorf("%+v", r)
		}
		w.same()
		w.ran(before+3, 6*time.Minute)
		if r := w.runs()[0]; r.Full {
			t.Errorf("%+v", r)
		}
	})
}

// A chat that never has enough gets everything once an hour and nothing in
// between. Orders and statuses go on.
func TestCatalogResyncForever(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), with(catalogAndOrders))
		w.ran(1, 10*time.Minute)
		w.chat.RequireResyncForever(company)
		since := len(w.batches(0))
		w.rename(w.some(1)[0], "Другое имя")
		time.Sleep(3 * time.Hour)
		w.accept(anOrder("A-1"))
		w.untilState(time.Minute, "A-1", storage.StateSent)
		w.must(w.shop.SetStatus(w.live("A-1")[0].ID, "otgruzhen"))
		w.until(5*time.Minute, "the status is known",
			func() bool { r, ok := w.chat.Status(company, "A-1"); return ok && r.Status == "delivering" })
		time.Sleep(3 * time.Hour)
		got := w.batches(since)
		if fulls := len(syncsOf(got, "full")); fulls < 5 || fulls > 7 {
			t.Errorf("%d full syncs in six hours", fulls)
		}
		if deltas := len(syncsOf(got, "delta")); deltas != 1 {
			t.Errorf("%d syncs of differences, want the first only", deltas)
		}
		if len(got) > 8 {
			t.Errorf("%d batches", len(got))
		}
		w.chat.RequireResync(company)
		w.becomesSame(2 * time.Hour)
	})
}

// What the chat refuses of a batch stays dirty, and the rest goes on. It is
// tried again by its id, ever more rarely, and at once when it changes.
func TestCatalogItemErrors(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		ids := w.some(2)
		var bad atomic.Bool
		w.chat.RejectItem(func(_, product string) (string, string) {
			if bad.Load() && product == id64(ids[0]) {
				return "title", "не нравится"
			}
			return "", ""
		})
		bad.Store(true)
		since := len(w.batches(0))
		w.rename(ids[0], "Плохой")
		w.rename(ids[1], "Хороший")
		run := w.ran(2, 6*time.Minute)
		if run.Refused != 1 || run.Changed != 1 || run.Outcome != storage.RunDone {
			t.Errorf("%+v", run)
		}
		if p := w.chat.Catalog(company).Products[id64(ids[1])]; p.Title != "Хороший" {
			t.Errorf("%+v", p)
		}
		if v := w.catalog(); v.Census.Waiting != 1 {
			t.Errorf("%+v", v.Census)
		}
		time.Sleep(20 * time.Hour) // 240 runs
		tries := w.batches(since)
		if len(tries) < 6 || len(tries) > 12 {
			t.Errorf("%d tries in twenty hours", len(tries))
		}
		for i := 3; i < len(tries); i++ {
			if now, before := tries[i].At.Sub(tries[i-1].At), tries[i-1].At.Sub(tries[i-2].At); now < before {
				t.Errorf("try %d came after %v, the one before after %v", i, now, before)
			}
		}
		// Another content is tried at once.
		w.rename(ids[0], "Опять плохой")
		w.sync(false)
		if n := len(w.batches(since)); n != len(tries)+1 {
			t.Errorf("%d batches, want %d", n, len(tries)+1)
		}
		bad.Store(false)
		w.rename(ids[0], "Теперь хороший")
		w.sync(false)
		w.same()
		if v := w.catalog(); v.Census.Waiting != 0 {
			t.Errorf("%+v", v.Census)
		}
	})
}

// The first sync ends also if a product is refused; it comes later.
func TestCatalogItemErrorsInFirstSync(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var bad atomic.Bool
		bad.Store(true)
		w := newWorld(t, withCatalog(60), func(w *world) {
			w.chat.RejectItem(func(_, product string) (string, string) {
				if bad.Load() && strings.HasSuffix(product, "1") {
					return "price", "слишком дорого"
				}
				return "", ""
			})
		})
		run := w.ran(1, 10*time.Minute)
		if !w.chat.Catalog(company).Complete || run.Refused == 0 {
			t.Errorf("%+v", run)
		}
		bad.Store(false)
		w.becomesSame(20 * time.Minute)
		if runs := w.runs(); runs[0].Full {
			t.Errorf("%+v", runs[0])
		}
	})
}

// A chat that does not believe our token stops this company's catalog, and
// nothing else, until the settings change.
func TestCatalogTokenRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60), with(catalogAndOrders))
				w.ran(1, 10*time.Minute)
				f := w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: status})
				w.rename(w.some(1)[0], "Другое имя")
				time.Sleep(3 * time.Hour)
				if f.Hits() != 1 {
					t.Errorf("asked %d times", f.Hits())
				}
				c, err := w.proc.bridge.Company(t.Context(), company)
				if err != nil || c.CatalogFault == nil || c.CatalogFault.Code != problem.CatalogRejected ||
					c.ChatFault != nil {
					t.Errorf("%v %+v", err, c.CatalogFault)
				}
				w.accept(anOrder("A-1"))
				w.untilState(time.Minute, "A-1", storage.StateSent)
				w.until(time.Minute, "the order is reported",
					func() bool { _, ok := w.chat.Status(company, "A-1"); return ok })
				w.restart()
				time.Sleep(time.Hour)
				if f.Hits() != 1 {
					t.Errorf("asked %d times", f.Hits())
				}
				w.chat.ClearFaults()
				w.save(catalogAndOrders())
				w.becomesSame(6 * time.Minute)
			})
		})
	}
}

// A refusal that comes after the settings have changed speaks of the old ones.
func TestCatalogTokenRefusedTooLate(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		f := w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 401, Latency: 10 * time.Second, Times: 1})
		w.rename(w.some(1)[0], "Другое имя")
		w.until(6*time.Minute, "asked", func() bool { return f.Hits() > 0 })
		w.save(catalogOnly())
		w.becomesSame(6 * time.Minute)
	})
}

// The chat's Retry-After is obeyed.
func TestCatalogRetryAfter(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60))
				w.ran(1, 10*time.Minute)
				f := w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: status,
					Header: http.Header{"Retry-After": {"1200"}}, Times: 2})
				id := w.some(1)[0]
				w.rename(id, "Другое имя")
				w.until(6*time.Minute, "asked", func() bool { return f.Hits() == 1 })
				time.Sleep(1190 * time.Second)
				if f.Hits() != 1 {
					t.Error("asked again too early")
				}
				w.until(time.Minute, "asked again", func() bool { return f.Hits() == 2 })
				if wait := w.until(30*time.Minute, "taken",
					func() bool {
						return w.chat.Catalog(company).Products[id64(id)].Title == "Другое имя"
					}); wait < 1190*time.Second {
					t.Errorf("came after %v", wait)
				}
			})
		})
	}
}

// When a chat that was away for hours is back, it gets what the shop has then,
// whatever the connector did meanwhile. One alarm stands until then.
func TestCatalogChatAway(t *testing.T) {
	t.Parallel()
	for _, back := range []string{"while it runs", "after a restart", "while it is stopped"} {
		t.Run(back, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60))
				w.ran(1, 10*time.Minute)
				w.chat.Watch("Устарело")
				w.net.setDown("chat.test", true)
				w.proc.rt.CloseIdleConnections()
				ids := w.some(3)
				w.rename(ids[0], "Устарело")
				time.Sleep(20 * time.Minute)
				for range 50 {
					if p := w.catalog().Problem; p == nil || p.Code != problem.ChatFailing {
						t.Fatalf("%+v", p)
					}
					time.Sleep(time.Minute)
				}
				w.rename(ids[0], "Совсем новое имя")
				w.hide(ids[1:2])
				time.Sleep(5 * time.Hour)
				if w.catalog().Running.Seen > 66 {
					t.Errorf("%+v", w.catalog().Running)
				}
				switch back {
				case "after a restart":
					w.restart()
					time.Sleep(2 * time.Minute)
					w.net.setDown("chat.test", false)
				case "while it is stopped":
					w.stop()
					w.net.setDown("chat.test", false)
					w.start()
				default:
					w.net.setDown("chat.test", false)
				}
				w.becomesSame(12 * time.Minute)
				if w.chat.CatalogContains("Устарело") {
					t.Error("the chat got what the shop had hours ago")
				}
				w.until(time.Minute, "no alarm", func() bool { return w.catalog().Problem == nil })
			})
		})
	}
}

// A long run whose newest batch has waited for its end is not read again
// because the chat stumbles once.
func TestCatalogChatStumbles(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300), every(time.Hour))
		w.ran(1, 10*time.Minute)
		time.Sleep(23 * time.Hour)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 10, Status: 504})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Latency: 50 * time.Second})
		w.chat.Fault(ineedchattest.Rule{Status: 500, Times: 1})
		id := w.some(1)[0]
		w.rename(id, "Другое имя")
		w.must(w.shop.SetProductUpdatedAt(id, time.Now().Add(-5*365*24*time.Hour))) // on the first page
		w.until(3*time.Hour, "everything is read",
			func() bool { r := w.runs()[0]; return r.Everything && !r.EndedAt.IsZero() })
		w.same()
		if r := w.runs()[0]; r.EndedAt.Sub(r.BeganAt) < 25*time.Minute || r.Requests > 45 || r.Seen > 310 ||
			r.Changed != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// A page of HTML with code 200, as of a proxy, acknowledges nothing.
func TestCatalogAnswerOfSomebodyElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 200, Body: "<html><body>Ведутся работы</body></html>",
			Times: 3})
		w.rename(w.some(1)[0], "Другое имя")
		w.becomesSame(10 * time.Minute)
	})
}

// A chat that is there again lifts the alarm about its absence whatever it
// answers.
func TestCatalogChatBackWithWishes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer func(*world)
		fault  string
	}{
		"everything": {func(w *world) { w.chat.RequireResync(company) }, ""},
		"another token": {func(w *world) { w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 401}) },
			problem.CatalogRejected},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(60))
				w.ran(1, 10*time.Minute)
				f := w.chat.Fault(ineedchattest.Rule{Path: batchPath, Status: 500})
				w.rename(w.some(1)[0], "Другое имя")
				time.Sleep(30 * time.Minute)
				if p := w.catalog().Problem; p == nil || p.Code != problem.ChatFailing || p.Args["status"] != "500" {
					t.Fatalf("%+v", p)
				}
				f.Clear()
				tc.answer(w)
				time.Sleep(6 * time.Minute)
				if p := w.catalog().Problem; p != nil {
					t.Errorf("%+v", p)
				}
				c, err := w.proc.bridge.Company(t.Context(), company)
				w.must(err)
				if got := c.CatalogFault; (got == nil) != (tc.fault == "") || got != nil && got.Code != tc.fault {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}
