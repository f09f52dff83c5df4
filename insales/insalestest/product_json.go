package insalestest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A rendering writes products with the names, types and nulls of the samples of
// 2023, and bundle, which the vendor's page of 2026 has. The order of the fields is
// that of the samples. Values that a catalogue makes odd (see oddPrice) are written
// in another type than usual, which a reader has to survive.
type rendering struct {
	jsonWriter
	shop          *Shop
	now           time.Time
	costs, extras bool // the rights to see them
}

func (s *Shop) render() *rendering {
	return &rendering{
		jsonWriter: jsonWriter{zone: s.conf.Zone}, shop: s, now: s.now(),
		costs: s.conf.ShowCosts || !s.forbidden[SectionCostPrices], extras: !s.forbidden[SectionExtraPrices],
	}
}

// productsJSON is a list of products. The room for it is taken at once: some six
// kilobytes a product.
func (s *Shop) productsJSON(ids []int64) []byte {
	r := s.render()
	r.b = make([]byte, 0, 256+len(ids)*6144)
	r.b = append(r.b, '[')
	for _, id := range ids {
		r.shown(s.products.peek(id))
	}
	r.end(']')
	return r.b
}

func (s *Shop) productJSON(p *product) []byte {
	r := s.render()
	r.shown(p)
	return r.b
}

// shown writes a product, spoiled if a test asked for that.
func (r *rendering) shown(p *product) {
	if p.mangle == nil {
		r.product(p)
		return
	}
	plain := r.shop.render()
	plain.product(p)
	d := json.NewDecoder(bytes.NewReader(plain.b))
	d.UseNumber()
	var o object
	_ = d.Decode(&o) // of what was written above
	p.mangle(o)
	r.next()
	r.b = append(r.b, encode(o)...)
}

func (r *rendering) product(p *product) {
	title := p.title()
	link, unit, available, bundle := p.v.Permalink, p.v.Unit, false, "null"
	if link == "" {
		link = permalink(title)
	}
	for _, v := range p.variants {
		available = available || v.v.available()
		def(&unit, v.v.Unit)
		if len(v.v.Bundle) > 0 {
			bundle = "true"
		}
	}
	def(&unit, "pce")
	r.begin()
	r.number("id", p.v.ID)
	r.number("category_id", p.v.category())
	r.time("created_at", p.createdAt)
	r.time("updated_at", p.updatedAt)
	r.flag("is_hidden", p.v.Hidden)
	r.flag("available", available)
	r.flag("archived", p.v.Archived)
	r.raw("canonical_url_collection_id", "27837817")
	r.null("custom_template")
	r.text("unit", unit)
	r.odd(p.v.odd&oddRest, "sort_weight", "null", `"1.5"`)
	r.null("ignore_discounts")
	r.odd(p.v.odd&oddRest, "vat", "-1", `"20"`)
	r.odd(p.v.odd&oddRest, "dimensions", "null", `{"length":"10","width":20}`)
	r.raw("fiscal_product_type", "1")
	r.text("title", title)
	r.description("short_description", p.v.ShortDescription, p.v.odd, "{}")
	r.text("permalink", link)
	r.null("html_title")
	r.null("meta_keywords")
	r.null("meta_description")
	r.raw("currency_code", `"RUR"`)
	if ids := r.shop.collectionsOf(p); len(ids) > 0 || p.v.odd&oddLists == 0 {
		r.ids("collections_ids", ids)
	} else {
		r.null("collections_ids")
	}
	r.null("sales_channels_id")
	r.description("description", p.v.Description, p.v.odd, "false")
	r.images("images", p)
	r.raw("video_links", "[]")
	r.optionNames(p)
	r.properties(p)
	r.raw("product_field_values", "[]")
	r.variants("variants", p)
	r.raw("bundle", bundle)
	r.components(p)
	r.end('}')
}

// odd writes one of two values.
func (r *rendering) odd(odd int, name, usual, other string) {
	if odd != 0 {
		usual = other
	}
	r.raw(name, usual)
}

func (r *rendering) description(name, text string, odd int, empty string) {
	if text == "" && odd&oddText != 0 {
		r.raw(name, empty)
		return
	}
	r.text(name, text)
}

// listOr begins a list, or writes null for an empty one of odd type.
func (r *rendering) listOr(name string, n, odd int) bool {
	switch {
	case name == "": // alone
		r.next()
		r.b = append(r.b, '[')
		return true
	case n == 0 && odd&oddLists != 0:
		r.null(name)
		return false
	default:
		r.list(name)
		return true
	}
}

// imageSizes are the smaller copies of an image.
var imageSizes = []string{"medium", "small", "thumb", "compact", "large"}

func (r *rendering) images(name string, p *product) {
	if !r.listOr(name, len(p.v.Images), p.v.odd) {
		return
	}
	for i := range p.v.Images {
		r.image(p, i)
	}
	r.end(']')
}

func (r *rendering) image(p *product, i int) {
	image := &p.v.Images[i]
	busy := image.busy(r.now)
	slash := strings.LastIndexByte(image.URL, '/') + 1
	file, _, _ := strings.Cut(image.URL[slash:], "?")
	r.begin()
	r.number("id", image.ID)
	r.number("product_id", p.v.ID)
	r.number("position", int64(i+1))
	r.time("created_at", p.createdAt)
	r.flag("image_processing", busy)
	r.null("external_id")
	r.text("title", image.Title)
	for _, field := range []string{"url", "original_url"} {
		r.key(field)
		r.address(image.URL, "", slash, busy)
	}
	for _, size := range imageSizes {
		r.key(size + "_url")
		r.address(image.URL, size+"_", slash, busy)
	}
	r.text("filename", file)
	r.end('}')
}

// address is that of an image or its copy, or of the placeholder while it is
// worked on (documented).
func (r *rendering) address(url, size string, slash int, busy bool) {
	r.b = append(r.b, '"')
	if busy {
		r.b = append(r.b, "/images/loading.gif"...)
	} else {
		r.b = append(append(append(r.b, url[:slash]...), size...), url[slash:]...)
	}
	r.b = append(r.b, '"')
}

// options are the names of what a product's variants differ in.
func (p *product) options() []string {
	if p.v.Options != nil || len(p.variants) < 2 {
		return p.v.Options
	}
	return []string{optionSize}
}

// values are what sets a variant apart; without Values the rest of its title.
func (p *product) values(i int) []string {
	v := &p.variants[i].v
	if v.Values != nil || p.v.Options != nil || len(p.variants) < 2 {
		return v.Values
	}
	return []string{strings.TrimPrefix(strings.TrimPrefix(v.Title, p.title()), ", ")}
}

func (r *rendering) optionNames(p *product) {
	r.list("option_names")
	for i, name := range p.options() {
		t := r.shop.options.term(name)
		r.begin()
		r.number("id", t.id)
		r.number("position", int64(i+1))
		r.flag("navigational", true)
		r.text("permalink", t.permalink)
		r.text("title", t.title)
		r.end('}')
	}
	r.end(']')
}

// properties writes both lists: the properties, and their values.
func (r *rendering) properties(p *product) {
	if !r.listOr("properties", len(p.v.Properties), p.v.odd) {
		r.null("characteristics")
		return
	}
	last := ""
	for i, property := range p.v.Properties {
		if property.Name == last {
			continue
		}
		last = property.Name
		t := r.shop.properties.term(property.Name)
		r.begin()
		r.number("id", t.id)
		r.number("position", int64(i+1))
		r.raw("backoffice", "false")
		r.raw("is_hidden", "false")
		r.raw("is_navigational", "true")
		r.text("permalink", t.permalink)
		r.text("title", t.title)
		r.end('}')
	}
	r.end(']')
	r.list("characteristics")
	for _, property := range p.v.Properties {
		t, i := r.shop.properties.value(property.Name, property.Value)
		r.begin()
		r.number("id", t.values[i].id)
		r.number("property_id", t.id)
		r.number("position", int64(i+1))
		r.text("title", t.values[i].title)
		r.text("permalink", t.values[i].permalink)
		r.end('}')
	}
	r.end(']')
}

// components are the parts of a bundle, as the vendor's page has them.
func (r *rendering) components(p *product) {
	r.list("product_bundle_components")
	for _, v := range p.variants {
		for i, c := range v.v.Bundle {
			r.begin()
			r.number("id", v.v.ID*10+int64(i))
			r.number("variant_id", c.VariantID)
			r.number("product_id", r.shop.products.productOf(c.VariantID))
			r.text("quantity", strconv.FormatInt(c.Quantity, 10)+".0")
			r.flag("free", false)
			r.end('}')
		}
	}
	r.end(']')
}
