-- +goose Up
-- What a pass over the shop's list should have shown and has not yet: 1 until it
-- does, or until the pass is over.
ALTER TABLE orders ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX orders_missed ON orders (company) WHERE missed <> 0;

-- Which orders must be between two places of the list.
CREATE INDEX orders_seen ON orders (company, account_id, seen_updated_at, insales_id) WHERE insales_id <> 0 AND gone_at = 0;
