package storage

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A search walks through a list until a page is full. It looks at each order that is in no
// indexed block, and of the indexed ones at those that have the grams of what is looked for.
// Each order is looked at in its row, so that nothing is given that only might have been it.
// What many orders have in common but few have whole, or a text of one or two signs, which has
// no gram, could keep it walking for long: so it looks at so many orders and no more, gives
// what it has found, and says where it stands. Whoever wants more asks for the next page, as in
// any list. Who has paid stands in no index either, and is looked for in the same way.

const (
	mostLooks    = 8000 // orders that are looked at for one page, where they stand side by side
	gramless     = 3000 // of what has no gram, of which each may stand on a page of its own
	candidateFor = 3    // how many of these one costs that stands alone
	newestFirst  = 1000 // orders of the list that are looked at before the index is
	blocksFirst  = 32   // of the index, that are read at once; then twice as many each time
	mostGrams    = 12   // of what is looked for; the rest is seen in the row
)

// A walk is one search.
type walk struct {
	orderList // its rows are what was not looked through yet
	s         *Store
	words     []string // folded; an order has each of them somewhere
	grams     []string // of the words; none if all are too short to have one
	want      int      // how many orders
	found     []int64  // rows, as the list has them
	total     int64    // what these cost, in hundredths
	priced    int      // of these, how many say what they cost
	looks     int      // left
	atOnce    int64    // blocks of the index that are read next
	perBlock  int      // looks that a block costs
}

// search gives the first rows of a list that have what is looked for, and the last that was
// looked at if there are more.
func (s *Store) search(ctx context.Context, l orderList, limit int) (rows []int64, more int64, err error) {
	w := s.newWalk(l, limit+1)
	if err := w.walk(ctx); err != nil {
		return nil, 0, err
	}
	switch {
	case len(w.found) > limit:
		return w.found[:limit], w.found[limit-1], nil
	case w.ended():
		return w.found, 0, nil
	case bool(w.up):
		return w.found, w.rows.from - 1, nil
	}
	return w.found, w.rows.to, nil
}

func (s *Store) newWalk(l orderList, want int) *walk {
	w := &walk{orderList: l, s: s, words: strings.Fields(fold(l.Query)), want: want, looks: mostLooks,
		atOnce: blocksFirst}
	w.grams = gramsOf(w.words...)
	return w
}

// ended reports whether the list has no rows that were not looked through.
func (w *walk) ended() bool { return w.rows.and(stretch{1, math.MaxInt64}).empty() }

// has reports whether a folded text has each word of what is looked for.
func (w *walk) has(text string) bool {
	return !slices.ContainsFunc(w.words, func(word string) bool { return !strings.Contains(text, word) })
}

// done reports whether the page is full, or enough was looked at.
func (w *walk) done() bool { return w.rows.empty() || w.looks <= 0 || len(w.found) >= w.want }

func (w *walk) walk(ctx context.Context) error {
	if len(w.grams) == 0 {
		return w.lookThrough(ctx, w.rows, gramless)
	}
	// A list of few orders needs no index, and what is looked for is mostly new.
	if err := w.lookThrough(ctx, w.rows, newestFirst); err != nil || w.done() {
		return err
	}
	block, err := value[int64](w.s.queryRow(ctx, firstUnindexed))
	if err != nil {
		return err
	}
	indexed, rest := stretch{0, block << blockBits}, stretch{block << blockBits, math.MaxInt64}
	if !w.up {
		if err := w.lookThrough(ctx, rest, w.looks); err != nil {
			return err
		}
	}
	for !w.done() && !w.rows.and(indexed).empty() {
		if err := w.blocks(ctx, indexed); err != nil {
			return err
		}
	}
	if w.done() || !bool(w.up) {
		return nil
	}
	return w.lookThrough(ctx, rest, w.looks)
}

// lookThrough looks at all orders of the list in rows that come next, at most so many.
func (w *walk) lookThrough(ctx context.Context, rows stretch, most int) error {
	if rows = rows.and(w.rows); rows.empty() {
		return nil
	}
	if len(w.companies) > 1 && w.index("") == "orders_newest" && slices.Equal(w.states(), []State{""}) {
		return w.lookAlong(ctx, rows, most)
	}
	next := w.orderList
	next.rows = rows
	seqs, err := w.s.rowsOf(ctx, next, most)
	if err != nil {
		return err
	}
	if err := w.look(ctx, seqs, orderList{}); err != nil {
		return err
	}
	if w.looks -= len(seqs); len(seqs) < most && len(w.found) < w.want {
		w.through(rows)
	}
	return nil
}

// lookAlong is lookThrough for a list of nearly all there is: it looks at one row behind the other, whose
// company it is, instead of putting many companies' rows together before.
func (w *walk) lookAlong(ctx context.Context, rows stretch, most int) error {
	newest, err := value[int64](w.s.queryRow(ctx, "SELECT coalesce(max(seq), 0) FROM orders"))
	if err != nil {
		return err
	}
	next := rows.and(stretch{1, newest + 1})
	last := max(next.from, next.to-int64(most))
	if w.up {
		next.to = min(next.to, next.from+int64(most))
		last = next.to - 1
	} else {
		next.from = last
	}
	if !next.empty() {
		w.looks -= int(next.to - next.from)
		query, args := w.looksAt(inRows, w.orderList)
		if err := w.see(ctx, last, query, append([]any{next.from, next.to}, args...)); err != nil {
			return err
		}
	}
	if len(w.found) < w.want && (next.empty() || bool(w.up) && next.to > newest) {
		w.through(rows)
	}
	return nil
}

// through notes that rows were looked through.
func (w *walk) through(rows stretch) {
	if w.up {
		w.rows.from = max(w.rows.from, rows.to)
	} else {
		w.rows.to = min(w.rows.to, rows.from)
	}
}

// blocks looks through the next blocks of the index.
func (w *walk) blocks(ctx context.Context, indexed stretch) error {
	rows := w.rows.and(indexed)
	first, last := rows.from>>blockBits, (rows.to-1)>>blockBits
	if w.up {
		last = min(last, first+w.atOnce-1)
	} else {
		first = max(first, last-w.atOnce+1)
	}
	w.atOnce *= 2
	w.looks -= w.perBlock * int(last-first+1)
	rows = rows.and(stretch{first << blockBits, (last + 1) << blockBits})
	candidates, err := w.candidates(ctx, rows)
	if err != nil {
		return err
	}
	const atOnce = 250
	for some := range slices.Chunk(candidates, atOnce) {
		if err := w.look(ctx, some, w.orderList); err != nil || len(w.found) == w.want {
			return err
		}
		if w.looks -= candidateFor * len(some); w.looks <= 0 {
			return nil
		}
	}
	w.through(rows)
	return nil
}

// look looks at orders, in the order of the list, until the page is full. Those of which it is not
// known whether they are in the list are given with it.
func (w *walk) look(ctx context.Context, seqs []int64, of orderList) error {
	if len(seqs) == 0 {
		return nil
	}
	query, args := w.looksAt(theseRows, of)
	return w.see(ctx, seqs[len(seqs)-1], query, append([]any{jsonOf(seqs)}, args...))
}

// see takes what is looked for from what a query gives in the order of the list, up to its last row.
func (w *walk) see(ctx context.Context, last int64, query string, args []any) error {
	rows, err := w.s.query(ctx, query, args...)
	err = each(rows, err, func(r scanner) error {
		var seq, total int64
		var text string
		if err := r.Scan(&seq, &total, &text); err != nil {
			return err
		}
		if w.has(fold(text)) {
			w.found, w.total = append(w.found, seq), w.total+total
			if total > 0 {
				w.priced++
			}
		}
		if len(w.found) == w.want {
			w.rows = w.up.behind(w.rows, seq)
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil:
		w.rows = w.up.behind(w.rows, last)
	}
	return err
}

// How rows are named that are looked at.
const (
	theseRows = "seq IN (SELECT value FROM json_each(?))"
	inRows    = "seq >= ? AND seq < ?"
)

// looksAt is how some orders are looked at, which are found by their rows.
func (w *walk) looksAt(rows string, of orderList) (query string, args []any) {
	text := "''" // there is nothing to be seen in it
	if len(w.words) > 0 {
		text = searchText
	}
	query = "SELECT seq, total, " + text + " FROM orders NOT INDEXED WHERE " + rows
	if of.companies != nil {
		cond, more := of.where()
		states := of.states()
		query += " AND company IN (SELECT value FROM json_each(?))" + cond
		args = append([]any{toJSON(&of.companies)}, more...)
		if !slices.Equal(states, []State{""}) {
			query += " AND state IN (SELECT value FROM json_each(?))"
			args = append(args, toJSON(&states))
		}
	}
	if w.Paid != nil {
		query += map[bool]string{true: isPaid, false: isUnpaid}[*w.Paid]
	}
	if query += " ORDER BY seq"; !w.up {
		query += " DESC"
	}
	return query, args
}

// Whether somebody has paid: the chat says so, or the shop.
const (
	isPaid   = " AND (paid = 1 OR status <> '' AND status ->> 'payment_status' = 'paid')"
	isUnpaid = ` AND paid = 0 AND (status = '' OR status ->> 'payment_status' <> 'paid')
		AND state NOT IN ('expected', 'cancelled', 'test')`
)

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// candidates gives the orders in rows of the index that have all grams, or have changed since
// they were indexed, as the list has them.
func (w *walk) candidates(ctx context.Context, rows stretch) ([]int64, error) {
	changed, err := w.s.query(ctx, "SELECT seq FROM search_changed WHERE seq >= ? AND seq < ?", rows.from, rows.to)
	seqs, err := collect(changed, err, func(r scanner) (int64, error) { return value[int64](r) })
	if err != nil {
		return nil, err
	}
	sets := map[int64]*blockSet{}
	for block := rows.from >> blockBits; block<<blockBits < rows.to; block++ {
		sets[block] = nil
	}
	grams := slices.Clone(w.grams[:min(len(w.grams), mostGrams)])
	if len(w.companies) == 1 {
		grams = append(grams, companyGram(w.companies[0]))
	}
	for _, gram := range grams {
		if err := w.narrow(ctx, sets, gram); err != nil {
			return nil, err
		}
	}
	for block, set := range sets {
		for place := range set.places() {
			if seq := block<<blockBits + int64(place); seq >= rows.from && seq < rows.to {
				seqs = append(seqs, seq)
			}
		}
	}
	slices.Sort(seqs)
	if !w.up {
		slices.Reverse(seqs)
	}
	return slices.Compact(seqs), nil
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
