package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// must stops the test if something that a sandbox was asked to do failed.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// title is the title that a product has in the shop.
func (w *world) title(id int64) string {
	w.t.Helper()
	p, ok := w.shop.Product(id)
	if !ok {
		w.t.Fatalf("product %d is not there", id)
	}
	return p.Title
}

func (w *world) rename(id int64, title string) {
	w.t.Helper()
	w.edit(id, func(p *insalestest.Product) { p.Title = title })
}

// What was sent may have arrived, whatever became of the answer. So a product
// that has changed back since, or a removed one that has come back, is told
// again, even if it is what the chat had acknowledged before.
func TestCatalogUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]func(*world){
		"chat away for long": func(*world) { time.Sleep(40 * time.Minute) },
		"switched off and on": func(w *world) {
			off := catalogOnly()
			off.Catalog.Enabled = false
			w.save(off)
			w.save(catalogOnly())
		},
		"other price and back": func(w *world) {
			other := catalogOnly()
			other.Catalog.Price = "price2"
			w.save(other)
			w.save(catalogOnly())
		},
		"refused as a whole then": func(w *world) {
			w.chat.ClearFaults()
			w.chat.Fault(ineedchattest.Rule{Method: "PUT", Status: 422, Times: 1})
			time.Sleep(2 * time.Minute)
		},
		"chat wants everything then": func(w *world) {
			w.chat.ClearFaults()
			w.chat.RequireResync(company)
			time.Sleep(2 * time.Minute)
		},
		"killed": func(w *world) {
			w.deadly.Store(true)
			w.chat.ClearFaults()
			w.until(10*time.Minute, "killed", w.crashed.Load)
			w.stop()
			w.deadly.Store(false)
			w.start()
		},
	} {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, early %v", name, early), func(t *testing.T) {
				inBubble(t, func(t *testing.T) { unknownOutcome(t, drop, early) })
			})
		}
	}
}

// unknownOutcome loses the answer to a change and a removal, lets the batch be
// dropped, and takes both back, early or only then.
func unknownOutcome(t *testing.T, drop func(*world), early bool) {
	w := newWorld(t, withCatalog(40))
	w.ran(1, 10*time.Minute)
	ids := w.some(2)
	was := w.title(ids[0])
	back := func() {
		w.rename(ids[0], was)
		w.must(w.shop.UnhideProduct(ids[1]))
	}
	w.rename(ids[0], "Ненадолго")
	w.must(w.shop.HideProduct(ids[1]))
	f := w.chat.Fault(ineedchattest.Rule{Method: "PUT", Action: ineedchattest.ResetAfter})
	w.until(6*time.Minute, "a batch is on its way", func() bool { return f.Hits() > 0 })
	if p := w.chat.Catalog(company).Products[id64(ids[0])]; p.Title != "Ненадолго" {
		t.Fatalf("the chat did not get %+v", p)
	}
	if early {
		back()
	}
	drop(w)
	if !early {
		back()
	}
	w.chat.ClearFaults()
	w.becomesSame(3 * time.Hour)
	time.Sleep(30 * time.Minute)
	w.same()
}
