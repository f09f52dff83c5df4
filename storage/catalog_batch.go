package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// BatchItems are what the acknowledgement of a batch means.
type BatchItems struct {
	Products       []CatalogItem     `json:"p,omitempty"`
	Categories     []CatalogCategory `json:"c,omitempty"`
	Gone           []int64           `json:"gp,omitempty"` // products
	GoneVariants   []int64           `json:"gv,omitempty"`
	GoneCategories []int64           `json:"gc,omitempty"`
}

// A CatalogBatch is a batch on its way to the chat. Its texts, a megabyte at
// most, are read when they are needed.
type CatalogBatch struct {
	Company    string
	Seq        int
	Last       bool
	StagedAt   time.Time
	Before     Place // where the run was before the page that it was read with
	Items      BatchItems
	Categories []byte // a JSON document per line
	Products   []byte // a JSON document per line
}

// The columns of a batch. Its texts are large and read apart.
const (
	batchColumns = "seq, last, staged_at, before, items"
	batchTexts   = "categories, products"
)

// AddBatch stages a batch.
func (tx *Tx) AddBatch(b CatalogBatch) error {
	const columns = "company, " + batchColumns + ", " + batchTexts
	_, err := tx.exec("INSERT INTO catalog_batches ("+columns+") VALUES ("+marksOf(columns)+")",
		b.Company, b.Seq, b.Last, ms(b.StagedAt), toJSON(&b.Before), toJSON(&b.Items),
		blob(b.Categories), blob(b.Products))
	if err != nil {
		return fmt.Errorf("batch %d of company %s: %w", b.Seq, b.Company, err)
	}
	return nil
}

// Batches gives the oldest batches that wait, at most so many, without their texts.
func (s *Store) Batches(ctx context.Context, company string, limit int) ([]CatalogBatch, error) {
	rows, err := s.query(ctx, "SELECT "+batchColumns+" FROM catalog_batches WHERE company = ? ORDER BY seq LIMIT ?",
		company, limit)
	return collect(rows, err, func(r scanner) (CatalogBatch, error) {
		b := CatalogBatch{Company: company}
		err := scanBatch(r, &b)
		return b, err
	})
}

// NewestBatch gives the batch that was staged last, without its texts.
func (tx *Tx) NewestBatch(company string) (CatalogBatch, error) {
	b := CatalogBatch{Company: company}
	row := tx.queryRow("SELECT "+batchColumns+" FROM catalog_batches WHERE company = ? ORDER BY seq DESC LIMIT 1",
		company)
	err := scanBatch(row, &b)
	return b, err
}

func scanBatch(r scanner, b *CatalogBatch) error {
	var before string
	var items []byte
	var staged int64
	if err := r.Scan(&b.Seq, &b.Last, &staged, &before, &items); err != nil {
		return err
	}
	b.StagedAt = fromMS(staged)
	if err := json.Unmarshal(items, &b.Items); err != nil {
		return fmt.Errorf("items of batch %d: %w", b.Seq, err)
	}
	return fromJSON(column{before, &b.Before})
}

// BatchTexts hands over a batch's texts, which are valid until read returns.
func (s *Store) BatchTexts(ctx context.Context, company string, seq int, read func(categories, products []byte)) error {
	rows, err := s.query(ctx, "SELECT "+batchTexts+" FROM catalog_batches WHERE company = ? AND seq = ?", company, seq)
	there := false
	err = each(rows, err, func(r scanner) error {
		var categories, products sql.RawBytes
		if err := r.Scan(&categories, &products); err != nil {
			return err
		}
		there = true
		read(categories, products)
		return nil
	})
	if err == nil && !there {
		return ErrNotFound
	}
	return err
}

// ReadBatch fills in a batch's texts.
func (tx *Tx) ReadBatch(b *CatalogBatch) error {
	return tx.queryRow("SELECT "+batchTexts+" FROM catalog_batches WHERE company = ? AND seq = ?", b.Company, b.Seq).
		Scan(&b.Categories, &b.Products)
}

// EndBatch makes a batch the last, or not, and stores what its acknowledgement
// means; its texts stay.
func (tx *Tx) EndBatch(b CatalogBatch) error {
	_, err := tx.exec("UPDATE catalog_batches SET last = ?, items = ? WHERE company = ? AND seq = ?",
		b.Last, toJSON(&b.Items), b.Company, b.Seq)
	return err
}

// DropBatch takes a batch out and moves those behind it by so many places: the
// numbers of a sync have no gaps (the contract), so a batch that falls away or is
// cut in two shifts the others.
func (tx *Tx) DropBatch(company string, seq, move int) error {
	_, err := tx.exec("DELETE FROM catalog_batches WHERE company = ? AND seq = ?", company, seq)
	if err != nil || move == 0 {
		return err
	}
	// By way of negative numbers: no two rows may have one number in between.
	if _, err := tx.exec("UPDATE catalog_batches SET seq = -(seq + ?3) WHERE company = ?1 AND seq > ?2",
		company, seq, move); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE catalog_batches SET seq = -seq WHERE company = ? AND seq < 0", company)
	return err
}

// DropBatches takes all batches out.
func (tx *Tx) DropBatches(company string) error {
	_, err := tx.exec("DELETE FROM catalog_batches WHERE company = ?", company)
	return err
}

// Acknowledge records that the chat has what a batch says. Products whose
// pictures are not ready are asked for again at soon.
func (tx *Tx) Acknowledge(company string, items BatchItems, soon time.Time) error {
	if err := tx.findRows(company, items.Products); err != nil {
		return err
	}
	var products, hashes jsonList
	for _, p := range items.Products {
		var look int64
		if p.Unready {
			look = ms(soon)
		}
		products.add(p.Seq, p.Hash, p.Available, p.Free, joinIDs(p.Variants), look)
		hashes.add(p.ID, p.Hash)
	}
	if err := bulk(tx, `UPDATE OR FAIL catalog_products SET
			hash = j.value ->> 1, available = j.value ->> 2, free = j.value ->> 3, variants = j.value ->> 4,
			tries = 0, problem = '', look_at = CASE WHEN lost <> 0 THEN look_at ELSE j.value ->> 5 END
		FROM jsonb_each(?1) j WHERE seq = j.value ->> 0`, products.String()); err != nil {
		return err
	}
	if err := bulk(tx, `DELETE FROM catalog_held
		WHERE company = ?1 AND EXISTS (SELECT 1 FROM catalog_held WHERE company = ?1)
		AND (id, item ->> '$.h') IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(?2))`,
		hashes.String(), company); err != nil {
		return err
	}
	for _, c := range items.Categories {
		if _, err := tx.exec("UPDATE catalog_categories SET hash = ? WHERE company = ? AND id = ?",
			c.Hash, company, c.ID); err != nil {
			return err
		}
	}
	if len(items.Gone) > 0 {
		if _, err := tx.exec(`DELETE FROM catalog_products
			WHERE company = ? AND lost <> 0 AND id IN (SELECT value FROM json_each(?))`,
			company, idList(items.Gone)); err != nil {
			return err
		}
	}
	if len(items.GoneCategories) == 0 {
		return nil
	}
	_, err := tx.exec(`DELETE FROM catalog_categories
		WHERE company = ? AND gone = 1 AND id IN (SELECT value FROM json_each(?))`,
		company, idList(items.GoneCategories))
	return err
}

// findRows fills in the rows of products that a version of this program has
// staged that did not note them.
func (tx *Tx) findRows(company string, items []CatalogItem) error {
	var ids []int64
	for _, p := range items {
		if p.Seq == 0 {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := tx.Products(company, ids)
	if err != nil {
		return err
	}
	for i := range items {
		if p, ok := known[items[i].ID]; ok {
			items[i].Seq = p.Seq
		}
	}
	return nil
}
