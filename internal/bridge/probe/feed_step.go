package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
)

// A row is an order in the change feed, as far as the feed is judged by it.
type row struct {
	id       int64
	at       time.Time
	whole    bool // its time has no fraction of a second
	zone     bool // its time has a zone
	archived bool
	comment  string // of the probe's own orders only
}

// feedPage reads a page of the change feed.
func (r *run) feedPage(
	ctx context.Context, since time.Time, fromID int64, deleted bool, perPage int,
) ([]row, insales.Reply, exchange, error) {
	q := url.Values{"updated_since": {since.UTC().Format(time.RFC3339Nano)}, "page": {"1"},
		"per_page": {strconv.Itoa(perPage)}}
	if fromID > 0 {
		q.Set("from_id", strconv.FormatInt(fromID, 10))
	}
	if deleted {
		q.Set("with_deleted", "true")
	}
	var rows []row
	reply, e, err := r.list(ctx, "orders", "orders", q, func(d document) {
		at, whole, zone := d.time("updated_at")
		o := row{id: d.id("id"), at: at, whole: whole, zone: zone, archived: d.truth("archived")}
		if text := d.text("manager_comment") + "\n" + d.text("comment"); strings.Contains(text, markerPrefix) {
			o.comment = text
		}
		rows = append(rows, o)
	})
	return rows, reply, e, err
}

// readFeed judges the change feed by the orders that are there: the last ones, or
// those from a time on that are certainly there.
func (r *run) readFeed(ctx context.Context, from *time.Time) error {
	since := time.Now().Add(r.lists.ahead).Add(-30 * 24 * time.Hour)
	if from != nil {
		since = *from
	}
	rows, reply, e, err := r.feedPage(ctx, since, 0, true, 50)
	if err != nil {
		return err
	}
	if reply.Status != http.StatusOK {
		for _, name := range feedNames {
			r.says(name, otherwise(reasonStatus, "status", strconv.Itoa(reply.Status)), e)
		}
		return nil
	}
	if len(rows) == 0 {
		for _, name := range feedNames {
			r.says(name, unknown(reasonNoOrders), e)
		}
		return nil
	}
	r.feedOrder(rows, e)
	if err := r.feedBorders(ctx, rows[len(rows)-1]); err != nil {
		return err
	}
	return r.feedTrash(ctx, since, rows)
}

// feedNames are the assumptions about the change feed.
var feedNames = []string{"feed_order", "feed_time", "feed_inclusive", "feed_from_id", "with_deleted"}

// feedOrder looks at the order of the rows and at how their times are written.
func (r *run) feedOrder(rows []row, e exchange) {
	sorted := slices.IsSortedFunc(rows, func(a, b row) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return int(min(max(a.id-b.id, -1), 1))
	})
	r.says("feed_order", when(sorted, reasonUnsorted, "rows", strconv.Itoa(len(rows))), e)
	whole, zone := true, true
	for _, o := range rows {
		whole, zone = whole && o.whole, zone && o.zone
	}
	switch {
	case !zone:
		r.says("feed_time", otherwise(reasonNoZone), e)
	default:
		r.says("feed_time", when(whole, reasonFraction, "zone", rows[0].at.Format("-07:00")), e)
	}
}

// feedBorders asks for what has changed since the very time of an order, with and
// without its id.
func (r *run) feedBorders(ctx context.Context, last row) error {
	find := func(rows []row) bool { return slices.ContainsFunc(rows, func(o row) bool { return o.id == last.id }) }
	with, _, e, err := r.feedPage(ctx, last.at, 0, true, 50)
	if err != nil {
		return err
	}
	r.learnt.FeedExclusive = !find(with)
	r.says("feed_inclusive", when(find(with), reasonNotShown), e)
	without, _, e, err := r.feedPage(ctx, last.at, last.id, true, 50)
	if err != nil {
		return err
	}
	r.says("feed_from_id", when(!find(without), reasonShown), e)
	return nil
}

// feedTrash compares the feed with and without what is in the trash.
func (r *run) feedTrash(ctx context.Context, since time.Time, all []row) error {
	archived := slices.ContainsFunc(all, func(o row) bool { return o.archived })
	open, _, e, err := r.feedPage(ctx, since, 0, false, 50)
	if err != nil {
		return err
	}
	shown := slices.ContainsFunc(open, func(o row) bool { return o.archived })
	switch {
	case shown:
		r.says("with_deleted", otherwise(reasonShown), e)
	case !archived && r.trashed:
		r.says("with_deleted", otherwise(reasonNotShown), e)
	case !archived:
		r.says("with_deleted", untried(reasonNoTrash), e)
	default:
		r.says("with_deleted", holds(), e)
	}
	return nil
}
