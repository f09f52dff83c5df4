package storage

import "context"

// A SKU is a variant's article number.
type SKU struct {
	SKU     string
	Variant int64
}

// SKUs packs article numbers, so that two lists can be compared.
func SKUs(list []SKU) string {
	if len(list) == 0 {
		return ""
	}
	var rows jsonList
	for _, s := range list {
		rows.add(s.SKU, s.Variant)
	}
	return rows.String()
}

// The index of article numbers is made of blocks: the numbers of products whose
// rows stand together, in their order. An index of all numbers in one order
// would cost the first sync of a large catalog more than all the rest, because
// each number belongs to another place. So each block is searched.

// skusOf gives the rows of the index that belong to products p.
const skusOf = `SELECT p.company, p.seq >> 10, j.value ->> 0, j.value ->> 1
	FROM catalog_products p, jsonb_each(p.skus) j WHERE p.skus <> '' AND `

// These put the article numbers of products into the index and take them out,
// the products by their rows.
const (
	indexSKUs = "INSERT OR FAIL INTO catalog_skus (company, block, sku, variant) " + skusOf +
		"p.seq IN (SELECT value FROM json_each(?1)) ON CONFLICT DO NOTHING"
	dropSKUs    = "DELETE FROM catalog_skus WHERE (company, block, sku, variant) IN (" + skusOf // and which products
	unindexSKUs = dropSKUs + "p.seq IN (SELECT value FROM json_each(?1)))"
)

// VariantsBySKU gives the variants with exactly this article number, at most
// two: more than one is no answer.
func (s *Store) VariantsBySKU(ctx context.Context, company, sku string) ([]int64, error) {
	rows, err := s.query(ctx, `WITH RECURSIVE blocks (n) AS (VALUES (-1) UNION ALL
			SELECT (SELECT min(block) FROM catalog_skus WHERE company = ?1 AND block > n) FROM blocks
			WHERE n IS NOT NULL)
		SELECT DISTINCT k.variant FROM blocks CROSS JOIN catalog_skus k
			WHERE k.company = ?1 AND k.block = n AND k.sku = ?2 LIMIT 2`, company, sku)
	return collect(rows, err, value[int64])
}
