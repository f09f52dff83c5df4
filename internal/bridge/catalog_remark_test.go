package bridge_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
)

// A product that cannot be offered is counted once and named with its reason, until
// it can be or is gone.
func TestCatalogNamesWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		const big, gone = 700000001, 700000002
		w := newWorld(t, withCatalog(20), func(w *world) {
			w.stock.Products = 20
		})
		w.ran(1, 10*time.Minute)
		one := decimal.NewFromInt(1)
		for _, id := range []int64{big, gone} {
			w.shop.AddProduct(insalestest.Product{ID: id, Title: "Ковёр на заказ", Permalink: "kover"})
			for i := range int64(4000) {
				w.shop.AddVariant(insalestest.Variant{ID: id*10000 + i, ProductID: id,
					SKU:    "KOVER-NA-ZAKAZ-00000000000000000000000000000000000000000000000000",
					Values: []string{"2,00 × 3,00 м, шерсть, ручная работа, по вашему эскизу"}, Price: one})
			}
		}
		run := w.sync(true)
		run = w.ended(run.ID, 10*time.Minute)
		if run.Skipped != 2 {
			t.Errorf("%d are left out", run.Skipped)
		}
		list := w.catalog().Remarks
		if len(list) != 2 || list[0].ID != big || !list[0].Whole || list[0].Problem.Code != problem.ProductTooLarge ||
			list[0].Title != "Ковёр на заказ" ||
			list[0].Problem.Args["variants"] != "4000" {
			t.Errorf("%+v", list)
		}
		// It is hidden, and the other one disappears without a trace.
		w.edit(big, func(p *insalestest.Product) { p.Hidden = true })
		w.ran(len(w.runs())+1, 10*time.Minute)
		if list := w.catalog().Remarks; len(list) != 1 || list[0].ID != gone {
			t.Errorf("%+v", list)
		}
		if err := w.shop.DeleteProduct(gone); err != nil {
			t.Fatal(err)
		}
		run = w.sync(true)
		run = w.ended(run.ID, 10*time.Minute)
		if list := w.catalog().Remarks; len(list) != 0 || run.Skipped != 0 {
			t.Errorf("%d, %+v", run.Skipped, list)
		}
	})
}
