package ineedchattest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// catalogs is what the chat has and knows of the catalogs of all companies.
type catalogs struct {
	countOnly bool

	mu        sync.Mutex
	companies map[string]*shelf
	syncs     map[string]*syncState // by sync id, which is never used again
	replaced  int
	judge     func(company, productID string) (field, message string)
	watched   map[string]*watched
}

// shelf is one company's part.
type shelf struct {
	categories map[string]Category
	products   map[string]Product
	complete   bool
	resync     resync
	received   []CatalogBatch
}

// resync says what gets 409.
type resync string

const (
	resyncNo      resync = ""
	resyncOnce    resync = "once"    // deltas, until a full sync has ended
	resyncForever resync = "forever" // everything
)

// syncState is what the accepted batches of a sync say.
type syncState struct {
	company, mode string
	batches       []said // by seq, from 1
	lost          bool   // forgotten in the middle
}

// said is what one batch says, as it stands now.
type said struct {
	sum        [sha256.Size]byte
	last       bool
	totals     totals
	count      totals   // batches is 1
	categories []string // ids
	products   []string // nil with countOnly
}

// itemError is what the chat has against one product.
type itemError struct {
	ID      string `json:"id"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

func newCatalogs(countOnly bool) catalogs {
	return catalogs{
		countOnly: countOnly, companies: map[string]*shelf{}, syncs: map[string]*syncState{},
		watched: map[string]*watched{},
	}
}

// of returns a company's shelf. The caller holds the lock.
func (cs *catalogs) of(company string) *shelf {
	s := cs.companies[company]
	if s == nil {
		s = &shelf{categories: map[string]Category{}, products: map[string]Product{}}
		cs.companies[company] = s
	}
	return s
}

func (cs *catalogs) record(b CatalogBatch) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	s := cs.of(b.Company)
	s.received = append(s.received, b)
}

func (cs *catalogs) require(company string, r resync) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.of(company).resync = r
}

func (cs *catalogs) forget(company string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	s := cs.of(company)
	clear(s.categories)
	clear(s.products)
	s.complete = false
	if s.resync == resyncNo {
		s.resync = resyncOnce
	}
	for _, sync := range cs.syncs {
		if sync.company == company {
			*sync = syncState{company: company, mode: sync.mode, lost: true}
		}
	}
}

// refuse asks the judge about each product of a batch.
func (cs *catalogs) refuse(b batch) []itemError {
	cs.mu.Lock()
	judge := cs.judge
	cs.mu.Unlock()
	refused := []itemError{}
	if judge == nil {
		return refused
	}
	for _, p := range b.products {
		if field, message := judge(b.company, p.ID); field != "" || message != "" {
			refused = append(refused, itemError{p.ID, field, message})
		}
	}
	return refused
}

// take applies a batch that is sound in itself, if the others of its sync and
// what the chat has let it: 200, 409 or 422, and what breaks the contract.
func (cs *catalogs) take(b batch, sum [sha256.Size]byte, refused []itemError) (int, []string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	s := cs.of(b.company)
	sync := cs.syncs[b.sync]
	if sync == nil {
		sync = &syncState{company: b.company, mode: b.mode}
	}
	if bad := sync.foreign(b); bad != nil {
		return http.StatusUnprocessableEntity, bad
	}
	switch {
	case s.resync == resyncForever, s.resync == resyncOnce && b.mode == modeDelta, sync.lost:
		return http.StatusConflict, nil
	case b.mode == modeDelta && !s.complete:
		return http.StatusConflict, []string{"a delta before any full sync has ended"}
	}
	words := said{
		sum: sum, last: b.last, totals: b.totals,
		count:      totals{len(b.categories), len(b.products), 1},
		categories: b.categoryIDs(),
	}
	if !cs.countOnly {
		words.products = b.productIDs()
	}
	if bad := append(sync.faults(b, words), s.strangers(b)...); len(bad) > 0 {
		return http.StatusUnprocessableEntity, bad
	}
	had := sync.ended()
	if b.seq > len(sync.batches) {
		sync.batches = append(sync.batches, words)
	} else {
		if sync.batches[b.seq-1].sum != sum {
			cs.replaced++
		}
		sync.batches[b.seq-1] = words
	}
	cs.syncs[b.sync] = sync
	s.apply(b, refused, cs.countOnly)
	if sync.mode == modeFull && sync.ended() {
		s.hideOthers(sync)
		if !had { // a batch that comes once more is no new sync
			s.complete, s.resync = true, resyncNo
		}
	}
	return http.StatusOK, nil
}

// ended tells whether the last batch is there.
func (s *syncState) ended() bool { return len(s.batches) > 0 && s.batches[len(s.batches)-1].last }

// foreign tells why a batch is none of this sync, though it has its id.
func (s *syncState) foreign(b batch) []string {
	switch {
	case s.company != b.company:
		return []string{"sync_id is one of company " + s.company}
	case s.mode != b.mode:
		return []string{fmt.Sprintf("mode changes from %s to %s", s.mode, b.mode)}
	}
	return nil
}

// faults tells what is wrong with a batch after those that were accepted.
func (s *syncState) faults(b batch, words said) []string {
	n := len(s.batches)
	switch {
	case b.seq > n && s.ended():
		return []string{fmt.Sprintf("seq %d comes after the last, which was %d", b.seq, n)}
	case b.seq > n+1:
		return []string{fmt.Sprintf("seq %d comes before %d was accepted", b.seq, n+1)}
	case b.last && b.seq < n:
		return []string{fmt.Sprintf("last, though %d was accepted", n)}
	}
	final := words
	if b.seq < n {
		final = s.batches[n-1]
	}
	if !final.last {
		return nil
	}
	count := words.count
	for i, other := range s.batches {
		if i+1 != b.seq {
			count = count.plus(other.count)
		}
	}
	if count != final.totals {
		return []string{fmt.Sprintf("totals are %v, but the batches name %v (categories, products, batches)",
			final.totals, count)}
	}
	return nil
}

func (t totals) plus(other totals) totals {
	return totals{t.categories + other.categories, t.products + other.products, t.batches + other.batches}
}

// strangers tells which categories a batch speaks of that the chat neither has
// nor gets with it. What earlier batches of the sync said is on the shelf.
func (s *shelf) strangers(b batch) []string {
	known := set{}
	for _, id := range b.categoryIDs() {
		known.add(id)
	}
	has := func(id string) bool {
		if known[id] {
			return true
		}
		_, is := s.categories[id]
		return is && !slices.Contains(b.deleted.categories, id)
	}
	var bad []string
	for _, c := range b.categories {
		if c.ParentID != "" && !has(c.ParentID) {
			bad = append(bad, fmt.Sprintf("category %s has an unknown parent %s", c.ID, c.ParentID))
		}
	}
	for _, p := range b.products {
		for _, id := range p.CategoryIDs {
			if !has(id) {
				bad = append(bad, fmt.Sprintf("product %s has an unknown category %s", p.ID, id))
			}
		}
	}
	return bad
}

// apply does at once what a batch says. A product that is refused stays as it
// was.
func (s *shelf) apply(b batch, refused []itemError, countOnly bool) {
	for _, c := range b.categories {
		s.categories[c.ID] = c
	}
	for _, id := range b.deleted.categories {
		delete(s.categories, id)
	}
	if countOnly {
		return
	}
	for _, p := range b.products {
		if !slices.ContainsFunc(refused, func(e itemError) bool { return e.ID == p.ID }) {
			s.products[p.ID] = p
		}
	}
	for _, id := range b.deleted.products {
		delete(s.products, id)
	}
	if len(b.deleted.variants) == 0 {
		return
	}
	gone := func(v Variant) bool { return slices.Contains(b.deleted.variants, v.ID) }
	for id, p := range s.products {
		if slices.ContainsFunc(p.Variants, gone) {
			p.Variants = slices.DeleteFunc(slices.Clone(p.Variants), gone) // snapshots keep theirs
			s.products[id] = p
		}
	}
}

// hideOthers hides what no batch of an ended full sync names.
func (s *shelf) hideOthers(sync *syncState) {
	categories, products := set{}, set{}
	for _, b := range sync.batches {
		for _, id := range b.categories {
			categories.add(id)
		}
		for _, id := range b.products {
			products.add(id)
		}
	}
	maps.DeleteFunc(s.categories, func(id string, _ Category) bool { return !categories[id] })
	maps.DeleteFunc(s.products, func(id string, _ Product) bool { return !products[id] })
}
