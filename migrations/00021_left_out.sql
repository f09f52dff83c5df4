-- +goose Up
-- Keys of its create request that the shop refused by name, as a list in JSON: the order
-- is sent without them.
ALTER TABLE orders ADD COLUMN left_out TEXT NOT NULL DEFAULT '';
