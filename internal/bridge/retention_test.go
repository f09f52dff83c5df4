package bridge_test

import (
	"slices"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// TestHistoriesGo: what nobody needs loses its history and its person when its time has come,
// what still waits for somebody loses nothing, and no order is ever made twice.
func TestHistoriesGo(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const day = 24 * time.Hour
		w := newWorld(t, func(w *world) {
			w.config = func(c *bridge.Config) {
				c.PollInterval, c.Keep = 6*time.Hour, &bridge.Keep{History: 30 * day, Refused: 3 * day, Unread: 5 * day}
			}
		})
		for _, id := range []string{"done", "open", "late"} {
			w.accept(anOrder(id))
			w.untilState(time.Minute, id, storage.StateSent)
		}
		must(t, w.shop.SetStatus(w.live("done")[0].ID, "dostavlen"))
		stuck := anOrder("stuck")
		stuck.Payment = "bitcoin"
		w.accept(stuck)
		w.untilState(time.Minute, "stuck", storage.StateAttention)
		must(t, w.desk().KeepRefusal(t.Context(), storage.Refusal{Body: []byte(`{"phone":"+79000000001"}`)}))
		must(t, w.proc.store.Update(t.Context(), func(tx *storage.Tx) error {
			return tx.AddUnread(&storage.Received{Company: company, At: time.Now(), Body: []byte("phone 79000000002"),
				Failure: &storage.Unread{Rule: "test"}})
		}))
		kinds := func(id string) (list []string) {
			t.Helper()
			_, events, err := w.desk().Order(t.Context(), storage.OrderKey{Company: company, ID: id})
			must(t, err)
			for _, e := range events {
				list = append(list, e.Kind)
			}
			return list
		}
		kept := func() (refused, unread int) {
			t.Helper()
			list, _, err := w.desk().Refusals(t.Context(), "", 10)
			must(t, err)
			count, err := w.proc.store.UnreadCount(t.Context(), company)
			must(t, err)
			return len(list), count.N
		}
		time.Sleep(4 * day)
		if refused, unread := kept(); refused != 0 || unread != 1 {
			t.Errorf("after four days %d are refused, %d unread", refused, unread)
		}
		time.Sleep(2 * day)
		if _, unread := kept(); unread != 0 {
			t.Errorf("after six days %d are unread", unread)
		}
		told, err := w.proc.store.Journal(t.Context(), storage.JournalFilter{Kind: storage.EntryUnread})
		if err != nil || len(told.Entries) != 1 || told.Entries[0].Actor != "connector" {
			t.Errorf("the journal says of it: %+v %v", told.Entries, err)
		}
		time.Sleep(23 * day)
		if got := kinds("done"); slices.Contains(got, storage.EventPruned) || !w.get("done").HasBody {
			t.Errorf("too early: %v", got)
		}
		must(t, w.shop.SetStatus(w.live("late")[0].ID, "otgruzhen")) // the day before
		time.Sleep(34 * time.Hour)

		for _, id := range []string{"done", "open"} {
			if got := kinds(id); !slices.Equal(got, []string{storage.EventPruned}) {
				t.Errorf("%s: %v", id, got)
			}
		}
		if got := kinds("late"); got[0] != storage.EventReceived || !w.get("late").HasBody {
			t.Errorf("late, to which something has happened since: %v", got)
		}
		time.Sleep(30 * day)
		if got := kinds("late"); !slices.Equal(got, []string{storage.EventPruned}) {
			t.Errorf("late: %v", got)
		}
		for _, id := range []string{"done", "open", "late"} {
			if o := w.get(id); o.HasBody || o.Phone != "" || o.ErasedAt.IsZero() || o.InSalesID == 0 {
				t.Errorf("%+v", o)
			}
		}
		if got := kinds("stuck"); got[0] != storage.EventReceived || !w.get("stuck").HasBody {
			t.Errorf("stuck: %v", got)
		}

		// What was pruned is known still: it is not made again, and goes on changing.
		for _, id := range []string{"done", "open", "late"} {
			w.post(anOrder(id).Body())
			if n := len(w.live(id)); n != 1 {
				t.Errorf("%s is in the shop %d times", id, n)
			}
		}
		must(t, w.shop.SetStatus(w.live("open")[0].ID, "dostavlen"))
		w.until(7*time.Hour, "the status comes through", func() bool { return w.get("open").Final })
		before := len(kinds("done"))
		time.Sleep(2 * day)
		if got := kinds("done"); len(got) != before {
			t.Errorf("it is pruned again and again: %v", got)
		}

		// What has happened since goes when it is as old.
		time.Sleep(29 * day)
		for _, id := range []string{"done", "open"} {
			if got := kinds(id); !slices.Equal(got, []string{storage.EventPruned}) {
				t.Errorf("%s, a month after what came last: %v", id, got)
			}
		}
	})
}

// TestClockAheadErasesNothing: a start with a clock that is far ahead forgets nothing before the
// shop has told the time. One that is not heard for half a day is not waited for.
func TestClockAheadErasesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const day = 24 * time.Hour
		w := newWorld(t, func(w *world) {
			w.shop = insalestest.New(insalestest.Config{Skew: -3650 * day, Deliver: w.courier.Deliver})
			w.config = func(c *bridge.Config) {
				c.Keep = &bridge.Keep{History: 30 * day, Refused: 3 * day, Unread: 5 * day}
			}
		})
		must(t, w.proc.store.Update(t.Context(), func(tx *storage.Tx) error {
			return tx.AddUnread(&storage.Received{Company: company, At: time.Now().Add(-3650 * day), Body: []byte("an order"),
				Failure: &storage.Unread{Rule: "test"}})
		}))
		wants := func(n int, when string) {
			t.Helper()
			if count, err := w.proc.store.UnreadCount(t.Context(), company); err != nil || count.N != n {
				t.Errorf("%s: %d unread, want %d; %v", when, count.N, n, err)
			}
		}
		w.net.setDown("shop.test", true)
		w.restart()
		time.Sleep(3 * time.Hour)
		wants(1, "before the shop is heard")
		w.net.setDown("shop.test", false)
		time.Sleep(13 * time.Hour)
		wants(1, "when it is heard")
		w.net.setDown("shop.test", true)
		w.restart()
		time.Sleep(14 * time.Hour)
		wants(0, "when it is not heard for long")
	})
}
