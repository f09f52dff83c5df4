package insalestest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A Product groups variants. It can be read only; what a product with no
// [Shop.AddProduct] of its own lacks is made of its variants.
type Product struct {
	ID               int64
	Title            string // default: the first variant's, up to the comma
	ShortDescription string
	Description      string // HTML
	CategoryID       int64  // back-office tree; default 32380146
	CollectionIDs    []int64
	Hidden           bool
	Archived         bool   // in the trash
	Option           string // what its variants differ in; default «Размер»
}

// A Variant is something that can be ordered.
type Variant struct {
	ID        int64
	ProductID int64
	SKU       string
	Title     string // as orders name it: the product's and its own
	Price     decimal.Decimal
	Stock     *decimal.Decimal // nil = not tracked
	Unit      string           // "" = "pce"; "kgm" is weighed
	Weight    string           // "" = null
	Barcode   string
	OldPrice  string   // "2490.0", "" = null
	CostPrice string   // behind the right SectionCostPrices
	Prices    []string // price2, price3, …; "" = null; behind SectionExtraPrices
	Bundle    []Component
}

// A Component is a part of a bundle: the variant is sold as its components.
type Component struct {
	VariantID int64
	Quantity  int64
}

// AddProduct adds or replaces a product. It shows as soon as it has a variant.
func (s *Shop) AddProduct(p Product) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touchProduct(p.ID).v = p
}

// AddVariant adds or replaces a variant.
func (s *Shop) AddVariant(v Variant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putVariant(v)
}

// putVariant also moves the product's updated_at, as the stock that an order
// takes does (seen).
func (s *Shop) putVariant(v Variant) {
	r, found := s.variants[v.ID]
	at := s.now().Truncate(time.Second)
	if !found {
		r.createdAt = at
	}
	r.v, r.updatedAt = v, at
	s.variants[v.ID] = r
	s.touchProduct(v.ProductID)
}

// touchProduct returns a product that has changed just now, a new one if need be.
func (s *Shop) touchProduct(id int64) *row[Product] {
	r, at := s.products[id], s.now().Truncate(time.Second)
	if r == nil {
		r = &row[Product]{v: Product{ID: id}, createdAt: at}
		s.products[id] = r
	}
	r.updatedAt = at
	return r
}

// RemoveVariant makes a variant unknown; orders with it stay.
func (s *Shop) RemoveVariant(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, found := s.variants[id]; found {
		delete(s.variants, id)
		s.touchProduct(r.v.ProductID)
	}
}

// variantsOf returns a product's variants by id.
func (s *Shop) variantsOf(productID int64) []row[Variant] {
	var list []row[Variant]
	for _, r := range s.variants {
		if r.v.ProductID == productID {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b row[Variant]) int { return int(a.v.ID - b.v.ID) })
	return list
}

// selectProducts returns the products a filter lets through. Those without a
// variant do not exist in InSales, and not here.
func (s *Shop) selectProducts(f filter) []*row[Product] {
	variants := map[int64]bool{}
	for _, r := range s.variants {
		variants[r.v.ProductID] = true
	}
	var list []*row[Product]
	for id, p := range s.products {
		if variants[id] && f.admits(productStamp(p)) && s.fits(p.v, f.query) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *row[Product]) int { return f.compare(productStamp(a), productStamp(b)) })
	return list
}

func productStamp(p *row[Product]) stamped {
	return stamped{id: p.v.ID, updatedAt: p.updatedAt, archived: p.v.Archived}
}

// fits reports whether a product has what the list is asked for.
func (s *Shop) fits(p Product, q url.Values) bool {
	collection, category := parseID(q.Get("collection_id")), parseID(q.Get("category_id"))
	return (!q.Has("collection_id") || slices.Contains(p.CollectionIDs, collection)) &&
		(!q.Has("category_id") || p.category() == category) &&
		strings.Contains(strings.ToLower(s.productTitle(p)), strings.ToLower(q.Get("filter[title]")))
}

func (p Product) category() int64 {
	id := p.CategoryID
	def(&id, 32380146)
	return id
}

// productFilter is filter with the smallest page that products have: documented
// for them alone.
func (s *Shop) productFilter(c *call) (filter, invalid) {
	f, bad := s.filter(c)
	f.perPage = min(max(f.perPage, 10), s.conf.PerPageMax)
	return f, bad
}

// listProducts serves GET /admin/products.json.
func (s *Shop) listProducts(c *call) answer {
	f, bad := s.productFilter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	list := []object{}
	for _, p := range page(f, s.selectProducts(f)) {
		list = append(list, s.productJSON(p))
	}
	return ok(list)
}

// countProducts serves GET /admin/products/count.json, with the same filters.
func (s *Shop) countProducts(c *call) answer {
	f, bad := s.productFilter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	return ok(object{"count": len(s.selectProducts(f))})
}

// maxByIDs is how many products can be asked for at once (documented).
const maxByIDs = 100

// productsByIDs serves GET /admin/products/by_ids.json?product_ids=1,2. What
// happens to more than allowed is not known; here the rest is left out and told.
func (s *Shop) productsByIDs(c *call) answer {
	ids := strings.Split(c.http.URL.Query().Get("product_ids"), ",")
	if len(ids) > maxByIDs {
		s.report("?product_ids over 100")
		ids = ids[:maxByIDs]
	}
	list := []object{}
	for _, id := range ids {
		if p := s.product(id); p != nil {
			list = append(list, s.productJSON(p))
		}
	}
	return ok(list)
}

// product finds a product that is not in the trash; nil = there is none.
func (s *Shop) product(id string) *row[Product] {
	p := s.products[parseID(id)]
	if p == nil || p.v.Archived || len(s.variantsOf(p.v.ID)) == 0 {
		return nil
	}
	return p
}

// showProduct serves GET /admin/products/{id}.json.
func (s *Shop) showProduct(c *call) answer {
	p := s.product(c.id)
	if p == nil {
		return noPage()
	}
	return ok(s.productJSON(p))
}

// listVariants serves GET /admin/products/{id}/variants.json.
func (s *Shop) listVariants(c *call) answer {
	p := s.product(c.id)
	if p == nil {
		return noPage()
	}
	return ok(s.productJSON(p)["variants"])
}

// noPage is the 404 of products: an HTML page, whatever the client accepts
// (documented). Other resources answer JSON here; what they do is not known.
func noPage() answer {
	return answer{
		status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body: []byte("<!DOCTYPE html>\n<html><body><h1>Страница не найдена</h1></body></html>\n"),
	}
}

// variantOf finds the variant of a new line; a product alone means its first.
func (s *Shop) variantOf(a attrs) (Variant, bool) {
	if a.given("variant_id") {
		r, found := s.variants[a.id("variant_id")]
		return r.v, found
	}
	if list := s.variantsOf(a.id("product_id")); a.given("product_id") && len(list) > 0 {
		return list[0].v, true
	}
	return Variant{}, false
}
