package bridge_test

import (
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// An order of ours that is larger than any order can be stops everything, as one
// that cannot be read; one of somebody else's is stepped over.
func TestOrderOfMegabytes(t *testing.T) {
	huge := func(o map[string]any) { o["a_text"] = strings.Repeat("x", 5<<20) }
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		other, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
			Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.shop.Mangle(other.ID, huge); err != nil {
			t.Fatal(err)
		}
		w.first()
		w.accept(anOrder("A-1"))
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		id := w.live("A-1")[0].ID
		if err := w.shop.Mangle(id, huge); err != nil {
			t.Fatal(err)
		}
		w.until(5*time.Minute, "alarm", func() bool { return w.problem() == problem.FeedUnreadable })
		if err := w.shop.Mangle(id, nil); err != nil {
			t.Fatal(err)
		}
		w.accept(anOrder("A-2"))
		w.untilState(10*time.Minute, "A-2", storage.StateSent)
	})
}

// A page of orders that is larger than an answer may be is asked for in smaller
// pages.
func TestPageOfMegabytes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		for range 30 {
			o, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
				Lines: []insalestest.PlacedLine{{VariantID: 500000004}}})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.shop.Mangle(o.ID, func(o map[string]any) {
				o["a_text"] = strings.Repeat("x",
					1<<20)
			}); err != nil {
				t.Fatal(err)
			}
		}
		w.accept(anOrder("A-1"))
		w.untilState(15*time.Minute, "A-1", storage.StateSent)
		if p := w.problem(); p != "" {
			t.Errorf("problem %s", p)
		}
	})
}
