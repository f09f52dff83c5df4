-- +goose Up
-- Who may use the panel. The first row appears at the first start; whoever had the
-- panel's one password before is its first owner.
CREATE TABLE users (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    login       TEXT NOT NULL UNIQUE,      -- the name as names are compared: in small letters
    role        TEXT NOT NULL,             -- owner, manager
    password    BLOB NOT NULL,             -- bcrypt; empty: none, a link sets one
    setup       BLOB NOT NULL,             -- SHA-256 of the link's token; empty: none
    setup_until INTEGER NOT NULL,
    made_at     INTEGER NOT NULL           -- 0: before there was more than one
) STRICT;

INSERT INTO users (id, name, login, role, password, setup, setup_until, made_at)
    SELECT 1, 'Администратор', 'администратор', 'owner', password, setup, setup_until, 0 FROM admin;

DROP TABLE admin;

-- Sessions belong to a user, and are listed: from which browser, and under a number
-- that tells nothing of the token.
ALTER TABLE sessions RENAME TO old_sessions;

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token      BLOB NOT NULL UNIQUE,       -- SHA-256 of the cookie's value
    user       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT NOT NULL,              -- of the client that signed in
    agent      TEXT NOT NULL               -- what its browser calls itself; '': not known
) STRICT;

INSERT INTO sessions (token, user, created_at, seen_at, address, agent)
    SELECT token, 1, created_at, seen_at, address, '' FROM old_sessions WHERE EXISTS (SELECT 1 FROM users);

DROP TABLE old_sessions;

CREATE INDEX sessions_user ON sessions (user);
