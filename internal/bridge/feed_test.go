package bridge_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// forget makes the connector's database that of an installation which has never
// seen the order, although the shop has it: an old backup, long after.
func (w *world) forget(id string) {
	w.t.Helper()
	w.withDB(func(db *sql.DB) error {
		_, err := db.Exec("PRAGMA foreign_keys = ON; DELETE FROM orders WHERE chat_id = ?", id)
		return err
	})
}

// knows reports whether the connector's database has the order.
func (w *world) knows(id string) bool {
	_, err := w.proc.store.Order(w.t.Context(), storage.OrderKey{Company: company, ID: id})
	return err == nil
}

// A person has the feed read again, and what was forgotten is adopted.
func TestReread(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		created := time.Now()
		time.Sleep(3 * time.Hour)
		w.forget("first")
		w.restart()
		time.Sleep(time.Hour)
		if w.knows("first") {
			t.Fatal("the reader has read three hours without being asked to")
		}
		if err := w.desk().Reread(t.Context(), created.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
		w.accept(anOrder("later"))
		w.untilState(10*time.Second, "later", storage.StateSent)
		if !w.knows("first") || w.get("first").State != storage.StateSent {
			t.Error("an order was sent before the feed was read again")
		}
		time.Sleep(time.Hour)
		if n := w.shop.Count(insalestest.OpOrderCreate); n != 2 {
			t.Errorf("%d orders were created", n)
		}
	})
}

// A longer max_age lets older orders leave by themselves, so the feed is read
// as far back before anything is sent; also if the process ends in between.
func TestLongerMaxAge(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t)
			w.first()
			time.Sleep(3 * time.Hour)
			w.forget("first")
			c := settings()
			c.Orders.MaxAge = 96 * time.Hour
			if restart {
				w.net.setDown("shop.test", true)
				w.proc.rt.CloseIdleConnections()
			}
			w.save(c)
			if restart {
				time.Sleep(time.Second)
				w.stop()
				w.net.setDown("shop.test", false)
				w.start()
			}
			w.accept(anOrder("later"))
			w.untilState(time.Minute, "later", storage.StateSent)
			if !w.knows("first") {
				t.Errorf("restart %v: the feed was not read as far back as orders may be old", restart)
			}
		})
	}
}

// What was read of the old shop opens no gate to the new one.
func TestShopChangedDuringAPass(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		time.Sleep(10 * time.Minute) // the next pass has nothing to read
		other := insalestest.New(insalestest.Config{})
		var asked []time.Time
		w.net.serve("other.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/admin/orders.json" && r.Method == http.MethodPost {
				asked = append(asked, time.Now())
			}
			other.ServeHTTP(rw, r)
		}))
		slow := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Latency: 30 * time.Second})
		time.Sleep(2*time.Minute + time.Second) // a pass of the old shop is under way
		if slow.Hits() == 0 {
			t.Fatal("no read is under way")
		}
		blind := other.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway})
		c := settings()
		c.Shop.URL = "http://other.test"
		w.save(c)
		w.accept(anOrder("A-1"))
		time.Sleep(5 * time.Minute)
		if len(asked) != 0 {
			t.Fatal("an order was sent to a shop whose feed was never read")
		}
		blind.Clear()
		w.untilState(3*time.Minute, "A-1", storage.StateSent)
	})
}

// A pass that fails goes on as soon as the next read may begin: orders wait for
// it.
func TestFailedPassIsRepeatedSoon(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.first()
		w.stop()
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway, Times: 2})
		w.start()
		w.accept(anOrder("A-1"))
		w.untilState(12*time.Second, "A-1", storage.StateSent)
	})
}
