package storage

import (
	"context"
	"database/sql"
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

// HistoryAged reports whether nothing has happened to an order since a time. If something
// has, that is noted, so that it is looked at again when that is as old.
func (tx *Tx) HistoryAged(o *Order, before time.Time) (bool, error) {
	last, err := value[int64](tx.queryRow("SELECT coalesce(max(at), 0) FROM events WHERE order_seq = ?", o.seq))
	if err != nil || last < ms(before) {
		return err == nil, err
	}
	_, err = tx.exec("UPDATE orders SET history_until = ? WHERE seq = ?", last, o.seq)
	return false, err
}

// PruneHistory forgets an order's history, with what was sent and answered, and leaves one
// event that says so. What happens to the order later is a history again, which grows old.
func (tx *Tx) PruneHistory(o *Order, now time.Time) error {
	tx.erased = true
	if _, err := tx.exec("DELETE FROM events WHERE order_seq = ?", o.seq); err != nil {
		return err
	}
	if err := tx.AddEvent(o, Event{At: now, Kind: EventPruned}); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE orders SET history_until = -1 WHERE seq = ?", o.seq)
	return err
}

// unneeded is which orders nobody needs the data of any more: they are over or in the shop.
// An order waits if the shop or the chat has to be told of it, or a person has not ticked
// off a notice with the given code; one that is not over in the shop, if a
// person has not ticked off all.
const unneeded = ` AND state IN ('cancelled', 'test', 'sent')
	AND (state <> 'sent' OR final = 1 OR notices = '' AND report_problem = '')
	AND (revision <= acked_revision OR report_problem <> '') AND (paid = 0 OR pay_done = 1 OR state <> 'sent')
	AND (notices = '' OR NOT EXISTS (SELECT 1 FROM json_each(notices) WHERE value ->> 'code' = ?))`

// Outlived gives orders of the company that were accepted before a time, and still hold
// personal data that nobody needs, the oldest first. One with a notice of the given code
// waits for a person.
func (s *Store) Outlived(
	ctx context.Context, company string, before time.Time, code string, limit int,
) ([]OrderKey, error) {
	rows, err := s.query(ctx, `SELECT chat_id, test FROM orders INDEXED BY orders_to_erase
		WHERE company = ? AND accepted_at < ? AND erased_at = 0`+unneeded+" ORDER BY accepted_at LIMIT ?",
		company, ms(before), code, limit)
	return keysOf(company, rows, err)
}

// OldHistories gives orders of the company that were accepted before a time and whose history
// nobody needs. Whether it is all as old, HistoryAged tells.
func (s *Store) OldHistories(
	ctx context.Context, company string, before time.Time, code string, limit int,
) ([]OrderKey, error) {
	rows, err := s.query(ctx, `SELECT chat_id, test FROM orders INDEXED BY orders_to_prune
		WHERE company = ? AND max(accepted_at, history_until) < ? AND history_until >= 0`+unneeded+
		" ORDER BY max(accepted_at, history_until) LIMIT ?", company, ms(before), code, limit)
	return keysOf(company, rows, err)
}

func keysOf(company string, rows *sql.Rows, err error) ([]OrderKey, error) {
	return collect(rows, err, func(r scanner) (OrderKey, error) {
		key := OrderKey{Company: company}
		err := r.Scan(&key.ID, &key.Test)
		return key, err
	})
}
