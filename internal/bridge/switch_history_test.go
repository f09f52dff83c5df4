package bridge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
