-- +goose Up
-- Beside the password a user may have a second factor: a secret that a program on a phone
-- shares with us, from which both work out the code that a sign-in asks for. Without a row
-- no code is asked for.
CREATE TABLE factors (
    user    INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret  BLOB NOT NULL,                 -- sealed
    session INTEGER NOT NULL,              -- that sets it up, and alone is shown the secret
    made_at INTEGER NOT NULL,
    since   INTEGER NOT NULL,              -- when its first code was right; 0: it counts for nothing yet
    step    INTEGER NOT NULL               -- the 30 seconds whose code was taken last; none of before is taken
) STRICT;

-- What lets a user in once who has not the phone. A code that was used is gone.
CREATE TABLE recovery_codes (
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,                    -- HMAC-SHA-256 with a key that is not in the database
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;
