package storage

import (
	"context"
	"time"
)

// What hash, seen, lost and look_at mean is told at the head of catalog.go.

// hashUnsure is the hash of what the chat may have got and has not acknowledged
// yet. No content has it.
const hashUnsure int64 = -1

// A CatalogProduct is what is known of a product of the shop.
type CatalogProduct struct {
	Seq       int64 // its row
	ID        int64
	Hash      int64   // of what the chat has acknowledged; 0 = it has nothing of it, hashUnsure = nobody knows
	Available int     // variants that can be bought, as the chat has it
	Free      int     // variants that cost nothing, as the chat has it
	Variants  []int64 // that the chat has
	SKUs      string  // as last read from the shop: see SKUs
	Lost      Loss
	LookAt    time.Time // when to ask for it by id; zero = no need
	Tries     int
}

// A Loss says whether a product is still there.
type Loss int

// The degrees of loss.
const (
	LossNone      Loss = iota
	LossSuspected      // not in the feed any more, or hidden there
	LossConfirmed      // asked for by its id
)

// A CatalogItem is a product as it is to be sent.
type CatalogItem struct {
	Seq       int64   `json:"q"` // the product's row; 0 = not known
	ID        int64   `json:"id"`
	Hash      int64   `json:"h"`
	Available int     `json:"a"` // variants that can be bought
	Free      int     `json:"f"` // variants that cost nothing
	Unready   bool    `json:"u"` // pictures are still being made: ask for it again soon
	Variants  []int64 `json:"v"`
	SKUs      []SKU   `json:"-"`
	Body      []byte  `json:"-"` // JSON on one line
}

// A SeenProduct is a product that is visible in the shop.
type SeenProduct struct {
	Seq  int64 // its row; 0 = it is new
	ID   int64
	SKUs string // packed
	Had  string // SKUs before
}

// Products gives what is known of these products, by id.
func (tx *Tx) Products(company string, ids []int64) (map[int64]CatalogProduct, error) {
	rows, err := tx.query(`SELECT seq, id, hash, available, free, variants, skus, lost, look_at, tries
		FROM catalog_products WHERE company = ? AND id IN (SELECT value FROM json_each(?))`, company, idList(ids))
	known := make(map[int64]CatalogProduct, len(ids))
	err = each(rows, err, func(r scanner) error {
		var p CatalogProduct
		var variants string
		var look int64
		err := r.Scan(&p.Seq, &p.ID, &p.Hash, &p.Available, &p.Free, &variants, &p.SKUs, &p.Lost, &look, &p.Tries)
		p.Variants, p.LookAt = splitIDs(variants), fromMS(look)
		known[p.ID] = p
		return err
	})
	return known, err
}

// SeeProducts records that these products are visible in the shop, with their
// article numbers, and fills in the rows of those that are new. None may stand
// there twice. Reading is the number of the complete reading that met them.
func (tx *Tx) SeeProducts(company string, reading int64, list []SeenProduct) error {
	next, err := value[int64](tx.queryRow(
		"SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'catalog_products'"))
	if err != nil {
		return err
	}
	var fresh, renamed jsonList
	var known, out, in []int64
	for i := range list {
		p := &list[i]
		if p.Seq == 0 {
			p.Seq = next
			next++
			fresh.add(p.Seq, p.ID, p.SKUs)
		} else if known = append(known, p.Seq); p.SKUs != p.Had {
			out = append(out, p.Seq)
			renamed.add(p.Seq, p.SKUs)
		}
		if p.SKUs != p.Had {
			in = append(in, p.Seq)
		}
	}
	for _, step := range []func() error{
		func() error { return bulk(tx, unindexSKUs, idList(out)) },
		func() error {
			return bulk(tx, `UPDATE OR FAIL catalog_products SET skus = j.value ->> 1
				FROM jsonb_each(?1) j WHERE seq = j.value ->> 0`, renamed.String())
		},
		func() error {
			return bulk(tx, `UPDATE OR FAIL catalog_products SET
				seen = ?1, look_at = CASE WHEN lost <> 0 THEN 0 ELSE look_at END, lost = 0
				WHERE seq IN (SELECT value FROM json_each(?2))`, idList(known), reading)
		},
		func() error {
			return bulk(tx, `INSERT OR FAIL INTO catalog_products
				(seq, company, id, hash, available, free, variants, skus, seen, lost, look_at, tries, problem)
				SELECT value ->> 0, ?1, value ->> 1, 0, 0, 0, '', value ->> 2, ?2, 0, 0, 0, '' FROM jsonb_each(?3)`,
				fresh.String(), company, reading)
		},
		func() error { return bulk(tx, indexSKUs, idList(in)) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// LoseProducts records that these products, as far as they are known, are
// visible no more, and asks for them by id at the given time. With confirmed
// they have been asked for already.
func (tx *Tx) LoseProducts(company string, ids []int64, loss Loss, at time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	list := idList(ids)
	if _, err := tx.exec(dropSKUs+"p.company = ?1 AND p.id IN (SELECT value FROM json_each(?2)))",
		company, list); err != nil {
		return err
	}
	if _, err := tx.exec(`UPDATE catalog_products SET lost = ?2, look_at = ?3, skus = ''
		WHERE company = ?1 AND lost < ?2 AND id IN (SELECT value FROM json_each(?4))`,
		company, loss, ms(at), list); err != nil {
		return err
	}
	return tx.unhold(company, list)
}

// LoseUnseen records that all products that the complete reading did not meet
// are visible no more.
func (tx *Tx) LoseUnseen(company string, reading int64, at time.Time) error {
	_, err := tx.exec(`UPDATE OR FAIL catalog_products NOT INDEXED SET lost = 1, look_at = ?3
		WHERE company = ?1 AND seen < ?2 AND lost = 0`,
		company, reading, ms(at))
	if err != nil {
		return err
	}
	_, err = tx.exec(`DELETE FROM catalog_held WHERE company = ?1
		AND id IN (SELECT id FROM catalog_products WHERE company = ?1 AND lost <> 0)`, company)
	return err
}

// ForgetUnseen forgets the products that the complete reading did not meet: the
// chat has hidden them.
func (tx *Tx) ForgetUnseen(company string, reading int64) error {
	if _, err := tx.exec(dropSKUs+"+p.company = ?1 AND p.seen < ?2)", company, reading); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM catalog_products NOT INDEXED WHERE company = ? AND seen < ?",
		company, reading); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM catalog_categories WHERE company = ? AND gone = 1", company)
	return err
}

// Doubt records that what the chat has of these is not certain any more: they
// are about to be sent or deleted, and only an acknowledgement tells that they
// were. What comes to the same as before has to be told again until then.
func (tx *Tx) Doubt(company string, ids []int64) error {
	_, err := tx.exec(`UPDATE OR FAIL catalog_products SET hash = ?2
		WHERE company = ?1 AND hash <> 0 AND id IN (SELECT value FROM json_each(?3))`,
		company, hashUnsure, idList(ids))
	return err
}

// PutLooks sets when these products are asked for by id again and counts a try.
func (tx *Tx) PutLooks(company string, ids []int64, at time.Time, problem string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.exec(`UPDATE catalog_products SET look_at = ?2, tries = tries + 1, problem = ?3 WHERE company = ?1
		AND id IN (SELECT value FROM json_each(?4))`, company, ms(at), problem, idList(ids))
	return err
}

// Postpone sets when these products are asked for by id again, unless the chat
// acknowledges them before.
func (tx *Tx) Postpone(company string, ids []int64, at time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.exec(`UPDATE catalog_products SET look_at = ?2
		WHERE company = ?1 AND id IN (SELECT value FROM json_each(?3))`,
		company, ms(at), idList(ids))
	return err
}

// SettleProducts records that the chat has what the shop has of these.
func (tx *Tx) SettleProducts(company string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.exec(`UPDATE catalog_products SET look_at = 0, tries = 0, problem = '' WHERE company = ?1
		AND id IN (SELECT value FROM json_each(?2))`, company, idList(ids))
	return err
}

// ToLook gives products that are due to be asked for by id, the longest due
// first; with lost those that may be gone too.
func (s *Store) ToLook(ctx context.Context, company string, now time.Time, lost Loss, limit int) ([]int64, error) {
	rows, err := s.query(ctx, `SELECT id FROM catalog_products
		WHERE company = ? AND look_at <> 0 AND look_at <= ? AND lost <= ? ORDER BY look_at, id LIMIT ?`,
		company, ms(now), lost, limit)
	return collect(rows, err, value[int64])
}

// ConfirmedLost gives products whose loss was confirmed and not told yet.
func (tx *Tx) ConfirmedLost(company string, limit int) ([]int64, error) {
	rows, err := tx.query(
		"SELECT id FROM catalog_products WHERE company = ? AND lost <> 0 AND lost = 2 ORDER BY id LIMIT ?",
		company, limit)
	return collect(rows, err, value[int64])
}

// VisibleProducts counts the products that the chat has.
func (tx *Tx) VisibleProducts(company string) (int, error) {
	const query = "SELECT count(*) FROM catalog_products NOT INDEXED WHERE company = ? AND hash <> 0"
	return value[int](tx.queryRow(query, company))
}

// A CatalogCensus counts products.
type CatalogCensus struct {
	Visible  int // that the chat has
	Waiting  int // that the chat has not acknowledged, or refused
	Lost     int // that may be gone
	Held     int
	Variants int // that have a sku
}

// CatalogCensus counts the company's products.
func (s *Store) CatalogCensus(ctx context.Context, company string) (CatalogCensus, error) {
	var c CatalogCensus
	err := s.queryRow(ctx, `SELECT
		count(*) FILTER (WHERE hash <> 0),
		count(*) FILTER (WHERE problem <> '' OR hash = 0),
		count(*) FILTER (WHERE lost <> 0),
		(SELECT count(*) FROM catalog_held WHERE company = ?1), (SELECT count(*) FROM catalog_skus WHERE company = ?1)
		FROM catalog_products NOT INDEXED WHERE company = ?1`, company).
		Scan(&c.Visible, &c.Waiting, &c.Lost, &c.Held, &c.Variants)
	return c, err
}
