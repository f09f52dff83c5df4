package storage

import (
	"slices"
	"time"
)

// mostRemarks bounds the remarks that are kept of one catalog: more than a person
// reads, and nothing beside the catalog itself.
const mostRemarks = 100

// A ProductRemark is why the chat does not have a product, or not all of it.
type ProductRemark struct {
	ID      int64     `json:"id"`
	Title   string    `json:"title"`
	Whole   bool      `json:"whole"` // nothing of it is offered
	Problem Problem   `json:"problem"`
	At      time.Time `json:"at"` // when it was last seen so
}

// Remember takes over remarks, and drops those on seen products that have none any
// more. Where there is no room, what is offered in part gives way. It reports
// whether anything has changed.
func (c *Catalog) Remember(fresh []ProductRemark, seen []int64) (changed bool) {
	gone := make(map[int64]bool, len(seen))
	for _, id := range seen {
		gone[id] = true
	}
	for _, r := range fresh {
		gone[r.ID] = false
	}
	before := len(c.Remarks)
	c.Remarks = slices.DeleteFunc(slices.Clone(c.Remarks), func(r ProductRemark) bool { return gone[r.ID] })
	changed = len(c.Remarks) != before
	for _, r := range fresh {
		at := slices.IndexFunc(c.Remarks, func(known ProductRemark) bool { return known.ID == r.ID })
		if at < 0 && len(c.Remarks) >= mostRemarks && r.Whole {
			at = slices.IndexFunc(c.Remarks, func(known ProductRemark) bool { return !known.Whole })
		}
		switch {
		case at >= 0:
			c.Remarks[at], changed = r, true
		case len(c.Remarks) < mostRemarks:
			c.Remarks, changed = append(c.Remarks, r), true
		}
	}
	return changed
}

// ForgetRemarks drops what was last seen before a time, and reports whether that
// was anything.
func (c *Catalog) ForgetRemarks(before time.Time) bool {
	n := len(c.Remarks)
	c.Remarks = slices.DeleteFunc(slices.Clone(c.Remarks), func(r ProductRemark) bool { return r.At.Before(before) })
	return len(c.Remarks) != n
}
