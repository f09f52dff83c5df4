package insalestest

import (
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// variantShape has what the vendor's page of 2026 has, and the prices and
// stocks whose names are numbered.
func variantShape(more ...string) shape {
	names := []string{
		"id", "sku", "barcode", "price", "base_price", "old_price", "cost_price", "quantity", "weight", "dimensions",
		"image_id",
		"quantity_at_warehouse0", "quantity_at_warehouse1", "price2", "price3", "price4", "price5",
	}
	return leaves(append(names, more...)...).with("options", leaves("option_name_id", "title", "value"))
}

var productShape = leaves(
	"title", "description", "short_description", "permalink", "category_id", "is_hidden", "unit", "html_title",
	"meta_keywords", "meta_description", "vat", "sort_weight", "bundle",
).with("variants_attributes", variantShape()).
	with("options", leaves("option_name_id", "title", "value")).
	with("properties_attributes", leaves("title", "value")).
	with("product_characteristics_attributes", leaves("property_id", "characteristic_id")).
	with("product_bundle_components_attributes", leaves("variant_id", "quantity"))

// A draft is a product being worked on, as an edit is for orders. All complaints
// are collected; with any, nothing is changed. The vendor's page of 2026 documents
// what products take over the API, with the words of its complaints; what is said
// to be documented here stands there.
type draft struct {
	*product
	shop *Shop
	at   time.Time
	bad  invalid
}

func (s *Shop) draft(p *product) *draft {
	return &draft{product: p.clone(), shop: s, at: s.now().Truncate(time.Second), bad: invalid{}}
}

// commit makes the draft the product, unless there are complaints.
func (d *draft) commit(topic string) invalid {
	if len(d.bad) > 0 {
		return d.bad
	}
	d.updatedAt = d.at
	d.shop.products.put(d.product)
	d.shop.fireProduct(topic, d.v.ID)
	return nil
}

// createProduct serves POST /admin/products.json.
func (s *Shop) createProduct(c *call) answer {
	a, refused := s.attrs(c, "product", productShape)
	if a == nil {
		return refused
	}
	d := s.draft(&product{v: Product{Unit: "pce"}})
	d.createdAt, d.visibleAt = d.at, s.now().Add(c.late)
	d.apply(a)
	for i, v := range a.list("variants_attributes") {
		if v.present("external_id") { // documented for this list alone, with these words
			d.bad.add("variants_attributes", `undefined keys ["external_id"]`)
		}
		if i == 0 && !v.given("options") {
			v["options"] = a["options"]
		}
		d.newVariant(v)
	}
	if len(d.variants) == 0 && len(d.bad) == 0 {
		d.bad.add("variants", "не может быть пустым")
	}
	d.bundle(a)
	if len(d.bad) == 0 {
		d.v.ID = s.nextID()
		for i := range d.variants {
			d.variants[i].v.ProductID = d.v.ID
		}
	}
	if bad := d.commit(topicProductCreate); len(bad) > 0 {
		return bad.answer()
	}
	return answer{status: http.StatusCreated, body: s.productJSON(d.product)}
}

// updateProduct serves PUT /admin/products/{id}.json.
func (s *Shop) updateProduct(c *call, p *product) answer {
	a, refused := s.attrs(c, "product", productShape)
	if a == nil {
		return refused
	}
	d := s.draft(p)
	d.apply(a)
	d.rearrange(a)
	for _, v := range a.list("variants_attributes") {
		if i := d.variant(v.id("id")); i >= 0 {
			d.changeVariant(i, v)
		} else {
			d.newVariant(v)
		}
	}
	if bad := d.commit(topicProductUpdate); len(bad) > 0 {
		return bad.answer()
	}
	return answer{status: http.StatusOK, body: s.productJSON(d.product)}
}

// deleteProduct serves DELETE /admin/products/{id}.json: it goes to the trash.
// One that is not there is deleted as well (documented).
func (s *Shop) deleteProduct(c *call) answer {
	if p := s.product(c.id); p != nil && !p.v.Archived {
		d := s.draft(p)
		d.v.Archived = true
		d.commit(topicProductUpdate)
	}
	return done()
}

// apply takes the product's own attributes over.
func (d *draft) apply(a attrs) {
	a.set("title", &d.v.Title)
	a.set("description", &d.v.Description)
	a.set("short_description", &d.v.ShortDescription)
	a.set("permalink", &d.v.Permalink)
	a.set("unit", &d.v.Unit)
	a.setFlag("is_hidden", &d.v.Hidden)
	if d.v.Title == "" {
		d.bad.add("title", "не может быть пустым")
	}
	if a.given("category_id") {
		d.v.CategoryID = a.id("category_id")
		if d.shop.categories.where(d.v.CategoryID) < 0 {
			d.bad.add("category_id", "Категория удалена или отсутствует.") // documented
		}
	}
	if a.present("properties_attributes") { // the whole list (documented)
		d.v.Properties = nil
	}
	for _, p := range a.list("properties_attributes") {
		d.addProperty(p.plain("title"), p.plain("value"))
	}
	for _, p := range a.list("product_characteristics_attributes") {
		t, _ := d.shop.properties.byID(p.id("property_id"))
		i := -1
		if t != nil {
			i = slices.IndexFunc(t.values, func(v termValue) bool { return v.id == p.id("characteristic_id") })
		}
		if i < 0 {
			d.bad.add("product_characteristics", "имеет неверное значение")
			continue
		}
		d.addProperty(t.title, t.values[i].title)
	}
}

// addProperty keeps the values of one property together.
func (d *draft) addProperty(name, value string) {
	p := Property{name, value}
	switch {
	case name == "" || value == "":
		d.bad.add("properties", "имеет неверное значение")
	case slices.Contains(d.v.Properties, p):
	default:
		at := len(d.v.Properties)
		for i, other := range d.v.Properties {
			if other.Name == name {
				at = i + 1
			}
		}
		d.v.Properties = slices.Insert(d.v.Properties, at, p)
	}
}

// rearrange adds and drops what the variants differ in (documented): known
// options come by their id, new ones with the value that all variants get.
func (d *draft) rearrange(a attrs) {
	if !a.given("options") {
		return
	}
	var names []string
	added := 0
	values := make([][]string, len(d.variants))
	for _, o := range a.list("options") {
		name, value := d.optionName(o), o.plain("value")
		at := slices.Index(d.v.Options, name)
		if name == "" || at < 0 && value == "" {
			d.bad.add("options", "имеет неверное значение")
			return
		}
		place := len(names)
		if at < 0 {
			place = added // seen: an added one stands before those that were there
			added++
		}
		names = slices.Insert(names, place, name)
		for i := range d.variants {
			v := value
			if at >= 0 {
				v = d.variants[i].v.Values[at]
			}
			values[i] = slices.Insert(values[i], place, v)
		}
	}
	d.v.Options = names
	for i := range d.variants {
		d.variants[i].v.Values = values[i]
		if d.twin(i) {
			d.bad.add("options", optionsTaken)
		}
	}
}

// optionName is the option that an element of options is about.
func (d *draft) optionName(o attrs) string {
	if !o.given("option_name_id") {
		return o.plain("title")
	}
	t, _ := d.shop.options.byID(o.id("option_name_id"))
	if t == nil {
		return ""
	}
	return t.title
}

// bundle makes the product one, which only its creation can (documented).
func (d *draft) bundle(a attrs) {
	if !a.flag("bundle") || len(d.variants) == 0 {
		return
	}
	for _, c := range a.list("product_bundle_components_attributes") {
		n, good := c.number("quantity")
		if _, found := d.shop.variant(c.id("variant_id")); !found || !good || n.LessThan(decimal.NewFromInt(1)) {
			d.bad.add("product_bundle_components", "имеет неверное значение")
			continue
		}
		v := &d.variants[0].v
		v.Bundle = append(v.Bundle, Component{VariantID: c.id("variant_id"), Quantity: n.IntPart()})
	}
}
