-- +goose Up
-- What a webhook of the shop has marked, what has disappeared there, and when an
-- order was last asked for by its id.
ALTER TABLE orders ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;   -- 0: nothing to refresh
ALTER TABLE orders ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0;      -- first seen gone; 0: it is there
ALTER TABLE orders ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN final INTEGER NOT NULL DEFAULT 0;        -- its status needs no watching

CREATE INDEX orders_to_refresh ON orders (company, touched_at) WHERE touched_at <> 0;
CREATE INDEX orders_gone ON orders (company, gone_at) WHERE gone_at <> 0 AND final = 0;
CREATE INDEX orders_open ON orders (company, asked_at) WHERE state = 'sent' AND final = 0;

-- Our webhooks in the shop. The token is a secret and sealed.
ALTER TABLE companies ADD COLUMN hooks BLOB NOT NULL DEFAULT x'';      -- JSON: storage.Hooks
ALTER TABLE companies ADD COLUMN hook_problem TEXT NOT NULL DEFAULT '';
