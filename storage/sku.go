package storage

import (
	"context"
	"strings"
)

// PutSKUs takes article numbers, packed, out of the index and puts others in.
// Those of products that are new come by IndexSKUs.
func (tx *Tx) PutSKUs(company string, out, in []string) error {
	for _, one := range []struct {
		query string
		lists []string
	}{
		{`DELETE FROM catalog_skus WHERE company = ?1 AND (sku, variant) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))`, out},
		{`INSERT INTO catalog_skus (company, sku, variant) SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2) WHERE true ON CONFLICT DO NOTHING`, in},
	} {
		if rows := joinLists(one.lists); rows != "[]" {
			if _, err := tx.exec(one.query, company, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexAtOnce is how many products' article numbers go into the index in one
// statement.
const indexAtOnce = 2000

// IndexSKUs puts the article numbers of the products that have come since a row
// into the index and gives the last row it took. One new product at a time would
// cost the first sync of a large catalog more than all the rest, because each
// number belongs to another place.
func (tx *Tx) IndexSKUs(company string, since int64) (last int64, err error) {
	for last = since; ; since = last {
		err = tx.row(func(r scanner) error { return r.Scan(&last) }, `SELECT coalesce(max(seq), 0) FROM
			(SELECT seq FROM catalog_products NOT INDEXED WHERE company = ? AND seq > ? ORDER BY seq LIMIT ?)`, company, since, indexAtOnce)
		if err != nil || last == 0 {
			return since, err
		}
		_, err = tx.exec(`INSERT INTO catalog_skus (company, sku, variant) SELECT ?1, j.value ->> 0 AS sku, j.value ->> 1 AS variant
			FROM catalog_products p NOT INDEXED, json_each(p.skus) j WHERE p.company = ?1 AND p.seq > ?2 AND p.seq <= ?3 AND p.skus <> ''
			ORDER BY sku, variant ON CONFLICT DO NOTHING`, company, since, last)
		if err != nil {
			return since, err
		}
	}
}

// joinLists makes one JSON list of several; "" is an empty one.
func joinLists(lists []string) string {
	var b strings.Builder
	for _, l := range lists {
		if l = strings.TrimSuffix(strings.TrimPrefix(l, "["), "]"); l == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(l)
	}
	return "[" + b.String() + "]"
}

// dropSKUs takes the article numbers of products out of the index.
func (tx *Tx) dropSKUs(which, company string, arg any) error {
	_, err := tx.exec(`DELETE FROM catalog_skus WHERE company = ?1 AND (sku, variant) IN (SELECT j.value ->> 0, j.value ->> 1
		FROM catalog_products p, json_each(p.skus) j WHERE p.skus <> '' AND `+which+`)`, company, arg)
	return err
}

// VariantsBySKU gives the variants with exactly this article number, at most
// two: more than one is no answer.
func (s *Store) VariantsBySKU(ctx context.Context, company, sku string) ([]int64, error) {
	rows, err := s.query(ctx, "SELECT variant FROM catalog_skus WHERE company = ? AND sku = ? ORDER BY variant LIMIT 2", company, sku)
	return scanIDs(rows, err)
}
