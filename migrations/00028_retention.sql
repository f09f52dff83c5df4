-- +goose Up
-- Histories are kept for a time that the settings say, from the last thing that happened to
-- the order. history_until is when that was, as it was seen when the order itself came to
-- that age; 0 = nobody has looked yet, -1 = the history was deleted. The order, with all that
-- keeps it from being made twice, stays for ever.
ALTER TABLE orders ADD COLUMN history_until INTEGER NOT NULL DEFAULT 0;

CREATE INDEX orders_to_prune ON orders (company, max(accepted_at, history_until))
    WHERE history_until >= 0 AND state IN ('cancelled', 'test', 'sent');
