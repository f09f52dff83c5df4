package bridge_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// problem gives the code of what stops the company, "" for nothing.
func (w *world) problem() string {
	c, err := w.proc.bridge.Company(w.t.Context(), company)
	if err != nil {
		w.t.Fatal(err)
	}
	if c.Problem == nil {
		return ""
	}
	return c.Problem.Code
}

// first sends an order that arrives, so that the shop is known to keep markers.
func (w *world) first() {
	w.t.Helper()
	w.accept(anOrder("first"))
	w.untilState(5*time.Second, "first", storage.StateSent)
}

// A revoked key pauses the company with one alarm; its return ends that, and
// everything that waited arrives once.
func TestRevokedKey(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.shop.RevokeKey(insalestest.DefaultKeyID)
		for i := range 30 {
			w.accept(anOrder(fmt.Sprintf("K-%d", i)))
		}
		w.until(time.Minute, "alarm", func() bool { return w.problem() == problem.KeyRejected })
		before := len(w.shop.Requests())
		time.Sleep(3 * time.Hour)
		if n := len(w.shop.Requests()) - before; n > 300 {
			t.Errorf("%d requests in three hours of a revoked key", n)
		}
		w.shop.AddKey(insalestest.DefaultKeyID, insalestest.DefaultPassword)
		w.until(20*time.Minute, "all created", func() bool { return len(w.shop.Orders()) == 31 })
		w.until(time.Minute, "alarm lifted", func() bool { return w.problem() == "" })
	})
}

// Hours without any connection cost nothing but time.
func TestUnreachableShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.net.setDown("shop.test", true)
		w.proc.rt.CloseIdleConnections()
		w.accept(anOrder("A-1"))
		w.until(time.Minute, "alarm", func() bool { return w.problem() == problem.ShopUnreachable })
		time.Sleep(2 * time.Hour)
		if s := w.get("A-1").State; s != storage.StateNew {
			t.Errorf("state %s", s)
		}
		w.net.setDown("shop.test", false)
		w.untilState(20*time.Minute, "A-1", storage.StateSent)
		if p := w.problem(); p != "" {
			t.Errorf("alarm %q stands", p)
		}
	})
}

// The shop says 500 to everything for an hour: outcomes are unknown, yet none
// is created twice or given up, because the trouble is the company's.
func TestFailingShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500, Commits: true})
		for i := range 10 {
			w.accept(anOrder(fmt.Sprintf("F-%d", i)))
		}
		time.Sleep(time.Minute)
		f.Clear()
		f = w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 502})
		for i := range 10 {
			w.accept(anOrder(fmt.Sprintf("G-%d", i)))
		}
		w.until(5*time.Minute, "alarm", func() bool { return w.problem() == problem.UnknownOutcomes })
		time.Sleep(2 * time.Hour)
		for i := range 10 {
			if s := w.get(fmt.Sprintf("G-%d", i)).State; s == storage.StateAttention {
				t.Errorf("order %d was given up for the shop's trouble", i)
			}
		}
		f.Clear()
		w.until(time.Hour, "all created", func() bool { return len(w.shop.Orders()) == 21 })
		for i := range 10 {
			if n := len(w.live(fmt.Sprintf("F-%d", i))) * len(w.live(fmt.Sprintf("G-%d", i))); n != 1 {
				t.Errorf("orders %d are not once in the shop", i)
			}
		}
	})
}

// One order that the shop cannot digest goes to a person after five proofs;
// the others pass it by.
func TestPoisonedOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Status: 500, Times: 5})
		w.accept(anOrder("bad"))
		for i := range 12 {
			time.Sleep(time.Minute)
			if w.get("bad").State == storage.StateAttention {
				break
			}
			_ = i
		}
		w.untilState(10*time.Minute, "bad", storage.StateAttention)
		if p := w.get("bad").Problem; p.Code != problem.NeverArrives {
			t.Errorf("problem %+v", p)
		}
		w.accept(anOrder("good"))
		w.untilState(5*time.Second, "good", storage.StateSent)
	})
}

// Somebody else uses up the window: one request is let through after the
// shop's Retry-After, and everything arrives.
func TestWindowUsedByOthers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.first()
				w.shop.Use(insalestest.DefaultKeyID, 500)
				for i := range 20 {
					w.accept(anOrder(fmt.Sprintf("W-%d", i)))
				}
				w.until(10*time.Minute, "all created", func() bool { return len(w.shop.Orders()) == 21 })
				refused := 0
				for _, r := range w.shop.Requests() {
					if r.Status == http.StatusTooManyRequests {
						refused++
					}
				}
				if refused > 10 {
					t.Errorf("%d requests were refused", refused)
				}
				if p := w.problem(); p != "" {
					t.Errorf("a full window is no problem of the company, but %q stands", p)
				}
			})
		})
	}
}

// What was remembered while orders were on their way is forgotten when none is:
// in a shop that sells much itself it would fill the database for ever.
func TestLookAlikesAreForgotten(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		remembered := func() (n int) {
			w.withDB(func(db *sql.DB) error { return db.QueryRow("SELECT count(*) FROM look_alikes").Scan(&n) })
			return n
		}
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter,
			LateVisible: 30 * time.Second, Times: 1})
		w.accept(anOrder("A-1"))
		time.Sleep(5 * time.Second)
		for range 3 {
			_, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
				Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
			must(t, err)
		}
		w.until(time.Minute, "the shop's own orders are remembered", func() bool { return remembered() == 3 })
		w.untilState(2*time.Minute, "A-1", storage.StateSent)
		w.until(3*time.Minute, "they are forgotten", func() bool { return remembered() == 0 })
	})
}

// While an order may be in the shop without its marker, a look-alike stops the
// repeat.
func TestLookAlike(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore, Times: 1})
		w.accept(anOrder("A-1"))
		time.Sleep(5 * time.Second)
		other, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "8 (999) 000-00-00",
			Lines: []insalestest.PlacedLine{{VariantID: 500000001}}})
		if err != nil {
			t.Fatal(err)
		}
		w.untilState(3*time.Minute, "A-1", storage.StateAttention)
		if p := w.get("A-1").Problem; p.Code != problem.LookAlike || p.Args["orders"] != fmt.Sprint(other.Number) {
			t.Errorf("problem %+v, want look-alike %d", p, other.Number)
		}
		if _, err := w.desk().Retry(t.Context(), w.get("A-1").Key, "test"); err != nil {
			t.Fatal(err)
		}
		w.untilState(5*time.Second, "A-1", storage.StateSent)
	})
}

// A different customer's order is no look-alike, unless the shop drops markers or does
// not show them.
func TestShopThatDropsTheMarker(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"keeps", "drops", "hides"} {
		t.Run(how, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t)
				w.turn(func(s *insalestest.Switches) {
					s.DropMarker, s.HideManagerComment = how == "drops",
						how == "hides"
				})
				w.first()
				if c := w.company(); c.MarkerKept == nil || *c.MarkerKept != (how == "keeps") ||
					c.Learnt.CommentHidden != (how == "hides") {
					t.Errorf("learnt: %+v", c.Learnt)
				}
				w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetBefore, Times: 1})
				w.accept(anOrder("A-1"))
				time.Sleep(5 * time.Second)
				if _, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
					Lines: []insalestest.PlacedLine{{VariantID: 500000004}}}); err != nil {
					t.Fatal(err)
				}
				want := storage.StateSent
				if how != "keeps" {
					want = storage.StateAttention
				}
				w.untilState(3*time.Minute, "A-1", want)
			})
		})
	}
}

// The shop commits a create up to 49 s after its client has gone.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{time.Second, 20 * time.Second, 35 * time.Second, 49 * time.Second} {
		for _, action := range []insalestest.Rule{{Status: 504}, {Action: insalestest.ResetBefore}} {
			t.Run(fmt.Sprintf("%v %d %s", delay, action.Status, action.Action), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t)
					action.Op, action.Times, action.CommitDelay = insalestest.OpOrderCreate, 1, delay
					w.shop.Fault(action)
					w.accept(anOrder("A-1"))
					w.untilState(2*time.Minute, "A-1", storage.StateSent)
					time.Sleep(5 * time.Minute)
					if n := len(w.live("A-1")); n != 1 {
						t.Errorf("%d orders in the shop", n)
					}
				})
			})
		}
	}
}

// An order of ours that cannot be read in the feed stops everything; it is not
// stepped over, because then it would be created again.
func TestUnreadableOrderWithMarker(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: 503, Times: 1}) // the tick at once misses it
		w.accept(anOrder("A-1"))
		w.until(2*time.Second, "created", func() bool { return len(w.live("A-1")) == 1 })
		id := w.live("A-1")[0].ID
		if err := w.shop.Mangle(id, func(o map[string]any) { o["updated_at"] = "soon" }); err != nil {
			t.Fatal(err)
		}
		w.until(5*time.Minute, "alarm", func() bool { return w.problem() == problem.FeedUnreadable })
		w.accept(anOrder("A-2"))
		time.Sleep(time.Hour)
		if n := len(w.shop.Orders()); n != 2 {
			t.Fatalf("%d orders in the shop: something was sent", n)
		}
		if err := w.shop.Mangle(id, nil); err != nil {
			t.Fatal(err)
		}
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.untilState(5*time.Minute, "A-2", storage.StateSent)
		if n := len(w.shop.Orders()); n != 3 {
			t.Errorf("%d orders in the shop, want 3", n)
		}
	})
}

// A body without our marker that cannot be read is stepped over.
func TestUnreadableForeignOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		o, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.shop.Mangle(o.ID, func(o map[string]any) {
			o["updated_at"], o["id"], o["client"] = 7, "x",
				""
		}); err != nil {
			t.Fatal(err)
		}
		w.restart()
		w.accept(anOrder("A-1"))
		w.untilState(10*time.Second, "A-1", storage.StateSent)
		if p := w.problem(); p != "" {
			t.Errorf("alarm %q", p)
		}
	})
}

// Another account behind the same settings stops everything.
func TestAnotherAccount(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.shop.SetAccountID(424242)
		w.restart()
		w.accept(anOrder("A-1"))
		w.until(time.Minute, "alarm", func() bool { return w.problem() == problem.AccountChanged })
		time.Sleep(time.Hour)
		if n := len(w.shop.Orders()); n != 1 {
			t.Errorf("%d orders in the other shop, want 1", n)
		}
		w.shop.SetAccountID(insalestest.DefaultAccountID)
		w.untilState(10*time.Minute, "A-1", storage.StateSent)
	})
}

// A manager copies an order with its marker: the mapping stays, a person sees both.
func TestCopiedOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		id := w.live("first")[0].ID
		if _, err := w.shop.Copy(id); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Minute, "seen within a poll", func() bool { return len(w.get("first").Notices) == 1 })
		o := w.get("first")
		if o.InSalesID != id || o.Notices[0].Code != problem.NoticeTwoOrders {
			t.Errorf("order %+v", o)
		}
		w.ticksOff("first", func() {
			for _, o := range w.shop.Orders() {
				w.must(w.shop.SetStatus(o.ID, "otgruzhen"))
			}
		})
	})
}

// A second connector that works with another key cannot be seen by its webhooks.
// It is when it brings a chat order of ours into the shop: same id, same phone.
// The order of another tenant, of our other company, or without our customer's
// phone is none of our business.
func TestSecondConnector(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		other := settings()
		other.ID, other.Name = "22", "Другая"
		w.save(other)
		place := func(phone, marker string) int64 {
			o, err := w.shop.PlaceOrder(insalestest.Placement{Phone: phone, ManagerComment: "Заказ из чата\n" + marker,
				Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
			w.must(err)
			return o.ID
		}
		phone := w.get("first").Phone
		const strange = ":aaaaaaaaaaaaaaaa]"
		place("+79995554433", "[ineed:first"+strange)
		place("+7"+phone, "[ineed:unknown"+strange)
		place("+7"+phone, translate.Marker(w.proc.store.DeriveKey("marker"), "22", "first"))
		time.Sleep(5 * time.Minute)
		if n := w.get("first").Notices; len(n) > 0 {
			t.Errorf("noticed %+v", n)
		}
		second := place("8"+phone, "[ineed:first"+strange)
		w.until(3*time.Minute, "seen within a poll", func() bool { return len(w.get("first").Notices) == 1 })
		time.Sleep(10 * time.Minute)
		if n := w.get("first").Notices; len(n) != 1 || n[0].Code != problem.NoticeOrderTwice ||
			n[0].Args["order"] != fmt.Sprint(second) {
			t.Errorf("noticed %+v", n)
		}
		w.ticksOff("first", func() { w.must(w.shop.SetStatus(second, "otgruzhen")) })
	})
}

// ticksOff has a person tick off an order's remarks, which do not come back
// when the orders that they tell of change.
func (w *world) ticksOff(id string, change func()) {
	w.t.Helper()
	_, err := w.desk().Accept(w.t.Context(), w.key(id), "", "test")
	w.must(err)
	change()
	time.Sleep(10 * time.Minute)
	if n := w.get(id).Notices; len(n) > 0 {
		w.t.Errorf("ticked off, and yet %+v", n)
	}
}

// Two companies on one shop and key share its window and never see each
// other's orders; a third company's dead shop holds up nobody.
func TestCompaniesShareAKey(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for _, id := range []string{"3", "4"} {
			c := settings()
			c.ID = id
			w.save(c)
		}
		w.net.serve("dead.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}))
		dead := settings()
		dead.ID, dead.Shop.URL, dead.Orders.Enabled = "5", "http://dead.test", false
		w.save(dead)
		for _, id := range []string{"2", "3", "4"} {
			o := anOrder("same-id")
			o.Company = id
			s := w.sender()
			s.Company = id
			if a, err := s.Send(t.Context(), o.Body()); err != nil || a.Status != http.StatusAccepted {
				t.Fatal(err, a.Status)
			}
		}
		w.until(5*time.Second, "three orders", func() bool { return len(w.shop.Orders()) == 3 })
		time.Sleep(10 * time.Minute)
		w.restart()
		time.Sleep(10 * time.Minute)
		if n := len(w.shop.Orders()); n != 3 {
			t.Errorf("%d orders in the shop", n)
		}
		if o := w.get("same-id"); len(o.Notices) != 0 {
			t.Errorf("notices %+v", o.Notices)
		}
	})
}

// An idle shop costs one request per poll, and each day one for each open order
// and one to look after the webhooks.
func TestIdleShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		time.Sleep(10 * time.Minute)
		before := len(w.shop.Requests())
		time.Sleep(24 * time.Hour)
		if n := len(w.shop.Requests()) - before; n > 24*30+2 {
			t.Errorf("%d requests in a day, want one in two minutes", n)
		}
	})
}

// A right that hides the manager's comment is taken away while the only answer to a
// create is lost: the order stands in the shop without a marker that could be seen, and
// goes to a person although the shop kept markers before. Once the comment is shown
// again, the order is adopted by itself.
func TestCommentHiddenInDoubt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		hide := func(hidden bool) {
			w.shop.Reconfigure(func(c *insalestest.Switches) { c.HideManagerComment = hidden })
		}
		hide(true)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		w.accept(anOrder("A-1"))
		w.untilState(3*time.Minute, "A-1", storage.StateAttention)
		if p, c := w.get("A-1").Problem, w.company(); p.Code != problem.LookAlike || len(w.live("A-1")) != 1 ||
			!c.Learnt.CommentHidden {
			t.Errorf("%+v, %d in the shop, %+v", p, len(w.live("A-1")), c.Learnt)
		}
		hide(false)
		_ = w.shop.SetStatus(w.live("A-1")[0].ID, "v-obrabotke")
		w.untilState(10*time.Minute, "A-1", storage.StateSent)
		if c := w.company(); len(w.live("A-1")) != 1 || !*c.MarkerKept || c.Learnt.CommentHidden {
			t.Errorf("%d in the shop, %+v", len(w.live("A-1")), c.Learnt)
		}
	})
}
