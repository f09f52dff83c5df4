package bridge_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// beyondOracle are the switches that the oracle of the random histories does not fit,
// with the reason. That no order is doubled is asked of them all the same.
var beyondOracle = map[string]string{
	"DropMarker":         "the oracle counts an order by its marker",
	"HideManagerComment": "without markers an order that may be in the shop goes to a person, and it is there",
	"NoDate":             "the reader waits for the shop's time, so nothing is sent while answers have none",
}

// TestHistoriesWithEachSwitch lets the worst happen to three orders in a shop that does
// one thing otherwise than is assumed: a create whose answer is lost, one that never
// came, a death, a payment and a status. At rest the oracle of the random histories
// finds no order lost or doubled.
func TestHistoriesWithEachSwitch(t *testing.T) {
	t.Parallel()
	deeds := []deed{
		{What: "send", Order: 3, Wait: 3 * time.Second}, {What: "createFault", N: 1}, {What: "send", Order: 4},
		{What: "crash", N: 5, Wait: 30 * time.Second}, {What: "createFault", N: 0}, {What: "send", Order: 5,
			Wait: 2 * time.Minute}, {What: "pay", Order: 3, Wait: time.Minute}, {What: "status", Order: 4, N: 3},
		{What: "restart", Wait: 2 * time.Minute},
	}
	for n, s := range reversals {
		if leftOut(n) {
			continue
		}
		t.Run(fmt.Sprint(s.name, n), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T) {
				h := &history{accepted: map[int]bool{}, cancels: map[int]bool{}, pays: map[int]bool{},
					poisoned: map[int]bool{}}
				h.world = newWorld(t, func(w *world) {
					w.tap = func(string) bool { return h.fuse.Load() == 0 || h.fuse.Add(-1) != 0 }
					hooked(w)
				})
				h.watchMoves()
				h.turn(func(c *insalestest.Switches) { s.turn(c) })
				for _, d := range deeds {
					h.do(d)
					time.Sleep(d.Wait)
					h.revive()
				}
				h.rest()
				if n := len(h.shop.Orders()); n > 3 {
					t.Errorf("%d orders in the shop, of 3", n)
				}
				if faults := h.judge(); beyondOracle[s.name] == "" && len(faults) > 0 {
					t.Error(strings.Join(faults, "\n"))
				}
			})
		})
	}
}

// beyondJourney are the switches with which the journey of the crash matrix does not end
// as it does elsewhere, with the reason. The histories go through them.
var beyondJourney = map[string]string{
	"IgnorePaid":         "the order is never paid",
	"NoCustomStatuses":   "there is no status to set",
	"StatusApart":        "the dispatch shows only to those who map the status",
	"PickupNeedsAddress": "an order for pickup goes to a person, unless a probe has seen it before",
}

// TestCrashMatrixWithEachSwitch pulls the plug in a shop that does one thing otherwise than
// is assumed: at one point of the journey of many, at others with each switch, and at all
// of them if CONNECTOR_TEST_DEATHS is set.
func TestCrashMatrixWithEachSwitch(t *testing.T) {
	t.Parallel()
	step := 17
	if os.Getenv("CONNECTOR_TEST_DEATHS") != "" {
		step = 1
	}
	for i, s := range reversals {
		if beyondOracle[s.name] != "" || beyondJourney[s.name] != "" || leftOut(i) {
			continue
		}
		t.Run(fmt.Sprint(s.name, i), func(t *testing.T) {
			for n, more := int64(1+i%step), true; more; n += int64(step) {
				inBubble(t, func(t *testing.T) {
					j := newJourney(t, n, false)
					j.turn(s.turn)
					j.run()
					j.check("delivering")
					more = j.points.Load() >= n
				})
			}
		})
	}
}

// TestHistoriesWithSwitches lets anything happen, deaths too, in a shop that does several
// things otherwise than is assumed. The oracle is that of the random histories.
func TestHistoriesWithSwitches(t *testing.T) {
	months(t, 15)
	var fit []reversal
	for _, s := range reversals {
		if beyondOracle[s.name] == "" {
			fit = append(fit, s)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		thrown := rapid.SliceOfNDistinct(rapid.IntRange(0, len(fit)-1), 1, 8, rapid.ID[int]).Draw(rt, "switches")
		var names []string
		liveThrough(rt, t, func(h *history) {
			h.turn(func(c *insalestest.Switches) {
				for _, n := range thrown {
					fit[n].turn(c)
					names = append(names, fit[n].name)
				}
			})
		}, &names)
	})
}

// A shop whose answers carry no time is told to people as such: without it nothing is
// sent, because nobody could say how old an order is by then.
func TestShopWithoutAClock(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.shop.Reconfigure(func(s *insalestest.Switches) { s.NoDate = true })
		w.restart()
		w.accept(anOrder("A-1"))
		w.until(10*time.Minute, "told", func() bool {
			p := w.company().Problem
			return p != nil && p.Code == problem.ShopUnreachable && p.Args["reason"] == "clock"
		})
		w.shop.Reconfigure(func(s *insalestest.Switches) { s.NoDate = false })
		w.untilState(30*time.Minute, "A-1", storage.StateSent)
		if p := w.company().Problem; p != nil {
			t.Errorf("%+v", p)
		}
	})
}
