package insalestest

import (
	"net/http"
	"slices"
	"time"
)

var collectionShape = leaves(
	"title", "parent_id", "description", "is_hidden", "position", "permalink", "html_title", "meta_keywords",
	"meta_description", "sort_type", "is_smart", "recursive",
)

// createCollection serves POST /admin/collections.json.
func (s *Shop) createCollection(c *call) answer {
	return s.writeCollection(c, Collection{})
}

// updateCollection serves PUT /admin/collections/{id}.json.
func (s *Shop) updateCollection(c *call) answer {
	i := s.collectionAt(c.id)
	if i < 0 {
		return notFound()
	}
	return s.writeCollection(c, s.sections[i].v)
}

// writeCollection works the request into a collection, known or new, and
// answers it.
func (s *Shop) writeCollection(c *call, v Collection) answer {
	a, refused := s.attrs(c, "collection", collectionShape)
	if a == nil {
		return refused
	}
	was := v.ParentID
	a.set("title", &v.Title)
	a.set("description", &v.Description)
	a.set("permalink", &v.Permalink)
	a.setFlag("is_hidden", &v.Hidden)
	if a.present("parent_id") {
		v.ParentID = a.id("parent_id")
	}
	if a.given("position") {
		v.Position = int(a.id("position"))
	} else if was != v.ParentID {
		v.Position = 0 // behind its new siblings
	}
	bad := invalid{}
	if v.Title == "" {
		bad.add("title", "не может быть пустым")
	}
	if v.ParentID != 0 && !s.mayHold(v.ParentID, v.ID) {
		bad.add("parent_id", "имеет неверное значение")
	}
	if len(bad) > 0 {
		return bad.answer()
	}
	isNew := v.ID == 0
	if isNew {
		v.ID = s.nextID()
	}
	s.putCollection(v, s.now().Truncate(time.Second))
	i := s.sections.where(v.ID)
	if isNew {
		return created(s.collectionJSON(i))
	}
	return ok(s.collectionJSON(i))
}

// mayHold reports whether a collection is there and not below the one that is to
// be put under it.
func (s *Shop) mayHold(parent, id int64) bool {
	for range len(s.sections) + 1 {
		i := s.sections.where(parent)
		if i < 0 || parent == id {
			return false
		}
		if parent = s.sections[i].v.ParentID; parent == 0 {
			return true
		}
	}
	return false
}

// deleteCollection serves DELETE.
func (s *Shop) deleteCollection(c *call) answer {
	i := s.collectionAt(c.id)
	if i < 0 {
		return notFound()
	}
	s.removeCollection(s.sections[i].v.ID)
	return done()
}

var collectShape = leaves("product_id", "collection_id", "position")

// createCollect serves POST /admin/collects.json. A product that is there
// already is a conflict (inferred). That it moves the product's updated_at is
// not known; it does here.
func (s *Shop) createCollect(c *call) answer {
	a, refused := s.attrs(c, "collect", collectShape)
	if a == nil {
		return refused
	}
	p, id, bad := s.product(a.plain("product_id")), a.id("collection_id"), invalid{}
	if p == nil {
		bad.add("product_id", "не может быть пустым")
	}
	if s.collectionAt(a.plain("collection_id")) < 0 {
		bad.add("collection_id", "не может быть пустым")
	}
	switch {
	case len(bad) > 0:
		return bad.answer()
	case slices.Contains(p.v.CollectionIDs, id):
		return failure(http.StatusConflict, "Товар уже в этой категории")
	}
	d := s.draft(p)
	d.v.CollectionIDs = append(d.v.CollectionIDs, id)
	d.place(id, a)
	d.commit(topicProductUpdate)
	return created(d.collectJSON(id))
}

// place remembers a position in a collection.
func (d *draft) place(collection int64, a attrs) {
	if !a.given("position") {
		return
	}
	if d.places == nil {
		d.places = map[int64]int{}
	}
	d.places[collection] = int(a.id("position"))
}

// showCollect serves GET /admin/collects/{id}.json.
func (s *Shop) showCollect(c *call) answer {
	p, collection := s.collect(parseID(c.id))
	if p == nil {
		return notFound()
	}
	return ok(p.collectJSON(collection))
}

// updateCollect serves PUT: the position.
func (s *Shop) updateCollect(c *call) answer {
	p, collection := s.collect(parseID(c.id))
	if p == nil {
		return notFound()
	}
	a, refused := s.attrs(c, "collect", collectShape)
	if a == nil {
		return refused
	}
	d := s.draft(p)
	d.place(collection, a)
	d.commit(topicProductUpdate)
	return ok(d.collectJSON(collection))
}

// deleteCollect serves DELETE: the product leaves the collection.
func (s *Shop) deleteCollect(c *call) answer {
	p, collection := s.collect(parseID(c.id))
	if p == nil {
		return notFound()
	}
	d := s.draft(p)
	d.v.CollectionIDs = slices.DeleteFunc(d.v.CollectionIDs, func(id int64) bool { return id == collection })
	delete(d.places, collection)
	d.commit(topicProductUpdate)
	return done()
}
