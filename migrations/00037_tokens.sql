-- +goose Up
-- By what programs use the API, beside the token of the environment.
CREATE TABLE tokens (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL,
    login   TEXT NOT NULL UNIQUE,      -- the name as names are compared: in small letters
    may     TEXT NOT NULL,             -- read, all
    hash    BLOB NOT NULL UNIQUE,      -- SHA-256 of the token
    made_by TEXT NOT NULL,             -- an actor, as in the journal
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL           -- to a minute; 0: never
) STRICT;
