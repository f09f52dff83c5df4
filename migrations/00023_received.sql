-- +goose Up
-- What chats have posted that do not speak the contract, as it came: what is unread yet,
-- and beside each order's body, which is the contract's, what that was made of.
CREATE TABLE received (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    company      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    query        TEXT NOT NULL,            -- of the address, without our token
    headers      TEXT NOT NULL,            -- JSON: names in lower case
    body         BLOB NOT NULL,            -- as a body of bodies
    size         INTEGER NOT NULL,         -- bytes that the row takes
    order_id     TEXT NOT NULL,            -- as far as it could be read
    wire         TEXT NOT NULL,            -- which wire read it; '' while it is unread
    failure      TEXT NOT NULL             -- JSON: why it is unread; '' = it is read
) STRICT;

CREATE INDEX received_unread ON received (company, seq, size, at) WHERE failure <> '';

ALTER TABLE bodies ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
