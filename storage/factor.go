package storage

import (
	"context"
	"strconv"
	"time"
)

// A Factor is the second factor of a user: the secret from which a program on a phone and
// we work out the same codes.
type Factor struct {
	User    int64
	Secret  Secret    // the raw bytes
	Session int64     // that sets it up, and alone is shown the secret
	MadeAt  time.Time // when that began
	Since   time.Time // when its first code was right; zero = it counts for nothing yet
	Step    int64     // whose code was taken last; none of before is taken
}

// factorColumns is the one list of columns (user stands before it); scanFactor and PutFactor
// follow it.
const (
	factorColumns = "secret, session, made_at, since, step"
	selectFactor  = "SELECT user, " + factorColumns + " FROM factors WHERE user = ?"
)

// factorField binds a sealed secret to its user.
func factorField(user int64) string { return "factor." + strconv.FormatInt(user, 10) }

func (s *Store) scanFactor(r scanner) (Factor, error) {
	var f Factor
	var sealed, secret []byte
	var made, since int64
	if err := r.Scan(&f.User, &sealed, &f.Session, &made, &since, &f.Step); err != nil {
		return f, err
	}
	f.MadeAt, f.Since = fromMS(made), fromMS(since)
	err := s.seal.open("", factorField(f.User), sealed, &secret)
	f.Secret = Secret(secret)
	return f, err
}

// Factor gives the second factor of a user with its secret opened, or ErrNotFound.
func (s *Store) Factor(ctx context.Context, user int64) (Factor, error) {
	return s.scanFactor(s.queryRow(ctx, selectFactor, user))
}

// Factor gives the second factor of a user as it is now, or ErrNotFound.
func (tx *Tx) Factor(user int64) (Factor, error) {
	return tx.s.scanFactor(tx.queryRow(selectFactor, user))
}

// FactorUsers gives the users whose second factor counts.
func (s *Store) FactorUsers(ctx context.Context) ([]int64, error) {
	rows, err := s.query(ctx, "SELECT user FROM factors WHERE since > 0")
	return collect(rows, err, func(r scanner) (user int64, err error) {
		err = r.Scan(&user)
		return user, err
	})
}

// PutFactor stores a second factor whole.
func (tx *Tx) PutFactor(f Factor) error {
	sealed, err := tx.s.seal.seal("", factorField(f.User), []byte(f.Secret.Reveal()))
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO factors (user, `+factorColumns+`) VALUES (?, `+marksOf(factorColumns)+`)
		ON CONFLICT (user) DO UPDATE SET (`+factorColumns+`) = (`+excludedOf(factorColumns)+`)`,
		f.User, sealed, f.Session, ms(f.MadeAt), ms(f.Since), f.Step)
	return err
}

// DropFactor forgets the second factor of a user with its recovery codes, and reports whether
// there was one that counted. It needs no key, so that what cannot be opened can be dropped.
func (tx *Tx) DropFactor(user int64) (bool, error) {
	counted, err := tx.exec("DELETE FROM factors WHERE user = ? AND since > 0", user)
	if err == nil {
		_, err = tx.exec("DELETE FROM factors WHERE user = ?", user)
	}
	if err == nil {
		err = tx.SetRecoveryCodes(user, nil)
	}
	return counted > 0, err
}

// SetRecoveryCodes puts the hashes of new recovery codes in the place of all that a user has.
func (tx *Tx) SetRecoveryCodes(user int64, hashes [][]byte) error {
	if _, err := tx.exec("DELETE FROM recovery_codes WHERE user = ?", user); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := tx.exec("INSERT INTO recovery_codes (user, hash) VALUES (?, ?)", user, hash); err != nil {
			return err
		}
	}
	return nil
}

// UseRecoveryCode uses up a recovery code by its hash, and reports whether the user had it.
func (tx *Tx) UseRecoveryCode(user int64, hash []byte) (bool, error) {
	n, err := tx.exec("DELETE FROM recovery_codes WHERE user = ? AND hash = ?", user, hash)
	return n > 0, err
}

const countRecoveryCodes = "SELECT COUNT(*) FROM recovery_codes WHERE user = ?"

// RecoveryCodes gives how many recovery codes a user has left.
func (s *Store) RecoveryCodes(ctx context.Context, user int64) (n int, err error) {
	err = s.queryRow(ctx, countRecoveryCodes, user).Scan(&n)
	return n, err
}

// RecoveryCodes gives how many recovery codes a user has left now.
func (tx *Tx) RecoveryCodes(user int64) (n int, err error) {
	err = tx.queryRow(countRecoveryCodes, user).Scan(&n)
	return n, err
}
