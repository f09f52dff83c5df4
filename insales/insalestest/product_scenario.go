package insalestest

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// A ProductView is a product as a test looks at it: what it is, however oddly
// the API may write it.
type ProductView struct {
	ID               int64
	Title            string
	ShortDescription string // HTML
	Description      string // HTML, as the shop has it
	Permalink        string
	CategoryID       int64
	CollectionIDs    []int64 // as the API shows them, those above included
	Hidden, Archived bool
	Options          []string
	Properties       []Property
	Images           []string // addresses of the originals that are there already
	Variants         []VariantView
	UpdatedAt        time.Time
}

// A VariantView is a variant of a ProductView. Decimals have no trailing zeros;
// what is not there is "".
type VariantView struct {
	ID           int64
	SKU, Barcode string
	Values       []string // of the product's Options
	Price        string
	OldPrice     string
	CostPrice    string
	Prices       []string // price2 and on
	Quantity     string   // "" = not tracked
	Weight       string   // kilograms
}

// Shown reports whether the storefront has the product: it is not hidden and not
// in the trash.
func (p ProductView) Shown() bool { return !p.Hidden && !p.Archived }

// Products yields all products by id as the shop has them at the moment each is
// yielded, also hidden ones and those in the trash; not those without a variant,
// which InSales does not have, nor those that cannot be seen yet. The shop may be
// changed meanwhile.
func (s *Shop) Products() iter.Seq[ProductView] {
	return func(yield func(ProductView) bool) {
		s.mu.Lock()
		own, made := s.products.ids(), 0
		if s.products.maker != nil {
			made = s.products.maker.Products
		}
		s.mu.Unlock()
		low, _ := slices.BinarySearch(own, FirstCatalogProduct)
		high, _ := slices.BinarySearch(own, FirstCatalogProduct+int64(made))
		for _, id := range own[:low] {
			if p, found := s.Product(id); found && !yield(p) {
				return
			}
		}
		for i := range made {
			if p, found := s.Product(FirstCatalogProduct + int64(i)); found && !yield(p) {
				return
			}
		}
		for _, id := range own[high:] {
			if p, found := s.Product(id); found && !yield(p) {
				return
			}
		}
	}
}

// Product returns one product that Products would yield.
func (s *Shop) Product(id int64) (ProductView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.products.peek(id)
	if p == nil || !s.products.visible(id, s.now()) {
		return ProductView{}, false
	}
	v := ProductView{
		ID: id, Title: p.title(), ShortDescription: p.v.ShortDescription, Description: p.v.Description,
		Permalink:  p.v.Permalink,
		CategoryID: p.v.category(), CollectionIDs: s.collectionsOf(p), Hidden: p.v.Hidden, Archived: p.v.Archived,
		Options: slices.Clone(p.options()), Properties: slices.Clone(p.v.Properties), UpdatedAt: p.updatedAt,
	}
	def(&v.Permalink, permalink(v.Title))
	for _, image := range p.v.Images {
		if !image.busy(s.now()) {
			v.Images = append(v.Images, image.URL)
		}
	}
	for i := range p.variants {
		v.Variants = append(v.Variants, p.view(i))
	}
	return v, true
}

func (p *product) view(i int) VariantView {
	v := p.variants[i].v
	w := VariantView{
		ID: v.ID, SKU: v.SKU, Barcode: v.Barcode, Values: slices.Clone(p.values(i)), Price: v.Price.String(),
		OldPrice: plainDecimal(v.OldPrice), CostPrice: plainDecimal(v.CostPrice), Weight: plainDecimal(v.Weight),
	}
	for _, price := range v.Prices {
		w.Prices = append(w.Prices, plainDecimal(price))
	}
	if v.Stock != nil {
		w.Quantity = v.Stock.String()
	}
	return w
}

func plainDecimal(text string) string {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return text
	}
	return d.String()
}

// changeProduct runs f on a product under the lock; its updated_at moves, unless
// f says otherwise.
func (s *Shop) changeProduct(id int64, f func(p *product) (quiet bool)) error {
	s.mu.Lock()
	defer s.unlock()
	p := s.products.edit(id)
	if p == nil {
		return fmt.Errorf("product %d: not in the shop", id)
	}
	if !f(p) {
		s.touchProduct(id)
	}
	return nil
}

// EditProduct changes a product as a manager does. edit must not change its id,
// and must make new slices instead of changing what is in them.
func (s *Shop) EditProduct(id int64, edit func(*Product)) error {
	return s.changeProduct(id, func(p *product) bool { edit(&p.v); return false })
}

// EditVariant changes a variant as a manager does, under the same rules.
func (s *Shop) EditVariant(id int64, edit func(*Variant)) error {
	s.mu.Lock()
	owner := s.products.productOf(id)
	s.mu.Unlock()
	if owner == 0 {
		return fmt.Errorf("variant %d: not in the shop", id)
	}
	return s.changeProduct(owner, func(p *product) bool {
		p.editVariant(p.variant(id), s.now(), edit)
		return false
	})
}

// editVariant works a change into a variant. Stock or a price that it is given
// stays when what was taken from all comes back.
func (p *product) editVariant(i int, now time.Time, edit func(*Variant)) {
	r := &p.variants[i]
	stock, price := r.v.Stock, r.v.Price
	edit(&r.v)
	if r.v.Stock != stock {
		r.v.heldStock = nil
	}
	if !r.v.Price.Equal(price) {
		r.v.heldPrice = nil
	}
	r.updatedAt = now.Truncate(time.Second)
}

// TrashProduct moves a product to the trash: archived, and listed only with
// deleted or with_deleted.
func (s *Shop) TrashProduct(id int64) error {
	return s.EditProduct(id, func(p *Product) { p.Archived = true })
}

// RestoreProduct takes a product out of the trash again.
func (s *Shop) RestoreProduct(id int64) error {
	return s.EditProduct(id, func(p *Product) { p.Archived = false })
}

// HideProduct takes a product off the storefront; lists still have it.
func (s *Shop) HideProduct(id int64) error {
	return s.EditProduct(id, func(p *Product) { p.Hidden = true })
}

// UnhideProduct puts it back.
func (s *Shop) UnhideProduct(id int64) error {
	return s.EditProduct(id, func(p *Product) { p.Hidden = false })
}

// DeleteProduct removes a product without a trace in the feed.
func (s *Shop) DeleteProduct(id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.products.peek(id) == nil {
		return fmt.Errorf("product %d: not in the shop", id)
	}
	s.products.remove(id)
	return nil
}

// SetProductUpdatedAt forges updated_at, to the second: a change that was
// committed late has an older time than those before it. No webhook tells of it.
func (s *Shop) SetProductUpdatedAt(id int64, t time.Time) error {
	return s.changeProduct(id, func(p *product) bool { p.updatedAt = t.Truncate(time.Second); return true })
}

// ConcealProduct makes a product one that nobody sees for so long, in lists and
// by id; then it appears with the updated_at it has.
func (s *Shop) ConcealProduct(id int64, d time.Duration) error {
	return s.changeProduct(id, func(p *product) bool { p.visibleAt = s.now().Add(d); return true })
}

// MangleProduct changes the JSON in which a product is shown from now on; nil
// ends it. f gets its own copy of plain JSON values each time, numbers as
// json.Number, and must not call the shop.
func (s *Shop) MangleProduct(id int64, f func(product map[string]any)) error {
	return s.changeProduct(id, func(p *product) bool { p.mangle = f; return true })
}

// EditProducts changes many products at one time, as an import does: all have
// the same updated_at then. The same rules as for EditProduct; of variants edit
// may change what it is given.
func (s *Shop) EditProducts(ids []int64, edit func(*Product, []Variant)) error {
	s.mu.Lock()
	defer s.unlock()
	for _, id := range ids {
		p := s.products.edit(id)
		if p == nil {
			return fmt.Errorf("product %d: not in the shop", id)
		}
		variants := make([]Variant, len(p.variants))
		for i, r := range p.variants {
			variants[i] = r.v
		}
		edit(&p.v, variants)
		for i := range variants {
			p.editVariant(i, s.now(), func(v *Variant) { *v = variants[i] })
		}
		s.touchProduct(id)
	}
	return nil
}

// EmptyStock sets all tracked stock to zero, as an exchange with an accounting
// program does before it writes the real numbers: all products, also those that
// track none, have one new updated_at. No webhook tells of it.
func (s *Shop) EmptyStock() { s.layer(func(l *layer) { l.noStock = true }) }

// RefillStock gives the stock back that EmptyStock took, unless it was written
// meanwhile.
func (s *Shop) RefillStock() { s.layer(func(l *layer) { l.noStock = false }) }

// ZeroPrices sets all prices to zero in the same way.
func (s *Shop) ZeroPrices() { s.layer(func(l *layer) { l.noPrice = true }) }

// RestorePrices gives the prices back.
func (s *Shop) RestorePrices() { s.layer(func(l *layer) { l.noPrice = false }) }

// TouchProducts moves updated_at of all products and changes nothing else.
func (s *Shop) TouchProducts() { s.layer(func(*layer) {}) }

func (s *Shop) layer(change func(*layer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.products.layer
	l.at = s.now().Truncate(time.Second)
	change(&l)
	s.products.layer = l
	if s.products.maker != nil {
		s.products.maker.layer = l
	}
	for _, id := range s.products.ids() {
		p := s.products.edit(id)
		if p == nil {
			continue
		}
		p.updatedAt = l.at
		for i := range p.variants {
			p.variants[i].v.apply(l)
		}
	}
}
