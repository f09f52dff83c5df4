package storage

import (
	"context"
	"time"
)

// A TokenRight says what a token of the API may do.
type TokenRight string

// The rights of tokens.
const (
	TokenReads TokenRight = "read" // look
	TokenAll   TokenRight = "all"  // whatever the API can
)

// A Token is by what a program uses the API. What the program sends is not stored, only its hash.
type Token struct {
	ID     int64 // tells nothing of the token
	Name   string
	May    TokenRight
	Hash   []byte // SHA-256
	MadeBy string // an actor, as in the journal
	MadeAt time.Time
	UsedAt time.Time // to a minute; zero = never
}

// tokenColumns is the one list of columns (id, the row, stands before it, and login behind
// it); scanToken and AddToken follow it.
const (
	tokenColumns = "name, may, hash, made_by, made_at, used_at"
	selectTokens = "SELECT id, " + tokenColumns + " FROM tokens"
)

func scanToken(r scanner) (Token, error) {
	var t Token
	var made, used int64
	err := r.Scan(&t.ID, &t.Name, &t.May, &t.Hash, &t.MadeBy, &made, &used)
	t.MadeAt, t.UsedAt = fromMS(made), fromMS(used)
	return t, err
}

// Tokens gives all tokens, the oldest first. They are few.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.query(ctx, selectTokens+" ORDER BY id")
	return collect(rows, err, scanToken)
}

// Tokens gives all tokens as they are now, the oldest first.
func (tx *Tx) Tokens() ([]Token, error) {
	rows, err := tx.query(selectTokens + " ORDER BY id")
	return collect(rows, err, scanToken)
}

// Token gives the token that has a hash, or ErrNotFound.
func (s *Store) Token(ctx context.Context, hash []byte) (Token, error) {
	return scanToken(s.queryRow(ctx, selectTokens+" WHERE hash = ?", hash))
}

// AddToken stores a new token and gives it its number. No two have names that are compared as
// the same.
func (tx *Tx) AddToken(t *Token) error {
	id, _, err := tx.insert("INSERT INTO tokens ("+tokenColumns+", login) VALUES ("+marksOf(tokenColumns)+", ?)",
		t.Name, t.May, t.Hash, t.MadeBy, ms(t.MadeAt), ms(t.UsedAt), LoginOf(t.Name))
	t.ID = id
	return err
}

// UseToken notes that a token was used then, unless that is known to a minute.
func (tx *Tx) UseToken(id int64, at time.Time) error {
	_, err := tx.exec("UPDATE tokens SET used_at = ? WHERE id = ? AND used_at <= ?", ms(at), id,
		ms(at.Add(-time.Minute)))
	return err
}

// DropToken forgets a token. It fails with ErrNotFound if there is none of that number.
func (tx *Tx) DropToken(id int64) error {
	n, err := tx.exec("DELETE FROM tokens WHERE id = ?", id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}
