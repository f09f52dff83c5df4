package storage

import (
	"context"
	"time"
)

// A Session is one signed-in browser. Token is the SHA-256 of what its cookie
// holds, so that who reads the database cannot use it.
type Session struct {
	Token     []byte
	CreatedAt time.Time
	SeenAt    time.Time
	Address   string // of the client that signed in
}

// Session gives a session by its token's hash, or ErrNotFound.
func (s *Store) Session(ctx context.Context, token []byte) (Session, error) {
	out := Session{Token: token}
	var created, seen int64
	err := s.queryRow(ctx, "SELECT created_at, seen_at, address FROM sessions WHERE token = ?", token).
		Scan(&created, &seen, &out.Address)
	out.CreatedAt, out.SeenAt = fromMS(created), fromMS(seen)
	return out, err
}

// AddSession adds a session and forgets those that ended: created or last seen
// before the given times.
func (tx *Tx) AddSession(s Session, created, seen time.Time) error {
	if _, err := tx.exec("DELETE FROM sessions WHERE created_at < ? OR seen_at < ?",
		ms(created), ms(seen)); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO sessions (token, created_at, seen_at, address) VALUES (?, ?, ?, ?)",
		s.Token, ms(s.CreatedAt), ms(s.SeenAt), s.Address)
	return err
}

// TouchSession notes that a session was used.
func (tx *Tx) TouchSession(token []byte, at time.Time) error {
	_, err := tx.exec("UPDATE sessions SET seen_at = ? WHERE token = ?", ms(at), token)
	return err
}

// EndSession ends one session and reports whether there was one.
func (tx *Tx) EndSession(token []byte) (bool, error) {
	n, err := tx.exec("DELETE FROM sessions WHERE token = ?", token)
	return n > 0, err
}

// EndSessions ends all sessions.
func (tx *Tx) EndSessions() error {
	_, err := tx.exec("DELETE FROM sessions")
	return err
}
