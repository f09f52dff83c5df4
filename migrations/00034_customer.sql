-- +goose Up
-- The customer's name, to be found by; '': none, or erased, or not taken from the body yet.
ALTER TABLE orders ADD COLUMN customer TEXT NOT NULL DEFAULT '';

-- Orders of before, up to this row, whose name is still to be taken from the body, the newest first
-- (storage/search_names.go). No row: there are none.
CREATE TABLE search_unnamed (upto INTEGER PRIMARY KEY) STRICT;
INSERT INTO search_unnamed SELECT max(seq) FROM orders HAVING max(seq) IS NOT NULL;

-- As in 00029, and the name. That it is taken from the body is no change: the block is indexed anew.
DROP TRIGGER order_renamed;

-- +goose StatementBegin
CREATE TRIGGER order_renamed AFTER UPDATE OF number, insales_number, insales_id, phone, customer ON orders
WHEN (old.number <> new.number OR old.insales_number <> new.insales_number OR old.insales_id <> new.insales_id
    OR old.phone <> new.phone
    OR old.customer <> new.customer AND NOT EXISTS (SELECT 1 FROM search_unnamed WHERE upto >= old.seq))
    AND EXISTS (SELECT 1 FROM search_grams WHERE block = old.seq >> 11 AND gram = '')
BEGIN
    INSERT INTO search_changed
        VALUES (old.seq, concat_ws(char(10), old.number, old.insales_number, nullif(old.insales_id, 0), old.phone,
            old.customer))
        ON CONFLICT DO UPDATE SET was = was || char(10) || excluded.was;
END;
-- +goose StatementEnd
