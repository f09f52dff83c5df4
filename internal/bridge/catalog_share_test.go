package bridge_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// One company's shop is down: the other's catalog does not notice.
func TestCatalogTwoCompanies(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(120))
		other := insalestest.New(insalestest.Config{Catalog: insalestest.Catalog{Products: 80, Seed: 9, Plain: true}})
		w.net.serve("other.test", other)
		c := catalogOnly()
		c.ID, c.Shop.URL = "3", "http://other.test"
		w.save(c)
		shown := 0
		for p := range other.Products() {
			if p.Shown() {
				shown++
			}
		}
		w.until(10*time.Minute, "the other's first sync",
			func() bool { return len(w.chat.Catalog("3").Products) == shown })
		w.ran(1, 10*time.Minute)

		w.net.setDown("other.test", true)
		w.proc.rt.CloseIdleConnections()
		before := len(w.runs())
		for i := range 12 {
			w.rename(w.some(1)[0], fmt.Sprintf("Имя %d", i))
			time.Sleep(5*time.Minute + 20*time.Second)
			w.same()
		}
		for _, r := range w.runs()[:len(w.runs())-before] {
			if r.EndedAt.Sub(r.BeganAt) > time.Second {
				t.Errorf("a run took %v", r.EndedAt.Sub(r.BeganAt))
			}
		}
		s, err := w.proc.bridge.Syncer("3")
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.View(t.Context())
		if err != nil || v.Problem == nil || v.Problem.Code != problem.ShopUnreachable {
			t.Errorf("%v %+v", err, v.Problem)
		}
		if len(w.chat.Catalog("3").Products) != shown {
			t.Error("products of a shop that is down are gone")
		}
		id := int64(0)
		for p := range other.Products() {
			if p.Shown() {
				id = p.ID
			}
		}
		w.must(other.EditProduct(id, func(p *insalestest.Product) { p.Title = "Снова здесь" }))
		w.net.setDown("other.test", false)
		w.until(12*time.Minute, "the other's change",
			func() bool { return w.chat.Catalog("3").Products[id64(id)].Title == "Снова здесь" })
	})
}

// A watcher notes requests of a kind that come while more of the window is used
// than they may use.
type watcher struct {
	mu   sync.Mutex
	over []string
	seen atomic.Int64
}

// watch looks at the shop's own count before each request of the catalog.
func (a *watcher) watch(w *world) {
	w.tap = func(point string) bool {
		kind, isBefore := strings.CutPrefix(point, "shop before GET /admin/")
		if !isBefore || !strings.HasPrefix(kind, "products") && !strings.HasPrefix(kind, "collections") {
			return true
		}
		a.seen.Add(1)
		if used := w.shop.Usage(insalestest.DefaultKeyID); used > 350 {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.over = append(a.over, fmt.Sprintf("%s with %d used", kind, used))
		}
		return true
	}
}

// Others use most of the key's window: the catalog gets on with what is left of
// its part, and orders and statuses are as quick as ever.
func TestCatalogYields(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		a := &watcher{}
		w := newWorld(t, withCatalog(3000), with(settings), a.watch)
		// a page is little, a catalog many requests
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 15, Status: 504})
		stop := make(chan struct{})
		var others sync.WaitGroup
		others.Go(func() {
			for {
				w.shop.Use(insalestest.DefaultKeyID, 290)
				select {
				case <-time.After(insalestest.DefaultWindow):
				case <-stop:
					return
				}
			}
		})
		defer func() { close(stop); others.Wait() }()
		w.save(catalogAndOrders())
		time.Sleep(10 * time.Second)
		for i := range 5 {
			id := fmt.Sprintf("Y-%d", i)
			w.accept(anOrder(id))
			if took := w.untilState(30*time.Second, id, storage.StateSent); took > 10*time.Second {
				t.Errorf("order %s took %v", id, took)
			}
			w.must(w.shop.SetStatus(w.live(id)[0].ID, "otgruzhen"))
			w.until(3*time.Minute, "the status is known",
				func() bool { r, ok := w.chat.Status(company, id); return ok && r.Status == "delivering" })
		}
		if r := w.runs(); !r[len(r)-1].EndedAt.IsZero() {
			t.Error("the catalog did not have to yield")
		}
		if v := w.catalog(); v.Running == nil || v.Left < time.Minute {
			t.Errorf("%+v", v)
		}
		w.ran(1, 3*time.Hour)
		w.same()
		if len(a.over) > 0 || a.seen.Load() < 100 {
			t.Errorf("%d requests, over its part: %v", a.seen.Load(), a.over[:min(len(a.over), 5)])
		}
	})
}
