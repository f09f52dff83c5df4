package bridge_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// hide hides products one by one.
func (w *world) hide(ids []int64) {
	w.t.Helper()
	for _, id := range ids {
		w.must(w.shop.HideProduct(id))
	}
}

func (w *world) unhide(ids []int64) {
	w.t.Helper()
	for _, id := range ids {
		w.must(w.shop.UnhideProduct(id))
	}
}

// confirm lets happen what the guard withholds.
func (w *world) confirm() storage.Guard {
	w.t.Helper()
	g, err := w.syncer().ConfirmGuard(w.t.Context(), "test")
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// sold sets the stock of all variants of products, as an exchange does.
func (w *world) sold(ids []int64) {
	w.t.Helper()
	w.must(w.shop.EditProducts(ids, func(_ *insalestest.Product, variants []insalestest.Variant) {
		for i := range variants {
			variants[i].Stock = new(variants[i].Price.Sub(variants[i].Price))
		}
	}))
}

// withheld waits for the next run and expects the guard to keep so much back.
func (w *world) withheld(removed, held int) {
	w.t.Helper()
	w.sync(false)
	g := w.catalog().Guard
	if g == nil || g.Removed != removed || g.Held != held {
		w.t.Fatalf("withheld %+v, want %d removed and %d held", g, removed, held)
	}
}

// every makes the runs of a company rarer: a test of days needs no more.
func every(interval time.Duration) func(*world) {
	return func(w *world) {
		w.settings = func() storage.Company {
			c := catalogOnly()
			c.Catalog.Interval = interval
			return c
		}
	}
}

// shows tells how many products the chat shows.
func (w *world) shows() int { return len(w.chat.Catalog(company).Products) }

// What a person has allowed happens once. The same again, right after it, is
// another accident.
func TestCatalogGuardConfirmedOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(120))
		w.ran(1, 10*time.Minute)
		all := w.shows()
		ids := w.some(100)
		w.hide(ids[:50])
		w.withheld(50, 0)
		if w.shows() != all {
			t.Errorf("%d products are shown, not %d", w.shows(), all)
		}
		w.confirm()
		w.becomesSame(6 * time.Minute)
		w.hide(ids[50:])
		w.withheld(50, 0)
		if w.shows() != all-50 {
			t.Errorf("%d products are shown, not %d", w.shows(), all-50)
		}
		// A healthy reading lifts the alarm.
		w.unhide(ids[50:])
		w.sync(false)
		if g := w.catalog().Guard; g != nil {
			t.Errorf("%+v", g)
		}
		w.same()
	})
}

// Allowing a removal allows no other harm of the same size.
func TestCatalogGuardAllowsWhatWasShown(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(120))
		w.ran(1, 10*time.Minute)
		ids := w.some(100)
		w.hide(ids[:50])
		w.withheld(50, 0)
		w.unhide(ids[:50])
		tracked := w.available(50)
		w.sold(tracked)
		w.confirm()
		w.ran(3, 6*time.Minute)
		if g := w.catalog().Guard; g == nil || g.Held != len(tracked) || g.Removed != 0 {
			t.Errorf("%+v", g)
		}
		for _, id := range tracked {
			for _, v := range w.chat.Catalog(company).Products[id64(id)].Variants {
				if v.Quantity == "0" {
					t.Fatalf("product %d has become unavailable", id)
				}
			}
		}
	})
}

// available gives products all of whose variants are in stock.
func (w *world) available(n int) (ids []int64) {
	for p := range w.shop.Products() {
		good := p.Shown() && p.ID >= insalestest.FirstCatalogProduct && len(ids) < n
		for _, v := range p.Variants {
			good = good && v.Quantity != "" && v.Quantity != "0" && v.Quantity[0] != '-'
		}
		if good {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// More removals than one run asks for by id, allowed and not suspicious.
func TestCatalogManyRemovals(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(1000))
		w.ran(1, 10*time.Minute)
		all := w.shows()
		ids := w.some(800)
		w.hide(ids[:250]) // a quarter: believed, but not all in one run
		run := w.sync(false)
		if run.Looked != 200 || run.Removed != 200 || run.Outcome != storage.RunDone {
			t.Errorf("%+v", run)
		}
		run = w.sync(false)
		if run.Looked != 50 || run.Removed != 50 {
			t.Errorf("%+v", run)
		}
		w.same()

		for _, id := range ids[250:] { // hard deletions of more than half
			w.must(w.shop.DeleteProduct(id))
		}
		time.Sleep(24*time.Hour + 10*time.Minute)
		if g := w.catalog().Guard; g == nil || g.Removed != 550 {
			t.Errorf("the daily reading: %+v", g)
		}
		if w.shows() != all-250 {
			t.Errorf("%d products are shown, not %d", w.shows(), all-250)
		}
		w.confirm()
		w.becomesSame(20 * time.Minute)
		if g := w.catalog().Guard; g != nil {
			t.Errorf("%+v", g)
		}
	})
}

// A full sync in which the guard withholds something does not end, so that the
// chat hides nothing; what it names arrives all the same.
func TestCatalogGuardInFullSync(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(120))
		w.ran(1, 10*time.Minute)
		all, since := w.shows(), len(w.batches(0))
		ids := w.some(60)
		for _, id := range ids[1:] {
			w.must(w.shop.DeleteProduct(id))
		}
		w.rename(ids[0], "Остальное идёт дальше")
		run := w.sync(true)
		if run.Outcome != storage.RunWithheld || w.shows() != all {
			t.Errorf("%d of %d products are shown, %+v", w.shows(), all, run)
		}
		for _, b := range w.batches(since) {
			if b.Mode != "full" || b.Last {
				t.Errorf("%+v", b)
			}
		}
		if p := w.chat.Catalog(company).Products[id64(ids[0])]; p.Title != "Остальное идёт дальше" {
			t.Errorf("%+v", p)
		}
		w.ran(3, 10*time.Minute) // differences are taken meanwhile
		w.confirm()
		w.becomesSame(10 * time.Minute)
	})
}

// Categories that disappear together are kept, products that stand in them
// too, until a person confirms or they are back.
func TestCatalogGuardCategories(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), every(time.Hour))
		w.ran(1, 10*time.Minute)
		tree := w.shop.Collections()
		n := len(w.chat.Catalog(company).Categories)
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpCollections, Status: 200, Body: "[]"})
		run := w.sync(false)
		if g := w.catalog().Guard; g == nil || g.Categories != n || run.Outcome != storage.RunWithheld {
			t.Fatalf("%+v %+v", g, run)
		}
		if got := len(w.chat.Catalog(company).Categories); got != n {
			t.Errorf("%d categories of %d are left", got, n)
		}
		f.Clear()
		w.sync(false)
		if g := w.catalog().Guard; g != nil {
			t.Errorf("%+v", g)
		}
		// Half of them really go.
		for _, c := range tree[len(tree)/2:] {
			w.shop.RemoveCollection(c.ID)
		}
		w.sync(false)
		g := w.catalog().Guard
		if g == nil || g.Categories < n/3 {
			t.Fatalf("%+v", g)
		}
		w.confirm()
		time.Sleep(25 * time.Hour) // what stood in them is read again by the daily reading
		w.same()
		if g := w.catalog().Guard; g != nil {
			t.Errorf("%+v", g)
		}
	})
}

// A shop with five products or fewer: its products may come and go, but an
// answer without any is an accident.
func TestCatalogSmallShop(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.settings = catalogOnly })
		w.ran(1, 10*time.Minute)
		var ids []int64
		for p := range w.shop.Products() {
			if p.Shown() {
				ids = append(ids, p.ID)
			}
		}
		for _, id := range ids[4:] {
			w.hide([]int64{id})
			w.sync(false)
		}
		if w.shows() != 4 {
			t.Fatalf("%d products are shown", w.shows())
		}
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 200, Body: "[]"})
		time.Sleep(24*time.Hour + 10*time.Minute)
		withheld := func(r storage.CatalogRun) bool { return r.Outcome == storage.RunWithheld && r.Withheld == 4 }
		if !slices.ContainsFunc(w.runs(), withheld) {
			t.Error("the daily reading withheld nothing")
		}
		if w.shows() != 4 {
			t.Errorf("%d products are shown", w.shows())
		}
		f.Clear()
		w.sync(true)
		if g := w.catalog().Guard; g != nil || w.shows() != 4 {
			t.Errorf("%d products are shown, %+v", w.shows(), g)
		}
		w.hide(ids[:4]) // all there are: not more than five
		w.sync(false)
		w.same()
	})
}

// What is held while the guard is shut must not come back after its product has
// gone for good, however many went.
func TestCatalogHeldThenDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(1000))
		w.ran(1, 10*time.Minute)
		ids := w.available(400)
		w.sold(ids)
		w.withheld(0, len(ids))
		for _, id := range ids[:300] {
			w.must(w.shop.DeleteProduct(id))
		}
		w.sync(true)
		if g := w.catalog().Guard; g == nil || g.Removed != 300 || g.Held != len(ids)-300 {
			t.Fatalf("%+v", g)
		}
		w.confirm()
		w.becomesSame(20 * time.Minute)
	})
}

// A shop that says it has more than it gives: nothing is removed, the alarm
// stands, and everything is read again ever so often, not all the time.
func TestCatalogCountThatLies(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300), every(20*time.Minute))
		w.ran(1, 10*time.Minute)
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProductsCount, Status: 200, Body: `{"count": 5000}`})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 40, Status: 504})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Latency: 50 * time.Second})
		id := w.some(1)[0]
		w.must(w.shop.DeleteProduct(id))
		time.Sleep(25 * time.Hour)
		before, changes := w.readings(), 0
		for range 20 * 2 {
			w.rename(w.some(1)[0], fmt.Sprint("Имя ", changes))
			changes++
			time.Sleep(30 * time.Minute)
			if g := w.catalog().Guard; g == nil || g.Impact != (storage.Impact{Unread: g.Unread}) || g.Unread < 4000 {
				t.Fatalf("%+v", g)
			}
		}
		if n := w.readings() - before; n < 8 || n > 20 {
			t.Errorf("everything was read %d times in twenty hours", n)
		}
		if list := w.differences(); len(list) > 2 || !slices.Contains(list, "product too many: "+id64(id)) {
			t.Errorf("%v", list)
		}
		f.Clear()
		w.becomesSame(3 * time.Hour)
		w.until(time.Hour, "no alarm", func() bool { return w.catalog().Guard == nil })
	})
}

// A shop whose count goes on to differ from its list: a person says once that
// this is right, and what was deleted goes. A larger difference is a new alarm.
func TestCatalogCountConfirmed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300), every(20*time.Minute))
		w.ran(1, 10*time.Minute)
		count := func(n int) *insalestest.Fault {
			return w.shop.Fault(insalestest.Rule{Op: insalestest.OpProductsCount, Status: 200,
				Body: fmt.Sprintf(`{"count": %d}`, n)})
		}
		f := count(400)
		w.must(w.shop.DeleteProduct(w.some(1)[0]))
		w.until(26*time.Hour, "the alarm", func() bool { return w.catalog().Guard != nil })
		if g := *w.catalog().Guard; g.Unread < 90 || catalog.GuardProblem(g).Code != problem.CatalogIncomplete {
			t.Fatalf("%+v", g)
		}
		if len(w.differences()) == 0 {
			t.Fatal("removed on the strength of a reading that was not complete")
		}
		w.confirm()
		w.becomesSame(20 * time.Minute)
		for range 3 { // days later it is still right
			w.must(w.shop.DeleteProduct(w.some(1)[0]))
			w.becomesSame(26 * time.Hour)
		}
		if k := w.catalog(); k.Guard != nil || k.Allowed.Unread == 0 {
			t.Fatalf("%+v", k)
		}
		f.Clear()
		f = count(600)
		w.until(26*time.Hour, "another alarm", func() bool { return w.catalog().Guard != nil })
		f.Clear()
		w.until(26*time.Hour, "no alarm", func() bool { return w.catalog().Guard == nil })
		if k := w.catalog(); k.Allowed != (storage.Impact{}) {
			t.Errorf("%+v", k.Allowed)
		}
	})
}

// What a person has allowed of one shop's catalog is not allowed of another's.
func TestCatalogCountOfAnotherShop(t *testing.T) {
	t.Parallel()
	for name, swap := range map[string]func(w *world) error{
		"account": func(w *world) error {
			w.shop.SetAccountID(7)
			_, err := w.proc.bridge.ConfirmAccount(w.t.Context(), company, "test")
			return err
		},
		"address": func(w *world) error {
			c, err := w.proc.bridge.Company(w.t.Context(), company)
			if err == nil {
				c.Shop.URL, c.Shop.Password = "http://other.test", insalestest.DefaultPassword
				_, err = w.proc.bridge.SaveCompany(w.t.Context(), c)
			}
			return err
		},
	} {
		inBubble(t, func(t *testing.T) {
			w := newWorld(t, withCatalog(100), every(4*time.Hour))
			w.ran(1, 10*time.Minute)
			w.shop.Fault(insalestest.Rule{Op: insalestest.OpProductsCount, Status: 200, Body: `{"count": 200}`})
			w.until(30*time.Hour, "the alarm", func() bool { return w.catalog().Guard != nil })
			w.confirm()
			w.until(30*time.Hour, "the reading",
				func() bool { k := w.catalog(); return k.Guard == nil && k.Allowed.Unread > 0 })
			w.must(swap(w))
			if k := w.catalog(); k.Allowed != (storage.Impact{}) {
				t.Errorf("%s: %+v", name, k.Allowed)
			}
		})
	}
}

// readings counts the complete readings that have ended.
func (w *world) readings() (n int) {
	for _, r := range w.runs() {
		if r.Everything && !r.EndedAt.IsZero() {
			n++
		}
	}
	return n
}
