package storage

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// maxRefusals is how many refused webhooks of a company are kept.
const maxRefusals = 100

// A Refusal is a webhook that was authentic and unusable. Body is as it was
// received, personal data included.
type Refusal struct {
	At     time.Time
	Errors []RefusalError
	Body   []byte
	seq    int64
}

// A RefusalError is what the sender was told about one field.
type RefusalError struct {
	Field string `json:"field"`
	Rule  string `json:"rule"`
}

// AddRefusal keeps a refused webhook and forgets the company's oldest beyond
// the last hundred.
func (tx *Tx) AddRefusal(company string, r Refusal) error {
	if err := tx.needCompany(company); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO refusals (company, at, errors, body) VALUES (?, ?, ?, ?)", company, ms(r.At), packList(r.Errors), r.Body)
	if err != nil {
		return fmt.Errorf("refusal of company %s: %w", company, err)
	}
	_, err = tx.exec(`DELETE FROM refusals WHERE company = ?1 AND seq <= (SELECT seq FROM refusals WHERE company = ?1
		ORDER BY seq DESC LIMIT 1 OFFSET ?2)`, company, maxRefusals)
	return err
}

// DropRefusals forgets the company's refused webhooks of before a time.
func (tx *Tx) DropRefusals(company string, before time.Time) error {
	_, err := tx.exec("DELETE FROM refusals WHERE company = ? AND at < ?", company, ms(before))
	return err
}

// Refusals gives a page of the company's refused webhooks, the newest first,
// and the cursor of the next page. It fails with ErrCursor if the cursor is
// none that it gave.
func (s *Store) Refusals(ctx context.Context, company, cursor string, limit int) (list []Refusal, next string, err error) {
	before := int64(1<<63 - 1)
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return nil, "", ErrCursor
		}
	}
	rows, err := s.query(ctx, "SELECT seq, at, errors, body FROM refusals WHERE company = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
		company, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var r Refusal
		var at int64
		var errors string
		if err := rows.Scan(&r.seq, &at, &errors, &r.Body); err != nil {
			return nil, "", err
		}
		r.At = fromMS(at)
		if err := unpack(field{errors, &r.Errors}); err != nil {
			return nil, "", err
		}
		list = append(list, r)
	}
	if len(list) > limit {
		list = list[:limit]
		next = strconv.FormatInt(list[limit-1].seq, 10)
	}
	return list, next, rows.Err()
}
