package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The length of a password. Bcrypt reads no more bytes than that.
const (
	MinPassword = 10 // characters
	MaxPassword = 72 // bytes
)

// passwordCost makes one try take about a tenth of a second.
const passwordCost = 11

// nobody is the hash of a password that nobody knows. It is compared where there is
// no user of a name, or none with a password, so that the time of an answer does not
// tell who there is.
const nobody = "$2a$11$k0h.80IrgWJl1uLbcCMY7unX96nJkl9uLQMPYBLk6bAZaPA11rc1O"

// ErrWrongPassword says that a name and a password do not belong together.
var ErrWrongPassword = errors.New("wrong password")

// TooSoon says that there were too many wrong passwords or codes.
type TooSoon struct{ Wait time.Duration }

// Error tells how long to wait, for the log.
func (e *TooSoon) Error() string {
	return "too many wrong tries: wait " + e.Wait.Round(time.Second).String()
}

// CheckPassword says what is wrong with a new password; the zero Problem means
// nothing is.
func CheckPassword(password string) storage.Problem {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return problem.Of(problem.FieldPasswordShort, "min", strconv.Itoa(MinPassword))
	case len(password) > MaxPassword:
		return problem.Of(problem.FieldTooLong, "max", strconv.Itoa(MaxPassword))
	}
	return storage.Problem{}
}

// ChangePassword sets another password of a person and ends all of the person's
// sessions but the new one that it gives. The old password is judged as at a sign-in.
func (a *Account) ChangePassword(ctx context.Context, p Person, old, password string) (session string, err error) {
	user, err := a.prove(ctx, old, byID(p.ID))
	if err != nil {
		return "", err
	}
	set, err := setting(password, func(tx *storage.Tx) (storage.User, error) {
		now, err := tx.User(user.ID)
		if err == nil && string(now.Password) != string(user.Password) {
			err = storage.ErrStale
		}
		return now, err
	})
	if err != nil {
		return "", err
	}
	session, err = a.beginSession(ctx, storage.EntryPassword, set)
	if err == nil {
		a.throttle.codesForgiven(user.ID)
	}
	return session, err
}

// setting is what sets a password of the user that allowed names and ends all of that user's
// sessions.
func setting(password string, allowed allowing) (allowing, error) {
	if p := CheckPassword(password); p.Code != "" {
		return nil, &problem.Invalid{Fields: []problem.FieldProblem{{Field: "password", Problem: p}}}
	}
	made, err := bcrypt.GenerateFromPassword([]byte(password), passwordCost)
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	return func(tx *storage.Tx) (storage.User, error) {
		user, err := allowed(tx)
		if err != nil {
			return user, err
		}
		if err := tx.EndSessions(user.ID, 0); err != nil {
			return user, err
		}
		user.Password, user.Setup, user.SetupUntil = made, nil, time.Time{}
		return user, tx.PutUser(user)
	}, nil
}

// prove judges the password of the user that is chosen, slower and slower for whoever
// guesses.
func (a *Account) prove(ctx context.Context, password string, chosen choice) (storage.User, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return storage.User{}, err
	}
	user, known := chosen(users)
	stored := user.Password
	if known = known && len(stored) > 0; !known {
		stored = []byte(nobody)
	}
	who := triesFor(ctx, user.ID)
	if wait := a.throttle.admit(who, time.Now()); wait > 0 {
		return storage.User{}, &TooSoon{wait}
	}
	a.proving.Lock() // one at a time: a try costs a core for a tenth of a second
	err = bcrypt.CompareHashAndPassword(stored, []byte(password))
	a.proving.Unlock()
	if err == nil && known {
		a.throttle.succeeded(who, time.Now())
		return user, nil
	}
	return user, a.refuse(ctx, ErrWrongPassword)
}

// triesFor says whose tries the context's are at the password of a user; 0 = at nobody's.
func triesFor(ctx context.Context, user int64) client {
	who := company.ActorOf(ctx)
	c := clientOf(who.Address)
	if who.Browser != "" && UserOfBrowser(who.Browser) == user {
		c = client{name: "browser " + who.Browser, known: true}
	}
	c.user = user
	return c
}

// refuse notes that somebody could not sign in, and gives why.
func (a *Account) refuse(ctx context.Context, why error) error {
	level := slog.LevelWarn
	if a.throttle.attacked() { // the journal has the latest of them
		level = slog.LevelDebug
	}
	a.log.Log(ctx, level, "sign-in refused", "address", company.ActorOf(ctx).Address)
	refused := company.Entry(ctx, storage.EntryRefused)
	refused.Actor = ""
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.AddEntry(refused) }); err != nil {
		return err
	}
	return why
}

// A choice finds one of all users.
type choice func([]storage.User) (storage.User, bool)

// byID chooses the user of a number.
func byID(id int64) choice {
	return func(users []storage.User) (storage.User, bool) {
		for _, u := range users {
			if u.ID == id {
				return u, true
			}
		}
		return storage.User{}, false
	}
}

// byName chooses the user of a name. While only one can sign in, there is nobody to be
// told apart, and the name may be left out.
func byName(name string) choice {
	login := storage.LoginOf(name)
	return func(users []storage.User) (storage.User, bool) {
		if able := withPassword(users); login == "" && len(able) == 1 {
			return able[0], true
		}
		for _, u := range users {
			if login != "" && storage.LoginOf(u.Name) == login {
				return u, true
			}
		}
		return storage.User{}, false
	}
}

// withPassword are the users who can sign in.
func withPassword(users []storage.User) []storage.User {
	var list []storage.User
	for _, u := range users {
		if len(u.Password) > 0 {
			list = append(list, u)
		}
	}
	return list
}
