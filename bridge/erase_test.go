package bridge_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/bridge"
	"ineed-insales/storage"
)

// TestEraseAfter: what is finished loses its personal data when its time has
// come, in steps; what still waits for anything, nothing.
func TestEraseAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const finished = 120
		w := newWorld(t, func(w *world) {
			w.config = func(c *bridge.Config) { c.PollInterval = 6 * time.Hour }
			w.settings = func() storage.Company {
				c := settings()
				c.Orders.EraseAfter = 30 * 24 * time.Hour
				return c
			}
		})
		for i := range finished {
			id := fmt.Sprintf("done-%d", i)
			w.accept(order(id))
			w.untilState(time.Minute, id, storage.StateSent)
			if err := w.shop.SetStatus(w.live(id)[0].ID, "dostavlen"); err != nil {
				t.Fatal(err)
			}
		}
		w.accept(order("open"))
		stuck := order("stuck")
		stuck.Payment = "bitcoin"
		w.accept(stuck)
		w.untilState(time.Minute, "stuck", storage.StateAttention)
		stuck = order("cancelled")
		stuck.Payment = "bitcoin"
		w.accept(stuck)
		w.untilState(time.Minute, "cancelled", storage.StateAttention)
		if _, err := w.proc.bridge.Cancel(t.Context(), storage.OrderKey{Company: company, ID: "cancelled"}, "test"); err != nil {
			t.Fatal(err)
		}
		other := order("two")
		w.accept(other)
		w.untilState(time.Minute, "two", storage.StateSent)
		other.Phone = "+79990000001"
		if a, err := w.sender().Send(t.Context(), other.Body()); err != nil || a.Status != http.StatusOK {
			t.Fatal(err, a.Status)
		}
		if err := w.shop.SetStatus(w.live("two")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		if err := w.proc.bridge.KeepRefusal(t.Context(), company, nil, []byte(`{"phone":"+79000000001"}`)); err != nil {
			t.Fatal(err)
		}

		erased := func() (n int) {
			for i := range finished {
				if o := w.get(fmt.Sprintf("done-%d", i)); !o.ErasedAt.IsZero() {
					if o.HasBody || o.Phone != "" {
						t.Fatalf("%+v", o)
					}
					n++
				}
			}
			return n
		}
		time.Sleep(29 * 24 * time.Hour)
		if n := erased(); n != 0 {
			t.Errorf("%d were erased too early", n)
		}
		time.Sleep(25 * time.Hour)
		if n := erased(); n != finished {
			t.Errorf("%d of %d were erased", n, finished)
		}
		if o := w.get("cancelled"); o.ErasedAt.IsZero() {
			t.Error("the cancelled one was not")
		}
		for _, id := range []string{"open", "stuck", "two"} {
			if o := w.get(id); !o.ErasedAt.IsZero() || !o.HasBody {
				t.Errorf("%s was erased: %s", id, o.State)
			}
		}
		if list, _, err := w.proc.bridge.Refusals(t.Context(), company, "", 10); err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
		_, events, err := w.proc.bridge.Order(t.Context(), storage.OrderKey{Company: company, ID: "done-0"})
		if err != nil || events[len(events)-1].Kind != storage.EventErased {
			t.Errorf("%v %+v", err, events)
		}

		// Once somebody has decided about its second body, it goes too.
		if _, err := w.proc.bridge.Accept(t.Context(), storage.OrderKey{Company: company, ID: "two"}, bridge.NoticeAnotherOrder, "test"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Hour, "the decided one is erased", func() bool { return !w.get("two").ErasedAt.IsZero() })

		// The key stays: the same order again is known, and changes still come.
		if a, err := w.sender().Send(t.Context(), order("done-0").Body()); err != nil || a.Status != http.StatusOK || len(w.live("done-0")) != 1 {
			t.Errorf("%v %d, %d orders", err, a.Status, len(w.live("done-0")))
		}
		if err := w.shop.SetStatus(w.live("open")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		w.until(12*time.Hour, "the open one is finished and erased", func() bool { return !w.get("open").ErasedAt.IsZero() })
		if r, ok := w.chat.Status(company, "open"); !ok || r.Status != "completed" {
			t.Errorf("its last status: %v %+v", ok, r)
		}
	})
}

// TestEraseIsAllowedToWait: while the chat cannot be told of the last status,
// the order keeps its data.
func TestEraseIsAllowedToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := settings()
				c.Orders.EraseAfter = 24 * time.Hour
				return c
			}
		})
		w.accept(order("1"))
		w.untilState(time.Minute, "1", storage.StateSent)
		time.Sleep(time.Minute)
		w.net.setDown("chat.test", true)
		if err := w.shop.SetStatus(w.live("1")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Hour)
		if o := w.get("1"); !o.ErasedAt.IsZero() || !o.Final {
			t.Errorf("%+v", o)
		}
		w.net.setDown("chat.test", false)
		w.until(4*time.Hour, "it was erased", func() bool { return !w.get("1").ErasedAt.IsZero() })
	})
}
