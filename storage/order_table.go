package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
)

// orderColumns is the one list of columns (seq, the row, stands before it in
// queries); scanOrder and orderValues follow it.
const (
	orderColumns = `company, chat_id, test, number, state, attempt, absences,
	accepted_at, age_from, due_at,
	intent_at, cancel_by, problem, notices, dismissed, duplicates,
	account_id, insales_id, insales_number, sent_at,
	seen_updated_at, seen_read, status, revision, acked_revision, reported,
	report_due_at, report_since, report_tries, report_problem,
	paid, paid_amount, pay_done, pay_due_at, pay_tries,
	chat_cancelled, plain_text, erased_at,
	touched_at, gone_at, asked_at, final, look_at, phone, left_out, total,
	customer`
	selectOrders = `SELECT seq, ` + orderColumns + `,
	EXISTS (SELECT 1 FROM bodies WHERE order_seq = seq AND n = 1) FROM orders`
	selectSeqs = `SELECT seq FROM orders`
)

// How an order is written: every order that comes or changes runs these, so they
// are made once. Of one that comes nothing is kept if anything fails (OR FAIL): SQLite need not
// keep what every page was like before.
var (
	orderMarks  = marksOf(orderColumns)
	insertOrder = "INSERT OR FAIL INTO orders (" + orderColumns +
		") VALUES ((SELECT id FROM companies WHERE id = ?), " + strings.TrimPrefix(orderMarks, "?, ") +
		") ON CONFLICT (company, chat_id, test) DO NOTHING"
	updateOrder = "UPDATE orders SET (" + orderColumns + ") = (" + orderMarks + `)
		WHERE seq = ? AND state = ? AND attempt = ?`
)

func scanOrder(row scanner) (o Order, err error) {
	var accepted, age, due, intent, sent, seen, reportDue, reportSince, payDue, erased, touched, gone, asked, look int64
	var problem, notices, dismissed, status, reportProblem, leftOut string
	err = row.Scan(&o.seq, &o.Key.Company, &o.Key.ID, &o.Key.Test, &o.Number, &o.State, &o.Attempt, &o.Absences,
		&accepted, &age, &due, &intent, &o.CancelBy, &problem, &notices, &dismissed, &o.Duplicates, &o.AccountID,
		&o.InSalesID, &o.InSalesNumber, &sent, &seen, &o.Seen.Read, &status, &o.Revision, &o.AckedRevision,
		&o.Reported, &reportDue, &reportSince, &o.Report.Tries, &reportProblem,
		&o.Paid, &o.PaidAmount, &o.Payment.Done, &payDue, &o.Payment.Tries, &o.ChatCancelled, &o.Plain, &erased,
		&touched, &gone, &asked, &o.Final, &look, &o.Phone, &leftOut, &o.Total,
		&o.Customer, &o.HasBody)
	if err != nil {
		return o, err
	}
	o.AcceptedAt, o.AgeFrom, o.DueAt, o.IntentAt = fromMS(accepted), fromMS(age), fromMS(due), fromMS(intent)
	o.SentAt, o.Seen.UpdatedAt = fromMS(sent), fromMS(seen)
	o.Report.DueAt, o.Report.Since = fromMS(reportDue), fromMS(reportSince)
	o.Payment.DueAt, o.ErasedAt = fromMS(payDue), fromMS(erased)
	o.TouchedAt, o.GoneAt, o.AskedAt, o.LookAt = fromMS(touched), fromMS(gone), fromMS(asked), fromMS(look)
	err = fromJSON(
		column{problem, &o.Problem}, column{notices, &o.Notices}, column{dismissed, &o.Dismissed},
		column{status, &o.Status}, column{reportProblem, &o.Report.Problem},
		column{leftOut, &o.LeftOut})
	return o, err
}

// orderValues gives the values behind all columns but seq, line by line as the
// columns stand.
func orderValues(o *Order) []any {
	return []any{
		o.Key.Company, o.Key.ID, o.Key.Test, o.Number, o.State, o.Attempt, o.Absences,
		ms(o.AcceptedAt), ms(o.AgeFrom), ms(o.DueAt),
		ms(o.IntentAt), o.CancelBy, toJSON(o.Problem), listToJSON(o.Notices), listToJSON(o.Dismissed), o.Duplicates,
		o.AccountID, o.InSalesID, o.InSalesNumber, ms(o.SentAt),
		ms(o.Seen.UpdatedAt), o.Seen.Read, toJSON(o.Status), o.Revision, o.AckedRevision, o.Reported,
		ms(o.Report.DueAt), ms(o.Report.Since), o.Report.Tries, toJSON(o.Report.Problem),
		o.Paid, o.PaidAmount, o.Payment.Done, ms(o.Payment.DueAt), o.Payment.Tries,
		o.ChatCancelled, o.Plain, ms(o.ErasedAt),
		ms(o.TouchedAt), ms(o.GoneAt), ms(o.AskedAt), o.Final, ms(o.LookAt), o.Phone, listToJSON(o.LeftOut),
		o.Total, o.Customer,
	}
}

// AddOrder adds o with its first event unless its key exists already; added
// tells. The body is kept if there is one. It fails with ErrNotFound if there is
// no such company.
func (tx *Tx) AddOrder(o *Order, first Event) (added bool, err error) {
	seq, added, err := tx.insert(insertOrder, orderValues(o)...)
	if err != nil { // without a company that is its being NULL
		return false, cmp.Or(tx.needCompany(o.Key.Company), err)
	}
	if !added {
		return false, tx.needCompany(o.Key.Company)
	}
	o.seq = seq
	tx.came.add(o)
	if err := tx.countBrought(o); err != nil {
		return false, err
	}
	if o.Body != nil {
		if err := tx.AddBody(o); err != nil {
			return false, err
		}
	}
	return true, tx.addEvent(o, 1, first)
}

// Order gives an order without its body, or ErrNotFound.
func (tx *Tx) Order(key OrderKey) (Order, error) {
	return scanOrder(tx.queryRow(selectOrders+" WHERE company = ? AND chat_id = ? AND test = ?",
		key.Company, key.ID, key.Test))
}

// OrderByInSalesID gives the order mapped to an InSales order, or ErrNotFound.
func (tx *Tx) OrderByInSalesID(company string, account, id int64) (Order, error) {
	return scanOrder(tx.queryRow(selectOrders+` WHERE company = ? AND account_id = ? AND insales_id = ?
		AND insales_id <> 0`, company, account, id))
}

// Mapped reports whether an InSales order is one of ours.
func (tx *Tx) Mapped(company string, account, id int64) (is bool, err error) {
	err = tx.queryRow(`SELECT EXISTS (SELECT 1 FROM orders WHERE company = ? AND account_id = ? AND insales_id = ?
		AND insales_id <> 0)`, company, account, id).Scan(&is)
	return is, err
}

// PutOrder writes o back if its state and attempt are still those that the
// caller saw, else it fails with ErrStale.
func (tx *Tx) PutOrder(o *Order, was State, attempt int) error {
	n, err := tx.exec(updateOrder, append(orderValues(o), o.seq, was, attempt)...)
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
	o, err := scanOrder(s.queryRow(ctx, selectOrders+" WHERE company = ? AND chat_id = ? AND test = ?",
		key.Company, key.ID, key.Test))
	if err != nil {
		return o, fmt.Errorf("order %s: %w", key, err)
	}
	stored, err := value[[]byte](s.queryRow(ctx, "SELECT body FROM bodies WHERE order_seq = ? AND n = 1", o.seq))
	if err == nil {
		o.Body, err = unpackOrder(stored)
	}
	if err != nil && err != ErrNotFound {
		return o, fmt.Errorf("body of order %s: %w", key, err)
	}
	return o, nil
}

// orders gives the orders that a condition selects. Most looks for work find none, and an
// empty answer of one column costs a tenth of one with all the columns of an order, each
// of which the driver names to us first. Both ask in the same words, so that SQLite takes
// the same way: inside of EXISTS it leaves the order out, and with it the index.
func (s *Store) orders(ctx context.Context, where string, args ...any) ([]Order, error) {
	var first int64
	err := s.queryRow(ctx, selectSeqs+" WHERE "+where, args...).Scan(&first)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.query(ctx, selectOrders+" WHERE "+where, args...)
	return collect(rows, err, scanOrder)
}
