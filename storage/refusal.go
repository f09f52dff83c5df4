package storage

import (
	"context"
	"fmt"
	"time"
)

// maxRefusals is how many refused webhooks of a company are kept.
const maxRefusals = 100

// A Refusal is a webhook of a sender that proved itself, and that became
// nothing. Body is as it was received, personal data included.
type Refusal struct {
	Seq         int64 // grows with each
	At          time.Time
	Status      int    // that it was answered with
	Reason      string // a code
	ContentType string // as the sender named it
	OrderID     string // of the order that it is about, as far as that can be read
	Errors      []RefusalError
	Body        []byte // of one that was too large, the beginning
	Size        int64  // of all that came, as far as it was read or announced; 0 = not known
}

// A RefusalError is what the sender was told about one field.
type RefusalError struct {
	Field string `json:"field"`
	Rule  string `json:"rule"`
}

// Whole reports whether all that came is kept, so that it can be read again.
func (r Refusal) Whole() bool { return len(r.Body) > 0 && r.Size == int64(len(r.Body)) }

// A RefusalCount tells how much was refused of a company that nobody has seen.
type RefusalCount struct {
	Unseen int       // since a person looked
	Fresh  int       // since a person looked or an order came through
	LastAt time.Time // of the last one, seen or not; zero = there was none
}

// refusalColumns is the one list of columns (company and seq, the row, stand
// before it); scanRefusal and AddRefusal follow it.
const (
	refusalColumns = "at, status, reason, content_type, order_id, size, errors, body"
	selectRefusals = "SELECT seq, " + refusalColumns + " FROM refusals"
)

// AddRefusal keeps a refused webhook and forgets the company's oldest beyond
// the last hundred.
func (tx *Tx) AddRefusal(company string, r Refusal) error {
	if err := tx.needCompany(company); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO refusals (company, "+refusalColumns+") VALUES (?, "+marksOf(refusalColumns)+")",
		company, ms(r.At), r.Status, r.Reason, r.ContentType, r.OrderID, r.Size,
		listToJSON(r.Errors), packBody(append([]byte{}, r.Body...)))
	if err != nil {
		return fmt.Errorf("refusal of company %s: %w", company, err)
	}
	_, err = tx.exec(`DELETE FROM refusals WHERE company = ?1 AND seq <= (SELECT seq FROM refusals WHERE company = ?1
		ORDER BY seq DESC LIMIT 1 OFFSET ?2)`, company, maxRefusals)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO refusal_counts (company, unseen, fresh, last_at, last_seq)
		VALUES (?1, 1, 1, ?2, (SELECT max(seq) FROM refusals WHERE company = ?1))
		ON CONFLICT DO UPDATE SET unseen = unseen + 1, fresh = fresh + 1,
			last_at = excluded.last_at, last_seq = excluded.last_seq`, company, ms(r.At))
	return err
}

// SawRefusals notes that a person has seen the company's refusals up to one,
// unless there are newer ones.
func (tx *Tx) SawRefusals(company string, upTo int64) error {
	_, err := tx.exec("UPDATE refusal_counts SET unseen = 0, fresh = 0 WHERE company = ? AND last_seq <= ?",
		company, upTo)
	return err
}

// CameThrough notes that an order of the company was taken again.
func (tx *Tx) CameThrough(company string) error {
	_, err := tx.exec("UPDATE refusal_counts SET fresh = 0 WHERE company = ?", company)
	return err
}

// DropOldRefusals forgets the company's refused webhooks of before a time; that there were
// any is still known.
func (tx *Tx) DropOldRefusals(company string, before time.Time) error {
	return tx.eraseRefusals("company = ? AND at < ?", company, ms(before))
}

// DropRefusals forgets the company's refused webhooks of before a time, and that
// there were any if that is all of them.
func (tx *Tx) DropRefusals(company string, before time.Time) error {
	if err := tx.DropOldRefusals(company, before); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM refusal_counts WHERE company = ? AND last_at < ?", company, ms(before))
	return err
}

// DropRefusalsOf forgets the company's refused webhooks about an order.
func (tx *Tx) DropRefusalsOf(company, order string) error {
	return tx.eraseRefusals("company = ? AND order_id = ?", company, order)
}

// eraseRefusals deletes refusals with what they say of persons, also from the log.
func (tx *Tx) eraseRefusals(where string, args ...any) error {
	n, err := tx.exec("DELETE FROM refusals WHERE "+where, args...)
	tx.erased = tx.erased || n > 0
	return err
}

// TakeRefusal forgets a refused webhook in the transaction that makes of it what it says
// after all. It fails with ErrNotFound if it is not kept any more.
func (tx *Tx) TakeRefusal(company string, seq int64) error {
	n, err := tx.exec("DELETE FROM refusals WHERE company = ? AND seq = ?", company, seq)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	tx.erased = tx.erased || n > 0
	return err
}

// EraseRefusals forgets all of the company's refused webhooks.
func (tx *Tx) EraseRefusals(company string) error {
	if err := tx.eraseRefusals("company = ?", company); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM refusal_counts WHERE company = ?", company)
	return err
}

// RefusalsFor gives the company's refusals with a reason, for a transaction that
// has to know what is kept already.
func (tx *Tx) RefusalsFor(company, reason string) ([]Refusal, error) {
	rows, err := tx.query(selectRefusals+" WHERE company = ? AND reason = ? ORDER BY seq", company, reason)
	return collect(rows, err, scanRefusal)
}

// RefusalCount tells how much of the company's was refused.
func (s *Store) RefusalCount(ctx context.Context, company string) (RefusalCount, error) {
	var c RefusalCount
	var last int64
	err := s.queryRow(ctx, "SELECT unseen, fresh, last_at FROM refusal_counts WHERE company = ?", company).
		Scan(&c.Unseen, &c.Fresh, &last)
	c.LastAt = fromMS(last)
	if err == ErrNotFound {
		return c, nil
	}
	return c, err
}

// OldestRefusal tells when the oldest refused webhook came that is kept of the company; zero
// = there is none.
func (s *Store) OldestRefusal(ctx context.Context, company string) (time.Time, error) {
	at, err := value[int64](s.queryRow(ctx, "SELECT at FROM refusals WHERE company = ? ORDER BY seq LIMIT 1", company))
	if err == ErrNotFound {
		return time.Time{}, nil
	}
	return fromMS(at), err
}

// Unseen counts what has come to all companies, became nothing, and is a person's to look
// at: refused webhooks that nobody has seen, and all that is unread.
func (s *Store) Unseen(ctx context.Context) (int, error) {
	return value[int](s.queryRow(ctx, `SELECT (SELECT coalesce(sum(unseen), 0) FROM refusal_counts) +
		(SELECT count(*) FROM received WHERE failure <> '')`))
}

// Refusals gives a page of the company's refused webhooks, the newest first,
// and the cursor of the next page. It fails with ErrCursor if the cursor is
// none that it gave.
func (s *Store) Refusals(
	ctx context.Context, company, cursor string, limit int,
) (list []Refusal, next string, err error) {
	place := func(r Refusal) int64 { return r.Seq }
	return page(cursor, limit, place, func(before int64, limit int) ([]Refusal, error) {
		rows, err := s.query(ctx, selectRefusals+" WHERE company = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
			company, before, limit)
		return collect(rows, err, scanRefusal)
	})
}

// OneRefusal gives a refused webhook of the company, or ErrNotFound.
func (s *Store) OneRefusal(ctx context.Context, company string, seq int64) (Refusal, error) {
	return scanRefusal(s.queryRow(ctx, selectRefusals+" WHERE company = ? AND seq = ?", company, seq))
}

func scanRefusal(row scanner) (Refusal, error) {
	var r Refusal
	var at int64
	var errors string
	var stored []byte
	err := row.Scan(&r.Seq, &at, &r.Status, &r.Reason, &r.ContentType, &r.OrderID, &r.Size, &errors, &stored)
	if err != nil {
		return r, err
	}
	r.At = fromMS(at)
	if r.Body, err = unpackBody(stored); err != nil {
		return r, err
	}
	err = fromJSON(column{errors, &r.Errors})
	return r, err
}
