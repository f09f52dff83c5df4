package storage

import (
	"context"
	"time"
)

// A pass over the shop's list is believed only if it shows each order that must
// be in it: one that was last seen there, is not known to be gone, and has a
// place between the pass's floor and its begin. Each page marks those of its
// stretch that it lacks; an order that was changed meanwhile stands further down
// and is unmarked there. What is marked at the end has to be explained.

// MissOrders marks the orders of one account that a page lacks: those between
// two places of the list, the first of them outside, that were seen before a
// time and are not among the page's ids. Shown orders are unmarked.
func (tx *Tx) MissOrders(company string, account int64, from, to Cursor, before time.Time, shown []int64) error {
	ids := idList(shown)
	_, err := tx.exec(`UPDATE orders SET missed = 0 WHERE company = ?1 AND missed <> 0 AND account_id = ?2
		AND insales_id IN (SELECT value FROM json_each(?3))`, company, account, ids)
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE orders SET missed = 1
		WHERE company = ?1 AND account_id = ?2 AND insales_id <> 0 AND gone_at = 0 AND missed = 0
		AND (seen_updated_at, insales_id) > (?3, ?4) AND (seen_updated_at, insales_id) <= (?5, ?6)
		AND seen_updated_at < ?7
		AND insales_id NOT IN (SELECT value FROM json_each(?8))`,
		company, account, ms(from.UpdatedSince), from.FromID, ms(to.UpdatedSince), to.FromID, ms(before), ids)
	return err
}

// ForgetMissed unmarks all orders of the company: a pass is over, or begins.
func (tx *Tx) ForgetMissed(company string) error {
	_, err := tx.exec("UPDATE orders SET missed = 0 WHERE company = ? AND missed <> 0", company)
	return err
}

// FirstMissed gives the place of the first marked order of the company, or
// ErrNotFound.
func (tx *Tx) FirstMissed(company string) (Cursor, error) {
	var c Cursor
	var since int64
	err := tx.queryRow(`SELECT seen_updated_at, insales_id FROM orders WHERE company = ? AND missed <> 0
		ORDER BY seen_updated_at, insales_id LIMIT 1`, company).Scan(&since, &c.FromID)
	c.UpdatedSince = fromMS(since)
	return c, err
}

// OrdersMissed gives some of the company's marked orders, from all over the
// list if they are many.
func (s *Store) OrdersMissed(ctx context.Context, company string, limit int) ([]Order, error) {
	return s.orders(ctx, "company = ? AND missed <> 0 ORDER BY insales_id % 997, insales_id LIMIT ?", company, limit)
}

// Witnesses gives the orders of one account that were changed last, as far as is
// known, and before a time: the list must show them.
func (s *Store) Witnesses(
	ctx context.Context, company string, account int64, before time.Time, limit int,
) ([]Order, error) {
	return s.orders(ctx, `company = ? AND account_id = ? AND insales_id <> 0 AND gone_at = 0 AND missed = 0
		AND seen_updated_at < ?
		ORDER BY seen_updated_at DESC, insales_id DESC LIMIT ?`, company, account, ms(before), limit)
}
