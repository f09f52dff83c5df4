package main

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

const demoProducts = 2000

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
	d.check(d.server.Call(ctx, http.MethodPost, "/companies/"+demoCompany+"/catalog"+"/sync", []byte("{}"), nil))
	d.expect(ctx, "price_told", func() bool {
		for _, v := range d.chat.Catalog(demoCompany).Products[strconv.FormatInt(product, 10)].Variants {
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
		if err := d.server.Call(ctx, http.MethodGet, "/companies/"+demoCompany+"/catalog", nil, &at); err != nil {
			d.check(err)
			return false
		}
		if at.Running != nil && at.Running.Progress != nil {
			d.bar(at.Running.Progress.Percent)
		}
		if time.Since(begin) > 2*demoPatience {
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
	got := len(d.chat.Catalog(demoCompany).Products)
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
	if onTerminal(d.out) {
		done := int(percent / 100 * barWidth)
		fmt.Fprintf(d.out, "\r        %s%s %5.1f %%", strings.Repeat("█", done), strings.Repeat("░", barWidth-done),
			percent)
	}
}

func (d *demo) clearBar() {
	if onTerminal(d.out) {
		fmt.Fprint(d.out, "\r\x1b[K")
	}
}
