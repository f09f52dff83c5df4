package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// What a chat posts that does not speak the contract is kept as it came. As long as no
// wire can read it, it is unread: it waits, whatever becomes of the program, until it is
// read or a person sets it aside. Once it is read, the orders made of it point to it from
// their bodies; if there are none, nothing of it is kept. It goes with the first of these
// orders whose person is erased, because what came in one piece cannot be told apart.

// Bounds of what is unread of one company.
const (
	maxUnread      = 10_000
	maxUnreadBytes = 64 << 20
)

// ErrUnreadFull says that a company has no room for one more unread delivery.
var ErrUnreadFull = errors.New("too much is unread already")

// A Received is one delivery of a chat with a wire of its own. Everything of it may be
// personal data.
type Received struct {
	Seq         int64 // its row; 0 = it has none yet
	Refusal     int64 // its row among the refusals, if it was refused when it came
	Company     string
	At          time.Time
	ContentType string
	Query       string            // of the address, without our token
	Headers     map[string]string // by their names in lower case, without those that prove the sender
	Body        []byte
	OrderID     string  // as far as it could be read
	Wire        string  // which wire read it; "" = it is unread
	Failure     *Unread // why it is unread; nil = it is read

	kept bool // a body points to it
}

// An Unread is why a delivery is no order yet.
type Unread struct {
	Field string            `json:"field"` // of the table, of the program or of what that makes
	Rule  string            `json:"rule"`
	Args  map[string]string `json:"args,omitempty"`
}

// An UnreadCount is how much is unread of a company.
type UnreadCount struct {
	N      int
	Bytes  int64
	Oldest time.Time // zero = there is nothing
	Newest time.Time
}

// receivedColumns is the one list of columns (seq, the row, stands before it); scanReceived
// and values follow it.
const (
	receivedColumns = "company, at, content_type, query, headers, body, size, order_id, wire, failure"
	selectReceived  = "SELECT seq, " + receivedColumns + " FROM received"
)

func (r *Received) values() []any {
	body := packBody(append([]byte{}, r.Body...))
	headers := ""
	if len(r.Headers) > 0 {
		headers = toJSON(&r.Headers)
	}
	size := len(body) + len(headers) + len(r.Query) + len(r.ContentType)
	return []any{r.Company, ms(r.At), r.ContentType, r.Query, headers, body, size, r.OrderID, r.Wire, toJSON(r.Failure)}
}

func scanReceived(row scanner) (Received, error) {
	var r Received
	var at, size int64
	var headers, failure string
	var body []byte
	err := row.Scan(&r.Seq, &r.Company, &at, &r.ContentType, &r.Query, &headers, &body, &size, &r.OrderID, &r.Wire,
		&failure)
	if err != nil {
		return r, err
	}
	r.At = fromMS(at)
	if r.Body, err = unpackBody(body); err != nil {
		return r, err
	}
	err = fromJSON(column{headers, &r.Headers}, column{failure, &r.Failure})
	return r, err
}

// AddUnread keeps a delivery that could not be read. It fails with ErrUnreadFull if the
// company has no room for it, and with ErrNotFound if there is no such company.
func (tx *Tx) AddUnread(r *Received) error {
	if err := tx.needCompany(r.Company); err != nil {
		return err
	}
	values := r.values()
	var n, bytes int64
	err := tx.queryRow("SELECT count(*), coalesce(sum(size), 0) FROM received WHERE company = ? AND failure <> ''",
		r.Company).Scan(&n, &bytes)
	if err != nil {
		return err
	}
	if n >= maxUnread || bytes+int64(len(r.Body)) > cmp.Or(tx.s.cfg.UnreadBytes, maxUnreadBytes) {
		return fmt.Errorf("company %s: %w", r.Company, ErrUnreadFull)
	}
	return tx.insertReceived(r, values)
}

func (tx *Tx) insertReceived(r *Received, values []any) error {
	seq, _, err := tx.insert("INSERT INTO received ("+receivedColumns+") VALUES ("+marksOf(receivedColumns)+")",
		values...)
	if err != nil {
		return fmt.Errorf("delivery to company %s: %w", r.Company, err)
	}
	r.Seq = seq
	return nil
}

// keepReceived gives the row of a delivery that was read, for a body to point to; 0 for a
// body that came as the contract has it.
func (tx *Tx) keepReceived(r *Received) (int64, error) {
	switch {
	case r == nil:
		return 0, nil
	case r.Seq == 0:
		if err := tx.insertReceived(r, r.values()); err != nil {
			return 0, err
		}
	case !r.kept:
		_, err := tx.exec("UPDATE received SET failure = '', wire = ? WHERE seq = ?", r.Wire, r.Seq)
		if err != nil {
			return 0, err
		}
	}
	r.kept = true
	return r.Seq, nil
}

// ReadUnread gives an unread delivery to the transaction that reads it, or ErrNotFound if
// it was read or dropped meanwhile.
func (tx *Tx) ReadUnread(company string, seq int64) (Received, error) {
	return scanReceived(tx.queryRow(selectReceived+" WHERE company = ? AND seq = ? AND failure <> ''", company, seq))
}

// DropSpent forgets a delivery that was read and has led to nothing that points to it.
func (tx *Tx) DropSpent(r *Received) error {
	if r.Seq == 0 || r.kept {
		return nil
	}
	tx.erased = true
	_, err := tx.exec("DELETE FROM received WHERE seq = ?", r.Seq)
	return err
}

// StillUnread notes why a delivery could not be read this time.
func (tx *Tx) StillUnread(company string, seq int64, why Unread, order string) error {
	_, err := tx.exec("UPDATE received SET failure = ?, order_id = ? WHERE company = ? AND seq = ? AND failure <> ''",
		toJSON(&why), order, company, seq)
	return err
}

// DropUnread forgets an unread delivery; it fails with ErrNotFound if there is none.
func (tx *Tx) DropUnread(company string, seq int64) error {
	n, err := tx.exec("DELETE FROM received WHERE company = ? AND seq = ? AND failure <> ''", company, seq)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	tx.erased = tx.erased || n > 0
	return err
}

// DropUnreadBefore forgets the company's unread deliveries of before a time and tells how
// many these were.
func (tx *Tx) DropUnreadBefore(company string, before time.Time) (int64, error) {
	n, err := tx.exec("DELETE FROM received WHERE company = ? AND at < ? AND failure <> ''", company, ms(before))
	tx.erased = tx.erased || n > 0
	return n, err
}

// DropUnreadOf forgets the company's unread deliveries about an order.
func (tx *Tx) DropUnreadOf(company, order string) error {
	n, err := tx.exec("DELETE FROM received WHERE company = ? AND order_id = ? AND failure <> ''", company, order)
	tx.erased = tx.erased || n > 0
	return err
}

// UnreadCount tells how much of what the company's chat has posted is unread.
func (s *Store) UnreadCount(ctx context.Context, company string) (UnreadCount, error) {
	var c UnreadCount
	var oldest, newest int64
	err := s.queryRow(ctx, `SELECT count(*), coalesce(sum(size), 0), coalesce(min(at), 0), coalesce(max(at), 0)
		FROM received WHERE company = ? AND failure <> ''`, company).Scan(&c.N, &c.Bytes, &oldest, &newest)
	c.Oldest, c.Newest = fromMS(oldest), fromMS(newest)
	return c, err
}

// Unread gives a page of the company's unread deliveries, the newest first, and the cursor
// of the next page. It fails with ErrCursor if the cursor is none that it gave.
func (s *Store) Unread(
	ctx context.Context, company, cursor string, limit int,
) (list []Received, next string, err error) {
	place := func(r Received) int64 { return r.Seq }
	return page(cursor, limit, place, func(before int64, limit int) ([]Received, error) {
		rows, err := s.query(ctx, selectReceived+` WHERE company = ? AND seq < ? AND failure <> ''
			ORDER BY seq DESC LIMIT ?`, company, before, limit)
		return collect(rows, err, scanReceived)
	})
}

// NextUnread gives the company's oldest unread delivery behind a row, or ErrNotFound.
func (s *Store) NextUnread(ctx context.Context, company string, behind int64) (Received, error) {
	return scanReceived(s.queryRow(ctx, selectReceived+` WHERE company = ? AND seq > ? AND failure <> ''
		ORDER BY seq LIMIT 1`, company, behind))
}

// OneUnread gives an unread delivery, or ErrNotFound.
func (s *Store) OneUnread(ctx context.Context, company string, seq int64) (Received, error) {
	return scanReceived(s.queryRow(ctx, selectReceived+" WHERE company = ? AND seq = ? AND failure <> ''", company,
		seq))
}

// ReceivedOf gives what an order's own body was made of, or ErrNotFound: it came as the
// contract has it, or is erased.
func (s *Store) ReceivedOf(ctx context.Context, key OrderKey) (Received, error) {
	return scanReceived(s.queryRow(ctx, selectReceived+` WHERE seq = (SELECT received FROM bodies WHERE n = 1
		AND order_seq = (SELECT seq FROM orders WHERE company = ? AND chat_id = ? AND test = ?))`,
		key.Company, key.ID, key.Test))
}
