package storage

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A list of orders is read by the index that has its orders and few others, in the order of
// their rows, which is that in which they came. Of several companies the first orders of each
// are read, and those that come first of all are the page: so a page costs a few rows of each
// company, however many orders there are.

// A Sort is the order of a list.
type Sort string

// The orders of lists. The zero Sort is the newest first.
const (
	sortNewest  Sort = ""
	SortOldest  Sort = "oldest"
	SortWaiting Sort = "waiting" // only what is not in the shop yet and may get there, the oldest first
)

// An OrderFilter selects orders for a list. Zero fields select everything.
type OrderFilter struct {
	State   State
	Problem string // code of its problem, or of its report's
	Type    string // of a problem that is about a payment or order type
	Query   string // words, each a part of an id or number, here or there, of the phone or the name; in any case
	Test    *bool
	Paid    *bool     // whether the chat or the shop says so; what is over, or a test, is not unpaid
	From    time.Time // accepted then or later
	To      time.Time // accepted before
	Noticed bool      // only with a remark, or with a report that is parked
	Sort    Sort
	Bodies  bool   // with each order's own webhook
	Cursor  string // Next or Prev of another page
	Limit   int    // 1..200, 0 = 50
}

// An OrderPage is one page of a list. That of a search, or of what is paid or not, can have
// fewer orders than were asked for, or none, and another page behind it.
type OrderPage struct {
	Orders []Order // without bodies, unless the filter wants them
	Next   string  // empty on the last page
	Prev   string  // empty on the first page
}

// A stretch is the rows from one on, and before another.
type stretch struct{ from, to int64 }

func (sp stretch) and(other stretch) stretch {
	return stretch{max(sp.from, other.from), min(sp.to, other.to)}
}

func (sp stretch) empty() bool { return sp.from >= sp.to }

// A reading direction is up if it leads from older to newer orders.
type direction bool

// behind is what of a stretch lies behind a row, in this direction.
func (up direction) behind(sp stretch, row int64) stretch {
	if up {
		return sp.and(stretch{row + 1, math.MaxInt64})
	}
	return sp.and(stretch{0, row})
}

// Orders lists orders of a company. It fails with ErrCursor if the filter's cursor is none
// that it gave.
func (s *Store) Orders(ctx context.Context, company string, f OrderFilter) (OrderPage, error) {
	return s.OrdersOf(ctx, []string{company}, f)
}

// OrdersOf is Orders for the orders of several companies in one list.
func (s *Store) OrdersOf(ctx context.Context, companies []string, f OrderFilter) (out OrderPage, err error) {
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	at, back, err := f.place()
	if err != nil {
		return out, err
	}
	all, err := s.stretchOf(ctx, f)
	if err != nil {
		return out, err
	}
	read := s.listed
	if f.Query != "" || f.Paid != nil {
		read = s.search
	}
	forward := direction(f.Sort != sortNewest)
	up := direction(forward != direction(back))
	if at != 0 {
		all = up.behind(all, at)
	}
	rows, more, err := read(ctx, orderList{companies, f, all, up}, limit)
	switch {
	case err != nil:
		return out, err
	case back && more == 0: // the list's beginning, which is given whole
		f.Cursor = ""
		return s.OrdersOf(ctx, companies, f)
	}
	out.Next, out.Prev = cursors(rows, at, more, forward, back)
	out.Orders, err = s.orders(ctx, "seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC", jsonOf(rows))
	if forward {
		slices.Reverse(out.Orders)
	}
	if err == nil && f.Bodies {
		err = s.addBodies(ctx, out.Orders)
	}
	return out, err
}

// place is the row that a page begins behind, or ends before; 0 = the list's beginning.
func (f OrderFilter) place() (at int64, back bool, err error) {
	if f.Cursor == "" {
		return 0, false, nil
	}
	at, err = strconv.ParseInt(f.Cursor, 10, 64)
	if err != nil || at == 0 || at == math.MinInt64 || at == math.MaxInt64 { // with none behind it
		return 0, false, ErrCursor
	}
	return max(at, -at), at < 0, nil
}

// cursors gives those of the pages around one that was read from at, or up to at.
func cursors(rows []int64, at, more int64, forward direction, back bool) (next, prev string) {
	cursor := func(place int64) string {
		if place == 0 {
			return ""
		}
		return strconv.FormatInt(place, 10)
	}
	beside := int64(1) // from at to the row that is read the other way first
	if forward != direction(back) {
		beside = -1
	}
	switch {
	case at == 0:
		return cursor(more), ""
	case len(rows) > 0:
		at = rows[0]
	case back:
		at += beside
	default:
		at -= beside
	}
	if back {
		return cursor(at), cursor(-more)
	}
	return cursor(more), cursor(-at)
}

// An orderList is what a list is read of: the orders of companies that a filter wants and that stand in
// these rows.
type orderList struct {
	companies []string
	OrderFilter
	rows stretch
	up   direction
}

// listed gives the first rows of a list, and the last of them if there are more.
func (s *Store) listed(ctx context.Context, l orderList, limit int) (rows []int64, more int64, err error) {
	rows, err = s.rowsOf(ctx, l, limit+1) // the one too many tells whether there is more
	if len(rows) > limit {
		rows = rows[:limit]
		more = rows[limit-1]
	}
	return rows, more, err
}

// rowsOf gives the first rows of a list.
func (s *Store) rowsOf(ctx context.Context, l orderList, limit int) ([]int64, error) {
	var found []int64
	cond, args := l.where()
	for _, company := range l.companies {
		for _, state := range l.states() {
			if len(found) == limit { // what comes behind these is not asked for
				if l.up {
					l.rows.to = found[limit-1]
				} else {
					l.rows.from = found[limit-1] + 1
				}
			}
			all := append([]any{company}, stateArgs(state)...)
			all = append(append(all, args...), l.rows.from, l.rows.to, limit)
			rows, err := s.query(ctx, l.selects(state, cond), all...)
			some, err := collect(rows, err, func(r scanner) (int64, error) { return value[int64](r) })
			if err != nil {
				return nil, err
			}
			found = l.merge(found, some, limit)
		}
	}
	return found, nil
}

// merge makes one of two lists of rows, of at most so many.
func (l orderList) merge(a, b []int64, limit int) []int64 {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	out := make([]int64, 0, min(len(a)+len(b), limit))
	for len(out) < limit && len(a)+len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && (a[0] < b[0]) == bool(l.up) {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// selects is the query of the list's rows of one company in one state, "" for all.
func (l orderList) selects(state State, cond string) string {
	query := "SELECT seq FROM orders INDEXED BY " + l.index(state) + " WHERE company = ?"
	if state != "" {
		query += " AND state = ?"
	}
	query += cond + " AND seq >= ? AND seq < ? ORDER BY seq"
	if !l.up {
		query += " DESC"
	}
	return query + " LIMIT ?"
}

func stateArgs(state State) []any {
	if state == "" {
		return nil
	}
	return []any{state}
}

// states are those that a list is read of, one after the other; "" = all of them at once.
func (f OrderFilter) states() []State {
	if f.Sort != SortWaiting {
		return []State{f.State}
	}
	waiting := []State{StateAttention, StateNew, StateSending}
	switch {
	case f.State == "":
		return waiting
	case slices.Contains(waiting, f.State):
		return []State{f.State}
	}
	return nil
}

// index is the one that has the list's orders and few others. Left to itself SQLite would
// sometimes read all rows.
func (f OrderFilter) index(state State) string {
	switch {
	case f.Test != nil && *f.Test:
		return "orders_test"
	case f.Noticed:
		return "orders_noticed"
	case f.Problem != "" || f.Type != "":
		return "orders_troubled"
	case state != "":
		return "orders_by_state"
	}
	return "orders_newest"
}

// where is what the filter asks for but companies, states, its query and who has paid, in SQL.
// Nothing that a person has typed becomes part of it.
func (f OrderFilter) where() (string, []any) {
	var where strings.Builder
	var args []any
	add := func(cond string, vals ...any) {
		where.WriteString(" AND " + cond)
		args = append(args, vals...)
	}
	if f.Problem != "" || f.Type != "" {
		add("(problem <> '' OR report_problem <> '')") // what the index orders_troubled has
	}
	if f.Problem != "" {
		add(`(problem <> '' AND problem ->> 'code' = ? OR report_problem <> '' AND report_problem ->> 'code' = ?
			OR problem LIKE '%"also":%'
				AND EXISTS (SELECT 1 FROM json_each(problem, '$.also') WHERE value ->> 'code' = ?))`,
			f.Problem, f.Problem, f.Problem)
	}
	if f.Type != "" {
		add(`problem <> '' AND (problem ->> '$.args.type' = ? OR problem LIKE '%"also":%'
			AND EXISTS (SELECT 1 FROM json_each(problem, '$.also') WHERE value ->> '$.args.type' = ?))`, f.Type, f.Type)
	}
	if f.Noticed {
		add("(notices <> '' OR report_problem <> '')")
	}
	switch {
	case f.Test == nil:
	case *f.Test:
		add("test = 1") // not as an argument: the index orders_test has these only
	default:
		add("test = 0")
	}
	if !f.From.IsZero() {
		add("accepted_at >= ?", ms(f.From))
	}
	if !f.To.IsZero() {
		add("accepted_at < ?", ms(f.To))
	}
	return where.String(), args
}

// clockError is by how much our clock may have been set back: so much later than it came a row may
// say that an order came.
const clockError = time.Hour

// stretchOf is the rows that the filter's time can be in.
func (s *Store) stretchOf(ctx context.Context, f OrderFilter) (rows stretch, err error) {
	rows = stretch{0, math.MaxInt64}
	if !f.From.IsZero() {
		rows.from, err = s.rowAt(ctx, f.From.Add(-clockError))
	}
	if err == nil && !f.To.IsZero() {
		rows.to, err = s.rowAt(ctx, f.To.Add(clockError))
	}
	return rows, err
}

// cameAt is when an order came into its row, in SQL: of one that was unread at first its history tells,
// for the row says when it was delivered, which may be days before.
const cameAt = `max(accepted_at, coalesce((SELECT at FROM events WHERE order_seq = orders.seq AND kind <> '` +
	EventPruned + `' AND n = 1), 0))`

// rowAt is a row with none before it that came at a time or later, and none behind it that came before
// that, but for a clock's error. Rows stand as orders came, so no index is needed to find it.
func (s *Store) rowAt(ctx context.Context, t time.Time) (int64, error) {
	newest, err := value[int64](s.queryRow(ctx, "SELECT coalesce(max(seq), 0) FROM orders"))
	if err != nil {
		return 0, err
	}
	rows := stretch{1, newest + 1}
	for !rows.empty() {
		middle := (rows.from + rows.to) / 2
		var seq, at int64
		err := s.queryRow(ctx, "SELECT seq, "+cameAt+" FROM orders WHERE seq >= ? ORDER BY seq LIMIT 1", middle).
			Scan(&seq, &at)
		if err != nil {
			return 0, err
		}
		if at < ms(t) {
			rows.from = seq + 1
		} else {
			rows.to = middle
		}
	}
	return rows.from, nil
}

// addBodies reads the own webhooks of a page of orders.
func (s *Store) addBodies(ctx context.Context, list []Order) error {
	at := map[int64]*Order{}
	args := make([]any, len(list))
	for i := range list {
		at[list[i].seq], args[i] = &list[i], list[i].seq
	}
	rows, err := s.read.QueryContext(ctx,
		"SELECT order_seq, body FROM bodies WHERE n = 1 AND order_seq IN ("+marks(len(list))+")", args...)
	return each(rows, err, func(r scanner) error {
		var seq int64
		var stored []byte
		if err := r.Scan(&seq, &stored); err != nil {
			return err
		}
		at[seq].Body, err = unpackOrder(stored)
		return err
	})
}
