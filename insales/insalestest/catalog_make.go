package insalestest

import (
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Odd types, as bits: the same value in another JSON type, or something else
// for what nobody reads. None of them is a Mangle: what a product is stays clear.
const (
	oddPrice    = 1 << iota // a number
	oddQuantity             // a string
	oddWeight               // a number
	oddSKU                  // a number
	oddBarcode              // a number
	oddLists                // null for empty lists
	oddText                 // false for an empty description, {} for an empty short one
	oddRest                 // vat a string, dimensions an object, sort_weight a string
)

// A product is thrown with dice whose seed is that of the catalogue and the
// product's number. Everything about it is thrown in one fixed order, so that a
// new throw in the middle would make another catalogue of every seed: add what is
// new at the end.

// product makes a product as it is now: with what was done to all of them.
func (m *maker) product(i int) *product {
	p := m.made(i)
	for k := range p.variants {
		p.variants[k].v.apply(m.layer)
	}
	return p
}

// apply takes stock and price away and keeps them, or gives them back. Stock
// that is not tracked stays so.
func (v *Variant) apply(l layer) {
	switch {
	case l.noStock && v.Stock != nil && v.heldStock == nil:
		v.heldStock, v.Stock = v.Stock, &decimal.Decimal{}
	case !l.noStock && v.heldStock != nil:
		v.Stock, v.heldStock = v.heldStock, nil
	}
	switch {
	case l.noPrice && v.heldPrice == nil:
		price := v.Price
		v.heldPrice, v.Price = &price, decimal.Decimal{}
	case !l.noPrice && v.heldPrice != nil:
		v.Price, v.heldPrice = *v.heldPrice, nil
	}
}

// made makes a product as it was first.
func (m *maker) made(i int) *product {
	d := &dice{seed: mix(m.Seed, uint64(i)^0xca7a)}
	leaf := d.below(len(m.leaves))
	b := &m.words.branches[leaf/3]
	id := FirstCatalogProduct + int64(i)
	brand := pick(d, m.words.brands)
	p := &product{
		v: Product{
			ID: id, Title: b.noun + " «" + brand + "» " + strconv.Itoa(100+d.below(900)),
			CategoryID: m.categories[leaf/3],
			Archived:   m.trashed(i), Hidden: d.one(33), Permalink: "tovar-" + strconv.Itoa(i+1), Unit: "pce",
		},
		updatedAt: m.updatedAt(i),
	}
	p.createdAt = p.updatedAt.Add(-time.Duration(d.below(365*24*3600)) * time.Second)
	if b.weighed {
		p.v.Unit = "kgm"
	}
	m.place(d, p, leaf)
	m.describe(d, p)
	m.property(d, p, brand)
	m.picture(d, p)
	m.vary(d, p, b)
	return p
}

// place puts a product into collections: one, a second one, or none.
func (m *maker) place(d *dice, p *product, leaf int) {
	if d.one(50) {
		return
	}
	p.v.CollectionIDs = append(p.v.CollectionIDs, m.leaves[leaf])
	if other := d.below(len(m.leaves)); other != leaf && d.one(4) {
		p.v.CollectionIDs = append(p.v.CollectionIDs, m.leaves[other])
	}
}

// describe gives a product its texts: most have some, a few have what a reader must
// clean or may take for another type.
func (m *maker) describe(d *dice, p *product) {
	if d.one(4) {
		p.v.ShortDescription = pick(d, m.words.notes)
	}
	if !d.one(10) {
		var text strings.Builder
		for range 1 + d.below(4) {
			text.WriteString(pick(d, m.words.html))
		}
		if d.one(20) && !m.Plain {
			text.WriteString(pick(d, m.words.hostile))
			text.WriteString("<p>и дальше</p>")
		}
		p.v.Description = text.String()
	}
	if m.Plain {
		return
	}
	if d.one(250) {
		p.v.Title = strconv.Itoa(1000 + d.below(9000)) // a book, say; it stays a string
	}
	for _, odd := range []struct{ bit, of int }{{oddLists, 200}, {oddText, 200}, {oddRest, 100}} {
		if d.one(odd.of) {
			p.v.odd |= odd.bit
		}
	}
}

// property gives a product its properties, of which one may have several values.
func (m *maker) property(d *dice, p *product, brand string) {
	if d.one(10) {
		return
	}
	p.v.Properties = append(p.v.Properties, Property{propertyBrand, brand})
	for range d.below(3) {
		p.v.Properties = append(p.v.Properties, Property{propertyMaterial, pick(d, m.words.materials)})
	}
	if !d.one(3) {
		p.v.Properties = append(p.v.Properties, Property{propertyCountry, pick(d, m.words.countries)})
	}
	if n := len(p.v.Properties); n > 2 && p.v.Properties[1] == p.v.Properties[2] {
		p.v.Properties = append(p.v.Properties[:1], p.v.Properties[2:]...) // the same material twice
	}
}

// picture gives a product none to four images.
func (m *maker) picture(d *dice, p *product) {
	n := []int{0, 1, 1, 1, 2, 2, 3, mostImages}[d.below(8)]
	for k := range n {
		id := firstCatalogImage + (p.v.ID-FirstCatalogProduct)*mostImages + int64(k)
		p.v.Images = append(p.v.Images, Image{
			ID: id, Processing: !m.Plain && d.one(150),
			URL: "https://static.insales-cdn.com/images/products/1/" + strconv.FormatInt(id%8192, 10) + "/" +
				strconv.FormatInt(id, 10) +
				"/foto-" + strconv.Itoa(k+1) + ".jpg",
		})
	}
}

// vary makes the variants: one, a row of sizes or colours, or a grid of both.
func (m *maker) vary(d *dice, p *product, b *branch) {
	var rows [][]string
	colours := m.words.colours[d.below(len(m.words.colours)-2):]
	switch kind := d.below(20); {
	case b.sizes != nil && kind < 8:
		p.v.Options = []string{optionSize, optionColour}
		for _, size := range b.sizes[:2+d.below(2)] {
			for _, colour := range colours[:1+d.below(3)] {
				rows = append(rows, []string{size, colour})
			}
		}
	case b.sizes != nil && kind < 15:
		p.v.Options = []string{optionSize}
		for _, size := range b.sizes[d.below(3):] {
			rows = append(rows, []string{size})
		}
	case !b.weighed && kind < 3:
		p.v.Options = []string{optionColour}
		for _, colour := range colours[:2] {
			rows = append(rows, []string{colour})
		}
	default:
		rows = [][]string{nil}
	}
	price := decimal.New(int64(d.log(5, 5000))*1000+int64([]int{0, 0, 0, 950, 990, 49}[d.below(6)]), -2)
	for k, values := range rows {
		p.variants = append(p.variants, m.variant(d, p, k, values, price))
	}
}

// variant makes one variant. Most of a product cost the same.
func (m *maker) variant(d *dice, p *product, k int, values []string, price decimal.Decimal) row[Variant] {
	i := p.v.ID - FirstCatalogProduct
	v := Variant{
		ID: firstCatalogVariant + i*mostVariants + int64(k), ProductID: p.v.ID, Values: values, Price: price,
		Unit: p.v.Unit,
	}
	if d.one(6) {
		v.Price = price.Add(decimal.NewFromInt(int64(d.below(20) * 10)))
	}
	m.number(d, &v, i, k)
	m.extraPrices(d, &v)
	m.quantity(d, &v)
	if n := len(p.v.Images); n > 0 && d.one(3) {
		v.ImageIDs = []int64{p.v.Images[d.below(n)].ID}
	}
	if !m.Plain {
		odds := []struct{ bit, of int }{{oddPrice, 60}, {oddQuantity, 60}, {oddWeight, 10}, {oddBarcode, 40}}
		for _, odd := range odds {
			if d.one(odd.of) {
				v.odd |= odd.bit
			}
		}
	}
	return row[Variant]{v: v, createdAt: p.createdAt, updatedAt: p.updatedAt}
}

// number gives a variant its article number, bar code and weight; many have
// none, and some the same.
func (m *maker) number(d *dice, v *Variant, i int64, k int) {
	switch kind := d.below(100); {
	case kind < 10:
	case kind < 13:
		v.SKU = "DUP-" + strconv.Itoa(d.below(20))
	case kind < 14 && !m.Plain:
		v.SKU, v.odd = strconv.FormatInt(100_000+i*mostVariants+int64(k), 10), v.odd|oddSKU
	default:
		v.SKU = "A" + strconv.FormatInt(i+1, 10) + "-" + strconv.Itoa(k)
	}
	if !d.one(3) {
		v.Barcode = strconv.FormatInt(4_600_000_000_000+i*mostVariants+int64(k), 10)
	}
	if !d.one(3) {
		v.Weight = pick(d, []string{"0.25", "1.3", "0.1", "2.0", "0.045", "12.5"})
	}
}

func (m *maker) extraPrices(d *dice, v *Variant) {
	part := func(percent int64) string {
		return string(appendDecimal(nil, v.Price.Mul(decimal.New(percent, -2)).Round(2)))
	}
	if d.one(4) {
		v.OldPrice = part(int64(110 + d.below(60)))
	}
	if !d.one(3) {
		v.CostPrice = part(int64(40 + d.below(30)))
	}
	if d.one(2) {
		v.Prices = []string{part(95), ""}
		if d.one(2) {
			v.Prices[1] = part(85)
		}
	}
}

// quantity gives a variant its stock in two warehouses: unknown, none, below
// zero, a fraction or some.
func (m *maker) quantity(d *dice, v *Variant) {
	var n decimal.Decimal
	switch kind := d.below(100); {
	case kind < 20:
		return
	case kind < 30:
	case kind < 33:
		n = decimal.NewFromInt(-int64(1 + d.below(5)))
	case v.Unit == "kgm":
		n = decimal.New(int64(d.below(50_000)), -3)
	default:
		n = decimal.NewFromInt(int64(1 + d.below(200)))
	}
	v.Stock = &n
	if n.IsPositive() && d.one(3) {
		v.Elsewhere = n.Div(decimal.NewFromInt(4)).Floor()
	}
}
