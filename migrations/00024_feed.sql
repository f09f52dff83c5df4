-- +goose Up
-- What guards the address of a company's catalog feed, sealed: storage.FeedAddress. Empty
-- until the feed is chosen for the first time.
ALTER TABLE companies ADD COLUMN feed_address BLOB NOT NULL DEFAULT x'';

-- What a chat fetches as a feed, where chat.wire.catalog is feed: the products that it may
-- see, as they would have been sent to it. See storage/catalog_feed.go.
CREATE TABLE catalog_feeds (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    company    TEXT UNIQUE,            -- NULL: nobody's any more; its rows are being removed
    changed_at INTEGER NOT NULL        -- when the feed was last made to say something else; 0: it says nothing yet
) STRICT;

-- Not WITHOUT ROWID: a body of more than a quarter of a page would go to a page of its own.
CREATE TABLE catalog_feed_products (
    seq  INTEGER PRIMARY KEY,
    feed INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    hash INTEGER NOT NULL,             -- of the body
    body BLOB NOT NULL,                -- JSON: ineedchat.Product, as storage/body.go packs it
    UNIQUE (feed, id)
) STRICT;

-- Each variant once, whatever products name it: the feed is read in this order.
CREATE TABLE catalog_feed_offers (
    feed    INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    product INTEGER NOT NULL,
    PRIMARY KEY (feed, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_feed_categories (
    feed INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    body BLOB NOT NULL,                -- JSON: ineedchat.Category
    PRIMARY KEY (feed, id)
) STRICT, WITHOUT ROWID;
