package insalestest

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// available: it can be bought now (inferred).
func (v *Variant) available() bool { return v.Stock == nil || v.Stock.IsPositive() }

func (r *rendering) variants(name string, p *product) {
	r.listOr(name, 1, 0)
	for i := range p.variants {
		r.variant(p, i)
	}
	r.end(']')
}

// variant writes prices as strings and, as the samples do, the stock of a
// warehouse as a string only if it is tracked.
func (r *rendering) variant(p *product, i int) {
	row := &p.variants[i]
	v, values := &row.v, p.values(i)
	r.begin()
	r.number("id", v.ID)
	r.text("title", strings.Join(values, " / "))
	r.number("product_id", p.v.ID)
	r.digits("sku", v.SKU, v.odd&oddSKU)
	r.digits("barcode", v.Barcode, v.odd&oddBarcode)
	r.text("dimensions", v.Dimensions)
	r.flag("available", v.available())
	r.ids("image_ids", v.ImageIDs)
	if len(v.ImageIDs) > 0 {
		r.number("image_id", v.ImageIDs[0])
	} else {
		r.null("image_id")
	}
	r.digits("weight", v.Weight, v.odd&oddWeight)
	r.time("created_at", row.createdAt)
	r.time("updated_at", row.updatedAt)
	r.stock(p, v)
	r.prices(v)
	r.raw("variant_field_values", "[]")
	r.list("option_values")
	names := p.options()
	for k, value := range values[:min(len(values), len(names))] {
		t, at := r.shop.options.value(names[k], value)
		r.begin()
		r.number("id", t.values[at].id)
		r.number("option_name_id", t.id)
		r.number("position", int64(at+1))
		r.text("title", value)
		r.null("image_url")
		r.end('}')
	}
	r.end(']')
	r.end('}')
}

// digits writes a text, or as a number what consists of digits.
func (r *rendering) digits(name, text string, odd int) {
	if odd != 0 && text != "" {
		r.raw(name, text)
		return
	}
	r.text(name, text)
}

func (r *rendering) stock(p *product, v *Variant) {
	if v.Stock == nil {
		r.null("quantity")
		for i := range r.shop.warehouses {
			r.raw("quantity_at_warehouse"+strconv.Itoa(i), "0")
		}
		return
	}
	unit := v.Unit
	def(&unit, p.v.Unit)
	def(&unit, "pce")
	switch {
	case v.odd&oddQuantity != 0:
		r.price("quantity", *v.Stock)
	case unit == "pce" && v.Stock.IsInteger():
		r.raw("quantity", v.Stock.StringFixed(0))
	default:
		r.key("quantity")
		r.b = appendDecimal(r.b, *v.Stock)
	}
	there := decimal.Decimal{}
	if len(r.shop.warehouses) > 1 && v.Stock.GreaterThan(v.Elsewhere) {
		there = v.Elsewhere
	}
	r.price("quantity_at_warehouse0", v.Stock.Sub(there))
	for i := range r.shop.warehouses[1:] {
		r.price("quantity_at_warehouse"+strconv.Itoa(i+1), there)
		there = decimal.Decimal{}
	}
}

// prices writes all prices. Which keys the rights on prices take away, and
// whether they become null instead, is not known; here the keys are missing.
func (r *rendering) prices(v *Variant) {
	if r.costs {
		cost := v.CostPrice
		if r.shop.conf.ShowCosts {
			def(&cost, "1.0") // nobody has said what the seed has cost
		}
		r.text("cost_price", cost)
		r.null("cost_price_in_site_currency")
	}
	for _, name := range []string{"price", "price_in_site_currency"} {
		if r.key(name); v.odd&oddPrice != 0 {
			r.b = appendDecimal(r.b, v.Price)
			continue
		}
		r.b = append(r.b, '"')
		r.b = append(appendDecimal(r.b, v.Price), '"')
	}
	for _, name := range []string{"base_price", "base_price_in_site_currency"} {
		if v.BasePrice != "" {
			r.text(name, v.BasePrice)
		} else {
			r.price(name, v.Price)
		}
	}
	r.text("old_price", v.OldPrice)
	r.text("old_price_in_site_currency", v.OldPrice)
	if r.extras {
		r.extraPrices(v.Prices)
	}
}

// extraPrices writes price2, price3 and so on; the samples have two of them.
func (r *rendering) extraPrices(prices []string) {
	n := max(len(prices), 2)
	at := func(i int) string {
		if i < len(prices) {
			return prices[i]
		}
		return ""
	}
	for i := range n {
		name := "price" + strconv.Itoa(i+2)
		r.text(name, at(i))
		r.null(name + "_in_site_currency")
	}
	r.list("prices")
	for i := range n {
		if r.next(); at(i) == "" {
			r.b = append(r.b, "null"...)
			continue
		}
		r.string(at(i))
	}
	r.end(']')
	r.list("prices_in_site_currency")
	for range n {
		r.next()
		r.b = append(r.b, "null"...)
	}
	r.end(']')
}
