package insalestest

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A Product groups variants. What a product with no [Shop.AddProduct] of its
// own lacks is made of its variants.
type Product struct {
	ID               int64
	Title            string // default: the first variant's, up to the comma
	Permalink        string // default made of the title
	ShortDescription string
	Description      string  // HTML
	CategoryID       int64   // back-office tree; default 32380146
	CollectionIDs    []int64 // those it was put into; the collections above show too
	Hidden           bool
	Archived         bool     // in the trash
	Options          []string // names of what Variant.Values are of; default «Размер» if there are several variants
	Properties       []Property
	Images           []Image
	Unit             string // default: a variant's, or "pce"

	odd int // see oddLists
}

// A Property is a property of a product with one value; several with one name
// are several values.
type Property struct{ Name, Value string }

// An Image is a picture of a product.
type Image struct {
	ID         int64
	URL        string // of the original; the smaller ones are beside it
	Title      string
	Processing bool // not there yet: all addresses are those of a placeholder

	readyAt time.Time // Processing until then
}

// A Variant is something that can be ordered.
type Variant struct {
	ID         int64
	ProductID  int64
	SKU        string
	Title      string   // as orders name it; default made of the product's title and Values
	Values     []string // in the order of the product's Options
	Price      decimal.Decimal
	BasePrice  string           // before discounts; default Price
	Stock      *decimal.Decimal // nil = not tracked
	Elsewhere  decimal.Decimal  // how much of Stock is in the second warehouse
	Unit       string           // "" = "pce"; "kgm" is weighed
	Weight     string           // "" = null
	Dimensions string
	Barcode    string
	OldPrice   string   // "2490.0", "" = null
	CostPrice  string   // behind the right SectionCostPrices
	Prices     []string // price2, price3, …; "" = null; behind SectionExtraPrices
	ImageIDs   []int64
	Bundle     []Component

	odd       int // see oddPrice
	heldStock *decimal.Decimal
	heldPrice *decimal.Decimal
}

// A Component is a part of a bundle: the variant is sold as its components.
type Component struct {
	VariantID int64
	Quantity  int64
}

// AddProduct adds or replaces a product. It shows as soon as it has a variant.
func (s *Shop) AddProduct(p Product) {
	s.mu.Lock()
	defer s.unlock()
	s.touchProduct(p.ID).v = p
}

// AddVariant adds or replaces a variant.
func (s *Shop) AddVariant(v Variant) {
	s.mu.Lock()
	defer s.unlock()
	s.putVariant(v)
}

// putVariant also moves the product's updated_at, as the stock that an order
// takes does (seen).
func (s *Shop) putVariant(v Variant) {
	at := s.now().Truncate(time.Second)
	r := row[Variant]{createdAt: at}
	if id := s.products.productOf(v.ID); id != 0 {
		p := s.products.edit(id)
		i := p.variant(v.ID)
		r = p.variants[i]
		p.variants = slices.Delete(slices.Clone(p.variants), i, i+1)
	}
	r.v, r.updatedAt = v, at
	p := s.touchProduct(v.ProductID)
	p.variants = append(p.variants, r)
	slices.SortStableFunc(p.variants, func(a, b row[Variant]) int { return int(a.v.ID - b.v.ID) })
	s.products.owner[v.ID] = v.ProductID
}

// touchProduct returns a product that has changed just now, a new one if need be.
func (s *Shop) touchProduct(id int64) *product {
	at, topic := s.now().Truncate(time.Second), topicProductUpdate
	p := s.products.edit(id)
	if p == nil {
		p = &product{v: Product{ID: id}, createdAt: at}
		s.products.put(p)
		topic = topicProductCreate
	}
	p.updatedAt = at
	s.fireProduct(topic, id)
	return p
}

// RemoveVariant makes a variant unknown; orders with it stay.
func (s *Shop) RemoveVariant(id int64) {
	s.mu.Lock()
	defer s.unlock()
	s.removeVariant(id)
}

func (s *Shop) removeVariant(id int64) {
	if productID := s.products.productOf(id); productID != 0 {
		p := s.touchProduct(productID)
		i := p.variant(id)
		p.variants = slices.Delete(slices.Clone(p.variants), i, i+1)
		delete(s.products.owner, id)
	}
}

// variant finds a variant, with the title that orders show.
func (s *Shop) variant(id int64) (Variant, bool) {
	p := s.products.peek(s.products.productOf(id))
	if p == nil {
		return Variant{}, false
	}
	return p.line(p.variant(id)), true
}

// line is a variant as an order takes it over.
func (p *product) line(i int) Variant {
	v := p.variants[i].v
	if v.Title == "" {
		v.Title = p.title()
		if len(v.Values) > 0 {
			v.Title += " (" + strings.Join(v.Values, " / ") + ")"
		}
	}
	return v
}

// setStock changes how much there is of a tracked variant.
func (s *Shop) setStock(id int64, left decimal.Decimal) {
	p := s.touchProduct(s.products.productOf(id))
	r := &p.variants[p.variant(id)]
	r.v.Stock, r.v.heldStock, r.updatedAt = &left, nil, p.updatedAt
}

// title is the product's own title or the first variant's, up to the comma that
// the seed has before the option.
func (p *product) title() string {
	if p.v.Title != "" || len(p.variants) == 0 {
		return p.v.Title
	}
	title, _, _ := strings.Cut(p.variants[0].v.Title, ", ")
	return title
}

func (p Product) category() int64 {
	id := p.CategoryID
	def(&id, rootCategory)
	return id
}

// variantOf finds the variant of a new line; a product alone means its first.
func (s *Shop) variantOf(a attrs) (Variant, bool) {
	if a.given("variant_id") {
		return s.variant(a.id("variant_id"))
	}
	if p := s.products.peek(a.id("product_id")); a.given("product_id") && p != nil && len(p.variants) > 0 {
		return p.line(0), true
	}
	return Variant{}, false
}
