package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// prober is the contact that a person types for a probe.
var prober = probe.Contact{Name: "Пробова", Phone: "+7 999 000-11-22", Email: "probova@example.com"}

// probed runs a probe to its end and gives what it found, and what it has left.
func (w *world) probed(writes bool) (storage.Probe, []probe.Left) {
	w.t.Helper()
	p, err := w.proc.bridge.Prober(company)
	must(w.t, err)
	must(w.t, p.Start(w.t.Context(), writes, prober))
	return w.probeEnded()
}

// probeEnded waits until no probe runs.
func (w *world) probeEnded() (got storage.Probe, left []probe.Left) {
	w.t.Helper()
	p, err := w.proc.bridge.Prober(company)
	must(w.t, err)
	w.until(6*time.Minute, "the probe has ended", func() bool {
		got, left, err = p.State(context.Background())
		if errors.Is(err, storage.ErrNotFound) {
			return true // it died before it had begun
		}
		must(w.t, err)
		return got.State != storage.ProbeRunning
	})
	return got, left
}

// verdicts gives the names with a verdict.
func verdicts(p storage.Probe, verdict string) (names []string) {
	for _, i := range p.Items {
		if i.Verdict == verdict {
			names = append(names, i.Name)
		}
	}
	return names
}

// remains tells what a probe has left in the shop that nobody would throw away.
func (w *world) remains() (list []string) {
	for _, o := range w.shop.Orders() {
		if strings.Contains(o.ManagerComment+o.Comment, "[ineed-probe:") && !o.Archived {
			list = append(list, fmt.Sprint("order ", o.ID))
		}
	}
	for _, h := range w.shop.Hooks() {
		if strings.Contains(h.Address, "/probe-") {
			list = append(list, "hook "+h.Address)
		}
	}
	for _, name := range w.shop.Clients() {
		if name == prober.Name {
			list = append(list, "client")
		}
	}
	return list
}

// The shop as it is shipped does everything as assumed, within half a minute and 60
// requests, and nothing of the probe is left there: no order outside of the trash, no
// client, no webhook, and the stock is as it was.
func TestProbe(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.many(1)
		w.untilHooks(2)
		before := len(w.shop.Hooks())
		stock, _ := w.shop.Stock(500000006)
		asked := len(w.shop.Requests())
		got, left := w.probed(true)
		if n := len(w.shop.Requests()) - asked; n > 60 {
			t.Errorf("%d requests", n)
		}
		if took := got.EndedAt.Sub(got.BeganAt); got.State != storage.ProbeDone || took > 30*time.Second {
			t.Errorf("%s after %v", got.State, took)
		}
		if list := verdicts(got, storage.ProbeAsAssumed); len(list) != len(got.Items)-1 {
			t.Errorf("otherwise %q, unknown %q, not tried %q", verdicts(got, storage.ProbeOtherwise),
				verdicts(got, storage.ProbeUnknown), verdicts(got, storage.ProbeNotTried))
		}
		if rest := w.remains(); len(rest) > 0 || len(left) > 0 || len(w.shop.Hooks()) != before {
			t.Errorf("left %q %+v", rest, left)
		}
		if now, _ := w.shop.Stock(500000006); !now.Equal(stock) {
			t.Errorf("the stock was %v and is %v", stock, now)
		}
		for _, i := range got.Items {
			for _, secret := range []string{"Пробова", "9990001122", "999 000", "probova", insalestest.DefaultPassword,
				insalestest.DefaultKeyID} {
				if strings.Contains(i.Sent+i.Answered+fmt.Sprint(i.Args), secret) {
					t.Errorf("%s shows %s:\n%s\n%s", i.Name, secret, i.Sent, i.Answered)
				}
			}
		}
		w.accept(anOrder("G-1"))
		w.until(time.Minute, "sent", func() bool { return w.get("G-1").State == storage.StateSent })
		// The order machinery goes on, and takes none of the probe's orders for its own.
		w.until(time.Minute, "told", func() bool { return w.told(2, "new") == 2 })
	})
}

// Without leave to write, nothing but GET leaves.
func TestProbeReadsOnly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var writes atomic.Int64
		w := newWorld(t, func(w *world) {
			w.tap = func(point string) bool {
				if strings.HasPrefix(point, "shop before ") && !strings.Contains(point, " GET ") {
					writes.Add(1)
				}
				return true
			}
		})
		got, left := w.probed(false)
		if writes.Load() > 0 || len(left) > 0 {
			t.Errorf("%d writes, left %+v", writes.Load(), left)
		}
		if list := verdicts(got, storage.ProbeOtherwise); len(list) > 0 || got.State != storage.ProbeDone {
			t.Errorf("%s, otherwise %q", got.State, list)
		}
		if i, _ := got.Item("marker_kept"); i.Verdict != storage.ProbeNotTried {
			t.Errorf("marker_kept %s without writing", i.Verdict)
		}
	})
}

// A probe is refused while one runs, and without anything to order with.
func TestProbeRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		p, err := w.proc.bridge.Prober(company)
		must(t, err)
		must(t, p.Start(w.t.Context(), false, probe.Contact{}))
		refused := func(want string, err error) {
			t.Helper()
			if r, is := errors.AsType[*problem.Refused](err); !is || r.Problem.Code != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		refused(problem.ProbeRuns, p.Start(w.t.Context(), true, probe.Contact{}))
		refused(problem.ProbeRuns, p.Clean(t.Context()))
		w.probeEnded()
		c := w.settings()
		c.Orders.Payments = nil
		c.Orders.Enabled = false
		w.save(c)
		refused(problem.ProbeNoMaps, p.Start(w.t.Context(), true, probe.Contact{}))
		must(t, p.Clean(t.Context()))
	})
}

// Whatever the process dies at, nothing of the probe is left soon after it is there
// again, and the orders of the chat go on.
func TestProbeCrash(t *testing.T) {
	t.Parallel()
	points := 0
	inBubble(t, func(t *testing.T) { points = probeDies(t, 0) })
	if points < 100 {
		t.Fatalf("only %d points", points)
	}
	for n := 1; n <= points; n++ {
		if leftOut(n) {
			continue
		}
		inBubble(t, func(t *testing.T) { probeDies(t, n) })
	}
}

// probeDies pulls the plug at the n-th point of a probe, 0 for none, and gives how
// many there are.
func probeDies(t *testing.T, n int) int {
	var armed atomic.Bool
	var passed atomic.Int64
	var name atomic.Value
	w := newWorld(t, hooked, func(w *world) {
		w.tap = func(point string) bool {
			if !armed.Load() || strings.HasPrefix(point, "chat") || passed.Add(1) != int64(n) {
				return true
			}
			name.Store(point)
			return false
		}
	})
	w.untilHooks(2)
	p, err := w.proc.bridge.Prober(company)
	must(t, err)
	armed.Store(true)
	must(t, p.Start(w.t.Context(), true, prober))
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end) && !w.crashed.Load(); time.Sleep(time.Second) {
	}
	armed.Store(false)
	if w.crashed.Load() {
		w.restart()
	}
	got, _ := w.probeEnded()
	w.until(10*time.Minute, fmt.Sprintf("nothing is left after a death at point %d, %v", n, name.Load()), func() bool {
		_, left, err := w.mustProber().State(context.Background())
		return (err == nil || errors.Is(err, storage.ErrNotFound)) && len(left) == 0 && len(w.remains()) == 0
	})
	if n > 0 && name.Load() != nil && got.State == storage.ProbeRunning {
		t.Errorf("point %d: the probe still runs", n)
	}
	return int(passed.Load())
}

func (w *world) mustProber() *probe.Prober {
	p, err := w.proc.bridge.Prober(company)
	must(w.t, err)
	return p
}

// A lost answer to a create leaves an order whose id nobody knows: it is found by its
// token and removed.
func TestProbeLosesAnAnswer(t *testing.T) {
	t.Parallel()
	for _, f := range []insalestest.Rule{
		{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1},
		{Op: insalestest.OpOrderCreate, Status: http.StatusGatewayTimeout, Commits: true, Times: 1},
		{Op: insalestest.OpOrderCreate, Status: http.StatusGatewayTimeout, CommitDelay: 40 * time.Second, Times: 1},
		{Op: insalestest.OpHookCreate, Action: insalestest.ResetAfter, Times: 1},
		{Op: insalestest.OpHookDelete, Action: insalestest.ResetBefore, Times: 1},
	} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.untilHooks(2)
			w.shop.Fault(f)
			w.probed(true)
			w.until(10*time.Minute, "nothing is left", func() bool {
				_, left, err := w.mustProber().State(context.Background())
				must(t, err)
				return len(left) == 0 && len(w.remains()) == 0
			})
		})
	}
}

// What a shop answers while it is down says nothing about what it does when it is well.
func TestProbeInAnOutage(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderUpdate, Status: status})
			got, _ := w.probed(true)
			if list := verdicts(got, storage.ProbeOtherwise); len(list) > 0 {
				t.Errorf("%d: otherwise %q", status, list)
			}
			if i, _ := got.Item("paid_alone"); i.Verdict != storage.ProbeUnknown {
				t.Errorf("%d: paid_alone %s", status, i.Verdict)
			}
		})
	}
}

// An order whose answer was lost is found in a shop that drops or hides the manager's
// comment, too.
func TestProbeFindsItsOrderWithoutMarker(t *testing.T) {
	t.Parallel()
	for _, turn := range []func(*insalestest.Switches){
		func(s *insalestest.Switches) { s.DropMarker = true },
		func(s *insalestest.Switches) { s.HideManagerComment = true },
	} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.shop.Reconfigure(turn)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
			w.probed(true)
			w.until(10*time.Minute, "nothing is left", func() bool {
				_, left, err := w.mustProber().State(context.Background())
				must(t, err)
				return len(left) == 0 && len(w.remains()) == 0
			})
		})
	}
}

// What a probe has left is not looked for in another account's shop, where its id may
// be somebody's order, even if the settings lead there by now.
func TestProbeTouchesNoOtherShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		refused := w.shop.Fault(insalestest.Rule{Method: "DELETE", Status: http.StatusInternalServerError})
		_, left := w.probed(true)
		if len(left) == 0 {
			t.Fatal("nothing is left")
		}
		refused.Clear()
		w.shop.SetAccountID(7)
		asked := len(w.shop.Requests())
		must(t, w.mustProber().Clean(t.Context()))
		for _, r := range w.shop.Requests()[asked:] {
			if r.Method != "GET" {
				t.Errorf("%s %s in another account's shop", r.Method, r.Path)
			}
		}
		if _, still, err := w.mustProber().State(t.Context()); err != nil || len(still) != len(left) {
			t.Errorf("left %+v, then %+v, %v", left, still, err)
		}
		w.shop.SetAccountID(insalestest.DefaultAccountID)
		must(t, w.mustProber().Clean(t.Context()))
		if rest := w.remains(); len(rest) > 0 {
			t.Errorf("left %q", rest)
		}
	})
}

// A company is not deleted while something of a probe is in its shop: nobody could
// remove it any more.
func TestProbeKeepsItsCompany(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		refused := w.shop.Fault(insalestest.Rule{Method: "DELETE", Status: http.StatusInternalServerError})
		w.probed(true)
		err := w.proc.bridge.DeleteCompany(t.Context(), company)
		if r, is := errors.AsType[*problem.Refused](err); !is || r.Problem.Code != problem.ProbeLeft {
			t.Fatalf("%v, want %s", err, problem.ProbeLeft)
		}
		refused.Clear()
		must(t, w.mustProber().Clean(t.Context()))
		must(t, w.proc.bridge.DeleteCompany(t.Context(), company))
		if rest := w.remains(); len(rest) > 0 {
			t.Errorf("left %q", rest)
		}
	})
}

// What can never be removed, because the key was revoked say, keeps its company for a day.
func TestProbeKeepsItsCompanyForADay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.shop.Fault(insalestest.Rule{Method: "DELETE", Status: http.StatusInternalServerError})
		w.probed(true)
		w.shop.RevokeKey(insalestest.DefaultKeyID)
		time.Sleep(23 * time.Hour)
		err := w.proc.bridge.DeleteCompany(t.Context(), company)
		if r, is := errors.AsType[*problem.Refused](err); !is || r.Problem.Code != problem.ProbeLeft {
			t.Fatalf("%v, want %s", err, problem.ProbeLeft)
		}
		time.Sleep(time.Hour)
		must(t, w.proc.bridge.DeleteCompany(t.Context(), company))
	})
}

// A probe whose company is deleted while it runs leaves nothing behind: the deletion is
// refused, or the probe makes nothing more.
func TestProbeOfADeletedCompany(t *testing.T) {
	t.Parallel()
	for n := range 60 {
		wait := time.Duration(n) * 50 * time.Millisecond
		if leftOut(n) {
			continue
		}
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, hooked)
			w.shop.Fault(insalestest.Rule{Latency: 30 * time.Millisecond})
			must(t, w.mustProber().Start(t.Context(), true, prober))
			time.Sleep(wait)
			for err := errors.New("not yet"); err != nil; time.Sleep(time.Second) {
				err = w.proc.bridge.DeleteCompany(t.Context(), company)
				if _, refused := errors.AsType[*problem.Refused](err); err != nil && !refused {
					t.Fatal(err)
				}
			}
			time.Sleep(5 * time.Minute)
			if rest := w.remains(); len(rest) > 0 {
				t.Errorf("after %v: left %q", wait, rest)
			}
		})
	}
}

// A probe that has to wait for an order before its first request does not take the wait
// for a difference of the clocks, by which it knows what it has made itself.
func TestProbeAfterAWait(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, hooked)
		w.accept(anOrder("G-1"))
		w.untilState(time.Minute, "G-1", storage.StateSent)
		clients := len(w.shop.Clients())
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: 20 * time.Second, Times: 1})
		w.accept(anOrder("G-2"))
		time.Sleep(50 * time.Millisecond)
		got, left := w.probed(true)
		if i, _ := got.Item("clock"); i.Args["ahead_s"] != "0" && i.Args["ahead_s"] != "-1" {
			t.Errorf("the clock is %v", i.Args)
		}
		if list := verdicts(got, storage.ProbeOtherwise); len(list) > 0 || len(left) > 0 {
			t.Errorf("otherwise %q, left %v", list, left)
		}
		if n := len(w.shop.Clients()) - clients; n > 1 { // G-2's own
			t.Errorf("%d clients stay", n)
		}
	})
}

// What no shop would take as a client is refused with the name of the field.
func TestProbeContact(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for want, c := range map[string]probe.Contact{
			"contact.name":  {Name: strings.Repeat("я", 101)},
			"contact.phone": {Phone: "позвоните"},
			"contact.email": {Email: "not an address"},
		} {
			bad, is := errors.AsType[*problem.Invalid](w.mustProber().Start(t.Context(), true, c))
			if !is || len(bad.Fields) != 1 || bad.Fields[0].Field != want {
				t.Errorf("%s: %+v", want, bad)
			}
		}
		must(t, w.mustProber().Start(t.Context(), true, probe.Contact{Name: "Ан\u0000на\u202e"}))
		w.probeEnded()
		for _, r := range w.shop.Requests() {
			if strings.Contains(string(r.Body), "u0000") || strings.Contains(string(r.Body), "\u202e") {
				t.Errorf("sent %s", r.Body)
			}
		}
	})
}
