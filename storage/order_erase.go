package storage

import (
	"context"
	"time"
)

// ErasePerson forgets all bodies, what they were made of and exchanges of an order and, in its history,
// the words of others, which may quote them. Then the store has no personal data of it,
// neither in free pages nor in its log.
func (tx *Tx) ErasePerson(o *Order) error {
	tx.erased = true
	_, err := tx.exec(`DELETE FROM received WHERE seq IN
		(SELECT received FROM bodies WHERE order_seq = ? AND received <> 0)`, o.seq)
	if err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM bodies WHERE order_seq = ?", o.seq); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM exchanges WHERE order_seq = ?", o.seq); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE events SET args = json_remove(args, '$.message') WHERE order_seq = ?", o.seq)
	return err
}

// Outlived gives orders of the company that were accepted before a time, are
// over or in the shop, and still hold personal data; the oldest first. An order
// waits if the shop or the chat has to be told of it, or a person has not ticked
// off a notice with the given code; one that is not over in the shop, if a
// person has not ticked off all.
func (s *Store) Outlived(
	ctx context.Context, company string, before time.Time, code string, limit int,
) ([]OrderKey, error) {
	rows, err := s.query(ctx, `SELECT chat_id, test FROM orders INDEXED BY orders_to_erase
		WHERE company = ? AND accepted_at < ? AND erased_at = 0 AND state IN ('cancelled', 'test', 'sent')
			AND (state <> 'sent' OR final = 1 OR notices = '' AND report_problem = '')
			AND (revision <= acked_revision OR report_problem <> '') AND (paid = 0 OR pay_done = 1 OR state <> 'sent')
			AND (notices = '' OR NOT EXISTS (SELECT 1 FROM json_each(notices) WHERE value ->> 'code' = ?))
		ORDER BY accepted_at LIMIT ?`, company, ms(before), code, limit)
	return collect(rows, err, func(r scanner) (OrderKey, error) {
		key := OrderKey{Company: company}
		err := r.Scan(&key.ID, &key.Test)
		return key, err
	})
}
