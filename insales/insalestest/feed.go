package insalestest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// sinceLayouts are the ways to write updated_since that surely have one
// meaning: both have an offset. Without one, or with its plus left unescaped
// and so read as a space, InSales' understanding is not known: here it is an
// error.
var sinceLayouts = []string{time.RFC3339, "2006-01-02 15:04:05 -07:00"}

// knownQuery are the list parameters that the sandbox imitates.
var knownQuery = map[string]bool{
	"page": true, "per_page": true, "updated_since": true, "from_id": true, "with_deleted": true, "deleted": true,
}

// filter is what a list request asks for.
type filter struct {
	since         time.Time // zero = newest first instead of the change feed
	fromID        int64
	withDeleted   bool
	deleted       bool
	page, perPage int
}

// filter reads the parameters and reports those nobody documented.
func (s *Shop) filter(c *call) (filter, invalid) {
	q := c.http.URL.Query()
	for name := range q {
		if !knownQuery[name] {
			s.report("?" + name)
		}
	}
	f := filter{
		fromID: parseID(q.Get("from_id")), withDeleted: truth(q, "with_deleted"), deleted: truth(q, "deleted"),
		page: s.count(q, "page", 1), perPage: s.count(q, "per_page", DefaultPerPage),
	}
	if f.perPage > s.conf.PerPageMax { // whether it is clamped or refused is not known
		s.report("?per_page over " + strconv.Itoa(s.conf.PerPageMax))
		f.perPage = s.conf.PerPageMax
	}
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

// admits reports whether the filter lets an order through.
func (f filter) admits(o *order) bool {
	switch {
	case o.archived && !f.withDeleted && !f.deleted:
		return false
	case !o.archived && f.deleted && !f.withDeleted:
		return false
	case f.since.IsZero():
		return true
	case o.updatedAt.Before(f.since):
		return false
	default:
		return !o.updatedAt.Equal(f.since) || o.id > f.fromID
	}
}

// selectOrders returns the visible orders a filter lets through: with
// updated_since by change, oldest first, else newest first.
func (s *Shop) selectOrders(f filter) []*order {
	now := s.now()
	var list []*order
	for _, o := range s.orders.byID {
		if !now.Before(o.visibleAt) && f.admits(o) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *order) int {
		switch {
		case f.since.IsZero():
			return int(b.id - a.id)
		case !a.updatedAt.Equal(b.updatedAt):
			return a.updatedAt.Compare(b.updatedAt)
		default:
			return int(a.id - b.id)
		}
	})
	return list
}

// listOrders serves GET /admin/orders.json.
func (s *Shop) listOrders(c *call) answer {
	f, bad := s.filter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	list := s.selectOrders(f)
	from := min((f.page-1)*f.perPage, len(list))
	to := min(from+f.perPage, len(list))
	page := []json.RawMessage{}
	for _, o := range list[from:to] {
		page = append(page, s.show(o))
	}
	return ok(page)
}

// countOrders serves GET /admin/orders/count.json, with the same filters.
func (s *Shop) countOrders(c *call) answer {
	f, bad := s.filter(c)
	if len(bad) > 0 {
		return bad.answer()
	}
	return ok(object{"count": len(s.selectOrders(f))})
}

// showOrder serves GET /admin/orders/{id}.json, also from the trash.
func (s *Shop) showOrder(c *call) answer {
	o := s.visible(c.id)
	if o == nil {
		return notFound()
	}
	return ok(s.show(o))
}
