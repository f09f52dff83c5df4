package bridge_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// seldom polls every ten minutes: a day of that is quick to live through.
func seldom(w *world) { polling(10 * time.Minute)(w) }

// polling polls at an interval.
func polling(interval time.Duration) func(*world) {
	return func(w *world) {
		more := w.config
		w.config = func(c *bridge.Config) {
			if more != nil {
				more(c)
			}
			c.PollInterval = interval
		}
	}
}

// many makes so many orders in the shop, G-0 and so on.
func (w *world) many(n int) {
	w.t.Helper()
	for i := range n {
		w.accept(anOrder(fmt.Sprintf("G-%d", i)))
	}
	w.until(10*time.Minute, "all created", func() bool { return len(w.shop.Orders()) >= n })
	w.until(time.Minute, "all known", func() bool { return w.get(fmt.Sprintf("G-%d", n-1)).State == storage.StateSent })
}

// told counts the orders G-0 to G-(n-1) that the chat knows with a status.
func (w *world) told(n int, status string) (count int) {
	for i := range n {
		if w.tells(fmt.Sprintf("G-%d", i), status)() {
			count++
		}
	}
	return count
}

// each runs f on the shop's id of the orders G-0 to G-(n-1).
func (w *world) each(n int, f func(int64) error) {
	w.t.Helper()
	for i := range n {
		if err := f(w.live(fmt.Sprintf("G-%d", i))[0].ID); err != nil {
			w.t.Fatal(err)
		}
	}
}

// An order that is archived or deleted is reported cancelled, but only ten
// minutes later, and not if it is back by then.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		hooks  bool
		remove func(*world, int64) error
		most   time.Duration
	}{
		{"archived, with its webhook", true, func(w *world, id int64) error { return w.shop.Trash(id) },
			15 * time.Minute},
		{"archived, by polling", false, func(w *world, id int64) error { return w.shop.Trash(id) }, 15 * time.Minute},
		{"deleted, with its webhook", true, func(w *world, id int64) error { return w.shop.HardDelete(id) },
			15 * time.Minute},
		{"deleted, by the daily look", false, func(w *world, id int64) error { return w.shop.HardDelete(id) },
			25 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) {
					if tt.hooks {
						hooked(w)
					}
					if tt.most > time.Hour {
						seldom(w)
					}
				})
				w.many(3)
				if tt.hooks {
					w.untilHooks(2)
				}
				time.Sleep(time.Minute)
				if err := tt.remove(w, w.live("G-1")[0].ID); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				w.until(tt.most, "reported", w.tells("G-1", "cancelled"))
				if took := time.Since(start); took < 10*time.Minute {
					t.Errorf("told after %v", took)
				}
				if n := w.told(3, "cancelled"); n != 1 {
					t.Errorf("%d are told cancelled", n)
				}
			})
		})
	}
}

// An order that is in the trash before its lost answer led to it is found there.
func TestGoneBeforeItWasAdopted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.many(2)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		blind := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway})
		w.accept(anOrder("A-1"))
		w.until(time.Second, "created", func() bool { return len(w.live("A-1")) == 1 })
		if err := w.shop.Trash(w.live("A-1")[0].ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute) // longer than passes overlap
		blind.Clear()
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.until(20*time.Minute, "told", w.tells("A-1", "cancelled"))
	})
}

// A manager who takes an order out of the trash again in time, or later.
func TestBackFromTheTrash(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{5 * time.Minute, time.Hour} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.many(2)
			id := w.live("G-1")[0].ID
			if err := w.shop.Trash(id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			if err := w.shop.Restore(id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			if !w.tells("G-1", "new")() {
				r, _ := w.chat.Status(company, "G-1")
				t.Errorf("after %v the chat knows %+v", after, r)
			}
			if o := w.get("G-1"); !o.GoneAt.IsZero() || len(o.Notices) != 0 {
				t.Errorf("gone %v, notices %v", o.GoneAt, o.Notices)
			}
			for _, r := range w.chat.Reports() {
				if r.Status == "cancelled" && after < 10*time.Minute {
					t.Error("told cancelled for nothing")
				}
			}
		})
	}
}

// Archiving what is delivered changes nothing; archiving many open orders at
// once waits for a person, who confirms them one by one.
func TestMassArchive(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		const n = 60
		w.many(n)
		w.untilHooks(2)
		w.each(n/2, func(id int64) error { return w.shop.SetStatus(id, "dostavlen") })
		w.until(5*time.Minute, "delivered", func() bool { return w.told(n, "completed") == n/2 })
		w.each(n, w.shop.Trash)
		time.Sleep(3 * time.Hour)
		if done, open, gone := w.told(n, "completed"), w.told(n, "new"), w.told(n, "cancelled"); done != n/2 ||
			open != n/2 || gone != 0 {
			t.Errorf("%d completed, %d new, %d cancelled", done, open, gone)
		}
		if o := w.get("G-0"); len(o.Notices) != 0 {
			t.Errorf("a delivered order has notices %+v", o.Notices)
		}
		for i := n / 2; i < n/2+15; i++ {
			if _, err := w.desk().RefreshNow(t.Context(), w.key(fmt.Sprintf("G-%d", i)), "test"); err != nil {
				t.Fatal(err)
			}
		}
		w.until(30*time.Minute, "those and, when there are few left, the others",
			func() bool { return w.told(n, "cancelled") == n/2 })
	})
}

// Instead a person may confirm all that are gone now with one word. Each is asked
// for once more: one that is there after all is not told, nor what goes later.
func TestMassArchiveConfirmed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		const n = 60
		w.many(2 * n)
		w.untilHooks(2)
		waiting := func() int {
			k, err := w.desk().GoneWaiting(t.Context())
			w.must(err)
			return k
		}
		confirm := func() (int, error) { return w.desk().ConfirmGone(t.Context(), "test") }
		if _, err := confirm(); refusedFor(err) != problem.RefusedNoneGone {
			t.Error(err)
		}
		w.each(n, w.shop.Trash)
		time.Sleep(time.Hour)
		w.each(2*n, func(id int64) error { return w.shop.Touch(id) }) // it changes nothing
		for i := n; i < 2*n; i++ {
			must(t, w.shop.Trash(w.live(fmt.Sprintf("G-%d", i))[0].ID))
		}
		time.Sleep(5 * time.Minute)
		must(t, w.shop.Quietly(w.live("G-0")[0].ID, func() error { return w.shop.Restore(w.live("G-0")[0].ID) }))
		if k := waiting(); k != n {
			t.Errorf("%d wait, want %d", k, n)
		}
		if k, err := confirm(); k != n || err != nil {
			t.Errorf("%d confirmed, %v", k, err)
		}
		w.until(10*time.Minute, "those are told", func() bool { return w.told(2*n, "cancelled") == n-1 })
		time.Sleep(time.Hour)
		if k := waiting(); k != n || w.told(2*n, "cancelled") != n-1 || !w.tells("G-0", "new")() {
			t.Errorf("%d wait, %d told", k, w.told(2*n, "cancelled"))
		}
	})
}

// For an hour the shop answers 404, or [], or fails: nobody is told "cancelled".
func TestShopWithoutMemory(t *testing.T) {
	t.Parallel()
	faults := map[string][]insalestest.Rule{
		"404 for ids": {{Op: insalestest.OpOrder, Status: http.StatusNotFound}},
		"404 for all": {{Op: insalestest.OpOrder, Status: http.StatusNotFound},
			{Op: insalestest.OpOrders, Status: http.StatusNotFound}},
		"404 and an empty feed": {{Op: insalestest.OpOrder, Status: http.StatusNotFound},
			{Op: insalestest.OpOrders, Status: http.StatusOK, Body: "[]"}},
		"errors": {{Op: insalestest.OpOrder, Status: http.StatusBadGateway},
			{Op: insalestest.OpOrders, Status: http.StatusBadGateway}},
	}
	for name, rules := range faults {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, hooked, seldom)
				w.many(5)
				w.untilHooks(2)
				time.Sleep(25*time.Hour - time.Minute) // the daily look is due
				for _, r := range rules {
					w.shop.Fault(r)
				}
				w.each(5, w.shop.Touch)
				time.Sleep(time.Hour)
				w.shop.ClearFaults()
				time.Sleep(3 * time.Hour)
				for _, r := range w.chat.Reports() {
					if r.Status == "cancelled" {
						t.Fatalf("told cancelled: %+v", r)
					}
				}
				w.each(1, func(id int64) error { return w.shop.SetStatus(id, "otgruzhen") })
				w.until(3*time.Minute, "all is well", w.tells("G-0", "delivering"))
				time.Sleep(time.Minute)
				for i := range 5 {
					if o := w.get(fmt.Sprintf("G-%d", i)); !o.GoneAt.IsZero() || !o.TouchedAt.IsZero() {
						t.Errorf("%s: gone %v, marked %v", o.Key, o.GoneAt, o.TouchedAt)
					}
				}
			})
		})
	}
}

// The only order of ours is deleted: nobody can tell that from a shop without
// memory, so a person does.
func TestTheOnlyOrderIsDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.many(1)
		w.untilHooks(2)
		time.Sleep(time.Minute)
		w.each(1, w.shop.HardDelete)
		time.Sleep(time.Hour)
		if !w.tells("G-0", "new")() {
			t.Error("told without a person")
		}
		if codes := fmt.Sprint(w.notices("G-0")); codes != "["+problem.NoticeStatusGone+"]" {
			t.Error(codes)
		}
		if _, err := w.desk().RefreshNow(t.Context(), w.key("G-0"), "test"); err != nil {
			t.Fatal(err)
		}
		w.until(time.Minute, "told", w.tells("G-0", "cancelled"))
	})
}

// A change that does not move updated_at is found by the daily look.
func TestQuietChange(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, seldom)
		w.many(2)
		id := w.live("G-0")[0].ID
		time.Sleep(time.Hour)
		if err := w.shop.Quietly(id, func() error { return w.shop.SetStatus(id, "otgruzhen") }); err != nil {
			t.Fatal(err)
		}
		w.until(25*time.Hour, "found", w.tells("G-0", "delivering"))
	})
}

// An order that the shop never shows by its id does not keep others from being
// looked at.
func TestOneOrderCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, seldom)
		w.many(3)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrder,
			Path: fmt.Sprintf("/admin/orders/%d.", w.live("G-0")[0].ID), Status: 500})
		time.Sleep(time.Hour)
		for _, id := range []string{"G-1", "G-2"} {
			shown := w.live(id)[0].ID
			must(t, w.shop.Quietly(shown, func() error { return w.shop.SetStatus(shown, "otgruzhen") }))
		}
		w.until(25*time.Hour, "found", func() bool { return w.told(3, "delivering") == 2 })
	})
}

// An order that has ended is looked at for a month, ever more seldom: a quiet
// change is known in the time that it was late, and six requests are all.
func TestQuietChangeOfFinal(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, late := range []time.Duration{12 * time.Hour, 5 * day, 15 * day, 60 * day} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, polling(2*time.Hour)) // the feed shows nothing of it
			w.many(1)
			id := w.live("G-0")[0].ID
			must(t, w.shop.SetStatus(id, "dostavlen"))
			w.until(3*time.Hour, "completed", w.tells("G-0", "completed"))
			before := w.shop.Count(insalestest.OpOrder)
			time.Sleep(late)
			must(t, w.shop.Quietly(id, func() error { return w.shop.SetStatus(id, "otgruzhen") }))
			if late < 30*day {
				w.until(max(late, day)+2*time.Hour, "found", w.tells("G-0", "delivering"))
			} else if n := w.shop.Count(insalestest.OpOrder) - before; n != 6 {
				t.Errorf("asked for %d times in %v, want 6", n, late)
			}
		})
	}
}
