package insalestest

import (
	"cmp"
	"slices"
	"time"
)

// A table is one of the shop's dictionaries, in the order in which the API
// lists it. These lists are not paged (inferred: no client pages them).
type table[T entry] []row[T]

// An entry knows what it is found by: its id, or its permalink.
type entry interface{ key() any }

// A row is one entry.
type row[T any] struct {
	v                    T
	position             int
	createdAt, updatedAt time.Time
	extra                object // what the API takes and shows again and the shop has no use for
}

// put adds a row at the end, or replaces the one with its key; then its place
// and the time of its birth stay.
func (t *table[T]) put(v T, at time.Time) *row[T] {
	i := t.where(v.key())
	if i < 0 {
		i = len(*t)
		*t = append(*t, row[T]{position: t.last() + 1, createdAt: at, extra: object{}})
	}
	r := &(*t)[i]
	r.v, r.updatedAt = v, at
	return r
}

// last is the highest position.
func (t table[T]) last() int {
	last := 0
	for _, r := range t {
		last = max(last, r.position)
	}
	return last
}

// move gives a row another position. Rows with the same one stand as before.
func (t table[T]) move(i, position int) {
	t[i].position = position
	slices.SortStableFunc(t, func(a, b row[T]) int { return cmp.Compare(a.position, b.position) })
}

// save takes over what a request has made of an entry, keeps beside it what the
// API takes and only shows again, moves it if the request says where to, and
// answers it.
func (t *table[T]) save(v T, at time.Time, a attrs, kept []string, show func(i int) object) answer {
	known := t.where(v.key()) >= 0
	r := t.put(v, at)
	a.copy(r.extra, kept...)
	if a.given("position") {
		t.move(t.where(v.key()), int(a.id("position")))
	}
	o := show(t.where(v.key()))
	if known {
		return ok(o)
	}
	return created(o)
}

// remove takes an entry out and reports whether there was one.
func (t *table[T]) remove(key any) bool {
	n := len(*t)
	*t = slices.DeleteFunc(*t, func(r row[T]) bool { return r.v.key() == key })
	return len(*t) < n
}

// where finds an entry by its key; -1 = there is none.
func (t table[T]) where(key any) int {
	return t.index(func(v T) bool { return v.key() == key })
}

// get returns an entry by its key, or the zero value and false.
func (t table[T]) get(key any) (T, bool) {
	return t.find(func(v T) bool { return v.key() == key })
}

func (t table[T]) index(fits func(T) bool) int {
	return slices.IndexFunc(t, func(r row[T]) bool { return fits(r.v) })
}

// find returns the first that fits, or the zero value and false.
func (t table[T]) find(fits func(T) bool) (T, bool) {
	i := t.index(fits)
	if i < 0 {
		var none T
		return none, false
	}
	return t[i].v, true
}

// showAll is a whole dictionary.
func (t table[T]) showAll(show func(i int) object) answer {
	list := make([]object, len(t))
	for i := range list {
		list[i] = show(i)
	}
	return ok(list)
}

func showOne(i int, show func(i int) object) answer {
	if i < 0 {
		return notFound()
	}
	return ok(show(i))
}

// created is the answer to a POST that made something.
func created(v any) answer {
	a := ok(v)
	a.status = 201
	return a
}

// done is the answer to what leaves nothing to show.
func done() answer { return ok(object{"status": "ok"}) }

// birth is when what is added by the methods was made: in the past, but not in
// the future of a testing/synctest bubble.
func (s *Shop) birth() time.Time {
	if now := s.now(); now.Before(born) {
		return now
	}
	return born
}

// born is when the dictionaries were made.
var born = time.Date(2020, 2, 19, 13, 22, 10, 378_000_000, time.UTC)
