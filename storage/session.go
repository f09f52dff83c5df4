package storage

import (
	"context"
	"time"
)

// A Session is one signed-in browser. Token is the SHA-256 of what its cookie
// holds, so that who reads the database cannot use it.
type Session struct {
	ID        int64 // tells nothing of the token
	Token     []byte
	User      int64
	CreatedAt time.Time
	SeenAt    time.Time
	Address   string // of the client that signed in
	Agent     string // what its browser calls itself
}

// sessionColumns is the one list of columns (id stands before it); scanSession and
// AddSession follow it.
const (
	sessionColumns = "token, user, created_at, seen_at, address, agent"
	selectSessions = "SELECT id, " + sessionColumns + " FROM sessions"
)

func scanSession(r scanner) (Session, error) {
	var s Session
	var created, seen int64
	err := r.Scan(&s.ID, &s.Token, &s.User, &created, &seen, &s.Address, &s.Agent)
	s.CreatedAt, s.SeenAt = fromMS(created), fromMS(seen)
	return s, err
}

// Session gives a session by its token's hash, and who has it, or ErrNotFound.
func (s *Store) Session(ctx context.Context, token []byte) (Session, User, error) {
	out, err := scanSession(s.queryRow(ctx, selectSessions+" WHERE token = ?", token))
	if err != nil {
		return out, User{}, err
	}
	user, err := scanUser(s.queryRow(ctx, selectUsers+" WHERE id = ?", out.User))
	return out, user, err
}

// Sessions gives the sessions of a user, the one that was used last first.
func (s *Store) Sessions(ctx context.Context, user int64) ([]Session, error) {
	rows, err := s.query(ctx, selectSessions+" WHERE user = ? ORDER BY seen_at DESC, id DESC", user)
	return collect(rows, err, scanSession)
}

// AddSession adds a session and forgets those that ended: created or last seen
// before the given times.
func (tx *Tx) AddSession(s Session, created, seen time.Time) error {
	if _, err := tx.exec("DELETE FROM sessions WHERE created_at < ? OR seen_at < ?",
		ms(created), ms(seen)); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO sessions ("+sessionColumns+") VALUES ("+marksOf(sessionColumns)+")",
		s.Token, s.User, ms(s.CreatedAt), ms(s.SeenAt), s.Address, s.Agent)
	return err
}

// TouchSession notes that a session was used.
func (tx *Tx) TouchSession(id int64, at time.Time) error {
	_, err := tx.exec("UPDATE sessions SET seen_at = ? WHERE id = ?", ms(at), id)
	return err
}

// EndSession ends one session of a user and reports whether there was one.
func (tx *Tx) EndSession(user, id int64) (bool, error) {
	n, err := tx.exec("DELETE FROM sessions WHERE user = ? AND id = ?", user, id)
	return n > 0, err
}

// EndSessions ends all sessions of a user but one; 0 = none is spared.
func (tx *Tx) EndSessions(user, but int64) error {
	_, err := tx.exec("DELETE FROM sessions WHERE user = ? AND id <> ?", user, but)
	return err
}
