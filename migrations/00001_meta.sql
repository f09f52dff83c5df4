-- +goose Up
-- Facts about the database itself, such as the fingerprint of the secret key
-- that its secrets are sealed with.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
