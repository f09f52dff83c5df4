package insalestest

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// sinceLayouts are the ways in which updated_since was seen written by clients that work
// with real shops: with an offset or without, which is UTC, with a T or a blank, and
// each with a fraction of a second or none, as time.Parse takes it. An offset whose
// plus was left unescaped, and so is a blank, is an error here: InSales warns of it.
var sinceLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05 -07:00", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05-07:00",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05",
}

// filter is what a list request asks for.
type filter struct {
	since         time.Time // zero = newest first instead of the change feed
	fromID        int64
	withDeleted   bool
	deleted       bool
	page, perPage int
	query         url.Values // for what only one list has
	narrow        bool       // it has something for orders only
	exclusive     bool       // what changed at since itself is left out
	unsorted      bool       // the change feed stands newest first
}

// filter reads the parameters that all lists have. Those that nobody
// documented were reported before.
func (s *Shop) filter(c *call) (filter, invalid) {
	q := c.http.URL.Query()
	f := filter{
		fromID: parseID(q.Get("from_id")), withDeleted: truth(q, "with_deleted"), deleted: truth(q, "deleted"),
		page: s.count(q, "page", 1), perPage: s.count(q, "per_page", defaultPerPage), query: q,
		narrow: slices.ContainsFunc(orderQuery, q.Has),
	}
	if f.perPage > s.conf.PerPageMax { // whether it is clamped or refused is not known
		s.report("?per_page over " + strconv.Itoa(s.conf.PerPageMax))
	}
	f.perPage = min(f.perPage, s.pageMax())
	if q.Has("from_id") && !q.Has("updated_since") {
		s.report("?from_id without updated_since")
	}
	if !q.Has("updated_since") {
		return f, nil
	}
	for _, layout := range sinceLayouts {
		if t, err := time.Parse(layout, q.Get("updated_since")); err == nil {
			f.since = t
			return f, nil
		}
	}
	return f, invalid{"updated_since": {"имеет неверное значение"}}
}

// filtered serves a list with what it is asked for, or refuses what cannot be.
func filtered(serve func(*Shop, *call, filter) answer) func(*Shop, *call) answer {
	return func(s *Shop, c *call) answer {
		f, bad := s.filter(c)
		if len(bad) > 0 {
			return bad.answer()
		}
		return serve(s, c, f)
	}
}

// pageMax is how many rows a page has at most.
func (s *Shop) pageMax() int { return cmp.Or(s.conf.PageMax, s.conf.PerPageMax) }

// count reads a positive number.
func (s *Shop) count(q url.Values, name string, without int) int {
	if !q.Has(name) {
		return without
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 {
		s.report("?" + name + " not a positive number")
		return without
	}
	return n
}

func truth(q url.Values, name string) bool {
	v := q.Get(name)
	return v == "1" || v == "true"
}

// stamped is what the feed knows of an object.
type stamped struct {
	id        int64
	updatedAt time.Time
	archived  bool
}

// admits reports whether the filter lets an object through.
func (f filter) admits(o stamped) bool {
	switch {
	case o.archived && !f.withDeleted && !f.deleted:
		return false
	case !o.archived && f.deleted && !f.withDeleted:
		return false
	case f.since.IsZero():
		return true
	case o.updatedAt.Before(f.since), f.exclusive && o.updatedAt.Equal(f.since):
		return false
	default:
		return !o.updatedAt.Equal(f.since) || o.id > f.fromID
	}
}

// compare is the order of a list: with updated_since by change, oldest first,
// else newest first, as old samples of orders and products have it.
func (f filter) compare(a, b stamped) int {
	if f.since.IsZero() || f.unsorted {
		return cmp.Compare(b.id, a.id)
	}
	return cmp.Or(a.updatedAt.Compare(b.updatedAt), cmp.Compare(a.id, b.id))
}

// page cuts out the page that is asked for.
func page[T any](f filter, list []T) []T {
	from := min((f.page-1)*f.perPage, len(list))
	return list[from:min(from+f.perPage, len(list))]
}
