package storage

import (
	"context"
	"fmt"
	"time"
)

// Sending reports whether any order of the company may or may not be in the
// shop.
func (tx *Tx) Sending(company string) (bool, error) {
	const query = "SELECT EXISTS (SELECT 1 FROM orders WHERE company = ? AND state = 'sending')"
	return value[bool](tx.queryRow(query, company))
}

// OrdersIn counts the company's orders in each of these states, if there are any.
func (tx *Tx) OrdersIn(company string, states ...State) (map[State]int, error) {
	counts := map[State]int{}
	for _, state := range states {
		n, err := value[int](tx.queryRow("SELECT count(*) FROM orders WHERE company = ? AND state = ?", company, state))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			counts[state] = n
		}
	}
	return counts, nil
}

// CountGone counts the company's orders of one account that are gone from the
// shop since the given time or longer and whose status is not final.
func (tx *Tx) CountGone(company string, account int64, since time.Time) (int, error) {
	return value[int](tx.queryRow(`SELECT count(*) FROM orders
		WHERE company = ? AND account_id = ? AND gone_at <> 0 AND final = 0 AND gone_at <= ?`,
		company, account, ms(since)))
}

// Waiting counts the orders of all companies that a person has to decide about.
func (s *Store) Waiting(ctx context.Context) (int, error) {
	return value[int](s.queryRow(ctx, "SELECT coalesce(sum(n), 0) FROM order_counts WHERE state = 'attention'"))
}

// A Tally is how many orders a company has.
type Tally struct {
	States  map[State]int
	Noticed int // with a remark, or a report that is parked
}

// Tallies counts the orders of all companies that have any, those of companies that were
// forgotten too.
func (s *Store) Tallies(ctx context.Context) (map[string]Tally, error) {
	all := map[string]Tally{}
	rows, err := s.query(ctx, "SELECT company, state, n FROM order_counts WHERE n > 0")
	err = each(rows, err, func(r scanner) error {
		var company string
		var state State
		var n int
		err := r.Scan(&company, &state, &n)
		if all[company].States == nil {
			all[company] = Tally{States: map[State]int{}}
		}
		all[company].States[state] = n
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = s.query(ctx, `SELECT company, count(*) FROM orders INDEXED BY orders_noticed
		WHERE notices <> '' OR report_problem <> '' GROUP BY company`)
	noticed, err := countBy[string](rows, err)
	for company, n := range noticed {
		tally := all[company]
		tally.Noticed = n
		all[company] = tally
	}
	return all, err
}

// OldestWaiting tells how many of the company's orders are not in the shop yet
// and need nobody, and when the first of them was accepted.
func (s *Store) OldestWaiting(ctx context.Context, company string) (oldest time.Time, n int, err error) {
	var at int64
	err = s.queryRow(ctx, `SELECT coalesce(min(accepted_at), 0), count(*) FROM orders INDEXED BY orders_by_state
		WHERE company = ? AND state IN ('new', 'sending')`, company).Scan(&at, &n)
	return fromMS(at), n, err
}

// Stuck counts the company's orders in the shop of which something does not get
// through to the other side, by the code of that: a status that is not reported
// any more, one that the chat fails on, and a payment that the shop does not take
// or has failed on so often.
func (s *Store) Stuck(ctx context.Context, company string, payTries int) (map[string]int, error) {
	rows, err := s.query(ctx, `SELECT code, count(*) FROM (
			SELECT report_problem ->> 'code' AS code FROM orders
				WHERE company = ?1 AND report_problem <> '' AND (notices <> '' OR report_problem <> '')
			UNION ALL SELECT 'report_failing' FROM orders
				WHERE company = ?1 AND notices LIKE '%"report_failing"%' AND (notices <> '' OR report_problem <> '')
			UNION ALL SELECT 'payment_not_taken' FROM orders WHERE company = ?1 AND notices LIKE '%"payment_not_taken"%'
				AND (pay_done = 1 OR pay_tries >= ?2) AND (notices <> '' OR report_problem <> ''))
		GROUP BY code`, company, payTries)
	counts, err := countBy[string](rows, err)
	if err != nil {
		return nil, fmt.Errorf("stuck orders of company %s: %w", company, err)
	}
	return counts, nil
}

// An OrderCause is why orders need attention, and how many do.
type OrderCause struct {
	Problem Problem // with the arguments that these orders have in common
	Orders  int
	Oldest  time.Time // when the first of them was accepted
}

// Causes groups the company's orders in attention by their problem, the most
// frequent first. Orders that differ in what is to be mended are apart: those of
// two payment types that are not mapped, say. An order with two things to be mended
// counts for both.
func (s *Store) Causes(ctx context.Context, company string) ([]OrderCause, error) {
	rows, err := s.query(ctx, `SELECT problem ->> 'code' AS code, coalesce(problem ->> '$.args.type', '') AS type,
			min(problem), count(*), min(accepted_at)
		FROM (SELECT problem, accepted_at FROM orders WHERE company = ?1 AND state = 'attention' AND problem <> ''
			UNION ALL SELECT also.value, accepted_at FROM orders, json_each(problem, '$.also') also
				WHERE company = ?1 AND state = 'attention' AND problem <> '')
		GROUP BY code, type ORDER BY count(*) DESC, code, type`, company)
	list, err := collect(rows, err, func(r scanner) (c OrderCause, err error) {
		var code, kind, problem string
		var oldest int64
		if err := r.Scan(&code, &kind, &problem, &c.Orders, &oldest); err != nil {
			return c, err
		}
		c.Problem, c.Oldest = Problem{Code: code}, fromMS(oldest)
		switch {
		case c.Orders == 1:
			err = fromJSON(column{problem, &c.Problem})
			c.Problem.Also = nil
		case kind != "":
			c.Problem.Args = map[string]string{"type": kind}
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("causes of company %s: %w", company, err)
	}
	return list, nil
}

// Gaps groups the company's orders in attention that wait for one of some problems by all
// that each waits for.
func (s *Store) Gaps(ctx context.Context, company string, codes []string) ([]OrderCause, error) {
	rows, err := s.query(ctx, `SELECT problem, count(*), min(accepted_at) FROM orders
		WHERE company = ?1 AND state = 'attention' AND problem <> ''
			AND problem ->> 'code' IN (SELECT value FROM json_each(?2)) GROUP BY problem`, company, toJSON(&codes))
	return collect(rows, err, func(r scanner) (c OrderCause, err error) {
		var text string
		var oldest int64
		if err := r.Scan(&text, &c.Orders, &oldest); err != nil {
			return c, err
		}
		c.Oldest = fromMS(oldest)
		return c, fromJSON(column{text, &c.Problem})
	})
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
	rows, err := s.query(ctx, "SELECT state, n FROM order_counts WHERE company = ?", company)
	out := Summary{}
	if out.States, err = countBy[State](rows, err); err != nil {
		return out, err
	}
	// Left to itself SQLite may read all rows of the company.
	var oldest, last int64
	err = s.queryRow(ctx, `SELECT
		(SELECT count(*) FROM orders INDEXED BY orders_noticed
			WHERE company = ?1 AND (notices <> '' OR report_problem <> '')),
		(SELECT count(*) FROM orders INDEXED BY orders_to_report
			WHERE company = ?1 AND revision > acked_revision AND report_problem = ''),
		(SELECT coalesce(min(accepted_at), 0) FROM orders INDEXED BY orders_by_state
			WHERE company = ?1 AND state IN ('new', 'sending')),
		coalesce((SELECT accepted_at FROM orders WHERE company = ?1 ORDER BY seq DESC LIMIT 1), 0)`, company).
		Scan(&out.Noticed, &out.Pending, &oldest, &last)
	out.OldestPending, out.Last = fromMS(oldest), fromMS(last)
	return out, err
}

// LastDelivered tells when the company's chat has delivered the last order that is kept; zero
// = none. Orders whose ids hold the mark came another way.
func (s *Store) LastDelivered(ctx context.Context, company, mark string) (time.Time, error) {
	at, err := value[int64](s.queryRow(ctx, `SELECT accepted_at FROM orders INDEXED BY orders_newest
		WHERE company = ? AND instr(chat_id, ?) = 0 ORDER BY seq DESC LIMIT 1`, company, mark))
	if err == ErrNotFound {
		return time.Time{}, nil
	}
	return fromMS(at), err
}

// A Census counts a company's orders for metrics.
type Census struct {
	States         map[State]int
	OldestPending  time.Time // accepted_at of the oldest order that is new or being sent; zero = none
	ReportsPending int       // of the account that the company has now; those that are parked included
}

// Census counts the company's orders. It reads what is kept with the rows, and what waits:
// nothing of it grows with the orders that are done.
func (s *Store) Census(ctx context.Context, company string) (Census, error) {
	var c Census
	rows, err := s.query(ctx, "SELECT state, n FROM order_counts WHERE company = ?", company)
	if c.States, err = countBy[State](rows, err); err != nil {
		return c, err
	}
	var oldest int64
	err = s.queryRow(ctx, `SELECT
		(SELECT coalesce(min(accepted_at), 0) FROM orders INDEXED BY orders_by_state
			WHERE company = ?1 AND state IN ('new', 'sending')),
		(SELECT coalesce(sum(
			(SELECT count(*) FROM orders INDEXED BY orders_to_report WHERE company = c.id AND account_id = c.account_id
				AND revision > acked_revision AND report_problem = '')
			+ (SELECT count(*) FROM orders INDEXED BY orders_noticed WHERE company = c.id AND account_id = c.account_id
				AND revision > acked_revision AND report_problem <> '' AND (notices <> '' OR report_problem <> ''))), 0)
			FROM companies c WHERE id = ?1)`, company).Scan(&oldest, &c.ReportsPending)
	c.OldestPending = fromMS(oldest)
	return c, err
}

// LastRead gives the highest number of a read that is stored.
func (s *Store) LastRead(ctx context.Context) (int64, error) {
	return value[int64](s.queryRow(ctx, "SELECT coalesce(max(seen_read), 0) FROM orders WHERE seen_read <> 0"))
}
