package storage

import (
	"context"
	"strings"
)

// An OrderFilter selects orders for a list, newest first. Zero fields select
// everything.
type OrderFilter struct {
	State   State
	Problem string // code of its problem, or of its report's
	Type    string // of a problem that is about a payment or order type
	Query   string // part of the chat id, chat number, InSales number or id, or phone; in any case
	Test    *bool
	Noticed bool   // only with a remark, or with a report that is parked
	Bodies  bool   // with each order's own webhook
	Cursor  string // Next of the page before
	Limit   int    // 1..200, 0 = 50
}

// An OrderPage is one page of a list. That of a search can have fewer orders than were asked
// for, or none, and another page behind it.
type OrderPage struct {
	Orders []Order // without bodies, unless the filter wants them
	Next   string  // empty on the last page
}

// Orders lists orders of a company, newest first. It fails with ErrCursor if the
// filter's cursor is none that it gave.
func (s *Store) Orders(ctx context.Context, company string, f OrderFilter) (OrderPage, error) {
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	var out OrderPage
	var err error
	if f.Query != "" {
		out, err = s.search(ctx, company, f, limit)
	} else {
		out, err = s.listed(ctx, company, f, limit)
	}
	if err == nil && f.Bodies {
		err = s.addBodies(ctx, out.Orders)
	}
	return out, err
}

// listed gives a page of a list that nothing is looked for in.
func (s *Store) listed(ctx context.Context, company string, f OrderFilter, limit int) (OrderPage, error) {
	place := func(o Order) int64 { return o.seq }
	list, next, err := page(f.Cursor, limit, place, func(before int64, limit int) ([]Order, error) {
		where, args := f.where(company, before)
		return s.orders(ctx, where+" ORDER BY seq DESC LIMIT ?", append(args, limit)...)
	})
	return OrderPage{Orders: list, Next: next}, err
}

// where is what the filter asks for but its query, in SQL. Nothing that a person has typed
// becomes part of it.
func (f OrderFilter) where(company string, before int64) (string, []any) {
	where, args := []string{"company = ?"}, []any{company}
	add := func(cond string, vals ...any) { where, args = append(where, cond), append(args, vals...) }
	if f.State != "" {
		add("state = ?", f.State)
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
	if f.Cursor != "" {
		add("seq < ?", before)
	}
	return strings.Join(where, " AND "), args
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
