-- +goose Up
-- Who may use the panel. There is one account; the row appears at the first
-- start.
CREATE TABLE admin (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    password    BLOB NOT NULL,             -- bcrypt; empty: none, a set-up link sets one
    setup       BLOB NOT NULL,             -- SHA-256 of the link's token; empty: none
    setup_until INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token      BLOB PRIMARY KEY,           -- SHA-256 of the cookie's value
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT NOT NULL               -- of the client that signed in
) STRICT, WITHOUT ROWID;

-- Who signed in and who changed which setting, without secrets.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,                 -- admin, cli, api; '' for a stranger
    address TEXT NOT NULL,
    kind    TEXT NOT NULL,
    company TEXT NOT NULL,                 -- '' where there is none
    changes TEXT NOT NULL                  -- JSON: list of storage.Change
) STRICT;

CREATE INDEX journal_refused ON journal (seq) WHERE kind = 'refused';
