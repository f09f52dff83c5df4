package storage

import (
	"context"
	"time"
)

// What is to be done with orders stands in their rows and nowhere else. Each kind
// of work has a due time or a mark in a column of its own, a partial index over
// the few rows that have it, and one method here that gives the next of them. After
// a restart the loops of package order go on from there.
// A due time that is further away than MaxDelay counts as due: no delay is that
// long, so the clock was set back. Where an account is asked for, the orders of an
// account that the company had before stay as they are.

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
func (s *Store) OrdersToReport(
	ctx context.Context, company string, account int64, now time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND revision > acked_revision AND report_problem = ''
		AND (report_due_at <= ? OR report_due_at > ?)
		ORDER BY report_due_at, seq LIMIT ?`, company, account, ms(now), ms(now.Add(MaxDelay)), limit)
}

// OrdersToPay gives the company's orders that the chat says are paid and whose
// shop has yet to be told, and that are due.
func (s *Store) OrdersToPay(
	ctx context.Context, company string, account int64, now time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND state = 'sent' AND paid = 1 AND pay_done = 0
		AND (pay_due_at <= ? OR pay_due_at > ?)
		ORDER BY pay_due_at, seq LIMIT ?`, company, account, ms(now), ms(now.Add(MaxDelay)), limit)
}

// OrdersTouched gives the company's orders of one account that webhooks have
// marked and that were not seen since, the first marked first.
func (s *Store) OrdersTouched(ctx context.Context, company string, account int64, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND account_id = ? AND touched_at <> 0 ORDER BY touched_at, seq LIMIT ?",
		company, account, limit)
}

// OrdersGone gives the company's orders of one account that are gone from the
// shop since the given time or longer and whose status is not final.
func (s *Store) OrdersGone(
	ctx context.Context, company string, account int64, since time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND gone_at <> 0 AND final = 0 AND gone_at <= ?
		ORDER BY gone_at, seq LIMIT ?`,
		company, account, ms(since), limit)
}

// OrdersOpen gives the company's orders of one account that are in the shop,
// need watching, and were not asked for by id since the given time.
func (s *Store) OrdersOpen(
	ctx context.Context, company string, account int64, since time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND state = 'sent' AND final = 0 AND asked_at <= ?
		ORDER BY asked_at, seq LIMIT ?`,
		company, account, ms(since), limit)
}

// OrdersToLookAt gives the company's orders of one account whose status is final
// and that are to be asked for by id again all the same.
func (s *Store) OrdersToLookAt(
	ctx context.Context, company string, account int64, now time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND look_at <> 0 AND look_at <= ?
		ORDER BY look_at, seq LIMIT ?`,
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
		WorkSend: `SELECT coalesce(min(due_at), 0) FROM orders WHERE company = ? AND state = 'new'
			AND due_at > ? AND due_at <= ?`,
		WorkReport: `SELECT coalesce(min(report_due_at), 0) FROM orders WHERE company = ? AND revision > acked_revision
			AND report_problem = '' AND report_due_at > ? AND report_due_at <= ?`,
		WorkPay: `SELECT coalesce(min(pay_due_at), 0) FROM orders WHERE company = ? AND state = 'sent'
			AND paid = 1 AND pay_done = 0 AND pay_due_at > ? AND pay_due_at <= ?`,
	}[what]
	var due int64
	err := s.queryRow(ctx, query, company, ms(now), ms(now.Add(MaxDelay))).Scan(&due)
	return fromMS(due), err
}
