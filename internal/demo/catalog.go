package demo

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
)

// catalog shows the first sync of the catalog, and a price that changes.
func (d *demo) catalog(ctx context.Context) {
	if !d.firstSync(ctx) {
		return
	}
	var id, product int64
	for p := range d.shop.Products() {
		if p.Shown() && p.ID >= insalestest.FirstCatalogProduct {
			product, id = p.ID, p.Variants[0].ID
			break
		}
	}
	price := decimal.RequireFromString("1234.50")
	d.check(d.shop.EditVariant(id, func(v *insalestest.Variant) { v.Price = price }))
	d.say("price_changed", "price", price.StringFixed(2))
	d.check(d.connector.Call(ctx, http.MethodPost, "/companies/"+company+"/catalog/sync", []byte("{}"), nil))
	d.expect(ctx, "price_told", func() bool {
		for _, v := range d.chat.Catalog(company).Products[strconv.FormatInt(product, 10)].Variants {
			if v.ID == strconv.FormatInt(id, 10) {
				return v.Price == price.StringFixed(2)
			}
		}
		return false
	})
}

// firstSync waits for the first sync, and on a terminal shows how far it is.
func (d *demo) firstSync(ctx context.Context) bool {
	begin := time.Now()
	var at api.Catalog
	for at.FreshAsOf == nil {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if err := d.connector.Call(ctx, http.MethodGet, "/companies/"+company+"/catalog", nil, &at); err != nil {
			d.check(err)
			return false
		}
		if at.Running != nil && at.Running.Progress != nil {
			d.bar(at.Running.Progress.Percent)
		}
		if time.Since(begin) > 2*patience {
			d.bad++
			d.say("failed", "what", "catalog")
			return false
		}
	}
	d.clearBar()
	shown := 0
	for p := range d.shop.Products() {
		if p.Shown() {
			shown++
		}
	}
	got := len(d.chat.Catalog(company).Products)
	if got != shown {
		d.bad++
		d.say("failed", "what", fmt.Sprintf("catalog: %d of %d products", got, shown))
		return false
	}
	d.say("catalog", "products", strconv.Itoa(got), "took", took(time.Since(begin)))
	return true
}

const barWidth = 40

// bar draws the progress over the line before, where that can be done.
func (d *demo) bar(percent float64) {
	if d.Terminal {
		done := int(percent / 100 * barWidth)
		fmt.Fprintf(d.Out, "\r        %s%s %5.1f %%", strings.Repeat("█", done), strings.Repeat("░", barWidth-done),
			percent)
	}
}

func (d *demo) clearBar() {
	if d.Terminal {
		fmt.Fprint(d.Out, "\r\x1b[K")
	}
}
