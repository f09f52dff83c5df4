package bridge_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// toldOf gives the statuses that the chat was told of an order, in turn.
func (w *world) toldOf(id string) (list []string) {
	for _, r := range w.reportsOf(id) {
		list = append(list, r.Status)
	}
	return list
}

// Two changes with their webhooks come while the answer of a poll is on its
// way: whatever that shows, the last one counts. It costs some reads, and at most
// one request by id: marks are kept to the millisecond.
func TestHooksRaceWithAPoll(t *testing.T) {
	t.Parallel()
	for _, first := range []time.Duration{0, time.Second, 3900 * time.Millisecond, 4999 * time.Millisecond} {
		for _, second := range []time.Duration{first, first + time.Millisecond, 5001 * time.Millisecond,
			6 * time.Second} {
			t.Run(fmt.Sprint(first, " ", second), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					reads := make(chan struct{}, 1000)
					w := newWorld(t, hooked, func(w *world) {
						w.tap = func(point string) bool {
							if point == "shop before GET /admin/orders.json" {
								reads <- struct{}{}
							}
							return true
						}
					})
					w.first()
					w.untilHooks(2)
					time.Sleep(6 * time.Minute)
					for len(reads) > 0 {
						<-reads
					}
					slow := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, AnswerDelay: 5 * time.Second})
					<-reads // a poll is under way
					start, byID := time.Now(), w.shop.Count(insalestest.OpOrder)
					time.Sleep(first)
					must(t, w.shop.SetStatus(w.live("first")[0].ID, "soglasovan"))
					time.Sleep(time.Until(start.Add(second)))
					w.dispatched("first")
					w.until(17*time.Second, "the chat knows the last", w.tells("first", "delivering"))
					time.Sleep(time.Minute)
					told := w.toldOf("first")
					if order := slices.Compact(slices.Clone(told)); len(order) != len(told) ||
						told[len(told)-1] != "delivering" || told[0] != "new" || len(told) > 3 {
						t.Errorf("told %v", told)
					}
					if o := w.get("first"); !o.TouchedAt.IsZero() {
						t.Errorf("still marked")
					}
					if n, asked := slow.Hits(), w.shop.Count(insalestest.OpOrder)-byID; n > 5 || asked > 1 {
						t.Errorf("%d reads, %d requests by id", n, asked)
					}
				})
			})
		}
	}
}

// An answer by id that comes late, after a read that is fresher, changes
// nothing; nor does it if both are of one second of the shop's clock.
func TestStaleAnswerAfterAFreshOne(t *testing.T) {
	t.Parallel()
	for _, sameSecond := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.first()
			w.untilHooks(2)
			time.Sleep(time.Minute)
			id := w.live("first")[0].ID
			at := time.Now().Truncate(time.Second)
			// only the request by id sees B
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway, Times: 1})
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrder, AnswerDelay: 20 * time.Second, Times: 1})
			var asking sync.WaitGroup
			set := func(status string) {
				must(t, w.shop.SetStatus(id, status))
				if sameSecond {
					must(t, w.shop.SetUpdatedAt(id, at))
				}
			}
			set("soglasovan")
			desk := w.desk()
			asking.Go(func() { _, _ = desk.RefreshNow(context.Background(), w.key("first"), "test") })
			time.Sleep(1100 * time.Millisecond)
			set("otgruzhen")
			w.until(10*time.Second, "C by a read", w.tells("first", "delivering"))
			asking.Wait()
			time.Sleep(time.Hour)
			if told := fmt.Sprint(w.toldOf("first")); told != "[new delivering]" {
				t.Errorf("same second %v: told %s", sameSecond, told)
			}
		})
	}
}

// For a day all webhooks are lost: each change is known within two polls.
func TestHooksLostForADay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.many(3)
		w.untilHooks(2)
		w.courier.Fault(insalestest.Mishap{Trick: insalestest.Lose})
		way := []string{"v-obrabotke", "soglasovan", "otgruzhen", "dostavlen", "vozvrat", "novyy", "otmenen"}
		words := []string{"accepted", "assembling", "delivering", "completed", "returned", "new", "cancelled"}
		start := time.Now()
		for i := 0; time.Since(start) < 24*time.Hour; i++ {
			time.Sleep(67*time.Minute + time.Duration(i)*777*time.Millisecond)
			id, n := fmt.Sprintf("G-%d", i%3), i/3%len(way)
			must(t, w.shop.SetStatus(w.live(id)[0].ID, way[n]))
			w.until(4*time.Minute, words[n], w.tells(id, words[n]))
		}
		w.courier.ClearFaults()
		w.dispatched("G-0")
		w.until(time.Second, "instantly again", w.tells("G-0", "delivering"))
	})
}

// The shop writes its times in five ways, and in any zone: instants are
// compared, and the same one in another notation is no news.
func TestWaysToWriteATime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.first()
		w.untilHooks(2)
		id := w.live("first")[0].ID
		ways := []struct {
			layout string
			hours  int
		}{
			{"2006-01-02T15:04:05.000-07:00", 3}, {"2006-01-02 15:04:05 -0700", -11}, {"2006-01-02T15:04:05Z07:00", 12},
			{"2006-01-02 15:04:05 UTC", 0}, {"2006-01-02 15:04:05 -07:00", -5}, {"2006-01-02T15:04:05.000-07:00", 10},
		}
		statuses := []string{"v-obrabotke", "soglasovan", "otgruzhen", "novyy", "vozvrat", "dostavlen"}
		words := []string{"accepted", "assembling", "delivering", "new", "returned", "completed"}
		for i, way := range ways {
			must(t, w.shop.Mangle(id, func(o map[string]any) {
				text, _ := o["updated_at"].(string)
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Error(err)
				}
				o["updated_at"] = at.In(time.FixedZone("", way.hours*3600)).Format(way.layout)
			}))
			time.Sleep(10 * time.Minute) // the notation alone is no news
			must(t, w.shop.SetStatus(id, statuses[i]))
			w.until(time.Second, way.layout, w.tells("first", words[i]))
		}
		if told := w.toldOf("first"); !slices.Equal(told, append([]string{"new"}, words...)) {
			t.Errorf("told %v", told)
		}
	})
}

// Behind the settings there suddenly is another shop, with orders of the same
// ids, cancelled and in its trash. Nothing is told of it, whatever was under
// way, neither while it is unconfirmed nor as a new ledger; and if the right
// shop is back, all goes on.
func TestKeySwappedToAnotherShop(t *testing.T) {
	t.Parallel()
	for _, confirmed := range []bool{false, true} {
		t.Run(fmt.Sprint("confirmed ", confirmed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, seldom)
				w.many(4)
				w.untilHooks(2)
				time.Sleep(time.Hour)
				other := insalestest.New(insalestest.Config{AccountID: 424242})
				for range 4 {
					o, err := other.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
						Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
					if err != nil {
						t.Fatal(err)
					}
					must(t, other.SetStatus(o.ID, "otmenen"))
					must(t, other.Trash(o.ID))
				}
				must(t, w.shop.Trash(w.live("G-0")[0].ID)) // about to be asked for by id
				time.Sleep(8 * time.Minute)
				// not even the feed tells
				blind := other.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusOK, Body: "[]"})
				w.net.serve("shop.test", other)
				for i := range 4 {
					if _, err := w.desk().Hooked(t.Context(), w.get(fmt.Sprintf("G-%d", i)).InSalesID); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(26 * time.Hour) // with the daily look by id
				blind.Clear()
				time.Sleep(time.Hour)
				if confirmed {
					_, err := w.proc.bridge.ConfirmAccount(t.Context(), company, "test")
					must(t, err)
					before := other.Count(insalestest.OpOrder)
					time.Sleep(26 * time.Hour)
					if n := other.Count(insalestest.OpOrder) - before; n != 0 {
						t.Errorf("the new shop was asked %d times for orders of the old one", n)
					}
				}
				for i := range 4 {
					if told := fmt.Sprint(w.toldOf(fmt.Sprintf("G-%d", i))); told != "[new]" {
						t.Errorf("G-%d: told %s", i, told)
					}
				}
				if confirmed {
					w.accept(anOrder("A-1"))
					w.untilState(time.Minute, "A-1", storage.StateSent)
					return
				}
				if p := w.problem(); p != problem.AccountChanged {
					t.Errorf("the alarm is %q", p)
				}
				w.net.serve("shop.test", w.shop)
				w.dispatched("G-1")
				w.until(30*time.Minute, "all goes on",
					func() bool { return w.tells("G-0", "cancelled")() && w.tells("G-1", "delivering")() })
				if n := w.told(4, "cancelled"); n != 1 {
					t.Errorf("%d are told cancelled", n)
				}
			})
		})
	}
}
