package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// Who uses the panel has a session: a browser that has signed in. Of its token only a
// hash is stored.

// How long sessions last.
const (
	SessionLife = 30 * 24 * time.Hour // whatever is done with it
	SessionIdle = 7 * 24 * time.Hour  // if it is not used
	touchEvery  = 10 * time.Minute    // its use is noted at most so often
)

// ErrSignedOut says that there is no session, or that it has ended.
var ErrSignedOut = errors.New("not signed in")

// A Person is a user who has signed in.
type Person struct {
	ID      int64
	Name    string
	Role    storage.Role
	Session int64 // its number

	seen time.Time // when its use was noted last
}

// Owner reports whether the person may do everything.
func (p Person) Owner() bool { return p.Role == storage.RoleOwner }

// By is the person as an actor of the journal and of histories.
func (p Person) By() string { return storage.ActorUser + p.Name }

// hash is what is stored of a token. A token has 128 random bits or more, so
// nothing slower is needed.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SignIn begins a session, or half of a sign-in where a code is asked for. It fails with
// ErrWrongPassword, or with a *TooSoon before the password is even looked at. While only one
// user can sign in, the name may be empty. Who signs in from where is the context's actor.
func (a *Account) SignIn(ctx context.Context, name, password string) (Pass, error) {
	user, err := a.prove(ctx, password, byName(name))
	if err != nil {
		return Pass{}, err
	}
	return a.enter(ctx, storage.EntrySignIn, func(tx *storage.Tx) (storage.User, error) {
		now, err := tx.User(user.ID) // it may have been reset while the password was judged
		if errors.Is(err, storage.ErrNotFound) || err == nil && string(now.Password) != string(user.Password) {
			err = ErrWrongPassword
		}
		return now, err
	})
}

// allowing names the user who is let in, in the transaction that lets in.
type allowing func(*storage.Tx) (storage.User, error)

// enter lets in the user that allowed names by a password: half, where a code is asked for.
func (a *Account) enter(ctx context.Context, kind string, allowed allowing) (pass Pass, err error) {
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		user, err := allowed(tx)
		if err != nil {
			return err
		}
		asked, err := counts(tx, user.ID)
		switch {
		case err != nil:
			return err
		case !asked:
			pass = Pass{}
			pass.Session, err = a.addSession(ctx, tx, kind, user)
			return err
		}
		if pass = (Pass{Half: a.halfOf(user)}); kind == storage.EntrySignIn {
			return nil // it is not one yet
		}
		return noteBy(ctx, tx, kind, user)
	})
	return pass, err
}

// beginSession stores a new session of the user that allowed names.
func (a *Account) beginSession(ctx context.Context, kind string, allowed allowing) (token string, err error) {
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		user, err := allowed(tx)
		if err == nil {
			token, err = a.addSession(ctx, tx, kind, user)
		}
		return err
	})
	return token, err
}

// addSession stores a new session of a user, with an entry in the journal, and gives its token.
func (a *Account) addSession(ctx context.Context, tx *storage.Tx, kind string, user storage.User) (string, error) {
	who, token, now := company.ActorOf(ctx), rand.Text(), time.Now()
	s := storage.Session{Token: hash(token), User: user.ID, CreatedAt: now, SeenAt: now, Address: who.Address,
		Agent: who.Agent}
	if err := tx.AddSession(s, now.Add(-SessionLife), now.Add(-SessionIdle)); err != nil {
		return "", err
	}
	return token, noteBy(ctx, tx, kind, user)
}

// noteBy adds an entry about what a user has done who was not signed in yet.
func noteBy(ctx context.Context, tx *storage.Tx, kind string, user storage.User, also ...storage.Change) error {
	e := company.Entry(ctx, kind)
	e.Actor, e.Changes = storage.ActorUser+user.Name, also
	return tx.AddEntry(e)
}

// SignedIn gives who has the session of a token. It fails with ErrSignedOut if there is
// none, or it has ended. To look at a session is no use of it: see Used.
func (a *Account) SignedIn(ctx context.Context, token string) (Person, error) {
	s, user, err := a.store.Session(ctx, hash(token))
	if errors.Is(err, storage.ErrNotFound) {
		return Person{}, ErrSignedOut
	}
	if err != nil {
		return Person{}, err
	}
	if ended(s, time.Now()) {
		return Person{}, ErrSignedOut
	}
	return Person{ID: user.ID, Name: user.Name, Role: user.Role, Session: s.ID, seen: s.SeenAt}, nil
}

// Used notes that a person has used the session, which puts off its end.
func (a *Account) Used(ctx context.Context, p Person) {
	now := time.Now()
	if now.Sub(p.seen) < touchEvery {
		return
	}
	// That it could not be noted must not keep anybody from looking.
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.TouchSession(p.Session, now) }); err != nil {
		a.log.Warn("use of a session not noted", "err", err)
	}
}

// ended reports whether a session is too old, or was not used for too long.
func ended(s storage.Session, now time.Time) bool {
	return now.Sub(s.CreatedAt) > SessionLife || now.Sub(s.SeenAt) > SessionIdle
}

// Sessions gives the sessions of a user that have not ended, the one that was used last
// first.
func (a *Account) Sessions(ctx context.Context, user int64) ([]storage.Session, error) {
	list, err := a.store.Sessions(ctx, user)
	var open []storage.Session
	for _, s := range list {
		if !ended(s, time.Now()) {
			open = append(open, s)
		}
	}
	return open, err
}

// SignOut ends the session of a person.
func (a *Account) SignOut(ctx context.Context, p Person) error {
	return a.EndSession(ctx, p.ID, p.Session)
}

// EndSession ends one session of a user, if there is such a one.
func (a *Account) EndSession(ctx context.Context, user, session int64) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		ended, err := tx.EndSession(user, session)
		if err != nil || !ended {
			return err
		}
		return a.noteOf(ctx, tx, storage.EntrySignOut, user)
	})
}

// EndSessions ends all sessions of a user but one, which is 0 if none is spared.
func (a *Account) EndSessions(ctx context.Context, user, but int64) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.EndSessions(user, but); err != nil {
			return err
		}
		return a.noteOf(ctx, tx, storage.EntrySignOuts, user)
	})
}

// noteOf adds an entry about a user to the journal, and says who that is if it is not
// the one who acts.
func (a *Account) noteOf(ctx context.Context, tx *storage.Tx, kind string, id int64, also ...storage.Change) error {
	user, err := tx.User(id)
	if err != nil {
		return err
	}
	e := company.Entry(ctx, kind)
	if e.Actor != storage.ActorUser+user.Name {
		e.Changes = []storage.Change{{Field: "user", New: user.Name}}
	}
	e.Changes = append(e.Changes, also...)
	return tx.AddEntry(e)
}
