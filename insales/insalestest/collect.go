package insalestest

import "slices"

// collectID is the id of a product's place in a collection. It says which one it
// is, so that nobody has to remember the places of a million products.
func collectID(product, collection int64) int64 { return product*1_000_000 + collection%1_000_000 }

// collect finds a place by its id.
func (s *Shop) collect(id int64) (p *product, collection int64) {
	p = s.products.peek(id / 1_000_000)
	if p == nil || !s.products.visible(p.v.ID, s.now()) {
		return nil, 0
	}
	for _, c := range p.v.CollectionIDs {
		if collectID(p.v.ID, c) == id && !s.gone[c] {
			return p, c
		}
	}
	return nil, 0
}

// listCollects serves GET /admin/collects.json: where products were put, not
// the collections above. Whether InSales lists those too is not known.
func (s *Shop) listCollects(_ *call, f filter) answer {
	byCollection, collection := f.query.Has("collection_id"), parseID(f.query.Get("collection_id"))
	skip, list := (f.page-1)*f.perPage, []object{}
	take := func(p *product) bool {
		for _, id := range p.v.CollectionIDs {
			if s.gone[id] || byCollection && id != collection {
				continue
			}
			if skip--; skip < 0 && len(list) < f.perPage {
				list = append(list, p.collectJSON(id))
			}
		}
		return len(list) < f.perPage
	}
	if f.query.Has("product_id") {
		if p := s.product(f.query.Get("product_id")); p != nil {
			take(p)
			return ok(list)
		}
		return notFound() // some 4xx (seen in 2026); which one is not known
	}
	f.query.Del("collection_id") // which is about those above too
	s.selectProducts(f, func(id int64) bool { return take(s.products.peek(id)) })
	return ok(list)
}

// collectJSON has the names of the vendor's page of 2026.
func (p *product) collectJSON(collection int64) object {
	position := p.places[collection]
	def(&position, slices.Index(p.v.CollectionIDs, collection)+1)
	return object{
		"id": collectID(p.v.ID, collection), "collection_id": collection, "product_id": p.v.ID, "position": position,
	}
}
