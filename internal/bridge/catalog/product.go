package catalog

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/internal/weburl"
	"ineed-insales/storage"
)

// The most that is sent of one product. What a description has beyond it is
// left out rather than the product.
const (
	longestProduct = 900 << 10 // bytes, of MaxBatchBytes
	longestTitle   = 1000      // characters, of titles, names and values
	longestSKU     = 255       // bytes
)

// A product is mapped without asking anybody: what the shop has said of it, the shop's
// URL, the kind of price of the settings and the tree of categories make the bytes
// that go to the chat, always the same ones, and the hash of the bytes tells whether
// the chat has them. So the mapping must not depend on when it is made, on the order in
// which the shop lists variants, or on anything else that changes nothing for a customer:
// each needless difference would send the whole catalog again. A change of the mapping
// itself does send it again, with the next complete reading.

// A mappedProduct is a product of the shop in the chat's shape.
type mappedProduct struct {
	item      storage.CatalogItem
	mainPrice int                    // variants that have no price of the kind that was asked for
	remark    *storage.ProductRemark // what of it the chat does not get; nil = it gets all
}

// A productMapper turns the shop's products into the chat's. It is pure: the same
// product, settings and tree give the same bytes.
type productMapper struct {
	shopURL string
	price   string
	tree    map[int64]struct{} // categories that the chat has or gets
	html    *cleaner
}

// mapProduct gives the product as the chat gets it; false if it is not for sale at
// all: hidden, in the trash, or without anything that could be ordered. A remark
// tells why a product that customers of the shop see is not offered.
func (m *productMapper) mapProduct(p insales.Product) (mappedProduct, bool) {
	if p.Hidden || p.Archived {
		return mappedProduct{}, false
	}
	if len(p.Variants) == 0 {
		return mappedProduct{remark: lacking(p, problem.ProductNoVariants)}, false
	}
	var o mappedProduct
	omitted := map[string]int{}
	page := m.page(p)
	out := ineedchat.Product{
		ID: problem.ID(p.ID), Title: cmp.Or(oneLine(p.Title), problem.ID(p.ID)), Visible: true,
		CategoryIDs: m.categories(p.Collection), Properties: properties(p.Properties),
	}
	out.Description, omitted[omittedLinks] = m.description(p, page)
	out.Images, omitted[omittedPictures] = pictures(p.Images, page)
	if p.Permalink != "" {
		out.URL = page.String()
	}
	if !p.UpdatedAt.IsZero() {
		out.UpdatedAt = &p.UpdatedAt
	}
	unready := slices.ContainsFunc(p.Images, func(i insales.Image) bool { return i.Unready })
	o.item = storage.CatalogItem{ID: p.ID, Unready: unready}
	all := m.addVariants(&o, &out, p, omitted)
	if len(out.Variants) == 0 {
		return mappedProduct{remark: lacking(p, problem.ProductNoPrice, "variants", strconv.Itoa(all))}, false
	}
	o.item.Body, o.item.Hash, omitted[omittedDescription] = seal(out)
	if n := len(o.item.Body); n > longestProduct {
		return mappedProduct{remark: lacking(p, problem.ProductTooLarge, "variants", strconv.Itoa(len(out.Variants)),
			"bytes", strconv.Itoa(n), "most", strconv.Itoa(longestProduct))}, false
	}
	o.remark = cutDown(p, omitted)
	return o, true
}

// addVariants maps the variants of a product that somebody can say the price of, and
// gives how many there are in all.
func (m *productMapper) addVariants(
	o *mappedProduct, out *ineedchat.Product, p insales.Product, omitted map[string]int,
) int {
	variants := inOrder(p.Variants)
	out.Variants, o.item.Variants = make([]ineedchat.Variant, 0, len(variants)), make([]int64, 0, len(variants))
	foreign := p.Currency != "" && p.Currency != "RUR" && p.Currency != "RUB"
	for _, v := range variants {
		if foreign {
			v.Price, v.Main, v.OldPrice = v.SitePrice, v.SiteMain, v.SiteOld
		}
		price, main := priceOf(v)
		if !price.Valid || !isSum(price.Decimal) {
			omitted[omittedVariants]++
			continue // nobody can say what it costs
		}
		if main {
			o.mainPrice++
		}
		one := m.variant(p, v, price.Decimal)
		if one.SKU == "" && !legible.Blank(v.SKU) {
			omitted[omittedSKUs]++
		}
		out.Variants = append(out.Variants, one)
		o.item.Variants = append(o.item.Variants, v.ID)
		if one.SKU != "" {
			o.item.SKUs = append(o.item.SKUs, storage.SKU{SKU: one.SKU, Variant: v.ID})
		}
		if one.Available {
			o.item.Available++
		}
		if price.Decimal.IsZero() {
			o.item.Free++
		}
	}
	return len(variants)
}

// page is where a customer sees the product (inferred from storefronts), or
// the shop where that is not known: what is relative in its texts is so to this.
func (m *productMapper) page(p insales.Product) *url.URL {
	at := m.shopURL + "/"
	if p.Permalink != "" {
		at += "product/" + oneStep.Replace(weburl.EscapeOnce(p.Permalink))
	}
	page, err := url.Parse(at)
	if err != nil {
		return &url.URL{} // not reached: the shop's URL was parsed when it was set
	}
	return page
}

// oneStep keeps a permalink one step of a path.
var oneStep = strings.NewReplacer("/", "%2F", "?", "%3F", "#", "%23")

// inOrder gives each variant once, by ids, which is how they come as a rule.
func inOrder(list []insales.Variant) []insales.Variant {
	ordered := true
	for i := 1; i < len(list); i++ {
		ordered = ordered && list[i-1].ID < list[i].ID
	}
	if ordered {
		return list
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b insales.Variant) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b insales.Variant) bool { return a.ID == b.ID })
}

// seal encodes the product, without its description, of which it gives the
// length, if that is what makes it too large for a batch.
func seal(p ineedchat.Product) (text []byte, hash int64, omitted int) {
	text, hash = p.Seal()
	if len(text) > longestProduct {
		omitted, p.Description = len(p.Description), ""
		text, hash = p.Seal()
	}
	return text, hash, omitted
}

// priceOf gives the price of a variant: of the kind that the company has
// chosen, or the main one where that kind is empty (inferred: the storefront
// does so too).
func priceOf(v insales.Variant) (price decimal.NullDecimal, main bool) {
	if v.Price.Valid || !v.HasKind {
		return v.Price, false
	}
	return v.Main, v.Main.Valid
}

// mostOnWire is the largest number of fifteen digits, which the wire takes. One that
// it does not take would have the whole batch refused.
var mostOnWire = decimal.New(999_999_999_999_999, 0)

// isSum reports whether the wire takes it as a sum of money or a weight.
func isSum(d decimal.Decimal) bool { return !d.IsNegative() && fitsWire(d) }

// fitsWire reports whether a number is not too large for the wire. That of few digits is
// not, which is known without a comparison.
func fitsWire(d decimal.Decimal) bool {
	return d.NumDigits()+int(d.Exponent()) < 15 || d.LessThan(mostOnWire)
}

func (m *productMapper) variant(p insales.Product, v insales.Variant, price decimal.Decimal) ineedchat.Variant {
	out := ineedchat.Variant{
		ID: problem.ID(v.ID), SKU: strings.TrimSpace(legible.Line(v.SKU)), Barcode: oneLine(v.Barcode),
		Options: []ineedchat.Option{},
		Price:   fixed(price, 2), Available: available(p, v),
	}
	if len(out.SKU) > longestSKU {
		out.SKU = ""
	}
	for _, option := range v.Options {
		if name, value := oneLine(option.Name), oneLine(option.Value); value != "" {
			out.Options = append(out.Options, ineedchat.Option{Name: name, Value: value})
		}
	}
	if v.OldPrice.Valid && v.OldPrice.Decimal.GreaterThan(price) && isSum(v.OldPrice.Decimal) {
		out.OldPrice = new(fixed(v.OldPrice.Decimal, 2))
	}
	if v.Quantity.Valid && fitsWire(v.Quantity.Decimal) {
		// Less than nothing is what is owed to customers: there is nothing to sell.
		out.Quantity = new(decimal.Max(v.Quantity.Decimal, decimal.Zero).Truncate(3).String())
	}
	if v.Weight.Valid && v.Weight.Decimal.IsPositive() && isSum(v.Weight.Decimal) {
		out.WeightKG = new(fixed(v.Weight.Decimal, 3))
	}
	return out
}

// fixed writes a number with so many decimals, which StringFixed does too, but rounds
// what needs no rounding, and rounding is most of its work.
func fixed(d decimal.Decimal, places int32) string {
	if -d.Exponent() > places {
		return d.StringFixed(places)
	}
	whole, part, _ := strings.Cut(d.String(), ".")
	return whole + "." + part + "000"[len(part):places]
}

// available tells whether a variant can be bought. The shop's own flags count,
// because only they know whether it sells what is not in stock (inferred);
// without them, what is counted and not there cannot be bought.
func available(p insales.Product, v insales.Variant) bool {
	if p.Available != nil && !*p.Available {
		return false
	}
	if v.Available != nil {
		return *v.Available
	}
	return !v.Quantity.Valid || v.Quantity.Decimal.IsPositive()
}

func (m *productMapper) categories(ids []int64) []string {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	list := []string{}
	for _, id := range ids {
		if _, ok := m.tree[id]; ok {
			list = append(list, problem.ID(id))
		}
	}
	return list
}

// pictures gives those that are ready, each with its URL as it is followed
// elsewhere, and counts those whose URL leads nowhere.
func pictures(images []insales.Image, page *url.URL) (list []ineedchat.Image, omitted int) {
	images = slices.Clone(images)
	slices.SortStableFunc(images, func(a, b insales.Image) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	list = []ineedchat.Image{}
	for _, i := range images {
		if i.Unready {
			continue
		}
		at, ok := weburl.Absolute(page, i.URL)
		if !ok || !strings.HasPrefix(at, "http") {
			omitted++
			continue
		}
		list = append(list, ineedchat.Image{URL: at, Hash: ineedchat.ImageHash(i.ID, at)})
	}
	return list, omitted
}

func properties(all []insales.Property) []ineedchat.Property {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b insales.Property) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	list := []ineedchat.Property{}
	for _, p := range all {
		if name, value := oneLine(p.Name), oneLine(p.Value); name != "" && value != "" {
			list = append(list, ineedchat.Property{Name: name, Value: value})
		}
	}
	return list
}

// oneLine makes one line of a title and cuts what is far too long.
func oneLine(s string) string {
	if s = legible.Line(s); untidy(s) {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) <= longestTitle {
		return s
	}
	return string([]rune(s)[:min(longestTitle, len([]rune(s)))])
}

// untidy reports whether a line has blanks that are too many, or of another kind.
func untidy(s string) bool {
	return strings.TrimSpace(s) != s || strings.Contains(s, "  ") ||
		strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) })
}
