-- +goose Up
-- When an order whose status is final is asked for by its id again; 0: never.
ALTER TABLE orders ADD COLUMN look_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX orders_to_look_at ON orders (company, look_at) WHERE look_at <> 0;
