package ineedchattest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// batch is what one request of a catalog sync says.
type batch struct {
	company, sync, mode string

	seq        int
	last       bool
	totals     totals // with last only
	categories []Category
	products   []Product
	deleted    deleted
}

type totals struct{ categories, products, batches int }

type deleted struct{ products, variants, categories []string }

// says counts what the batch names.
func (b batch) says() int { return len(b.categories) + len(b.products) + b.deleted.count() }

func (d deleted) count() int { return len(d.products) + len(d.variants) + len(d.categories) }

const (
	modeFull  = "full"
	modeDelta = "delta"

	maxBatchProducts = 100
	maxCategoryID    = 128 // characters
)

// A shape is the fields of an object. A field that may be null must be there.
type shape struct{ must, may []string }

// Texts that can be empty, the totals and the time of a product may be left
// out; the contract does not say so of anything else.
var (
	batchShape = shape{
		must: []string{
			"version", "sync_id", "mode", "seq", "last", "generated_at", "currency", "categories", "products",
			"deleted",
		},
		may: []string{"totals"},
	}
	totalsShape   = shape{must: []string{"categories", "products", "batches"}}
	deletedShape  = shape{must: []string{"products", "variants", "categories"}}
	categoryShape = shape{must: []string{"id", "parent_id", "title", "position"}}
	productShape  = shape{
		must: []string{"id", "title", "category_ids", "images", "visible", "properties", "variants", "hash"},
		may:  []string{"description_html", "url", "updated_at"},
	}
	imageShape    = shape{must: []string{"url", "hash"}}
	propertyShape = shape{must: []string{"name", "value"}}
	variantShape  = shape{
		must: []string{"id", "options", "price", "old_price", "quantity", "available", "weight_kg"},
		may:  []string{"sku", "barcode"},
	}
)

var (
	validULID = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
	validSum  = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,3})?$`)
	validQty  = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,3})?$`) // shops have less than nothing
	// time.Parse takes hours of one digit and commas.
	validTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
)

// reading collects what is wrong with a batch.
type reading struct {
	bad []string // makes it unusable
	odd []string // breaks the contract, but can be ignored
}

// readBatch reads a decoded body that came under the path of a company, a sync
// and a seq.
func readBatch(doc any, company, sync, seq string) (batch, *reading) {
	r := &reading{}
	o := r.object("", doc, batchShape)
	b := batch{
		company: company, sync: o.text("sync_id"), mode: o.text("mode"), seq: o.integer("seq"), last: o.flag("last"),
	}
	o.check(validID.MatchString(company), "company", "is no id")
	o.check(o.text("version") == "1", "version", "is not 1")
	o.check(validULID.MatchString(sync), "sync_id", "is no ULID")
	o.check(b.sync == sync, "sync_id", "is not the path's")
	o.check(strconv.Itoa(b.seq) == seq, "seq", "is not the path's")
	o.check(b.seq >= 1, "seq", "is below 1")
	o.check(b.mode == modeFull || b.mode == modeDelta, "mode", "is neither full nor delta")
	o.check(o.text("currency") == "RUB", "currency", "is not RUB")
	o.time("generated_at")
	b.totals = o.totals(b.last)
	b.categories = each(o, "categories", categoryShape, readCategory)
	b.products = each(o, "products", productShape, readProduct)
	if v, has := o.fields["deleted"]; has {
		d := r.object("deleted", v, deletedShape)
		b.deleted = deleted{
			products: d.ids("products", isID), variants: d.ids("variants", isID),
			categories: d.ids("categories", isCategoryID),
		}
	}
	r.whole(o, b)
	return b, r
}

// whole checks what the parts of a batch say of one another.
func (r *reading) whole(o object, b batch) {
	o.check(len(b.products) <= maxBatchProducts, "products", "are more than 100")
	// The contract: nothing to say = no request.
	silent := b.mode == modeDelta && b.says() == 0
	o.check(!silent || b.last && b.seq > 1, "mode", "is delta, and nothing is said")

	products, variants, categories := set{}, set{}, set{}
	for i, c := range b.categories {
		if !categories.add(c.ID) {
			o.fault(at("categories", i), "is there twice")
		}
		if c.ParentID == c.ID {
			o.fault(at("categories", i), "is its own parent")
		}
	}
	for i, p := range b.products {
		if !products.add(p.ID) {
			o.fault(at("products", i), "is there twice")
		}
		own := set{}
		for j, v := range p.Variants {
			if !own.add(v.ID) {
				o.fault(at(at("products", i)+".variants", j), "is there twice")
			}
			variants.add(v.ID)
		}
	}
	for _, d := range []struct {
		name    string
		deleted []string
		said    set
	}{
		{"deleted.products", b.deleted.products, products},
		{"deleted.variants", b.deleted.variants, variants},
		{"deleted.categories", b.deleted.categories, categories},
	} {
		for i, id := range d.deleted {
			if d.said[id] {
				o.fault(at(d.name, i), "is in the batch too")
			}
		}
	}
}

// totals reads those of the last batch.
func (o object) totals(last bool) totals {
	v, has := o.fields["totals"]
	switch {
	case !has && last:
		o.fault("totals", "are missing in the last batch")
		return totals{}
	case !has:
		return totals{}
	}
	o.check(last, "totals", "stand in a batch that is not the last")
	t := o.in.object("totals", v, totalsShape)
	return totals{t.integer("categories"), t.integer("products"), t.integer("batches")}
}

func readCategory(o object) Category {
	c := Category{
		ID: o.text("id"), ParentID: o.textOrNull("parent_id"), Title: o.text("title"), Position: o.integer("position"),
	}
	o.check(isCategoryID(c.ID), "id", "is no id")
	o.check(o.fields["parent_id"] == nil || isCategoryID(c.ParentID), "parent_id", "is no id")
	o.check(strings.TrimSpace(c.Title) != "", "title", "is empty")
	return c
}

func readProduct(o object) Product {
	p := Product{
		ID: o.text("id"), Title: o.text("title"), DescriptionHTML: o.text("description_html"),
		CategoryIDs: o.ids("category_ids", isCategoryID), URL: o.text("url"),
		Images:  each(o, "images", imageShape, readImage),
		Visible: o.flag("visible"), Properties: each(o, "properties", propertyShape, readProperty),
		Variants: each(o, "variants", variantShape, readVariant), UpdatedAt: o.time("updated_at"), Hash: o.text("hash"),
	}
	o.check(isID(p.ID), "id", "is no id")
	o.check(strings.TrimSpace(p.Title) != "", "title", "is empty")
	o.check(p.Hash != "", "hash", "is empty")
	return p
}

func readImage(o object) Image {
	i := Image{URL: o.text("url"), Hash: o.text("hash")}
	o.check(i.URL != "", "url", "is empty")
	return i
}

func readProperty(o object) Property { return Property{Name: o.text("name"), Value: o.text("value")} }

func readVariant(o object) Variant {
	v := Variant{
		ID: o.text("id"), SKU: o.text("sku"), Barcode: o.text("barcode"),
		Options: each(o, "options", propertyShape, readProperty),
		Price:   o.text("price"), OldPrice: o.textOrNull("old_price"), Quantity: o.textOrNull("quantity"),
		Available: o.flag("available"), WeightKG: o.textOrNull("weight_kg"),
	}
	o.check(isID(v.ID), "id", "is no id")
	o.check(validSum.MatchString(v.Price), "price", "is no sum of money")
	o.check(o.fields["old_price"] == nil || validSum.MatchString(v.OldPrice), "old_price", "is no sum of money")
	o.check(o.fields["quantity"] == nil || validQty.MatchString(v.Quantity), "quantity", "is no quantity")
	o.check(o.fields["weight_kg"] == nil || validSum.MatchString(v.WeightKG), "weight_kg", "is no weight")
	return v
}

func isID(s string) bool { return validID.MatchString(s) }

// isCategoryID goes by the contract's rule for "other ids".
func isCategoryID(s string) bool { return s != "" && utf8.RuneCountInString(s) <= maxCategoryID }

// object is a JSON object and where it stands.
type object struct {
	in     *reading
	path   string
	fields map[string]any
}

// object reads one, and tells what it lacks and what is strange in it.
func (r *reading) object(path string, v any, s shape) object {
	fields, is := v.(map[string]any)
	o := object{in: r, path: path, fields: fields}
	if !is {
		o.fault("", "is no object")
		return o
	}
	known := 0
	for _, name := range s.must {
		if _, has := fields[name]; !has {
			o.fault(name, "is missing")
			continue
		}
		known++
	}
	for _, name := range s.may {
		if _, has := fields[name]; has {
			known++
		}
	}
	if known == len(fields) {
		return o
	}
	for name := range fields {
		if !slices.Contains(s.must, name) && !slices.Contains(s.may, name) {
			r.odd = append(r.odd, "unknown field "+o.where(name))
		}
	}
	return o
}

func (o object) where(name string) string {
	switch {
	case o.path == "" && name == "":
		return "the body"
	case o.path == "" || name == "":
		return o.path + name
	}
	return o.path + "." + name
}

func (o object) fault(name, what string) { o.in.bad = append(o.in.bad, o.where(name)+" "+what) }

func (o object) check(good bool, name, what string) {
	if !good {
		o.fault(name, what)
	}
}

// field reads one field; it is the zero value if that is missing, which has
// been told, or of another type.
func field[T any](o object, name, kind string) T {
	v, has := o.fields[name]
	t, is := v.(T)
	if has && !is {
		o.fault(name, "is no "+kind)
	}
	return t
}

func (o object) text(name string) string { return field[string](o, name, "string") }

func (o object) flag(name string) bool { return field[bool](o, name, "boolean") }

// textOrNull is "" for null.
func (o object) textOrNull(name string) string {
	if o.fields[name] == nil {
		return ""
	}
	return o.text(name)
}

func (o object) integer(name string) int {
	f := field[float64](o, name, "number")
	o.check(f == float64(int(f)), name, "is no whole number")
	return int(f)
}

// time is zero if the field is missing.
func (o object) time(name string) time.Time {
	if _, has := o.fields[name]; !has {
		return time.Time{}
	}
	text := o.text(name)
	t, err := time.Parse(time.RFC3339, text)
	o.check(err == nil && validTime.MatchString(text), name, "is no RFC 3339 time")
	return t
}

func (o object) ids(name string, good func(string) bool) []string {
	list := field[[]any](o, name, "list")
	ids := make([]string, 0, len(list))
	for i, v := range list {
		id, is := v.(string)
		if !is || !good(id) {
			o.fault(at(name, i), "is no id")
		}
		ids = append(ids, id)
	}
	return ids
}

// each reads the objects of a list.
func each[T any](o object, name string, s shape, read func(object) T) []T {
	list := field[[]any](o, name, "list")
	all := make([]T, 0, len(list))
	for i, v := range list {
		all = append(all, read(o.in.object(o.where(at(name, i)), v, s)))
	}
	return all
}

func at(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

type set map[string]bool

// add returns false if it was there.
func (s set) add(v string) bool {
	if s[v] {
		return false
	}
	s[v] = true
	return true
}
