package bridge_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// post sends any webhook and gives the code of its answer.
func (w *world) post(body []byte) int {
	w.t.Helper()
	a, err := w.sender().Send(w.t.Context(), body)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Status
}

// notices gives the codes of an order's notices.
func (w *world) notices(id string) (codes []string) {
	for _, n := range w.get(id).Notices {
		codes = append(codes, n.Code)
	}
	return codes
}

// A payment may come before its order, with it, while it is being created,
// after it, and twice: in the end the shop and the chat know of it, the order
// is there once, and the shop was told at most once.
func TestPaid(t *testing.T) {
	t.Parallel()
	slow := insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 2 * time.Second, Times: 1}
	lost := insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1}
	for _, tt := range []struct {
		name  string
		fault *insalestest.Rule
		at    time.Duration // of the payment, after the order; below 0 = before
		told  int           // updates of the shop
	}{
		{"before", nil, -time.Minute, 0},
		{"during the create", &slow, time.Second, 1},
		{"while the outcome is unknown", &lost, 20 * time.Millisecond, 1},
		{"after", nil, time.Minute, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.first()
				if tt.fault != nil {
					w.shop.Fault(*tt.fault)
				}
				o := anOrder("A-1")
				if tt.at < 0 {
					if code := w.post(o.PaidBody(time.Now())); code != http.StatusAccepted {
						t.Fatal(code)
					}
					if s := w.get("A-1").State; s != storage.StateExpected {
						t.Fatalf("state %s", s)
					}
					time.Sleep(-tt.at)
				}
				w.accept(o)
				if tt.at >= 0 {
					time.Sleep(tt.at)
					if code := w.post(o.PaidBody(time.Now())); code != http.StatusAccepted {
						t.Fatal(code)
					}
				}
				if code := w.post(o.PaidBody(time.Now())); code != http.StatusOK {
					t.Errorf("the second time: %d", code)
				}
				w.untilState(5*time.Second, "A-1", storage.StateSent)
				w.until(5*time.Minute, "the chat knows", func() bool {
					r, _ := w.chat.Status(company, "A-1")
					return r.PaymentStatus == "paid"
				})
				time.Sleep(5 * time.Minute)
				if list := w.live("A-1"); len(list) != 1 || list[0].Financial != "paid" {
					t.Errorf("shop: %+v", list)
				}
				if n := w.shop.Count(insalestest.OpOrderUpdate); n != tt.told {
					t.Errorf("the shop was told %d times, want %d", n, tt.told)
				}
				if !w.get("A-1").Payment.Done {
					t.Error("something is left to do")
				}
			})
		})
	}
}

// The shop does not take payments for an hour: they are tried again, a person
// sees it, and in the end everything is well.
func TestPaidAndTheShopFails(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 403, 429} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			o := anOrder("A-1")
			w.accept(o)
			w.untilState(time.Second, "A-1", storage.StateSent)
			f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderUpdate, Status: status})
			w.post(o.PaidBody(time.Now()))
			time.Sleep(time.Hour)
			if codes := w.notices("A-1"); len(codes) != 1 || codes[0] != problem.NoticePaymentNotTaken {
				t.Errorf("%d: notices %v", status, codes)
			}
			if n := f.Hits(); n > 20 {
				t.Errorf("%d: tried %d times in an hour", status, n)
			}
			f.Clear()
			w.until(time.Hour+time.Minute, "paid in the shop",
				func() bool { return w.live("A-1")[0].Financial == "paid" })
			w.until(time.Minute, "notice gone", func() bool { return len(w.notices("A-1")) == 0 })
		})
	}
}

// A shop that answers well and does not mark the order paid is asked three times. Then a
// person is told, until the order is paid there.
func TestPaidIsIgnored(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.turn(func(s *insalestest.Switches) { s.IgnorePaid, s.EmptyUpdates = true, empty })
			o := anOrder("A-1")
			w.accept(o)
			w.untilState(time.Second, "A-1", storage.StateSent)
			f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderUpdate})
			w.post(o.PaidBody(time.Now()))
			time.Sleep(time.Hour)
			if n := w.get("A-1").Notices; len(n) != 1 || n[0].Code != problem.NoticePaymentNotTaken ||
				n[0].Args["reason"] != "ignored" {
				t.Errorf("empty %v: notices %v", empty, n)
			}
			if n := f.Hits(); n != 3 {
				t.Errorf("empty %v: tried %d times", empty, n)
			}
			stuck, err := w.proc.store.Stuck(t.Context(), company, 9)
			if must(t, err); stuck[problem.NoticePaymentNotTaken] != 1 {
				t.Errorf("empty %v: %v", empty, stuck)
			}
			must(t, w.shop.SetPaid(w.live("A-1")[0].ID))
			w.until(10*time.Minute, "notice gone", func() bool { return len(w.notices("A-1")) == 0 })
		})
	}
}

// A part of the sum is no payment: a person decides.
func TestPaidInPart(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			o, small := anOrder("A-1"), anOrder("A-1")
			small.Items = []ineedchattest.Item{{Price: "10.00"}}
			if before {
				w.post(small.PaidBody(time.Now()))
			}
			w.accept(o)
			w.untilState(time.Second, "A-1", storage.StateSent)
			if !before {
				w.post(small.PaidBody(time.Now()))
			}
			time.Sleep(5 * time.Minute)
			if f := w.live("A-1")[0].Financial; f != "pending" {
				t.Errorf("before %v: %s", before, f)
			}
			if codes := w.notices("A-1"); len(codes) != 1 || codes[0] != problem.NoticePaidInPart {
				t.Errorf("before %v: notices %v", before, codes)
			}
			w.post(o.PaidBody(time.Now())) // now the whole sum
			w.until(10*time.Second, "paid", func() bool { return w.live("A-1")[0].Financial == "paid" })
		})
	}
}

// A cancellation may come before, after or while the order is created.
func TestCancelledByTheChat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(*world)
		at      time.Duration
		state   storage.State
		live    int
		notice  string
	}{
		{"before", nil, -time.Minute, storage.StateCancelled, 0, ""},
		{"while it waits", func(w *world) { c := settings(); c.Orders.Paused = true; w.save(c) }, time.Minute,
			storage.StateCancelled, 0, ""},
		{"while it needs attention", func(w *world) { c := settings(); c.Orders.Payments = nil; w.save(c) },
			time.Minute, storage.StateCancelled, 0, ""},
		{"during the create", func(w *world) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 2 * time.Second})
		}, time.Second, storage.StateSent, 1, problem.NoticeCreatedAnyway},
		{"during a create that is lost", func(w *world) {
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 2 * time.Second,
				Action: insalestest.ResetBefore})
		}, time.Second, storage.StateCancelled, 0, ""},
		{"after", nil, time.Minute, storage.StateSent, 1, problem.NoticeCancelledInChat},
		{"after, and only a person can tell", func(w *world) {
			w.turn(func(c *insalestest.Switches) { c.HideManagerComment = true })
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.HTML, Commits: true, Times: 1})
		}, 7 * time.Minute, storage.StateAttention, 1, problem.NoticeCancelledInChat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				if tt.prepare != nil {
					tt.prepare(w)
				}
				o := anOrder("A-1")
				cancel := func(want int) {
					if code := w.post(o.CancelledBody(time.Now(), "передумал")); code != want {
						t.Errorf("answered %d, want %d", code, want)
					}
				}
				if tt.at < 0 {
					cancel(http.StatusAccepted)
					time.Sleep(-tt.at)
				}
				w.accept(o)
				if tt.at >= 0 {
					time.Sleep(tt.at)
					cancel(http.StatusAccepted)
				}
				cancel(http.StatusOK)
				w.save(settings()) // whatever kept it waiting is over
				time.Sleep(5 * time.Minute)
				if s := w.get("A-1").State; s != tt.state || len(w.live("A-1")) != tt.live {
					t.Errorf("%s and %d in the shop, want %s and %d", s, len(w.live("A-1")), tt.state, tt.live)
				}
				if codes := fmt.Sprint(w.notices("A-1")); codes != fmt.Sprintf("[%s]", tt.notice) {
					t.Errorf("notices %s", codes)
				}
			})
		})
	}
}

// Messages about test orders never lead to an order in the shop.
func TestTestMessages(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Test = true
		w.post(o.PaidBody(time.Now()))
		w.accept(o)
		w.post(o.CancelledBody(time.Now(), ""))
		time.Sleep(5 * time.Minute)
		if n := len(w.shop.Orders()); n != 0 {
			t.Errorf("%d orders in the shop", n)
		}
	})
}
