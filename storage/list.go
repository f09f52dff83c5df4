package storage

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Orders lists orders of a company, newest first. It fails with ErrCursor if the
// filter's cursor is none that it gave.
func (s *Store) Orders(ctx context.Context, company string, f OrderFilter) (OrderPage, error) {
	limit := min(max(f.Limit, 0), 200)
	if limit == 0 {
		limit = 50
	}
	list, err := s.find(ctx, company, f, limit+1)
	if err != nil {
		return OrderPage{}, err
	}
	page := OrderPage{Orders: list}
	if len(list) > limit {
		page = OrderPage{Orders: list[:limit], Next: strconv.FormatInt(list[limit-1].seq, 10)}
	}
	if f.Bodies {
		err = s.addBodies(ctx, page.Orders)
	}
	return page, err
}

// searchFirst is how many of the newest orders are searched before all are: what
// many orders have in common is found there, and all of it would be too much.
const searchFirst = 500

// find gives the first orders of a list.
func (s *Store) find(ctx context.Context, company string, f OrderFilter, limit int) ([]Order, error) {
	passes := []bool{false}
	if f.Query != "" {
		passes = []bool{true, false}
	}
	for _, newest := range passes {
		where, args, err := f.where(company, newest)
		if err != nil {
			return nil, err
		}
		list, err := s.orders(ctx, where+" ORDER BY seq DESC LIMIT ?", append(args, limit)...)
		if err != nil || len(list) == limit || !newest {
			return list, err
		}
	}
	return nil, nil // not reached: the last pass returns
}

// where is what the filter asks for, in SQL. With newest, a search looks at the
// newest orders of the list only.
func (f OrderFilter) where(company string, newest bool) (string, []any, error) {
	where, args := []string{"company = ?"}, []any{company}
	add := func(cond string, vals ...any) { where, args = append(where, cond), append(args, vals...) }
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Problem != "" {
		add("(problem <> '' AND problem ->> 'code' = ? OR report_problem <> '' AND report_problem ->> 'code' = ?)", f.Problem, f.Problem)
	}
	if f.Type != "" {
		add("problem <> '' AND problem ->> '$.args.type' = ?", f.Type)
	}
	if f.Noticed {
		add("(notices <> '' OR report_problem <> '')")
	}
	if f.Test != nil {
		add("test = ?", *f.Test)
	}
	before := int64(1<<63 - 1)
	if f.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(f.Cursor, 10, 64); err != nil {
			return "", nil, ErrCursor
		}
		add("seq < ?", before)
	}
	switch {
	case f.Query == "":
	case newest:
		add("seq >= (SELECT coalesce(min(seq), 0) FROM (SELECT seq FROM orders WHERE company = ? AND seq < ? ORDER BY seq DESC LIMIT ?)) AND instr(search, lower(?)) > 0",
			company, before, searchFirst, f.Query)
	default:
		// The index is read whole, which is far less than the rows.
		add("seq IN (SELECT seq FROM orders INDEXED BY orders_search WHERE company = ? AND instr(search, lower(?)) > 0)", company, f.Query)
	}
	return strings.Join(where, " AND "), args, nil
}

// addBodies reads the own webhooks of a page of orders.
func (s *Store) addBodies(ctx context.Context, list []Order) error {
	at := map[int64]*Order{}
	marks := make([]string, len(list))
	args := make([]any, len(list))
	for i := range list {
		at[list[i].seq], marks[i], args[i] = &list[i], "?", list[i].seq
	}
	rows, err := s.read.QueryContext(ctx, "SELECT order_seq, body FROM bodies WHERE n = 1 AND order_seq IN ("+strings.Join(marks, ", ")+")", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var body []byte
		if err := rows.Scan(&seq, &body); err != nil {
			return err
		}
		if at[seq].Body, err = unpackBody(body); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Waiting counts the orders of all companies that a person has to decide about.
func (s *Store) Waiting(ctx context.Context) (n int, err error) {
	err = s.queryRow(ctx, "SELECT count(*) FROM orders WHERE state = 'attention'").Scan(&n)
	return n, err
}

// Stuck counts the company's orders in the shop of which something does not get
// through to the other side, by the code of that: a status that is not reported
// any more, one that the chat fails on, and a payment that the shop does not take
// or has failed on so often.
func (s *Store) Stuck(ctx context.Context, company string, payTries int) (map[string]int, error) {
	rows, err := s.query(ctx, `SELECT code, count(*) FROM (
			SELECT report_problem ->> 'code' AS code FROM orders WHERE company = ?1 AND report_problem <> '' AND (notices <> '' OR report_problem <> '')
			UNION ALL SELECT 'report_failing' FROM orders WHERE company = ?1 AND notices LIKE '%"report_failing"%' AND (notices <> '' OR report_problem <> '')
			UNION ALL SELECT 'payment_not_taken' FROM orders WHERE company = ?1 AND notices LIKE '%"payment_not_taken"%'
				AND (pay_done = 1 OR pay_tries >= ?2) AND (notices <> '' OR report_problem <> ''))
		GROUP BY code`, company, payTries)
	if err != nil {
		return nil, fmt.Errorf("stuck orders of company %s: %w", company, err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var code string
		var n int
		if err := rows.Scan(&code, &n); err != nil {
			return nil, err
		}
		counts[code] = n
	}
	return counts, rows.Err()
}

// An OrderCause is why orders need attention, and how many do.
type OrderCause struct {
	Problem Problem // with the arguments that these orders have in common
	Orders  int
	Oldest  time.Time // when the first of them was accepted
}

// Causes groups the company's orders in attention by their problem, the most
// frequent first. Orders that differ in what is to be mended are apart: those of
// two payment types that are not mapped, say.
func (s *Store) Causes(ctx context.Context, company string) ([]OrderCause, error) {
	rows, err := s.query(ctx, `SELECT problem ->> 'code' AS code, coalesce(problem ->> '$.args.type', '') AS type, min(problem), count(*), min(accepted_at)
		FROM orders WHERE company = ? AND state = 'attention' AND problem <> '' GROUP BY code, type ORDER BY count(*) DESC, code, type`, company)
	if err != nil {
		return nil, fmt.Errorf("causes of company %s: %w", company, err)
	}
	defer rows.Close()
	var list []OrderCause
	for rows.Next() {
		var c OrderCause
		var code, kind, problem string
		var oldest int64
		if err := rows.Scan(&code, &kind, &problem, &c.Orders, &oldest); err != nil {
			return nil, err
		}
		c.Problem, c.Oldest = Problem{Code: code}, fromMS(oldest)
		switch {
		case c.Orders == 1:
			if err := unpack(field{problem, &c.Problem}); err != nil {
				return nil, err
			}
		case kind != "":
			c.Problem.Args = map[string]string{"type": kind}
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// A Summary is how one company's orders stand.
type Summary struct {
	States        map[State]int
	Noticed       int       // with a remark, or a report that is parked
	Pending       int       // reports that the chat has not acknowledged
	OldestPending time.Time // accepted_at of the oldest order that is new or being sent; zero = none
	Last          time.Time // when the last order was accepted; zero = never
}

// Summary counts a company's orders.
func (s *Store) Summary(ctx context.Context, company string) (Summary, error) {
	out := Summary{States: map[State]int{}}
	// Most orders are sent: counting all, by the smallest index, and taking the
	// others off is quicker than grouping.
	rest := 0
	if err := s.queryRow(ctx, "SELECT count(*) FROM orders INDEXED BY orders_newest WHERE company = ?", company).Scan(&rest); err != nil {
		return out, err
	}
	for _, state := range States() {
		if state == StateSent {
			continue
		}
		var n int
		if err := s.queryRow(ctx, "SELECT count(*) FROM orders WHERE company = ? AND state = ?", company, state).Scan(&n); err != nil {
			return out, err
		}
		out.States[state] = n
		rest -= n
	}
	out.States[StateSent] = rest
	// Left to itself SQLite would read all rows by the index of their times.
	var oldest, last int64
	err := s.queryRow(ctx, `SELECT
		(SELECT count(*) FROM orders INDEXED BY orders_noticed WHERE company = ?1 AND (notices <> '' OR report_problem <> '')),
		(SELECT count(*) FROM orders INDEXED BY orders_to_report WHERE company = ?1 AND revision > acked_revision AND report_problem = ''),
		(SELECT coalesce(min(accepted_at), 0) FROM orders INDEXED BY orders_by_state WHERE company = ?1 AND state IN ('new', 'sending')),
		(SELECT coalesce(max(accepted_at), 0) FROM orders WHERE company = ?1)`, company).Scan(&out.Noticed, &out.Pending, &oldest, &last)
	out.OldestPending, out.Last = fromMS(oldest), fromMS(last)
	return out, err
}

// OldestWaiting tells how many of the company's orders are not in the shop yet
// and need nobody, and when the first of them was accepted.
func (s *Store) OldestWaiting(ctx context.Context, company string) (oldest time.Time, n int, err error) {
	var at int64
	err = s.queryRow(ctx, `SELECT coalesce(min(accepted_at), 0), count(*) FROM orders INDEXED BY orders_by_state
		WHERE company = ? AND state IN ('new', 'sending')`, company).Scan(&at, &n)
	return fromMS(at), n, err
}

// An Hour is what came in one hour.
type Hour struct {
	Begin  time.Time
	Orders int
	Sent   int           // of these, how many the shop has
	Slow   time.Duration // the longest that one of these took to get there
}

// Hours gives the company's last n hours until now, the oldest first.
func (s *Store) Hours(ctx context.Context, company string, now time.Time, n int) ([]Hour, error) {
	list := make([]Hour, n)
	begin := now.Truncate(time.Hour).Add(-time.Duration(n-1) * time.Hour)
	for i := range list {
		list[i].Begin = begin.Add(time.Duration(i) * time.Hour)
	}
	rows, err := s.query(ctx, `SELECT (accepted_at - ?2) / 3600000 AS hour, count(*), count(nullif(sent_at, 0)), max(max(sent_at - accepted_at, 0))
		FROM orders WHERE company = ?1 AND accepted_at >= ?2 GROUP BY hour`, company, ms(begin))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hour, orders, sent, slow int64
		if err := rows.Scan(&hour, &orders, &sent, &slow); err != nil {
			return nil, err
		}
		if hour >= 0 && hour < int64(n) { // else our clock was set back
			h := &list[hour]
			h.Orders, h.Sent, h.Slow = int(orders), int(sent), time.Duration(slow)*time.Millisecond
		}
	}
	return list, rows.Err()
}
