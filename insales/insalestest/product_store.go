package insalestest

import (
	"iter"
	"maps"
	"slices"
	"time"
)

// A productStore has the products of a shop: those of the [Catalog], which are
// made when they are asked for, and over them those that were added or changed.
type productStore struct {
	maker *maker // nil = no catalogue
	// own are added or changed products; nil stands for one of the catalogue
	// that is gone for good.
	own   map[int64]*product
	owner map[int64]int64 // variant to product, of own ones
	layer layer           // what was done to all of them last
	hides int             // how many of own stand for one of the catalogue
	// sorted are the own ones by change and by id, each nil until asked for.
	byChange, byID []stamped
}

// A product as the shop keeps it. What the shop hands out for reading must not
// be changed.
type product struct {
	v                    Product
	variants             []row[Variant] // by id
	createdAt, updatedAt time.Time
	visibleAt            time.Time     // before it nobody sees the product
	places               map[int64]int // positions in collections, where one was given
	mangle               func(map[string]any)
}

func newProductStore() productStore {
	return productStore{own: map[int64]*product{}, owner: map[int64]int64{}}
}

// stamp is what the feed knows of a product.
func (p *product) stamp() stamped {
	return stamped{id: p.v.ID, updatedAt: p.updatedAt, archived: p.v.Archived}
}

// clone is a draft to work on, with all made explicit that is made of variants
// otherwise.
func (p *product) clone() *product {
	c := *p
	c.v.Title, c.v.Options = p.title(), slices.Clone(p.options())
	c.v.CollectionIDs, c.v.Properties = slices.Clone(p.v.CollectionIDs), slices.Clone(p.v.Properties)
	c.v.Images, c.places = slices.Clone(p.v.Images), maps.Clone(p.places)
	c.variants = slices.Clone(p.variants)
	for i := range c.variants {
		c.variants[i].v.Values = slices.Clone(p.values(i))
	}
	return &c
}

// variant finds a variant by id; -1 = the product has no such.
func (p *product) variant(id int64) int {
	return slices.IndexFunc(p.variants, func(r row[Variant]) bool { return r.v.ID == id })
}

// peek returns a product to read, nil if there is none.
func (g *productStore) peek(id int64) *product {
	if p, own := g.own[id]; own {
		return p
	}
	if i, made := g.maker.index(id); made {
		return g.maker.product(i)
	}
	return nil
}

// edit returns a product to change, nil if there is none. It is an own one from
// then on.
func (g *productStore) edit(id int64) *product {
	p, own := g.own[id]
	if !own {
		if p = g.peek(id); p == nil {
			return nil
		}
		g.put(p)
	}
	g.byChange, g.byID = nil, nil
	return p
}

// put adds a product, or puts it in the place of the one with its id.
func (g *productStore) put(p *product) {
	if _, own := g.own[p.v.ID]; !own {
		if _, made := g.maker.index(p.v.ID); made {
			g.hides++
		}
	}
	g.own[p.v.ID] = p
	for _, r := range p.variants {
		g.owner[r.v.ID] = p.v.ID
	}
	g.byChange, g.byID = nil, nil
}

// remove takes a product out without a trace.
func (g *productStore) remove(id int64) {
	p := g.edit(id)
	if p == nil {
		return
	}
	for _, r := range p.variants {
		delete(g.owner, r.v.ID)
	}
	if _, made := g.maker.index(id); made {
		g.own[id] = nil
	} else {
		delete(g.own, id)
	}
}

// productOf tells which product a variant belongs to; 0 = none.
func (g *productStore) productOf(variantID int64) int64 {
	if id, own := g.owner[variantID]; own {
		return id
	}
	if id := g.maker.productOf(variantID); id != 0 {
		if _, own := g.own[id]; !own {
			return id // else the variant was taken out of it
		}
	}
	return 0
}

// stamps yields all products, also those that nobody sees, in the order of a
// list.
func (g *productStore) stamps(f filter) iter.Seq[stamped] {
	own := g.sorted(f)
	if !f.since.IsZero() { // the catalogue begins there too
		from, _ := slices.BinarySearchFunc(own, stamped{id: f.fromID + 1, updatedAt: f.since}, f.compare)
		own = own[from:]
	}
	return func(yield func(stamped) bool) {
		for s := range g.maker.stamps(f) {
			if g.hides > 0 {
				if _, hidden := g.own[s.id]; hidden {
					continue
				}
			}
			for len(own) > 0 && f.compare(own[0], s) < 0 {
				if !yield(own[0]) {
					return
				}
				own = own[1:]
			}
			if !yield(s) {
				return
			}
		}
		for _, s := range own {
			if !yield(s) {
				return
			}
		}
	}
}

// sorted are the own products in the order of a list.
func (g *productStore) sorted(f filter) []stamped {
	list := &g.byChange
	if f.since.IsZero() {
		list = &g.byID
	}
	if *list == nil {
		*list = make([]stamped, 0, len(g.own))
		for p := range maps.Values(g.own) {
			if p != nil {
				*list = append(*list, p.stamp())
			}
		}
		slices.SortFunc(*list, f.compare)
	}
	return *list
}

// visible reports whether the API shows a product at all. One without a variant
// does not exist in InSales, and not here.
func (g *productStore) visible(id int64, now time.Time) bool {
	p, own := g.own[id]
	if !own {
		return true
	}
	return p != nil && len(p.variants) > 0 && !now.Before(p.visibleAt)
}

// ids are the ids of own products, the smallest first.
func (g *productStore) ids() []int64 {
	return slices.Sorted(maps.Keys(g.own))
}
