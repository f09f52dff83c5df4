package bridge_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// catalogOnly are the settings of a company that syncs its catalog and takes no
// orders.
func catalogOnly() storage.Company {
	c := settings()
	c.Orders.Enabled = false
	c.Catalog = storage.CatalogSync{Enabled: true}
	return c
}

// withCatalog makes the company one that syncs the catalog of a shop with so
// many products beside those of the seed.
func withCatalog(products int) func(*world) {
	return func(w *world) {
		w.settings = catalogOnly
		w.stock = insalestest.Catalog{Products: products, Seed: 7, Plain: true, Until: time.Now().Add(-time.Hour)}
	}
}

// catalog is how the catalog stands.
func (w *world) catalog() catalog.View {
	w.t.Helper()
	v, err := w.syncer().View(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// runs are the company's runs, the newest first.
func (w *world) runs() []storage.CatalogRun {
	w.t.Helper()
	list, _, err := w.syncer().Runs(w.t.Context(), "", 200)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// ran waits until so many runs have ended.
func (w *world) ran(n int, most time.Duration) storage.CatalogRun {
	w.t.Helper()
	var list []storage.CatalogRun
	start := time.Now()
	for {
		list = w.runs()
		if len(list) >= n && !list[len(list)-n].EndedAt.IsZero() {
			return list[len(list)-n]
		}
		if time.Since(start) > most {
			w.t.Fatalf("after %v only %d runs have ended: %+v", most, len(list), list)
		}
		time.Sleep(time.Second)
	}
}

// sync begins a run by hand and waits for its end.
func (w *world) sync(full bool) storage.CatalogRun {
	w.t.Helper()
	r, err := w.syncer().Sync(w.t.Context(), full)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.ended(r.ID, 2*time.Hour)
}

func (w *world) ended(id int64, most time.Duration) storage.CatalogRun {
	w.t.Helper()
	var run storage.CatalogRun
	w.until(most, fmt.Sprintf("run %d has ended", id), func() bool {
		i := slices.IndexFunc(w.runs(), func(r storage.CatalogRun) bool { return r.ID == id })
		if i < 0 {
			return false
		}
		run = w.runs()[i]
		return !run.EndedAt.IsZero()
	})
	return run
}

// differences are what the chat's catalog has otherwise than the shop, as far
// as a customer could see it.
func (w *world) differences() []string {
	var list []string
	tree := map[int64]insalestest.Collection{}
	for _, c := range w.shop.Collections() {
		tree[c.ID] = c
	}
	seen := func(id int64) bool {
		for steps := 0; id != 0 && steps < 100; steps++ {
			c, ok := tree[id]
			if !ok {
				return steps > 0 // its parent was removed
			}
			if c.Hidden {
				return false
			}
			id = c.ParentID
		}
		return true
	}
	have := w.chat.Catalog(company)
	want := map[string]bool{}
	for _, c := range tree {
		if seen(c.ID) {
			want[strconv.FormatInt(c.ID, 10)] = true
		}
	}
	for id := range want {
		if got, ok := have.Categories[id]; !ok {
			list = append(list, "category missing: "+id)
		} else if n, _ := strconv.ParseInt(id, 10, 64); got.Title != strings.Join(strings.Fields(tree[n].Title), " ") {
			list = append(list, fmt.Sprintf("category %s is %q, not %q", id, got.Title, tree[n].Title))
		}
	}
	for id := range have.Categories {
		if !want[id] {
			list = append(list, "category too many: "+id)
		}
	}
	left := maps.Clone(have.Products)
	for p := range w.shop.Products() {
		if !p.Shown() {
			continue
		}
		id := strconv.FormatInt(p.ID, 10)
		got, ok := left[id]
		delete(left, id)
		if !ok {
			list = append(list, "product missing: "+id)
			continue
		}
		list = append(list, w.productDifferences(w.priced(p), got, want)...)
	}
	for id := range left {
		list = append(list, "product too many: "+id)
	}
	slices.Sort(list)
	return list
}

func (w *world) productDifferences(p insalestest.ProductView, got ineedchattest.Product,
	tree map[string]bool) []string {
	var list []string
	differ := func(what string, want, got any) {
		if fmt.Sprint(want) != fmt.Sprint(got) {
			list = append(list, fmt.Sprintf("product %d: %s is %v, not %v", p.ID, what, got, want))
		}
	}
	differ("title", strings.Join(strings.Fields(p.Title), " "), got.Title)
	var categories, has []string
	for _, c := range p.CollectionIDs {
		if id := strconv.FormatInt(c, 10); tree[id] {
			categories = append(categories, id)
		}
	}
	for _, id := range got.CategoryIDs {
		if tree[id] {
			has = append(has, id)
		}
	}
	slices.Sort(categories)
	slices.Sort(has)
	differ("categories", categories, has)
	variants := map[string]ineedchattest.Variant{}
	for _, v := range got.Variants {
		variants[v.ID] = v
	}
	differ("variants", len(p.Variants), len(variants))
	for _, v := range p.Variants {
		g, ok := variants[strconv.FormatInt(v.ID, 10)]
		if !ok {
			list = append(list, fmt.Sprintf("product %d: variant %d missing", p.ID, v.ID))
			continue
		}
		differ("sku", strings.TrimSpace(v.SKU), g.SKU)
		differ("price", fixed(v.Price), g.Price)
		quantity := v.Quantity
		if strings.HasPrefix(quantity, "-") {
			quantity = "0"
		}
		if quantity != "" {
			quantity = decimal.RequireFromString(quantity).Truncate(3).String()
		}
		differ("quantity", quantity, g.Quantity)
		variantDetails(p, v, g, differ)
	}
	w.productDetails(p, got, differ)
	return list
}

func fixed(s string) string { return decimal.RequireFromString(s).StringFixed(2) }

// becomesSame waits until the chat's catalog is the shop's. All of it is
// compared only when the chat was told something.
func (w *world) becomesSame(most time.Duration) {
	w.t.Helper()
	told := -1
	for start := time.Now(); time.Since(start) <= most; time.Sleep(max(time.Minute, time.Since(start)/20)) {
		if n := len(w.chat.CatalogBatches(company)); n != told {
			if told = n; len(w.differences()) == 0 {
				return
			}
		}
	}
	if w.same(); w.t.Failed() {
		w.t.FailNow()
	}
}

func (w *world) same() {
	w.t.Helper()
	if list := w.differences(); len(list) > 0 {
		w.t.Errorf("%d differences, such as:\n%s", len(list), strings.Join(list[:min(len(list), 10)], "\n"))
	}
}

func TestCatalogFirstSync(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(1000))
		run := w.ran(1, 10*time.Minute)
		if !run.Full || run.Cause != storage.CauseFirst || run.Outcome != storage.RunDone {
			t.Errorf("%+v", run)
		}
		w.same()
		t.Logf("%+v", run)
		// Nothing has changed: one request for the collections, one for the products.
		before, batches := len(w.shop.Requests()), len(w.chat.CatalogBatches(company))
		run = w.ran(2, 10*time.Minute)
		if n := len(w.shop.Requests()) - before; n != 2 || len(w.chat.CatalogBatches(company)) != batches ||
			run.Everything {
			t.Errorf("an idle run: %d requests, %d batches, %+v", n, len(w.chat.CatalogBatches(company))-batches, run)
		}
	})
}

// changed edits a product in the shop.
func (w *world) edit(id int64, edit func(*insalestest.Product)) {
	w.t.Helper()
	if err := w.shop.EditProduct(id, edit); err != nil {
		w.t.Fatal(err)
	}
}

// some gives ids of products that the storefront shows.
func (w *world) some(n int) (ids []int64) {
	for p := range w.shop.Products() {
		if p.Shown() && p.ID >= insalestest.FirstCatalogProduct && len(ids) < n {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// batches are those that the chat has received since there were so many.
func (w *world) batches(since int) []ineedchattest.CatalogBatch {
	return w.chat.CatalogBatches(company)[since:]
}

func TestCatalogChangesArrive(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(600))
		w.ran(1, 10*time.Minute)
		ids := w.some(5)
		since := len(w.batches(0))
		w.edit(ids[0], func(p *insalestest.Product) { p.Title = "Новое имя" })
		if err := w.shop.HideProduct(ids[1]); err != nil {
			t.Fatal(err)
		}
		if err := w.shop.TrashProduct(ids[2]); err != nil {
			t.Fatal(err)
		}
		run := w.ran(2, 6*time.Minute)
		w.same()
		got := w.batches(since)
		if len(got) != 1 || got[0].Products != 1 || got[0].Deleted != 2 || got[0].Mode != "delta" || !got[0].Last {
			t.Errorf("batches %+v", got)
		}
		if run.Changed != 1 || run.Removed != 2 || run.Looked != 2 {
			t.Errorf("%+v", run)
		}
		// Back again.
		if err := w.shop.UnhideProduct(ids[1]); err != nil {
			t.Fatal(err)
		}
		if err := w.shop.RestoreProduct(ids[2]); err != nil {
			t.Fatal(err)
		}
		w.ran(3, 6*time.Minute)
		w.same()
	})
}

// A product that was deleted for good leaves no trace in the feed: the daily
// reading finds it.
func TestCatalogHardDeleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300))
		w.ran(1, 10*time.Minute)
		if err := w.shop.DeleteProduct(w.some(1)[0]); err != nil {
			t.Fatal(err)
		}
		w.becomesSame(25 * time.Hour)
		runs := w.runs()
		i := slices.IndexFunc(runs, func(r storage.CatalogRun) bool { return r.Removed > 0 })
		if i < 0 || !runs[i].Everything || runs[i].Full || runs[i].Removed != 1 || runs[i].Changed != 0 {
			t.Errorf("%+v", runs)
		}
	})
}

// A product that becomes visible late, behind the place that was read to, is
// found within the overlap, or else by the daily reading.
func TestCatalogProductVisibleLate(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{90 * time.Second, 2 * time.Hour} {
		t.Run(late.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(300))
				w.ran(1, 10*time.Minute)
				time.Sleep(5*time.Minute + 10*time.Second)
				id := w.some(1)[0]
				w.edit(id, func(p *insalestest.Product) { p.Title = "Поздний" })
				if err := w.shop.ConcealProduct(id, late); err != nil {
					t.Fatal(err)
				}
				time.Sleep(late)
				w.becomesSame(25 * time.Hour)
			})
		})
	}
}

// What only bumps a product, as an order does, causes no traffic; what changes
// back before it was sent is not sent.
func TestCatalogNothingVisibleChanged(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300))
		w.ran(1, 10*time.Minute)
		since := len(w.batches(0))
		ids := w.some(2)
		title := ""
		w.edit(ids[0], func(p *insalestest.Product) { title = p.Title; p.Title = "Другое" })
		time.Sleep(time.Minute)
		w.edit(ids[0], func(p *insalestest.Product) { p.Title = title })
		w.edit(ids[1], func(*insalestest.Product) {})
		run := w.ran(2, 6*time.Minute)
		if n := len(w.batches(since)); n != 0 || run.Seen < 2 {
			t.Errorf("%d batches, %+v", n, run)
		}
		w.shop.TouchProducts()
		run = w.ran(3, 6*time.Minute)
		if n := len(w.batches(since)); n != 0 || run.Seen < 300 {
			t.Errorf("%d batches, %+v", n, run)
		}
	})
}

// The guard: an exchange that zeroes all stock, or all prices, for ten minutes.
func TestCatalogGuard(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ harm, mend func(*world) }{
		"no stock":  {func(w *world) { w.shop.EmptyStock() }, func(w *world) { w.shop.RefillStock() }},
		"no prices": {func(w *world) { w.shop.ZeroPrices() }, func(w *world) { w.shop.RestorePrices() }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, withCatalog(500))
				w.ran(1, 10*time.Minute)
				before := w.chat.Catalog(company)
				tc.harm(w)
				id := w.some(1)[0]
				w.edit(id, func(p *insalestest.Product) { p.Title = "Остальное идёт дальше" })
				run := w.ran(2, 6*time.Minute)
				if run.Outcome != storage.RunWithheld || run.Withheld == 0 {
					t.Errorf("%+v", run)
				}
				g := w.catalog().Guard
				if g == nil || g.Held < 100 || g.Visible < 300 {
					t.Fatalf("%+v", g)
				}
				worse := 0
				for pid, p := range w.chat.Catalog(company).Products {
					for i, v := range p.Variants {
						if old := before.Products[pid].Variants[i]; old.Available && !v.Available ||
							old.Price != "0.00" && v.Price == "0.00" {
							worse++
						}
					}
				}
				if worse > 0 {
					t.Errorf("%d variants are worse than before", worse)
				}
				tc.mend(w)
				w.ran(3, 6*time.Minute)
				if g := w.catalog().Guard; g != nil {
					t.Errorf("a healthy reading lifts the alarm: %+v", g)
				}
				w.same()

				// Now it is meant: a person confirms once.
				tc.harm(w)
				time.Sleep(6 * time.Minute)
				if _, err := w.syncer().ConfirmGuard(t.Context(), "test"); err != nil {
					t.Fatal(err)
				}
				w.becomesSame(2 * time.Minute)
				if g := w.catalog().Guard; g != nil {
					t.Errorf("%+v", g)
				}
				if _, err := w.syncer().ConfirmGuard(t.Context(), "test"); err == nil {
					t.Error("confirmed twice")
				}
			})
		})
	}
}

// A shop that suddenly shows nothing, and one that ends early.
func TestCatalogReadingThatCannotBeBelieved(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(400))
		w.ran(1, 10*time.Minute)
		n := len(w.chat.Catalog(company).Products)
		f := w.shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Status: 200, Body: "[]"})
		time.Sleep(25 * time.Hour)
		if got := len(w.chat.Catalog(company).Products); got != n {
			t.Errorf("%d products of %d are left", got, n)
		}
		if g := w.catalog().Guard; g == nil || g.Unread == 0 {
			t.Errorf("%+v", g)
		}
		f.Clear()
		time.Sleep(6 * time.Minute)
		if g := w.catalog().Guard; g != nil {
			t.Errorf("%+v", g)
		}
		w.same()
		// Half of the products really go.
		for _, id := range w.some(200) {
			if err := w.shop.TrashProduct(id); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(6 * time.Minute)
		if g := w.catalog().Guard; g == nil || g.Removed != 200 {
			t.Fatalf("%+v", g)
		}
		if got := len(w.chat.Catalog(company).Products); got != n {
			t.Errorf("%d products of %d are left", got, n)
		}
		if _, err := w.syncer().ConfirmGuard(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		w.becomesSame(12 * time.Minute)
	})
}

// An order may name a variant by its article number, if exactly one has it.
func TestOrderBySKU(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := settings()
				c.Catalog.Enabled = true
				return c
			}
		})
		w.ran(1, time.Minute)
		first, second := int64(0), int64(0)
		for p := range w.shop.Products() {
			for _, v := range p.Variants {
				if p.Shown() && v.SKU != "" && first == 0 {
					first = v.ID
				} else if p.Shown() && v.ID != first {
					second = v.ID
				}
			}
		}
		bySKU := func(id, sku string) {
			t.Helper()
			o := anOrder(id)
			o.Items = []ineedchattest.Item{{SKU: sku}}
			w.accept(o)
		}
		sku := ""
		if err := w.shop.EditVariant(first, func(v *insalestest.Variant) { sku = v.SKU }); err != nil {
			t.Fatal(err)
		}
		bySKU("A-1", sku)
		w.untilState(time.Minute, "A-1", storage.StateSent)
		if got := w.live("A-1")[0].Lines[0].VariantID; got != first {
			t.Errorf("variant %d, want %d", got, first)
		}
		bySKU("A-2", "no such thing")
		w.untilState(time.Minute, "A-2", storage.StateAttention)
		if p := w.get("A-2").Problem; p.Code != problem.SKUUnknown {
			t.Errorf("%+v", p)
		}
		if err := w.shop.EditVariant(second, func(v *insalestest.Variant) { v.SKU = sku }); err != nil {
			t.Fatal(err)
		}
		w.sync(false)
		bySKU("A-3", sku)
		w.untilState(time.Minute, "A-3", storage.StateAttention)
		if p := w.get("A-3").Problem; p.Code != problem.SKUAmbiguous {
			t.Errorf("%+v", p)
		}
		// What a catalog that was switched off knew may be wrong by now.
		w.must(w.shop.EditVariant(second, func(v *insalestest.Variant) { v.SKU = "" }))
		c := w.company()
		c.Catalog.Enabled = false
		w.save(c)
		bySKU("A-4", sku)
		w.untilState(time.Minute, "A-4", storage.StateAttention)
		if p := w.get("A-4").Problem; p.Code != problem.VariantMissing {
			t.Errorf("%+v", p)
		}
	})
}

// Orders and catalog can have the same problem: it is told once, and what the
// catalog has done is counted.
func TestCatalogMetrics(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := settings()
				c.Catalog.Enabled = true
				return c
			}
		})
		w.ran(1, time.Minute)
		got := w.scrape()
		if got[`catalog_items_total{result="changed"}`] == 0 || got[`catalog_guard_blocked{company="2"}`] != 0 ||
			got[`catalog_last_success_timestamp_seconds{company="2"}`] != float64(w.runs()[0].BeganAt.Unix()) {
			t.Errorf("%v", got)
		}
		w.shop.RevokeKey(insalestest.DefaultKeyID)
		time.Sleep(30 * time.Minute)
		if p := w.catalog().Problem; p == nil || p.Code != problem.KeyRejected {
			t.Errorf("%+v", p)
		}
		if got := w.scrape(); got[`company_problem{company="2",kind="key_rejected"}`] != 1 {
			t.Errorf("%v", got)
		}
	})
}
