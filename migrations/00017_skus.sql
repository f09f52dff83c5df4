-- +goose Up
-- Which variant has a sku, as last read from the shop, in blocks of products
-- that came one after the other: see storage.VariantsBySKU.
DROP TABLE catalog_skus;
CREATE TABLE catalog_skus (
    company TEXT NOT NULL,
    block   INTEGER NOT NULL,          -- of catalog_products: seq >> 10
    sku     TEXT NOT NULL,
    variant INTEGER NOT NULL,
    PRIMARY KEY (company, block, sku, variant)
) STRICT, WITHOUT ROWID;
INSERT INTO catalog_skus (company, block, sku, variant) SELECT p.company, p.seq >> 10, j.value ->> 0, j.value ->> 1
    FROM catalog_products p NOT INDEXED, json_each(p.skus) j WHERE p.skus <> '' ON CONFLICT DO NOTHING;
