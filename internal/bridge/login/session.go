package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
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

// Who may use the panel: one account with a password, and the browsers that
// have signed in with it. Of tokens only hashes are stored.

// How long things last.
const (
	setupLife   = time.Hour           // of a set-up link
	SessionLife = 30 * 24 * time.Hour // of a session, whatever it does
	SessionIdle = 7 * 24 * time.Hour  // of one that is not used
	touchEvery  = 10 * time.Minute    // a session's use is noted at most so often
)

// The length of a password. Bcrypt reads no more bytes than that.
const (
	MinPassword = 10 // characters
	MaxPassword = 72 // bytes
)

// passwordCost makes one try take about a tenth of a second.
const passwordCost = 11

// Errors of signing in.
var (
	ErrSignedOut     = errors.New("not signed in")
	ErrWrongPassword = errors.New("wrong password")
	ErrSetupLink     = errors.New("the set-up link is used, expired or wrong")
)

// TooSoon says that there were too many wrong passwords.
type TooSoon struct{ Wait time.Duration }

// Error tells how long to wait, for the log.
func (e *TooSoon) Error() string {
	return "too many wrong passwords: wait " + e.Wait.Round(time.Second).String()
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

// byAdmin is who has signed in.
const byAdmin = "admin"

// hash is what is stored of a token. A token has 128 random bits or more, so
// nothing slower is needed.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// SetUp prepares the account at start. The first password is taken if there was
// no account yet; later ones are not, since a person may have changed it. While
// there is no password the token of a fresh set-up link is given, and the one
// before is void.
func (a *Account) SetUp(ctx context.Context, first string) (token string, err error) {
	admin, err := a.store.Admin(ctx)
	fresh := errors.Is(err, storage.ErrNotFound)
	switch {
	case err != nil && !fresh:
		return "", fmt.Errorf("admin account: %w", err)
	case len(admin.Password) > 0:
		return "", nil
	case fresh && first != "":
		if admin.Password, err = bcrypt.GenerateFromPassword([]byte(first), passwordCost); err != nil {
			return "", fmt.Errorf("admin password: %w", err)
		}
		return "", a.store.Update(ctx, func(tx *storage.Tx) error { return tx.PutAdmin(admin) })
	}
	return a.newLink(ctx, func(*storage.Tx) error { return nil })
}

// newLink makes a set-up link and voids the password, in one transaction with
// whatever else is to be done.
func (a *Account) newLink(ctx context.Context, also func(*storage.Tx) error) (string, error) {
	token := rand.Text()
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.PutAdmin(storage.Admin{Setup: hash(token), SetupUntil: time.Now().Add(setupLife)}); err != nil {
			return err
		}
		return also(tx)
	})
	return token, err
}

// ResetPassword voids the password, ends all sessions and gives the token of a
// set-up link.
func (a *Account) ResetPassword(ctx context.Context) (string, error) {
	return a.newLink(ctx, func(tx *storage.Tx) error {
		if err := tx.EndSessions(); err != nil {
			return err
		}
		return tx.AddEntry(company.Entry(ctx, storage.EntryReset))
	})
}

// HasPassword reports whether one can sign in at all, or has to use a set-up
// link first.
func (a *Account) HasPassword(ctx context.Context) (bool, error) {
	admin, err := a.store.Admin(ctx)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return len(admin.Password) > 0, err
}

// CheckLink fails with ErrSetupLink unless the token is that of a valid link.
func (a *Account) CheckLink(ctx context.Context, token string) error {
	admin, err := a.store.Admin(ctx)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return checkLink(admin, token)
}

func checkLink(a storage.Admin, token string) error {
	if len(a.Setup) == 0 || subtle.ConstantTimeCompare(a.Setup, hash(token)) != 1 || time.Now().After(a.SetupUntil) {
		return ErrSetupLink
	}
	return nil
}

// UseLink sets the password with a set-up link, which is used up by that, and
// signs in. A bad password is an *Invalid.
func (a *Account) UseLink(ctx context.Context, token, password string) (session string, err error) {
	if err := a.CheckLink(ctx, token); err != nil {
		return "", err
	}
	return a.setPassword(ctx, password, storage.EntrySetup, func(tx *storage.Tx) error {
		admin, err := tx.Admin() // again: only one of two at once may use it
		if err != nil {
			return err
		}
		return checkLink(admin, token)
	})
}

// ChangePassword sets another password and ends all sessions but the new one
// that it gives. The old password is judged as at a sign-in.
func (a *Account) ChangePassword(ctx context.Context, old, password string) (session string, err error) {
	admin, err := a.prove(ctx, old)
	if err != nil {
		return "", err
	}
	return a.setPassword(ctx, password, storage.EntryPassword, func(tx *storage.Tx) error {
		now, err := tx.Admin()
		if err == nil && string(now.Password) != string(admin.Password) {
			err = storage.ErrStale
		}
		return err
	})
}

// setPassword stores a password if allowed says so in the same transaction,
// ends all sessions and begins a new one.
func (a *Account) setPassword(
	ctx context.Context, password, kind string, allowed func(*storage.Tx) error,
) (string, error) {
	if p := CheckPassword(password); p.Code != "" {
		return "", &problem.Invalid{Fields: []problem.FieldProblem{{Field: "password", Problem: p}}}
	}
	made, err := bcrypt.GenerateFromPassword([]byte(password), passwordCost)
	if err != nil {
		return "", fmt.Errorf("admin password: %w", err)
	}
	return a.beginSession(ctx, kind, func(tx *storage.Tx) error {
		if err := allowed(tx); err != nil {
			return err
		}
		if err := tx.EndSessions(); err != nil {
			return err
		}
		return tx.PutAdmin(storage.Admin{Password: made})
	})
}

// SignIn begins a session and gives its token. It fails with ErrWrongPassword,
// or with a *TooSoon before the password is even looked at. Who signs in from
// where is the context's actor.
func (a *Account) SignIn(ctx context.Context, password string) (session string, err error) {
	admin, err := a.prove(ctx, password)
	if err != nil {
		return "", err
	}
	return a.beginSession(ctx, storage.EntrySignIn, func(tx *storage.Tx) error {
		now, err := tx.Admin() // it may have been reset while the password was judged
		if err == nil && string(now.Password) != string(admin.Password) {
			err = ErrWrongPassword
		}
		return err
	})
}

// prove judges a password, slower and slower for whoever guesses.
func (a *Account) prove(ctx context.Context, password string) (storage.Admin, error) {
	who := clientOf(company.ActorOf(ctx).Address)
	if name := company.ActorOf(ctx).Browser; name != "" {
		who = client{name: "browser " + name, known: true}
	}
	if wait := a.throttle.admit(who, time.Now()); wait > 0 {
		return storage.Admin{}, &TooSoon{wait}
	}
	admin, err := a.store.Admin(ctx)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return admin, err
	}
	a.proving.Lock() // one at a time: a try costs a core for a tenth of a second
	err = bcrypt.CompareHashAndPassword(admin.Password, []byte(password))
	a.proving.Unlock()
	if err == nil {
		a.throttle.succeeded(who, time.Now())
		return admin, nil
	}
	level := slog.LevelWarn
	if a.throttle.attacked() { // the journal has the latest of them
		level = slog.LevelDebug
	}
	a.log.Log(ctx, level, "sign-in refused", "address", company.ActorOf(ctx).Address)
	refused := company.Entry(ctx, storage.EntryRefused)
	refused.Actor = ""
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.AddEntry(refused) }); err != nil {
		return admin, err
	}
	return admin, ErrWrongPassword
}

// beginSession stores a new session, in one transaction with what allows it.
func (a *Account) beginSession(ctx context.Context, kind string, allowed func(*storage.Tx) error) (string, error) {
	token, now := rand.Text(), time.Now()
	s := storage.Session{Token: hash(token), CreatedAt: now, SeenAt: now, Address: company.ActorOf(ctx).Address}
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := allowed(tx); err != nil {
			return err
		}
		if err := tx.AddSession(s, now.Add(-SessionLife), now.Add(-SessionIdle)); err != nil {
			return err
		}
		e := company.Entry(ctx, kind)
		e.Actor = byAdmin
		return tx.AddEntry(e)
	})
	return token, err
}

// SignedIn fails with ErrSignedOut unless the token is that of a session that
// has not ended.
func (a *Account) SignedIn(ctx context.Context, token string) error {
	s, err := a.store.Session(ctx, hash(token))
	if errors.Is(err, storage.ErrNotFound) {
		return ErrSignedOut
	}
	if err != nil {
		return err
	}
	now := time.Now()
	if now.Sub(s.CreatedAt) > SessionLife || now.Sub(s.SeenAt) > SessionIdle {
		return ErrSignedOut
	}
	if now.Sub(s.SeenAt) < touchEvery {
		return nil
	}
	// That it could not be noted must not keep anybody from looking.
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.TouchSession(s.Token, now) }); err != nil {
		a.log.Warn("use of a session not noted", "err", err)
	}
	return nil
}

// SignOut ends the session of a token.
func (a *Account) SignOut(ctx context.Context, token string) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		ended, err := tx.EndSession(hash(token))
		if err != nil || !ended {
			return err
		}
		return tx.AddEntry(company.Entry(ctx, storage.EntrySignOut))
	})
}

// SignOutAll ends all sessions.
func (a *Account) SignOutAll(ctx context.Context) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.EndSessions(); err != nil {
			return err
		}
		return tx.AddEntry(company.Entry(ctx, storage.EntrySignOuts))
	})
}
