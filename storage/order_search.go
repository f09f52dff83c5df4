package storage

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A search walks from the newest order to the oldest until a page is full. It looks at each
// order that is in no indexed block, and of the indexed ones at those that have the grams
// of what is looked for. Each order is looked at in its row, so that nothing is given that
// only might have been it. What many orders have in common but few have whole, or a text of
// one or two signs, which has no gram, could keep it walking for long: so it looks at so many
// orders and no more, gives what it has found, and says where it stands. Whoever wants
// more asks for the next page, as in any list.

const (
	mostLooks    = 8000 // orders that are looked at for one page, where they stand side by side
	candidateFor = 3    // how many of these one costs that stands alone
	newestFirst  = 1000 // orders of the list that are looked at before the index is
	blocksAtOnce = 512  // of the index
	mostGrams    = 12   // of what is looked for; the rest is seen in the row
)

// A walk is one search.
type walk struct {
	s       *Store
	company string
	filter  OrderFilter
	text    string   // folded
	grams   []string // of text; none if it is too short to have one
	want    int      // how many orders
	found   []int64  // rows, the newest first
	next    int64    // what is behind that was looked through
	looks   int      // left
}

// search gives a page of the orders of a list that have what is looked for.
func (s *Store) search(ctx context.Context, company string, f OrderFilter, limit int) (OrderPage, error) {
	before, err := placeOf(f.Cursor)
	if err != nil {
		return OrderPage{}, err
	}
	w := walk{s: s, company: company, filter: f, text: fold(f.Query), want: limit + 1, next: before, looks: mostLooks}
	w.filter.Cursor = ""
	w.grams = gramsOf(w.text)
	if err := w.walk(ctx); err != nil {
		return OrderPage{}, err
	}
	var out OrderPage
	if len(w.found) > limit {
		w.found = w.found[:limit]
		w.next = w.found[limit-1]
	}
	if w.next > 1 {
		out.Next = strconv.FormatInt(w.next, 10)
	}
	out.Orders, err = s.orders(ctx, "seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC", jsonOf(w.found))
	return out, err
}

// done reports whether the page is full, or enough was looked at.
func (w *walk) done() bool { return w.next <= 1 || w.looks <= 0 || len(w.found) >= w.want }

func (w *walk) walk(ctx context.Context) error {
	if len(w.grams) == 0 {
		return w.lookThrough(ctx, 0, mostLooks/2)
	}
	// A list of few orders needs no index, and what is looked for is mostly new.
	if err := w.lookThrough(ctx, 0, newestFirst); err != nil || w.done() {
		return err
	}
	indexed, err := value[int64](w.s.queryRow(ctx, firstUnindexed))
	if err != nil {
		return err
	}
	if err := w.lookThrough(ctx, indexed<<blockBits, w.looks); err != nil {
		return err
	}
	for !w.done() {
		if err := w.blocks(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lookThrough looks at all orders of the list down to a row, at most so many.
func (w *walk) lookThrough(ctx context.Context, downTo int64, most int) error {
	if w.next <= downTo {
		return nil
	}
	where, args := w.filter.where(w.company, 0)
	n, err := w.look(ctx, looksAt(w.filter)+where+" AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?",
		append(args, downTo, w.next, most))
	if w.looks -= n; n < most && len(w.found) < w.want {
		w.next = downTo
	}
	return err
}

// blocks looks through the next blocks of the index.
func (w *walk) blocks(ctx context.Context) error {
	last := (w.next - 1) >> blockBits
	first := max(last-blocksAtOnce+1, 0)
	list, err := w.candidates(ctx, first, last)
	if err != nil {
		return err
	}
	const atOnce = 250
	for some := range slices.Chunk(list, atOnce) {
		where, args := w.filter.where(w.company, 0)
		_, err := w.look(ctx, looksAtCandidates+where+" ORDER BY seq DESC", append([]any{jsonOf(some)}, args...))
		if err != nil {
			return err
		}
		if len(w.found) == w.want {
			return nil
		}
		w.next = some[len(some)-1]
		if w.looks -= candidateFor * len(some); w.looks <= 0 {
			return nil
		}
	}
	w.next = first << blockBits
	return nil
}

// look looks at orders, the newest first, until the page is full, and tells at how many.
func (w *walk) look(ctx context.Context, query string, args []any) (n int, err error) {
	rows, err := w.s.query(ctx, query, args...)
	err = each(rows, err, func(r scanner) error {
		var text string
		if err := r.Scan(&w.next, &text); err != nil {
			return err
		}
		n++
		if strings.Contains(fold(text), w.text) {
			w.found = append(w.found, w.next)
		}
		if len(w.found) == w.want {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return n, err
}

// looksAt is how orders of a list are looked at, up to the list's condition. Of those in one
// state SQLite would look at all if it was not told.
func looksAt(f OrderFilter) string {
	if f.State != "" {
		return "SELECT seq, " + searchText + " FROM orders INDEXED BY orders_by_state WHERE "
	}
	return "SELECT seq, " + searchText + " FROM orders WHERE "
}

// looksAtCandidates is the same for some orders of a list, which are found by their rows.
const looksAtCandidates = "SELECT seq, " + searchText + ` FROM orders NOT INDEXED
	WHERE seq IN (SELECT value FROM json_each(?)) AND `

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// candidates gives the orders of the company in these blocks that have all grams, or have
// changed since they were indexed, the newest first.
func (w *walk) candidates(ctx context.Context, first, last int64) ([]int64, error) {
	rows, err := w.s.query(ctx, "SELECT seq FROM search_changed WHERE seq >= ? AND seq < ?",
		first<<blockBits, min((last+1)<<blockBits, w.next))
	list, err := collect(rows, err, func(r scanner) (int64, error) { return value[int64](r) })
	if err != nil {
		return nil, err
	}
	sets := map[int64]*blockSet{}
	for block := first; block <= last; block++ {
		sets[block] = nil
	}
	grams := w.grams[:min(len(w.grams), mostGrams)]
	for _, gram := range slices.Concat(grams, []string{companyGram(w.company)}) {
		if err := w.narrow(ctx, sets, gram); err != nil {
			return nil, err
		}
	}
	for block, set := range sets {
		for place := range set.places() {
			if seq := block<<blockBits + int64(place); seq < w.next {
				list = append(list, seq)
			}
		}
	}
	slices.SortFunc(list, func(a, b int64) int { return int(b - a) })
	return slices.Compact(list), nil
}

// narrow leaves of each block those orders that have a gram, and forgets blocks without any.
func (w *walk) narrow(ctx context.Context, sets map[int64]*blockSet, gram string) error {
	if len(sets) == 0 {
		return nil
	}
	rows, err := w.s.query(ctx, `SELECT block, orders FROM json_each(?) JOIN search_grams ON block = value
		WHERE gram = ?`, jsonOf(slices.Sorted(maps.Keys(sets))), gram)
	left := map[int64]*blockSet{}
	err = each(rows, err, func(r scanner) error {
		var block int64
		var packed []byte
		if err := r.Scan(&block, &packed); err != nil {
			return err
		}
		set := unpackSet(packed)
		if sets[block] == nil || set.keep(sets[block]) {
			left[block] = &set
		}
		return nil
	})
	clear(sets)
	maps.Copy(sets, left)
	return err
}

// jsonOf writes numbers as a list in JSON.
func jsonOf(list []int64) string {
	text := []byte{'['}
	for i, n := range list {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return string(append(text, ']'))
}
