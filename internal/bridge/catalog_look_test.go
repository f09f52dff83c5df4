package bridge_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// picture gives a product a picture that is still being made, or finishes it,
// which does not move its time.
func (w *world) picture(id int64, processing bool) {
	w.t.Helper()
	at := time.Time{}
	if p, ok := w.shop.Product(id); ok {
		at = p.UpdatedAt
	}
	w.edit(id, func(p *insalestest.Product) {
		p.Images = []insalestest.Image{{ID: id, URL: "https://static.insales-cdn.com/" + id64(id) + ".jpg",
			Processing: processing}}
	})
	if !processing {
		w.must(w.shop.SetProductUpdatedAt(id, at))
	}
}

// Pictures that are being made are asked for soon, and ever more rarely if
// that goes on for days; an unchanged shop costs next to nothing meanwhile.
func TestCatalogPictures(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		ids := w.some(30)
		for _, id := range ids {
			w.picture(id, true)
		}
		w.ran(2, 6*time.Minute)
		w.picture(ids[0], false)
		w.becomesSame(12 * time.Minute)
		w.edit(ids[29], func(*insalestest.Product) {}) // a bump does not forget that it waits
		time.Sleep(12 * time.Minute)
		w.picture(ids[29], false)
		w.becomesSame(time.Hour)
		before := w.shop.Count(insalestest.OpProduct)
		time.Sleep(20 * time.Hour)
		if n := w.shop.Count(insalestest.OpProduct) - before; n < 28*4 || n > 28*9 {
			t.Errorf("asked %d times for 28 products in twenty hours", n)
		}
		for _, id := range ids[1:29] {
			w.picture(id, false)
		}
		w.becomesSame(24 * time.Hour)
	})
}

// One product that cannot be read holds up nothing.
func TestCatalogProductUnreadable(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		ids := w.some(3)
		w.must(w.shop.MangleProduct(ids[0], func(p map[string]any) { p["updated_at"] = nil }))
		w.hide(ids[1:2])
		time.Sleep(25 * time.Hour) // everything is read, and it is not seen
		w.rename(ids[2], "Другое имя")
		w.sync(false)
		if p := w.catalog().Problem; p != nil {
			t.Errorf("%+v", p)
		}
		if _, ok := w.chat.Catalog(company).Products[id64(ids[0])]; !ok {
			t.Error("it was removed although it is there")
		}
		before := w.shop.Count(insalestest.OpProduct)
		time.Sleep(20 * time.Hour)
		if n := w.shop.Count(insalestest.OpProduct) - before; n > 10 {
			t.Errorf("asked for it %d times", n)
		}
		w.must(w.shop.MangleProduct(ids[0], nil))
		w.becomesSame(25 * time.Hour)
	})
}

// A product that is found gone after its change was staged is not named and
// deleted by one batch.
func TestCatalogChangedThenGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.ran(1, 10*time.Minute)
		ids := w.some(60)
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 40, Status: 504})
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Latency: 10 * time.Second})
		for _, id := range ids {
			w.edit(id, func(*insalestest.Product) {})
		}
		w.rename(ids[0], "Другое имя") // on the first page
		w.must(w.shop.SetProductUpdatedAt(ids[0], time.Now().Add(-time.Minute)))
		id := w.reads()
		time.Sleep(15 * time.Second) // the first page is read, the second is not
		w.hide(ids[:1])
		w.ended(id, 10*time.Minute)
		w.becomesSame(10 * time.Minute)
	})
}

// A key that loses the right to see the kind of price in the middle of a run
// makes no product disappear.
func TestCatalogPriceUnseen(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60), with(func() storage.Company {
			c := catalogOnly()
			c.Catalog.Price = "price2"
			return c
		}))
		w.sees.price = 2
		w.ran(1, 10*time.Minute)
		w.same()
		w.picture(w.some(1)[0], true)
		time.Sleep(12 * time.Minute)
		all := w.shows()
		w.shop.Forbid(insalestest.SectionExtraPrices)
		time.Sleep(time.Hour) // nothing in the feed has changed: it is asked for by its id
		if p := w.catalog().Problem; p == nil || p.Code != problem.PriceMissing || p.Args["price"] != "price2" {
			t.Errorf("%+v", p)
		}
		w.rename(w.some(2)[1], "Другое имя")
		time.Sleep(26 * time.Hour)
		if w.shows() != all {
			t.Errorf("%d of %d products are shown", w.shows(), all)
		}
		w.shop.Allow(insalestest.SectionExtraPrices)
		w.becomesSame(10 * time.Minute)
		w.until(time.Minute, "no alarm", func() bool { return w.catalog().Problem == nil })
		// And at enabling.
		w.shop.Forbid(insalestest.SectionExtraPrices)
		w.save(switchedOff())
		c := catalogOnly()
		c.Catalog.Price = "price2"
		_, err := w.proc.bridge.SaveCompany(t.Context(), c)
		var bad *problem.Invalid
		if !errors.As(err, &bad) || !slices.ContainsFunc(bad.Fields, func(f problem.FieldProblem) bool {
			return f.Field == "catalog.price" && f.Problem.Code == problem.PriceMissing
		}) {
			t.Errorf("%v", err)
		}
	})
}

// Between the moment that settings are stored and that in which they are in
// use no run begins.
func TestCatalogSettingsNotInUseYet(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(60))
		w.judgedLater = true // memory and database differ on purpose
		w.ran(1, 10*time.Minute)
		c, err := w.proc.bridge.Company(t.Context(), company)
		if err != nil {
			t.Fatal(err)
		}
		c.Version++
		w.must(w.proc.store.Update(t.Context(), func(tx *storage.Tx) error { return tx.PutCompany(&c) }))
		if _, err := w.syncer().Sync(t.Context(), false); refusedFor(err) != problem.RefusedCompanyExists {
			t.Errorf("%v", err)
		}
		time.Sleep(20 * time.Minute)
		if n := len(w.runs()); n != 1 {
			t.Errorf("%d runs", n)
		}
		w.restart()
		w.ran(2, time.Minute)
	})
}
