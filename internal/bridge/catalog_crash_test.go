package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// newCatalogJourney is a journey of a catalog: its first sync, in small pages,
// and then the differences that a few edits make.
func newCatalogJourney(t *testing.T, pullAt int64) *journey {
	j := &journey{pullAt: pullAt}
	j.world = newWorld(t, withCatalog(50), func(w *world) {
		w.settings = settings // the catalog is switched on when the plug can be pulled
		w.tap = func(name string) bool { return j.pass(w, name) }
	})
	j.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 40, Status: 504})
	j.enabled = catalogOnly
	j.told = func() bool { return j.chat.Catalog(company).Complete && len(j.differences()) == 0 }
	return j
}

// travel makes the journey.
func (j *journey) travel() {
	j.t.Helper()
	j.armed.Store(true)
	j.wait("catalog enabled", func() bool {
		if j.crashed.Load() {
			return false
		}
		_, err := j.proc.bridge.SaveCompany(j.t.Context(), j.enabled())
		return err == nil
	})
	j.waitFor("first sync", 5*time.Second, j.told)
	ids := j.some(6)
	j.edit(ids[0], func(p *insalestest.Product) { p.Title = "Новое имя" })
	j.edit(ids[1], func(p *insalestest.Product) { p.CollectionIDs = nil })
	for i, do := range []func(int64) error{j.shop.HideProduct, j.shop.TrashProduct, j.shop.HideProduct} {
		if err := do(ids[2+i]); err != nil {
			j.t.Fatal(err)
		}
	}
	for p := range j.shop.Products() {
		if p.ID == ids[5] { // sold out: held until the whole run was seen
			for _, v := range p.Variants {
				if err := j.shop.EditVariant(v.ID,
					func(v *insalestest.Variant) { v.Stock = new(v.Price.Sub(v.Price)) }); err != nil {
					j.t.Fatal(err)
				}
			}
		}
	}
	j.waitFor("differences", 10*time.Second, j.told)
	j.armed.Store(false)
	j.wait("at rest", func() bool { return !j.crashed.Load() && !j.runs()[0].EndedAt.IsZero() })
}

// A sync is not disturbed by a death at any of its points: what it says again
// under the same name is the same.
func TestCatalogCrashMatrix(t *testing.T) {
	t.Parallel()
	points := int64(0)
	for n, more := int64(1), true; more; n += crashStride {
		ok := t.Run(fmt.Sprintf("point %d", n), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				j := newCatalogJourney(t, n)
				j.travel()
				points = j.points.Load()
				if more = points >= n; more {
					t.Logf("plug pulled at %q", j.names[n-1])
				}
				time.Sleep(6 * time.Minute)
				j.same()
				if n := j.chat.Replaced(); n != 0 {
					t.Errorf("%d batches came again with another content", n)
				}
				if syncs := syncsOf(j.batches(0), "full"); len(syncs) != 1 {
					t.Errorf("full syncs %v, want one", syncs)
				}
				if syncs := syncsOf(j.batches(0), "delta"); len(syncs) > 2 {
					t.Errorf("the edits needed %d syncs", len(syncs))
				}
			})
		})
		if !ok {
			break
		}
	}
	if points < 60 {
		t.Errorf("the journey had only %d points", points)
	}
}

// syncsOf gives the ids of the syncs of a mode.
func syncsOf(batches []ineedchattest.CatalogBatch, mode string) (ids []string) {
	for _, b := range batches {
		if b.Mode == mode && (len(ids) == 0 || ids[len(ids)-1] != b.Sync) {
			ids = append(ids, b.Sync)
		}
	}
	return ids
}
