package login

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A person may have a second factor: then a right password is half of a sign-in, and the other
// half is a code that the person's phone shows, or one of ten recovery codes. A half is a token
// that names the user and when it ends. It opens nothing, and is void as soon as the user has
// another password.

// How long the second half of a sign-in, and the first code of a new factor, are waited for.
const (
	HalfLife   = 10 * time.Minute
	factorLife = 15 * time.Minute
)

// What can be wrong with the second half of a sign-in.
var (
	ErrWrongCode = errors.New("wrong code")
	ErrHalfOver  = errors.New("the password was given too long ago")
)

// A Pass is what a right password gives: a session, or half of a sign-in to whoever has a
// second factor.
type Pass struct{ Session, Half string }

// A Factor is how the second factor of a person stands.
type Factor struct {
	Since  time.Time      // zero = no code is asked for
	Left   int            // recovery codes
	Secret storage.Secret // as programs take it, while the session that asks sets it up; "" = it does not
}

// halfOf gives half of a sign-in as a user.
func (a *Account) halfOf(user storage.User) string {
	id := strconv.FormatInt(user.ID, 10) + "." + strconv.FormatInt(time.Now().Add(HalfLife).Unix(), 10)
	return id + "." + a.halfMAC(id, user)
}

func (a *Account) halfMAC(id string, user storage.User) string {
	h := hmac.New(sha256.New, a.halfKey)
	h.Write([]byte(id + " "))
	h.Write(user.Password)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// UserOfHalf gives who has begun to sign in. It fails with ErrHalfOver if that cannot be gone
// on with.
func (a *Account) UserOfHalf(ctx context.Context, half string) (storage.User, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return storage.User{}, err
	}
	number, rest, _ := strings.Cut(half, ".")
	ends, mac, _ := strings.Cut(rest, ".")
	id, err1 := strconv.ParseInt(number, 10, 64)
	until, err2 := strconv.ParseInt(ends, 10, 64)
	user, known := byID(id)(users)
	if err1 != nil || err2 != nil || !known || len(user.Password) == 0 || time.Now().Unix() >= until ||
		!hmac.Equal([]byte(mac), []byte(a.halfMAC(number+"."+ends, user))) {
		return storage.User{}, ErrHalfOver
	}
	return user, nil
}

// SendCode is the second half of a sign-in: it begins a session and gives its token. It fails
// with ErrHalfOver, with ErrWrongCode, or with a *TooSoon before the code is even looked at.
func (a *Account) SendCode(ctx context.Context, half, code string) (session string, err error) {
	user, err := a.UserOfHalf(ctx, half)
	if err != nil {
		return "", err
	}
	budget := codeBudget(triesFor(ctx, user.ID))
	if wait := a.throttle.admitCode(budget, time.Now()); wait > 0 {
		return "", &TooSoon{wait}
	}
	session, err = a.beginSession(ctx, storage.EntrySignIn, func(tx *storage.Tx) (storage.User, error) {
		now, err := tx.User(user.ID) // again: the password may have been changed meanwhile
		if errors.Is(err, storage.ErrNotFound) || err == nil && string(now.Password) != string(user.Password) {
			err = ErrHalfOver
		}
		if err != nil {
			return now, err
		}
		return now, a.takeCode(ctx, tx, now, code)
	})
	switch {
	case err == nil:
		a.throttle.codeTaken(budget)
	case errors.Is(err, ErrWrongCode):
		return "", a.refuseCode(ctx, user)
	}
	return session, err
}

// takeCode fails with ErrWrongCode unless the code is the factor's, or a recovery code. In
// either case it is used up by that.
func (a *Account) takeCode(ctx context.Context, tx *storage.Tx, user storage.User, typed string) error {
	f, err := tx.Factor(user.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && f.Since.IsZero() {
		return nil // it was switched off meanwhile
	}
	if err != nil {
		return err
	}
	code := tidyCode(typed)
	if len(code) != recoveryDigits {
		step, ok := stepOf([]byte(f.Secret.Reveal()), code, time.Now(), f.Step)
		if !ok {
			return ErrWrongCode
		}
		f.Step = step
		return tx.PutFactor(f)
	}
	used, err := tx.UseRecoveryCode(user.ID, a.recoveryHash(user.ID, code))
	if err == nil && !used {
		err = ErrWrongCode
	}
	if err != nil {
		return err
	}
	left, err := tx.RecoveryCodes(user.ID)
	if err != nil {
		return err
	}
	return noteBy(ctx, tx, storage.EntryRecoveryUsed, user,
		storage.Change{Field: "recovery_left", New: strconv.Itoa(left)})
}

// refuseCode notes that somebody who knows a user's password did not know the code.
func (a *Account) refuseCode(ctx context.Context, user storage.User) error {
	a.log.LogAttrs(ctx, slog.LevelWarn, "code of a sign-in refused",
		slog.String("address", company.ActorOf(ctx).Address))
	e := company.Entry(ctx, storage.EntryWrongCode)
	e.Actor, e.Changes = "", []storage.Change{{Field: "user", New: user.Name}}
	if err := a.store.Update(ctx, func(tx *storage.Tx) error { return tx.AddEntry(e) }); err != nil {
		return err
	}
	return ErrWrongCode
}

// counts reports whether a user's sign-in asks for a code.
func counts(tx *storage.Tx, user int64) (bool, error) {
	f, err := tx.Factor(user)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return !f.Since.IsZero(), err
}

// Factor gives how a person's own second factor stands.
func (a *Account) Factor(ctx context.Context, p Person) (Factor, error) {
	f, err := a.store.Factor(ctx, p.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return Factor{}, nil
	case err != nil:
		return Factor{}, err
	case !f.Since.IsZero():
		left, err := a.store.RecoveryCodes(ctx, p.ID)
		return Factor{Since: f.Since, Left: left}, err
	case waits(f, p):
		return Factor{Secret: storage.Secret(secretText([]byte(f.Secret.Reveal())))}, nil
	}
	return Factor{}, nil
}

// waits reports whether a factor waits for its first code in the session of a person.
func waits(f storage.Factor, p Person) bool {
	return f.Since.IsZero() && f.Session == p.Session && time.Since(f.MadeAt) < factorLife
}

// FactorUsers gives the users whose sign-in asks for a code.
func (a *Account) FactorUsers(ctx context.Context) ([]int64, error) { return a.store.FactorUsers(ctx) }

// BeginFactor makes a secret for a person who has none, which counts when its first code was
// right. The same session gets the same one for a while, whichever tab asks. The password is
// judged as at a sign-in.
func (a *Account) BeginFactor(ctx context.Context, p Person, password string) error {
	if _, err := a.prove(ctx, password, byID(p.ID)); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		f, err := tx.Factor(p.ID)
		if err == nil && (!f.Since.IsZero() || waits(f, p)) {
			return nil
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		return tx.PutFactor(storage.Factor{User: p.ID, Session: p.Session, MadeAt: time.Now(),
			Secret: storage.Secret(newSecret())})
	})
}

// ConfirmFactor has a person's sign-in ask for a code from now on, since the first one is
// right, ends all other sessions of the person, and gives the recovery codes. It fails with
// ErrWrongCode, and with ErrHalfOver if nothing waits for a code in this session. Nothing and
// no codes come of it if another tab was first.
func (a *Account) ConfirmFactor(ctx context.Context, p Person, code string) (recovery []string, err error) {
	made, err := newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		recovery = nil
		f, err := tx.Factor(p.ID)
		switch {
		case err == nil && !f.Since.IsZero():
			return nil
		case errors.Is(err, storage.ErrNotFound), err == nil && !waits(f, p):
			return ErrHalfOver
		case err != nil:
			return err
		}
		step, ok := stepOf([]byte(f.Secret.Reveal()), tidyCode(code), time.Now(), f.Step)
		if !ok {
			return ErrWrongCode
		}
		f.Since, f.Step, f.Session = time.Now(), step, 0
		recovery = made
		return errors.Join(tx.PutFactor(f), tx.SetRecoveryCodes(p.ID, a.recoveryHashes(p.ID, made)),
			tx.EndSessions(p.ID, p.Session), a.noteOf(ctx, tx, storage.EntryFactorOn, p.ID))
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

func (a *Account) recoveryHashes(user int64, codes []string) [][]byte {
	var list [][]byte
	for _, code := range codes {
		list = append(list, a.recoveryHash(user, code))
	}
	return list
}

// NewRecoveryCodes voids the recovery codes of a person and gives others; none if no code is
// asked for. The password is judged as at a sign-in.
func (a *Account) NewRecoveryCodes(ctx context.Context, p Person, password string) (recovery []string, err error) {
	if _, err := a.prove(ctx, password, byID(p.ID)); err != nil {
		return nil, err
	}
	made, err := newRecoveryCodes()
	if err != nil {
		return nil, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		recovery = nil
		if on, err := counts(tx, p.ID); err != nil || !on {
			return err
		}
		recovery = made
		return errors.Join(tx.SetRecoveryCodes(p.ID, a.recoveryHashes(p.ID, made)),
			a.noteOf(ctx, tx, storage.EntryRecoveryNew, p.ID))
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// DropFactor has a person's own sign-in ask for no code any more. The password is judged as at
// a sign-in.
func (a *Account) DropFactor(ctx context.Context, p Person, password string) error {
	if _, err := a.prove(ctx, password, byID(p.ID)); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error { return a.dropFactor(ctx, tx, p.ID) })
}

// DropFactorOf does it for another user, who has lost the phone. Nobody does that to himself.
func (a *Account) DropFactorOf(ctx context.Context, by Person, id int64) error {
	if by.ID == id {
		return problem.Refuse(problem.RefusedSelf)
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error { return a.dropFactor(ctx, tx, id) })
}

// ResetFactor does it for whoever the operator names, the first owner without a name. It fails
// with ErrNotFound if nobody is called so.
func (a *Account) ResetFactor(ctx context.Context, name string) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		user, err := named(tx, name)
		if err != nil {
			return err
		}
		return a.dropFactor(ctx, tx, user.ID)
	})
}

// dropFactor forgets the factor of a user, and notes it if there was one that counted.
func (a *Account) dropFactor(ctx context.Context, tx *storage.Tx, user int64) error {
	counted, err := tx.DropFactor(user)
	if err != nil || !counted {
		return err
	}
	return a.noteOf(ctx, tx, storage.EntryFactorOff, user)
}
