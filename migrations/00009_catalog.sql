-- +goose Up
ALTER TABLE companies ADD COLUMN catalog TEXT NOT NULL DEFAULT '';       -- JSON: storage.CatalogSync
ALTER TABLE companies ADD COLUMN catalog_fault TEXT NOT NULL DEFAULT ''; -- what stops the catalog until the settings change

-- How a company's catalog stands: where its feed was read to, what is wanted
-- next, what a person has allowed.
CREATE TABLE catalogs (
    company TEXT PRIMARY KEY,
    state   TEXT NOT NULL              -- JSON: storage.Catalog
) STRICT, WITHOUT ROWID;

-- What the chat has of each product, by what it has acknowledged. Rows stand in
-- the order in which they came: what is read together is written together.
CREATE TABLE catalog_products (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    company   TEXT NOT NULL,
    id        INTEGER NOT NULL,
    hash      INTEGER NOT NULL,        -- 0: the chat has nothing of it
    available INTEGER NOT NULL,        -- how many of its variants can be bought
    free      INTEGER NOT NULL,        -- how many of its variants cost nothing
    variants  TEXT NOT NULL,           -- ids, comma separated
    skus      TEXT NOT NULL,           -- its article numbers, JSON: storage.SKUs
    seen      INTEGER NOT NULL,        -- the last complete reading that has met it
    lost      INTEGER NOT NULL,        -- 1: the shop does not show it, as far as is known; 2: confirmed by its id
    look_at   INTEGER NOT NULL,        -- when to ask for it by its id; 0: no need
    tries     INTEGER NOT NULL,
    problem   TEXT NOT NULL,           -- what the chat has against it
    UNIQUE (company, id)
) STRICT;
CREATE INDEX catalog_to_look ON catalog_products (company, look_at) WHERE look_at <> 0;
CREATE INDEX catalog_lost ON catalog_products (company, id) WHERE lost <> 0;

-- Which variant has a sku, as last read from the shop. Those of new products
-- are put in by the thousand: see storage.IndexSKUs.
CREATE TABLE catalog_skus (
    company TEXT NOT NULL,
    sku     TEXT NOT NULL,
    variant INTEGER NOT NULL,
    PRIMARY KEY (company, sku, variant)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_categories (
    company TEXT NOT NULL,
    id      INTEGER NOT NULL,
    hash    INTEGER NOT NULL,          -- 0: the chat has nothing of it
    gone    INTEGER NOT NULL,          -- 1: the shop does not show it any more
    PRIMARY KEY (company, id)
) STRICT, WITHOUT ROWID;

-- Products that would become unavailable or cost nothing: they wait until the
-- whole run shows whether that can be believed.
CREATE TABLE catalog_held (
    company TEXT NOT NULL,
    id      INTEGER NOT NULL,
    item    TEXT NOT NULL,             -- JSON: storage.CatalogItem
    body    BLOB NOT NULL,
    PRIMARY KEY (company, id)
) STRICT, WITHOUT ROWID;

-- Batches that have to reach the chat, in the order of seq. The intent: a
-- batch stands here before it is sent and leaves with its acknowledgement, so
-- after a crash the same content goes out under the same number.
CREATE TABLE catalog_batches (
    company    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    staged_at  INTEGER NOT NULL,
    before     TEXT NOT NULL,          -- JSON: storage.Cursor of the page it was read with
    items      TEXT NOT NULL,          -- JSON: storage.BatchItems, what its acknowledgement means
    categories BLOB NOT NULL,          -- a JSON document per line
    products   BLOB NOT NULL,          -- a JSON document per line
    PRIMARY KEY (company, seq)
) STRICT;

CREATE TABLE catalog_runs (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    company  TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,         -- 0: it runs
    run      TEXT NOT NULL             -- JSON: storage.CatalogRun
) STRICT;
CREATE INDEX catalog_runs_of ON catalog_runs (company, id);
CREATE UNIQUE INDEX catalog_running ON catalog_runs (company) WHERE ended_at = 0;
