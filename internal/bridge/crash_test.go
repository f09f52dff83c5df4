package bridge_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// A journey takes one order from its webhook over its payment to the chat's
// knowledge of its dispatch. The plug can be pulled at any of its points: before each commit,
// before and after each external call, before each answer. The points number
// themselves, so a call that is added later is covered without being named.
type journey struct {
	*world
	armed  atomic.Bool
	points atomic.Int64
	pullAt int64 // 0 = never

	mu    sync.Mutex
	names []string
	after []image // the database as it was at each point
	keep  bool    // take images

	enabled func() storage.Company // of a catalog's journey: the settings that begin it
	told    func() bool            // likewise: the chat has what the shop shows
}

// An image is the bytes of a database and its log at one moment.
type image struct{ db, wal []byte }

func newJourney(t *testing.T, pullAt int64, keep bool) *journey {
	j := &journey{pullAt: pullAt, keep: keep}
	j.world = newWorld(t, func(w *world) { w.tap = func(name string) bool { return j.pass(w, name) } })
	return j
}

// pass counts a point and tells whether the process outlives it.
func (j *journey) pass(w *world, name string) bool {
	if !j.armed.Load() {
		return true
	}
	n := j.points.Add(1)
	j.mu.Lock()
	j.names = append(j.names, name)
	if j.keep {
		j.after = append(j.after, imageOf(w))
	}
	j.mu.Unlock()
	return n != j.pullAt
}

func imageOf(w *world) image {
	db, err1 := os.ReadFile(w.db())
	wal, err2 := os.ReadFile(w.db() + "-wal")
	if err1 != nil || err2 != nil {
		w.t.Error(err1, err2)
	}
	return image{db, wal}
}

// restore puts an earlier database back and begins a new life on it.
func (j *journey) restore(img image) {
	j.t.Helper()
	j.stop()
	for name, data := range map[string][]byte{"": img.db, "-wal": img.wal} {
		if err := os.WriteFile(j.db()+name, data, 0o600); err != nil {
			j.t.Fatal(err)
		}
	}
	_ = os.Remove(j.db() + "-shm")
	j.restored = true
	j.start()
}

// deliver sends a webhook as a chat does: again and again until it is taken.
func (j *journey) deliver(id string, body []byte, done *atomic.Bool) {
	for !done.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		a, err := j.sender().SendWithID(ctx, id, body)
		cancel()
		if err == nil && (a.Status == http.StatusAccepted || a.Status == http.StatusOK) {
			done.Store(true)
			return
		}
		time.Sleep(time.Second)
	}
}

// wait waits for a condition and revives the process whenever it has died.
func (j *journey) wait(what string, cond func() bool) {
	j.t.Helper()
	j.waitFor(what, 100*time.Millisecond, cond)
}

// waitFor is wait for a condition that costs too much to be looked at often.
func (j *journey) waitFor(what string, every time.Duration, cond func() bool) {
	j.t.Helper()
	for start := time.Now(); !cond(); time.Sleep(every) {
		if j.crashed.Load() {
			j.stop()
			for j.tryStart() != nil {
				j.stop()
			}
		}
		if time.Since(start) > time.Hour {
			j.t.Fatalf("after an hour not yet: %s; points %v", what, j.names)
		}
	}
}

// hand has a webhook delivered, whatever dies meanwhile.
func (j *journey) hand(id string, body []byte) {
	j.t.Helper()
	var taken atomic.Bool
	var sender sync.WaitGroup
	sender.Go(func() { j.deliver(id, body, &taken) })
	j.wait(id+" taken", taken.Load)
	sender.Wait()
}

func (j *journey) toldIs(want string) func() bool {
	return func() bool { r, ok := j.chat.Status(company, "A-1"); return ok && r.Status == want }
}

// run makes the journey.
func (j *journey) run() {
	j.t.Helper()
	j.armed.Store(true)
	j.hand("msg_A-1", anOrder("A-1").Body())
	j.wait("in the shop", func() bool { return len(j.live("A-1")) > 0 })
	j.hand("msg_paid", anOrder("A-1").PaidBody(time.Now()))
	j.wait("paid in the shop", func() bool { return j.live("A-1")[0].Financial == "paid" })
	if err := j.shop.SetStatus(j.live("A-1")[0].ID, "otgruzhen"); err != nil {
		j.t.Fatal(err)
	}
	j.wait("dispatch known", j.toldIs("delivering"))
	j.wait("acknowledged", func() bool { return !j.crashed.Load() && j.settledIn("A-1") })
	j.armed.Store(false)
}

// settledIn reports whether nothing is left to do for the order.
func (j *journey) settledIn(id string) bool {
	o, err := j.proc.store.Order(context.Background(), storage.OrderKey{Company: company, ID: id})
	return err == nil && o.State == storage.StateSent && !o.PendingReport() && (o.Payment.Done || !o.Paid)
}

// check looks, after five more minutes, at what must be true at rest.
func (j *journey) check(status string) {
	j.t.Helper()
	time.Sleep(5 * time.Minute)
	if n := len(j.live("A-1")); n != 1 {
		j.t.Errorf("%d orders in the shop, want 1; points %v", n, j.names)
	}
	if o := j.get("A-1"); o.State != storage.StateSent || o.InSalesID != j.live("A-1")[0].ID || o.PendingReport() {
		j.t.Errorf("order is %+v", o)
	}
	if r, _ := j.chat.Status(company, "A-1"); r.Status != status || r.PaymentStatus != "paid" {
		j.t.Errorf("the chat knows %+v, want %s and paid", r, status)
	}
}

func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	for n, more := int64(1), true; more; n++ {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newJourney(t, n, false)
				j.run()
				j.check("delivering")
				if more = j.points.Load() >= n; more {
					t.Logf("plug pulled at %q", j.names[n-1])
				}
			})
		})
		if !ok {
			break
		}
		if !more && n < 20 {
			t.Errorf("the journey had only %d points", n-1)
		}
	}
}

// The same, while the shop's list lies for two minutes and the first create is
// lost with its answer: however the process dies, the order is created once.
func TestCrashMatrixWithAListThatLies(t *testing.T) {
	t.Parallel()
	lies := []insalestest.Rule{{List: insalestest.NoRows}, {List: insalestest.FirstHalf}, {Status: 200, Body: "{}"}}
	for n, more := int64(1), true; more; n++ {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newJourney(t, n, false)
				j.first()
				time.Sleep(time.Hour)
				lie := lies[n%int64(len(lies))]
				lie.Op = insalestest.OpOrders
				f := j.shop.Fault(lie)
				clear := time.AfterFunc(130*time.Second, f.Clear)
				defer clear.Stop()
				j.lose(1)
				j.run()
				j.check("delivering")
				more = j.points.Load() >= n
			})
		})
		if !ok {
			break
		}
		if !more && n < 20 {
			t.Errorf("the journey had only %d points", n-1)
		}
	}
}

func TestOldBackup(t *testing.T) {
	t.Parallel()
	total := 0
	for n := 0; n == 0 || n < total; n++ {
		ok := t.Run(fmt.Sprintf("point %d", n+1), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newJourney(t, 0, true)
				j.run()
				j.check("delivering")
				total = len(j.after)
				if n >= total {
					return
				}
				t.Logf("database of %q put back", j.names[n])
				j.restore(j.after[n])
				if _, err := j.proc.store.Order(t.Context(),
					storage.OrderKey{Company: company, ID: "A-1"}); err != nil {
					j.hand("msg_A-1", anOrder("A-1").Body()) // older than the 202: the chat repeats its webhook
				}
				j.wait("settled again", func() bool { return j.settledIn("A-1") })
				if err := j.shop.SetStatus(j.live("A-1")[0].ID, "dostavlen"); err != nil {
					t.Fatal(err)
				}
				j.check("completed")
			})
		})
		if !ok {
			return
		}
	}
	if total < 20 {
		t.Errorf("the journey had only %d points", total)
	}
}
