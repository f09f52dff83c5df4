-- +goose Up
-- What orders are found by. The index that held every order's whole text had to be read
-- from its beginning to its end. Now orders stand in blocks of 2,048 as they came, and of
-- each block is kept which of its orders have which three signs in a row
-- (storage/search_index.go). It is written when a block is complete, not when an order comes.
CREATE TABLE search_grams (
    block  INTEGER NOT NULL,               -- of orders: seq >> 11
    gram   TEXT NOT NULL,                  -- three signs; 'company:' with its id; '' = the block is indexed
    orders BLOB NOT NULL,                  -- as storage/search_set.go packs them
    PRIMARY KEY (block, gram)
) STRICT, WITHOUT ROWID;

-- Orders of indexed blocks that have changed since, with all that they were found by.
CREATE TABLE search_changed (
    seq INTEGER PRIMARY KEY,
    was TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER order_renamed AFTER UPDATE OF number, insales_number, insales_id, phone ON orders
WHEN (old.number <> new.number OR old.insales_number <> new.insales_number OR old.insales_id <> new.insales_id
    OR old.phone <> new.phone)
    AND EXISTS (SELECT 1 FROM search_grams WHERE block = old.seq >> 11 AND gram = '')
BEGIN
    INSERT INTO search_changed
        VALUES (old.seq, concat_ws(char(10), old.number, old.insales_number, nullif(old.insales_id, 0), old.phone))
        ON CONFLICT DO UPDATE SET was = was || char(10) || excluded.was;
END;
-- +goose StatementEnd

DROP INDEX orders_search;
ALTER TABLE orders DROP COLUMN search;
