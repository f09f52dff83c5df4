package bridge_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What a shop pays, what it asks of others, where its stock lies and what it
// keeps for itself never leaves it, whatever price the catalog is made with.
func TestCatalogOnlyWhatACustomerSees(t *testing.T) {
	t.Parallel()
	for price, seen := range map[string]string{"price": "31415.91", "price2": "31415.92", "price3": "31415.93"} {
		t.Run(price, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) {
					w.settings = func() storage.Company {
						c := catalogOnly()
						c.Catalog.Price = price
						return c
					}
				})
				w.ran(1, time.Minute)
				secrets := []string{"55555.55", "55555.5", "27182.81", "Секретная заметка"}
				all := append([]string{"31415.91", "31415.92", "31415.93"}, secrets...)
				w.chat.Watch(append(all, "cost_price", "price2", "price3", "prices", "quantity_at_warehouse",
					"base_price")...)
				for p := range w.shop.Products() {
					if !p.Shown() {
						continue
					}
					w.must(w.shop.EditVariant(p.Variants[0].ID, func(v *insalestest.Variant) {
						v.Price, v.Prices, v.CostPrice, v.BasePrice = decimal.RequireFromString("31415.91"),
							[]string{"31415.92", "31415.93"}, "55555.55", "27182.81"
					}))
					w.must(w.shop.MangleProduct(p.ID, func(o map[string]any) {
						o["admin_note"], o["meta_keywords"] = secrets[3], secrets[3]
					}))
					break
				}
				w.sync(false)
				if !w.chat.CatalogContains(seen) {
					t.Errorf("the price %s did not arrive", seen)
				}
				for _, text := range append(all, "cost_price", "price2", "price3", "prices", "quantity_at_warehouse",
					"base_price") {
					if text != seen && w.chat.CatalogContains(text) {
						t.Errorf("%q has left the shop", text)
					}
				}
			})
		})
	}
}

// A key that may not see the chosen price any more stops the catalog, and says
// why; nothing is sent with another price.
func TestCatalogPriceNotShown(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.settings = func() storage.Company {
				c := catalogOnly()
				c.Catalog.Price = "price2"
				return c
			}
		})
		w.ran(1, time.Minute)
		w.shop.Forbid(insalestest.SectionExtraPrices)
		since := len(w.batches(0))
		w.shop.TouchProducts()
		for p := range w.shop.Products() {
			w.must(w.shop.EditProduct(p.ID, func(*insalestest.Product) {}))
		}
		time.Sleep(20 * time.Minute)
		if p := w.catalog().Problem; p == nil || p.Code != problem.PriceMissing || p.Args["price"] != "price2" {
			t.Errorf("%+v", p)
		}
		if n := len(w.batches(since)); n != 0 {
			t.Errorf("%d batches", n)
		}
		w.shop.Allow(insalestest.SectionExtraPrices)
		time.Sleep(20 * time.Minute)
		if p := w.catalog().Problem; p != nil {
			t.Errorf("%+v", p)
		}
	})
}

// One company's shop that takes requests and never answers holds up no other's
// catalog.
func TestCatalogShopThatHangs(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t, withCatalog(300))
		w.ran(1, 10*time.Minute)
		c := catalogOnly()
		c.ID, c.Shop.URL = "3", "http://other.test"
		w.net.serve("other.test", insalestest.New(insalestest.Config{}))
		w.save(c)
		time.Sleep(time.Minute)
		if n := len(w.chat.Catalog("3").Products); n == 0 {
			t.Error("the second company has no catalog")
		}
		w.net.serve("other.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}))
		id := w.some(1)[0]
		w.edit(id, func(p *insalestest.Product) { p.Title = "Дальше" })
		w.becomesSame(6 * time.Minute)
		time.Sleep(30 * time.Minute)
		s, err := w.proc.bridge.Syncer("3")
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.View(t.Context())
		if err != nil || v.Problem == nil || v.Problem.Code != problem.ShopUnreachable {
			t.Errorf("%+v %v", v.Problem, err)
		}
		if p := w.catalog().Problem; p != nil {
			t.Errorf("%+v", p)
		}
	})
}
