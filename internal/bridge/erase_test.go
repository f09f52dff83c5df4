package bridge_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// TestEraseAfter: what is finished loses its personal data when its time has
// come, in steps; what still waits for anything, nothing.
func TestEraseAfter(t *testing.T) {
	t.Parallel()
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
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
			if err := w.shop.SetStatus(w.live(id)[0].ID, "dostavlen"); err != nil {
				t.Fatal(err)
			}
		}
		w.accept(anOrder("open"))
		w.accept(anOrder("noticed"))
		w.untilState(time.Minute, "noticed", storage.StateSent)
		w.post(anOrder("noticed").CancelledBody(time.Now(), "changed my mind"))
		stuck := anOrder("stuck")
		stuck.Payment = "bitcoin"
		w.accept(stuck)
		w.untilState(time.Minute, "stuck", storage.StateAttention)
		stuck = anOrder("cancelled")
		stuck.Payment = "bitcoin"
		w.accept(stuck)
		w.untilState(time.Minute, "cancelled", storage.StateAttention)
		if _, err := w.desk().Cancel(t.Context(), storage.OrderKey{Company: company, ID: "cancelled"},
			"test"); err != nil {
			t.Fatal(err)
		}
		other := anOrder("two")
		w.accept(other)
		w.untilState(time.Minute, "two", storage.StateSent)
		other.Phone = "+79990000001"
		if a, err := w.sender().Send(t.Context(), other.Body()); err != nil || a.Status != http.StatusOK {
			t.Fatal(err, a.Status)
		}
		if err := w.shop.SetStatus(w.live("two")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		if err := w.desk().KeepRefusal(t.Context(),
			storage.Refusal{Body: []byte(`{"phone":"+79000000001"}`)}); err != nil {
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
		for _, id := range []string{"cancelled", "open"} {
			if o := w.get(id); o.ErasedAt.IsZero() || o.HasBody {
				t.Errorf("%s was not", id)
			}
		}
		for _, id := range []string{"noticed", "stuck", "two"} {
			if o := w.get(id); !o.ErasedAt.IsZero() || !o.HasBody {
				t.Errorf("%s was erased: %s", id, o.State)
			}
		}
		if list, _, err := w.desk().Refusals(t.Context(), "", 10); err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
		_, events, err := w.desk().Order(t.Context(), storage.OrderKey{Company: company, ID: "done-0"})
		if err != nil || events[len(events)-1].Kind != storage.EventErased {
			t.Errorf("%v %+v", err, events)
		}

		// Once somebody has decided about its second body, it goes too.
		if _, err := w.desk().Accept(t.Context(), storage.OrderKey{Company: company, ID: "two"},
			problem.NoticeAnotherOrder, "test"); err != nil {
			t.Fatal(err)
		}
		w.until(3*time.Hour, "the decided one is erased", func() bool { return !w.get("two").ErasedAt.IsZero() })

		// The key stays: the same order again is known, and changes still come.
		if a, err := w.sender().Send(t.Context(), anOrder("done-0").Body()); err != nil || a.Status != http.StatusOK ||
			len(w.live("done-0")) != 1 {
			t.Errorf("%v %d, %d orders", err, a.Status, len(w.live("done-0")))
		}
		if err := w.shop.SetStatus(w.live("noticed")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		w.until(12*time.Hour, "the one with a remark is finished and erased",
			func() bool { return !w.get("noticed").ErasedAt.IsZero() })
	})
}

// TestEraseIsAllowedToWait: while the chat cannot be told of the last status,
// the order keeps its data.
func TestEraseIsAllowedToWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := settings()
				c.Orders.EraseAfter = 24 * time.Hour
				return c
			}
		})
		w.accept(anOrder("1"))
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

// TestErasedGoesOn: an order that was erased although nobody has closed it in
// the shop is told of as before, paid as before, and never created again.
func TestErasedGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := settings()
				c.Orders.EraseAfter = 24 * time.Hour
				return c
			}
		})
		ids := []string{"paid", "part", "again", "cancelled", "done"}
		for _, id := range ids {
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
		}
		w.until(27*time.Hour, "all are erased", func() bool {
			return !slices.ContainsFunc(ids, func(id string) bool { return w.get(id).ErasedAt.IsZero() })
		})

		w.post(anOrder("paid").PaidBody(time.Now()))
		part := anOrder("part")
		part.Items = []ineedchattest.Item{{Price: "10"}}
		w.post(part.PaidBody(time.Now()))
		again := anOrder("again")
		again.Paid = true
		w.post(again.Body())
		w.post(anOrder("cancelled").CancelledBody(time.Now(), "changed my mind"))
		if err := w.shop.SetStatus(w.live("done")[0].ID, "dostavlen"); err != nil {
			t.Fatal(err)
		}
		w.until(10*time.Minute, "the shop knows what was paid",
			func() bool { return w.get("paid").Payment.Done && w.get("again").Payment.Done })
		for id, want := range map[string]string{"paid": "paid", "part": "pending", "again": "paid",
			"cancelled": "pending"} {
			if o := w.live(id); len(o) != 1 || o[0].Financial != want {
				t.Errorf("%s: %+v, want it %s", id, o, want)
			}
		}
		for id, want := range map[string]string{"part": problem.NoticePaidInPart,
			"cancelled": problem.NoticeCancelledInChat} {
			if got := w.notices(id); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %v, want %s", id, got, want)
			}
		}
		w.until(10*time.Minute, "the chat knows",
			func() bool { r, _ := w.chat.Status(company, "done"); return r.Status == "completed" })
		w.until(10*time.Minute, "the chat knows of the payment",
			func() bool { r, _ := w.chat.Status(company, "paid"); return r.PaymentStatus == "paid" })
		w.restart()
		time.Sleep(time.Hour)
		for _, id := range ids {
			if kept := w.exchanges(id); len(kept) != 0 || w.get(id).HasBody || w.get(id).Phone != "" ||
				len(w.live(id)) != 1 {
				t.Errorf("%s came back: %v %+v", id, kept, w.get(id))
			}
		}
	})
}
