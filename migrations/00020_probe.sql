-- +goose Up
-- What a company's shop was seen to do when it was probed last, one row a company.
CREATE TABLE probes (
    company  TEXT PRIMARY KEY,
    state    TEXT NOT NULL,                -- running, done, interrupted
    writes   INTEGER NOT NULL,             -- 1: an order's life was tried, not only reading
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,             -- 0 while it runs
    version  TEXT NOT NULL,                -- of the program
    items    TEXT NOT NULL                 -- JSON: list of storage.ProbeItem, without secrets and persons
) STRICT, WITHOUT ROWID;

-- What a probe makes in a shop. A row stands before the request leaves, so that
-- whatever dies in between, somebody knows what has to be removed again.
CREATE TABLE probe_things (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    company    TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,              -- order, client, hook
    token      TEXT NOT NULL,              -- by which it is known in the shop
    insales_id INTEGER NOT NULL DEFAULT 0, -- 0 = the answer has not come
    made_at    INTEGER NOT NULL,           -- the shop's clock when the request left
    tries      INTEGER NOT NULL DEFAULT 0, -- to remove it
    gone_at    INTEGER NOT NULL DEFAULT 0  -- when it was removed, or was certainly never made
) STRICT;

CREATE INDEX probe_things_of_company ON probe_things (company, gone_at);
