package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/storage"
)

// bounds are numbers of rows around the bound of a shop that gives 100 at most.
var bounds = []int{99, 100, 101, 200, 201}

// A shop that silently gives fewer orders than it is asked for is read to the end by
// each reading, with a probe and without; and a probe spares it the larger pages.
func TestOrdersOfASmallPage(t *testing.T) {
	t.Parallel()
	for _, n := range bounds {
		for _, probed := range []bool{false, true} {
			t.Run(fmt.Sprint(n, " ", probed), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, func(w *world) {
						w.config = func(c *bridge.Config) { c.PollInterval = 20 * time.Second }
					})
					w.shop.Reconfigure(func(s *insalestest.Switches) { s.PageMax = 100 })
					if probed {
						w.probedAs(storage.Probed{PageSize: 100})
					}
					large := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, PerPageOver: 100})
					w.first()
					time.Sleep(70 * time.Second)
					for range n - 1 {
						_, err := w.shop.PlaceOrder(insalestest.Placement{Phone: "+79991112233",
							Lines: []insalestest.PlacedLine{{VariantID: 500000003}}})
						must(t, err)
					}
					must(t, w.shop.SetStatus(w.live("first")[0].ID, "otgruzhen"))
					w.until(23*time.Second, "the chat knows the last", w.tells("first", "delivering"))
					if hits := large.Hits(); probed != (hits == 0) {
						t.Errorf("%d larger pages were asked for", hits)
					}
				})
			})
		}
	}
}

// The same with the catalog: what stands behind the first page reaches the chat.
func TestCatalogOfASmallPage(t *testing.T) {
	t.Parallel()
	for _, n := range bounds {
		for _, probed := range []bool{false, true} {
			t.Run(fmt.Sprint(n, " ", probed), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					w := newWorld(t, withCatalog(n), with(switchedOff))
					w.shop.Reconfigure(func(s *insalestest.Switches) { s.PageMax = 100 })
					if probed {
						w.probedAs(storage.Probed{PageSize: 100})
					}
					large := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 100})
					w.save(catalogOnly())
					w.ran(1, 20*time.Minute)
					w.same()
					w.sync(true)
					w.same()
					if hits := large.Hits(); probed != (hits == 0) {
						t.Errorf("%d larger pages were asked for", hits)
					}
				})
			})
		}
	}
}
