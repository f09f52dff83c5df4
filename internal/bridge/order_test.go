package bridge_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.accept(anOrder("A-1"))
		w.untilState(2*time.Second, "A-1", storage.StateSent)
		list := w.live("A-1")
		if len(list) != 1 || list[0].Total != "990.00" {
			t.Fatalf("shop: %+v", list)
		}
		told := func(want string) func() bool {
			return func() bool { r, ok := w.chat.Status(company, "A-1"); return ok && r.Status == want }
		}
		w.until(2*time.Second, "chat knows", told("new"))
		if err := w.shop.SetStatus(list[0].ID, "otgruzhen"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Minute, "chat knows the dispatch", told("delivering"))
	})
}

func TestLostAnswerIsFoundByItsMarker(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.accept(anOrder("A-0"))
		w.untilState(2*time.Second, "A-0", storage.StateSent)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		w.accept(anOrder("A-1"))
		took := w.untilState(2*time.Second, "A-1", storage.StateSent)
		if n := len(w.live("A-1")); n != 1 {
			t.Fatalf("%d orders in the shop", n)
		}
		t.Logf("found after %v", took)
	})
}

func TestLostRequestIsSentAgainAfterProof(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore, Times: 1})
		w.accept(anOrder("A-1"))
		took := w.untilState(2*time.Minute, "A-1", storage.StateSent)
		if n := len(w.live("A-1")); n != 1 {
			t.Fatalf("%d orders in the shop", n)
		}
		if took < 60*time.Second || took > 90*time.Second {
			t.Errorf("took %v, want 60 to 90 s", took)
		}
	})
}

// A burst must fit the window, leave room for statuses, and be quick.
func TestBurst(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(6 * time.Minute) // a window of its own
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 300 * time.Millisecond})
		start := time.Now()
		var senders sync.WaitGroup
		for i := range 400 {
			senders.Go(func() { w.accept(anOrder(fmt.Sprintf("B-%d", i))) })
		}
		senders.Wait()
		took := w.until(20*time.Second, "400 orders created", func() bool { return len(w.shop.Orders()) == 400 })
		t.Logf("400 orders in %v", took)
		id := w.live("B-7")[0].ID
		if err := w.shop.SetStatus(id, "soglasovan"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Minute, "status of one of them", func() bool {
			r, _ := w.chat.Status(company, "B-7")
			return r.Status == "assembling"
		})
		time.Sleep(time.Until(start.Add(4*time.Minute + 50*time.Second)))
		if used := w.shop.Usage(insalestest.DefaultKeyID); used > 450 {
			t.Errorf("%d requests of the window are used", used)
		} else {
			t.Logf("%d requests of the window are used", used)
		}
		times := map[string]int{}
		for _, o := range w.shop.Orders() {
			_, marker, _ := strings.Cut(o.ManagerComment, "[ineed:")
			id, _, _ := strings.Cut(marker, ":")
			times[id]++
		}
		for i := range 400 {
			if n := times[fmt.Sprintf("B-%d", i)]; n != 1 {
				t.Errorf("order %d is %d times in the shop", i, n)
			}
		}
	})
}

// The same order sent by several connections at once is one order.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		var accepted, duplicate atomic.Int32
		var senders sync.WaitGroup
		for range 20 {
			senders.Go(func() {
				a, err := w.sender().Send(t.Context(), anOrder("A-1").Body())
				switch {
				case err != nil:
					t.Error(err)
				case a.Status == http.StatusAccepted:
					accepted.Add(1)
				case a.Status == http.StatusOK:
					duplicate.Add(1)
				}
			})
		}
		senders.Wait()
		w.untilState(2*time.Second, "A-1", storage.StateSent)
		if accepted.Load() != 1 || duplicate.Load() != 19 || len(w.live("A-1")) != 1 {
			t.Errorf("%d accepted, %d duplicates, %d in the shop", accepted.Load(), duplicate.Load(),
				len(w.live("A-1")))
		}
		a, err := w.sender().Send(t.Context(), anOrder("A-1").Body())
		if want := fmt.Sprint(w.live("A-1")[0].ID); err != nil || !strings.Contains(string(a.Body), want) {
			t.Errorf("a duplicate is answered %s, want the InSales id %s (%v)", a.Body, want, err)
		}
	})
}

// What a switched-off or paused company gets waits until it may leave.
func TestOffAndPausedCompaniesAccept(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		c := settings()
		c.Orders.Paused = true
		w.save(c)
		w.accept(anOrder("A-1"))
		c.Orders.Enabled, c.Orders.Paused = false, false
		w.save(c)
		w.accept(anOrder("A-2"))
		time.Sleep(10 * time.Minute)
		if n := len(w.shop.Orders()); n != 0 {
			t.Fatalf("%d orders left", n)
		}
		c.Orders.Enabled = true
		w.save(c)
		w.untilState(5*time.Second, "A-1", storage.StateSent)
		w.untilState(5*time.Second, "A-2", storage.StateSent)
	})
}

// A gap in the settings leads to a person, and the mended order leaves.
func TestUntranslatableOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Payment = "crypto"
		w.accept(o)
		w.untilState(2*time.Second, "A-1", storage.StateAttention)
		if p := w.get("A-1").Problem; p == nil || p.Code != problem.PaymentUnmapped || p.Args["type"] != "crypto" {
			t.Errorf("problem %+v", p)
		}
		c := settings()
		c.Orders.Payments["crypto"] = 5000002
		w.save(c)
		if _, err := w.desk().Retry(t.Context(), w.get("A-1").Key, "test"); err != nil {
			t.Fatal(err)
		}
		w.untilState(2*time.Second, "A-1", storage.StateSent)
	})
}

// A refusal in the shop's own words needs a person; others are not held up.
func TestRefusedOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Items = []ineedchattest.Item{{VariantID: "42"}}
		w.accept(o)
		w.accept(anOrder("A-2"))
		w.untilState(2*time.Second, "A-1", storage.StateAttention)
		w.untilState(2*time.Second, "A-2", storage.StateSent)
		if p := w.get("A-1").Problem; p.Code != problem.ShopRefused || p.Args["message"] == "" {
			t.Errorf("problem %+v", p)
		}
	})
}

func TestTestOrderNeverLeaves(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o := anOrder("A-1")
		o.Test = true
		w.accept(o)
		time.Sleep(10 * time.Minute)
		if n := len(w.shop.Orders()); n != 0 {
			t.Errorf("%d orders in the shop", n)
		}
	})
}

// An order that waited longer than max_age is released by a person only.
func TestTooOldOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		c := settings()
		c.Orders.Paused = true
		w.save(c)
		w.accept(anOrder("A-1"))
		time.Sleep(25 * time.Hour)
		c.Orders.Paused = false
		w.save(c)
		w.untilState(5*time.Second, "A-1", storage.StateAttention)
		if p := w.get("A-1").Problem; p.Code != problem.TooOld {
			t.Errorf("problem %+v", p)
		}
		if _, err := w.desk().Retry(t.Context(), w.get("A-1").Key, "test"); err != nil {
			t.Fatal(err)
		}
		w.untilState(5*time.Second, "A-1", storage.StateSent)
	})
}

// A cancellation while the order is being sent is a wish.
func TestCancelWhileSending(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault insalestest.Rule
		want  storage.State
	}{
		{"created all the same", insalestest.Rule{Latency: 5 * time.Second}, storage.StateSent},
		{"never arrived", insalestest.Rule{Latency: 5 * time.Second, Action: insalestest.ResetBefore},
			storage.StateCancelled},
		{"refused", insalestest.Rule{Latency: 5 * time.Second, Status: 422}, storage.StateCancelled},
		{"key revoked", insalestest.Rule{Latency: 5 * time.Second, Status: 401}, storage.StateCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				tt.fault.Op, tt.fault.Times = insalestest.OpOrderCreate, 1
				w.shop.Fault(tt.fault)
				w.accept(anOrder("A-1"))
				w.untilState(2*time.Second, "A-1", storage.StateSending)
				if _, err := w.desk().Cancel(t.Context(), w.get("A-1").Key, "test"); err != nil {
					t.Fatal(err)
				}
				w.untilState(2*time.Minute, "A-1", tt.want)
				want := 0
				if tt.want == storage.StateSent {
					want = 1
					if n := w.get("A-1").Notices; len(n) != 1 || n[0].Code != problem.NoticeCreatedAnyway {
						t.Errorf("notices %+v", n)
					}
				}
				time.Sleep(5 * time.Minute)
				if n := len(w.shop.Orders()); n != want {
					t.Errorf("%d orders in the shop, want %d", n, want)
				}
			})
		})
	}
}

// The shop's times have no fractions: what changes later within the second of
// the last read is seen by the next tick all the same.
func TestChangeWithinTheSecondOfTheLastRead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.config = func(c *bridge.Config) { c.PollInterval = time.Second } })
		w.accept(anOrder("A-1"))
		w.accept(anOrder("A-2"))
		w.untilState(time.Second, "A-1", storage.StateSent)
		w.untilState(time.Second, "A-2", storage.StateSent)
		time.Sleep(3 * time.Second)
		for _, id := range []string{"A-2", "A-1"} { // the higher id first
			if err := w.shop.SetStatus(w.live(id)[0].ID, "otgruzhen"); err != nil {
				t.Fatal(err)
			}
			w.until(2500*time.Millisecond, id, func() bool {
				r, _ := w.chat.Status(company, id)
				return r.Status == "delivering"
			})
		}
	})
}
