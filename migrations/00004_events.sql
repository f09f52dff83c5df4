-- +goose Up
-- The history of each order, append-only and bounded per order.
CREATE TABLE events (
    order_seq INTEGER NOT NULL REFERENCES orders (seq) ON DELETE CASCADE,
    n         INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    args      TEXT NOT NULL,
    PRIMARY KEY (order_seq, n)
) STRICT, WITHOUT ROWID;
