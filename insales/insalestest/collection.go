package insalestest

import (
	"slices"
	"strconv"
	"time"
)

// A Collection is a part of the storefront's tree.
type Collection struct {
	ID          int64
	ParentID    int64 // 0 = none
	Title       string
	Permalink   string // default made of the title
	Description string // HTML
	Hidden      bool
	Position    int // default behind its siblings
}

// A category is a part of the back office's tree: a product is in exactly one.
type category struct {
	ID       int64
	ParentID int64 // 0 = none
	Title    string
}

// AddCollection adds or replaces a collection.
func (s *Shop) AddCollection(c Collection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putCollection(c, s.now().Truncate(time.Second))
}

// RemoveCollection removes a collection; those below it stay without a parent.
// Products lose it, but whether their updated_at moves is not known: here it
// does not.
func (s *Shop) RemoveCollection(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeCollection(id)
}

// Collections returns the collections by id.
func (s *Shop) Collections() []Collection {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Collection
	for _, r := range s.sections {
		list = append(list, r.v)
	}
	slices.SortStableFunc(list, func(a, b Collection) int { return int(a.ID - b.ID) })
	return list
}

func (s *Shop) putCollection(c Collection, at time.Time) {
	if c.Position == 0 {
		for _, r := range s.sections {
			if r.v.ParentID == c.ParentID && r.v.ID != c.ID {
				c.Position = max(c.Position, r.v.Position)
			}
		}
		c.Position++
	}
	if c.Permalink == "" {
		c.Permalink = freePermalink(c.Title, func(link string) bool {
			return s.sections.index(func(o Collection) bool { return o.Permalink == link && o.ID != c.ID }) >= 0
		})
	}
	s.sections.put(c, at)
	s.tree = nil
}

func (c Collection) key() any { return c.ID }
func (c category) key() any   { return c.ID }

// removeCollection lets the collections below it become roots. Products stay where
// they were put, and do not show the removed one. Both are inferred.
func (s *Shop) removeCollection(id int64) {
	s.sections.remove(id)
	for i := range s.sections {
		if s.sections[i].v.ParentID == id {
			s.sections[i].v.ParentID, s.sections[i].updatedAt = 0, s.now().Truncate(time.Second)
		}
	}
	s.gone[id], s.tree = true, nil
}

// collectionsOf are the ids that a product shows: the collections it was put
// into and, as the vendor's page of 2026 has it, those above them. Ids that the
// shop never had are shown as they are.
func (s *Shop) collectionsOf(p *product) []int64 {
	if s.tree == nil {
		s.tree = map[int64]int64{}
		for _, r := range s.sections {
			s.tree[r.v.ID] = r.v.ParentID
		}
	}
	list := make([]int64, 0, 4*len(p.v.CollectionIDs))
	for _, id := range p.v.CollectionIDs {
		for range len(s.tree) + 1 { // a tree may bite its tail
			if id == 0 || s.gone[id] || slices.Contains(list, id) {
				break
			}
			list = append(list, id)
			id = s.tree[id]
		}
	}
	return list
}

func (s *Shop) collectionAt(id string) int {
	return s.sections.where(parseID(id))
}

// listCollections serves GET /admin/collections.json. There from_id does
// nothing (documented): a page of equal times can only be passed by page.
func (s *Shop) listCollections(_ *call, f filter) answer {
	f.fromID = 0
	var at []int
	stamp := func(i int) stamped {
		return stamped{id: s.sections[i].v.ID, updatedAt: s.sections[i].updatedAt.Truncate(time.Second)}
	}
	for i := range s.sections {
		if f.admits(stamp(i)) {
			at = append(at, i)
		}
	}
	if !f.since.IsZero() {
		slices.SortFunc(at, func(a, b int) int { return f.compare(stamp(a), stamp(b)) })
	}
	list := []object{}
	for _, i := range page(f, at) {
		list = append(list, s.collectionJSON(i))
	}
	return ok(list)
}

// showCollection serves GET /admin/collections/{id}.json.
func (s *Shop) showCollection(c *call) answer { return showOne(s.collectionAt(c.id), s.collectionJSON) }

func (s *Shop) collectionJSON(i int) object {
	r := s.sections[i]
	o := object{
		"id": r.v.ID, "parent_id": nil, "title": r.v.Title,
		"permalink": r.v.Permalink, "url": "/collection/" + r.v.Permalink,
		"is_hidden": r.v.Hidden, "position": r.v.Position, "sort_type": 1, "is_smart": false, "recursive": true,
		"description": null(r.v.Description), "seo_description": nil, "html_title": nil, "meta_keywords": nil,
		"meta_description": nil, "image": nil, "created_at": s.stamp(r.createdAt), "updated_at": s.stamp(r.updatedAt),
	}
	if r.v.ParentID != 0 {
		o["parent_id"] = r.v.ParentID
	}
	return o
}

// listCategories serves GET /admin/categories.json.
func (s *Shop) listCategories(*call) answer {
	return s.categories.showAll(func(i int) object {
		r := s.categories[i]
		o := object{
			"id": r.v.ID, "parent_id": nil, "title": r.v.Title, "position": r.position,
			"created_at": s.stamp(r.createdAt), "updated_at": s.stamp(r.updatedAt),
		}
		if r.v.ParentID != 0 {
			o["parent_id"] = r.v.ParentID
		}
		return o
	})
}

// The smaller dictionaries of a catalogue; their forms are those of clients.

// listPriceKinds serves GET /admin/price_kinds.json: the names of price2 and on.
func (s *Shop) listPriceKinds(*call) answer {
	if s.conf.NoPriceKinds {
		return notFound()
	}
	list := []object{}
	if s.forbidden[SectionExtraPrices] {
		return ok(list) // what the right does here is not known
	}
	for i, title := range []string{"Оптовая", "Дилерская"} {
		list = append(list, object{
			"id": 111 + i, "price_index": i + 1, "show_in_lists": true, "title": title,
			"variant_price_method_name": "price" + strconv.Itoa(i+2),
		})
	}
	return ok(list)
}

// listCurrencies serves GET /admin/stock_currencies.json.
func (s *Shop) listCurrencies(*call) answer {
	return ok([]object{{
		"id": 9001, "name": "Рубль", "code": "RUR", "unit": "руб", "is_default": true, "exchange_rate_round": false,
		"exchange_rate_use_cb": false, "exchange_rate_manual": 1.0, "exchange_rate_percent": 0.0, "cb_rate": 1.0,
		"exchange_rate": 1.0,
	}})
}

// listWarehouses serves GET /admin/warehouses.json. array_index is the number
// in the names of a variant's stocks (documented); the rest is inferred.
func (s *Shop) listWarehouses(*call) answer {
	list := []object{}
	for i, title := range s.warehouses {
		list = append(list, object{
			"id": warehouseID + int64(i), "title": title, "array_index": i, "position": i + 1, "is_hidden": false,
		})
	}
	return ok(list)
}

// listNothing serves the additional fields of products and variants, of which
// there are none unless the API makes some.
func (s *Shop) listNothing(*call) answer { return ok([]object{}) }
