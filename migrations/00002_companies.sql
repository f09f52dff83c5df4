-- +goose Up
-- Settings of each company. Passwords and tokens are sealed (AES-256-GCM,
-- bound to company and field). Deleting a row forgets the access, not the
-- orders: they do not refer to it.
CREATE TABLE companies (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    shop_url      TEXT NOT NULL,
    shop_key_id   TEXT NOT NULL,
    shop_password BLOB NOT NULL,
    chat_url      TEXT NOT NULL,
    chat_auth     TEXT NOT NULL,
    chat_secrets  BLOB NOT NULL,
    chat_token    BLOB NOT NULL,
    orders        TEXT NOT NULL,           -- JSON: storage.OrderSync
    account_id    INTEGER NOT NULL,        -- 0: not bound to an InSales account yet
    marker_kept   INTEGER,                 -- NULL: no create yet
    problem       TEXT NOT NULL,           -- JSON: storage.Problem, '' for none
    chat_fault    TEXT NOT NULL,
    version       INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL         -- unix milliseconds, as all times here
) STRICT;
