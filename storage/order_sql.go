package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// selectOrders reads what scanOrder scans.
const selectOrders = `SELECT seq, ` + orderColumns + `, EXISTS (SELECT 1 FROM bodies WHERE order_seq = seq AND n = 1) FROM orders`

// orderColumns is the one list of columns (seq, the row, stands before it in
// queries); scanOrder and orderValues follow it.
const (
	orderColumns = `company, chat_id, test, number, state, attempt, absences, accepted_at, age_from, due_at,
	intent_at, cancel_by, problem, notices, dismissed, duplicates, account_id, insales_id, insales_number, sent_at,
	seen_updated_at, seen_read, status, revision, acked_revision, reported, report_due_at, report_since, report_tries, report_problem,
	paid, paid_amount, pay_done, pay_due_at, pay_tries, chat_cancelled, plain_text, erased_at, touched_at, gone_at, asked_at, final, look_at, phone`
	orderMarks = `?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?`
)

func scanOrder(o *Order) func(scanner) error {
	return func(row scanner) error {
		var accepted, age, due, intent, sent, seen, reportDue, reportSince, payDue, erased, touched, gone, asked, look int64
		var problem, notices, dismissed, status, reportProblem string
		err := row.Scan(&o.seq, &o.Key.Company, &o.Key.ID, &o.Key.Test, &o.Number, &o.State, &o.Attempt, &o.Absences,
			&accepted, &age, &due, &intent, &o.CancelBy, &problem, &notices, &dismissed, &o.Duplicates, &o.AccountID,
			&o.InSalesID, &o.InSalesNumber, &sent, &seen, &o.Seen.Read, &status, &o.Revision, &o.AckedRevision,
			&o.Reported, &reportDue, &reportSince, &o.Report.Tries, &reportProblem,
			&o.Paid, &o.PaidAmount, &o.Payment.Done, &payDue, &o.Payment.Tries, &o.ChatCancelled, &o.Plain, &erased,
			&touched, &gone, &asked, &o.Final, &look, &o.Phone, &o.HasBody)
		if err != nil {
			return err
		}
		o.AcceptedAt, o.AgeFrom, o.DueAt, o.IntentAt = fromMS(accepted), fromMS(age), fromMS(due), fromMS(intent)
		o.SentAt, o.Seen.UpdatedAt = fromMS(sent), fromMS(seen)
		o.Report.DueAt, o.Report.Since = fromMS(reportDue), fromMS(reportSince)
		o.Payment.DueAt, o.ErasedAt = fromMS(payDue), fromMS(erased)
		o.TouchedAt, o.GoneAt, o.AskedAt, o.LookAt = fromMS(touched), fromMS(gone), fromMS(asked), fromMS(look)
		return unpack(
			field{problem, &o.Problem}, field{notices, &o.Notices}, field{dismissed, &o.Dismissed},
			field{status, &o.Status}, field{reportProblem, &o.Report.Problem})
	}
}

// orderValues gives the values behind all columns but seq.
func orderValues(o *Order) []any {
	return []any{o.Key.Company, o.Key.ID, o.Key.Test, o.Number, o.State, o.Attempt, o.Absences, ms(o.AcceptedAt),
		ms(o.AgeFrom), ms(o.DueAt), ms(o.IntentAt), o.CancelBy, pack(o.Problem), packList(o.Notices), packList(o.Dismissed),
		o.Duplicates, o.AccountID, o.InSalesID, o.InSalesNumber, ms(o.SentAt), ms(o.Seen.UpdatedAt), o.Seen.Read,
		pack(o.Status), o.Revision, o.AckedRevision, o.Reported, ms(o.Report.DueAt), ms(o.Report.Since), o.Report.Tries,
		pack(o.Report.Problem), o.Paid, o.PaidAmount, o.Payment.Done,
		ms(o.Payment.DueAt), o.Payment.Tries, o.ChatCancelled, o.Plain, ms(o.ErasedAt),
		ms(o.TouchedAt), ms(o.GoneAt), ms(o.AskedAt), o.Final, ms(o.LookAt), o.Phone}
}

// pack encodes an optional value as JSON, nil as nothing; unpack reverses it.
func pack[T any](v *T) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own plain types always encode
	}
	return string(text)
}

func packList[T any](v []T) string {
	if len(v) == 0 {
		return ""
	}
	return pack(&v)
}

type field struct {
	text string
	into any
}

func unpack(fields ...field) error {
	for _, f := range fields {
		if f.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(f.text), f.into); err != nil {
			return fmt.Errorf("stored JSON: %w", err)
		}
	}
	return nil
}

// AddOrder adds o with its first event unless its key exists already; added
// tells. The body is kept if there is one. It fails with ErrNotFound if there is
// no such company.
func (tx *Tx) AddOrder(o *Order, first Event) (added bool, err error) {
	if err := tx.needCompany(o.Key.Company); err != nil {
		return false, err
	}
	n, err := tx.exec(`INSERT INTO orders (`+orderColumns+`) VALUES (`+orderMarks+`)
		ON CONFLICT (company, chat_id, test) DO NOTHING`, orderValues(o)...)
	if err != nil || n == 0 {
		return false, err
	}
	err = tx.row(func(r scanner) error { return r.Scan(&o.seq) }, "SELECT last_insert_rowid()")
	if err != nil {
		return false, err
	}
	if o.Body != nil {
		if err := tx.AddBody(o); err != nil {
			return false, err
		}
	}
	return true, tx.AddEvent(o, first)
}

// Order gives an order without its body, or ErrNotFound.
func (tx *Tx) Order(key OrderKey) (Order, error) {
	var o Order
	err := tx.row(scanOrder(&o), selectOrders+" WHERE company = ? AND chat_id = ? AND test = ?",
		key.Company, key.ID, key.Test)
	return o, err
}

// OrderByInSalesID gives the order mapped to an InSales order, or ErrNotFound.
func (tx *Tx) OrderByInSalesID(company string, account, id int64) (Order, error) {
	var o Order
	err := tx.row(scanOrder(&o), selectOrders+" WHERE company = ? AND account_id = ? AND insales_id = ? AND insales_id <> 0",
		company, account, id)
	return o, err
}

// CountGone counts the company's orders of one account that are gone from the
// shop since the given time or longer and whose status is not final.
func (tx *Tx) CountGone(company string, account int64, since time.Time) (n int, err error) {
	err = tx.row(func(r scanner) error { return r.Scan(&n) },
		"SELECT count(*) FROM orders WHERE company = ? AND account_id = ? AND gone_at <> 0 AND final = 0 AND gone_at <= ?", company, account, ms(since))
	return n, err
}

// Sending reports whether any order of the company may or may not be in the
// shop.
func (tx *Tx) Sending(company string) (bool, error) {
	var n int
	err := tx.row(func(r scanner) error { return r.Scan(&n) },
		"SELECT EXISTS (SELECT 1 FROM orders WHERE company = ? AND state = 'sending')", company)
	return n != 0, err
}

// OrdersIn counts the company's orders in each of these states, if there are any.
func (tx *Tx) OrdersIn(company string, states ...State) (map[State]int, error) {
	counts := map[State]int{}
	for _, state := range states {
		var n int
		err := tx.row(func(r scanner) error { return r.Scan(&n) },
			"SELECT count(*) FROM orders WHERE company = ? AND state = ?", company, state)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			counts[state] = n
		}
	}
	return counts, nil
}

// PutOrder writes o back if its state and attempt are still those that the
// caller saw, else it fails with ErrStale.
func (tx *Tx) PutOrder(o *Order, was State, attempt int) error {
	args := append(orderValues(o), o.seq, was, attempt)
	n, err := tx.exec(`UPDATE orders SET (`+orderColumns+`) = (`+orderMarks+`)
		WHERE seq = ? AND state = ? AND attempt = ?`, args...)
	if err != nil {
		return fmt.Errorf("order %s: %w", o.Key, err)
	}
	if n == 0 {
		return fmt.Errorf("order %s: %w", o.Key, ErrStale)
	}
	return nil
}

// Order gives an order with its body, or ErrNotFound.
func (s *Store) Order(ctx context.Context, key OrderKey) (Order, error) {
	var o Order
	row := s.queryRow(ctx, selectOrders+" WHERE company = ? AND chat_id = ? AND test = ?",
		key.Company, key.ID, key.Test)
	if err := notFound(scanOrder(&o)(row)); err != nil {
		return o, fmt.Errorf("order %s: %w", key, err)
	}
	var stored []byte
	err := s.queryRow(ctx, "SELECT body FROM bodies WHERE order_seq = ? AND n = 1", o.seq).Scan(&stored)
	if err == nil {
		o.Body, err = unpackBody(stored)
	}
	if err != nil && err != sql.ErrNoRows {
		return o, fmt.Errorf("body of order %s: %w", key, err)
	}
	return o, nil
}

func (s *Store) orders(ctx context.Context, where string, args ...any) ([]Order, error) {
	rows, err := s.query(ctx, selectOrders+" WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Order
	for rows.Next() {
		var o Order
		if err := scanOrder(&o)(rows); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// OrdersToSend gives the company's orders that wait to be sent and are due,
// oldest first. Bodies are left out.
func (s *Store) OrdersToSend(ctx context.Context, company string, now time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND state = 'new' AND (due_at <= ? OR due_at > ?) ORDER BY seq LIMIT ?",
		company, ms(now), ms(now.Add(MaxDelay)), limit)
}

// OrdersSending gives the company's orders that may or may not be in the shop.
func (s *Store) OrdersSending(ctx context.Context, company string) ([]Order, error) {
	return s.orders(ctx, "company = ? AND state = 'sending' ORDER BY seq", company)
}

// OrdersToReport gives the company's orders of one account whose newest status
// the chat has yet to be told and whose report is due and not parked.
func (s *Store) OrdersToReport(ctx context.Context, company string, account int64, now time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND revision > acked_revision AND report_problem = '' AND (report_due_at <= ? OR report_due_at > ?)
		ORDER BY report_due_at, seq LIMIT ?`, company, account, ms(now), ms(now.Add(MaxDelay)), limit)
}

// OrdersToPay gives the company's orders that the chat says are paid and whose
// shop has yet to be told, and that are due.
func (s *Store) OrdersToPay(ctx context.Context, company string, account int64, now time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND state = 'sent' AND paid = 1 AND pay_done = 0 AND (pay_due_at <= ? OR pay_due_at > ?)
		ORDER BY pay_due_at, seq LIMIT ?`, company, account, ms(now), ms(now.Add(MaxDelay)), limit)
}

// OrdersTouched gives the company's orders of one account that webhooks have
// marked and that were not seen since, the first marked first.
func (s *Store) OrdersTouched(ctx context.Context, company string, account int64, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND account_id = ? AND touched_at <> 0 ORDER BY touched_at, seq LIMIT ?", company, account, limit)
}

// OrdersGone gives the company's orders of one account that are gone from the
// shop since the given time or longer and whose status is not final.
func (s *Store) OrdersGone(ctx context.Context, company string, account int64, since time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND account_id = ? AND gone_at <> 0 AND final = 0 AND gone_at <= ? ORDER BY gone_at, seq LIMIT ?",
		company, account, ms(since), limit)
}

// OrdersOpen gives the company's orders of one account that are in the shop,
// need watching, and were not asked for by id since the given time.
func (s *Store) OrdersOpen(ctx context.Context, company string, account int64, since time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND account_id = ? AND state = 'sent' AND final = 0 AND asked_at <= ? ORDER BY asked_at, seq LIMIT ?",
		company, account, ms(since), limit)
}

// OrdersToLookAt gives the company's orders of one account whose status is final
// and that are to be asked for by id again all the same.
func (s *Store) OrdersToLookAt(ctx context.Context, company string, account int64, now time.Time, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND account_id = ? AND look_at <> 0 AND look_at <= ? ORDER BY look_at, seq LIMIT ?",
		company, account, ms(now), limit)
}

// OrderThere gives the order of the company that was seen in the shop last and
// is not gone, other than one; ErrNotFound if there is none.
func (s *Store) OrderThere(ctx context.Context, company string, account int64, other OrderKey) (Order, error) {
	list, err := s.orders(ctx, `company = ? AND account_id = ? AND state = 'sent' AND gone_at = 0 AND chat_id <> ?
		ORDER BY asked_at DESC, seq DESC LIMIT 1`, company, account, other.ID)
	if err != nil {
		return Order{}, err
	}
	if len(list) == 0 {
		return Order{}, ErrNotFound
	}
	return list[0], nil
}

// A Work is what an order waits for in NextDue.
type Work int

// The kinds of work that have due times.
const (
	WorkSend Work = iota
	WorkReport
	WorkPay
)

// NextDue tells when the next order of the company that is not due yet becomes
// due for a kind of work. Zero means none waits.
func (s *Store) NextDue(ctx context.Context, company string, now time.Time, what Work) (time.Time, error) {
	query := [...]string{
		WorkSend: "SELECT coalesce(min(due_at), 0) FROM orders WHERE company = ? AND state = 'new' AND due_at > ? AND due_at <= ?",
		WorkReport: `SELECT coalesce(min(report_due_at), 0) FROM orders WHERE company = ? AND revision > acked_revision
			AND report_problem = '' AND report_due_at > ? AND report_due_at <= ?`,
		WorkPay: `SELECT coalesce(min(pay_due_at), 0) FROM orders WHERE company = ? AND state = 'sent' AND paid = 1 AND pay_done = 0
			AND pay_due_at > ? AND pay_due_at <= ?`,
	}[what]
	var due int64
	err := s.queryRow(ctx, query, company, ms(now), ms(now.Add(MaxDelay))).Scan(&due)
	return fromMS(due), err
}

// A Census counts the orders for metrics.
type Census struct {
	States         map[State]int
	OldestPending  time.Time // accepted_at of the oldest order that is new or being sent; zero = none
	ReportsPending int       // of companies and accounts that are still there
	LastRead       int64     // the highest read number stored
}

// Census counts all orders, or those of one company if it is not empty.
func (s *Store) Census(ctx context.Context, company string) (Census, error) {
	c := Census{States: map[State]int{}}
	rows, err := s.query(ctx, "SELECT state, count(*) FROM orders WHERE ? IN ('', company) GROUP BY state", company)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	for rows.Next() {
		var state State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return c, err
		}
		c.States[state] = n
	}
	if err := rows.Err(); err != nil {
		return c, err
	}
	var oldest int64
	err = s.queryRow(ctx, `SELECT
		(SELECT coalesce(min(accepted_at), 0) FROM orders WHERE state IN ('new', 'sending') AND ?1 IN ('', company)),
		(SELECT count(*) FROM orders o WHERE revision > acked_revision AND ?1 IN ('', company)
			AND EXISTS (SELECT 1 FROM companies c WHERE c.id = o.company AND c.account_id = o.account_id)),
		(SELECT coalesce(max(seen_read), 0) FROM orders)`, company).Scan(&oldest, &c.ReportsPending, &c.LastRead)
	c.OldestPending = fromMS(oldest)
	return c, err
}
