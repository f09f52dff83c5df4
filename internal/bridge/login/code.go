package login

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"
)

// The codes of a second factor are those of RFC 6238 as every authenticator program makes
// them: HMAC-SHA-1, steps of 30 seconds, six digits. Of a clock that goes wrong one step to
// either side is forgiven.
const (
	stepLength  = 30 * time.Second
	stepsApart  = 1
	codeDigits  = 6
	secretBytes = 20
)

// A recovery code has so many digits: with a sign-in's bound on guesses, and a key that is not
// in the database for its hash, nobody finds one.
const (
	recoveryDigits = 12
	recoveryCodes  = 10
)

// codeOf is the code of a step.
func codeOf(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&0xf:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", codeDigits, n%1_000_000)
}

// stepAt is the step of a time.
func stepAt(t time.Time) int64 { return t.Unix() / int64(stepLength/time.Second) }

// stepOf finds the step whose code was typed: one that is near, and later than the last.
func stepOf(secret []byte, typed string, now time.Time, last int64) (step int64, ok bool) {
	for near := stepAt(now) - stepsApart; near <= stepAt(now)+stepsApart; near++ {
		if subtle.ConstantTimeCompare([]byte(codeOf(secret, near)), []byte(typed)) == 1 && near > last {
			step, ok = near, true
		}
	}
	return step, ok
}

// tidyCode is a code as it was meant: people group its digits as they like.
func tidyCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, typed)
}

// newSecret gives the secret of a second factor.
func newSecret() []byte {
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails
	return secret
}

// secretText is a secret as authenticator programs take it.
func secretText(secret []byte) string { return base32.StdEncoding.EncodeToString(secret) }

// newRecoveryCodes gives fresh recovery codes.
func newRecoveryCodes() ([]string, error) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(recoveryDigits), nil)
	list := make([]string, recoveryCodes)
	for i := range list {
		n, err := rand.Int(rand.Reader, most)
		if err != nil {
			return nil, err
		}
		list[i] = fmt.Sprintf("%0*d", recoveryDigits, n)
	}
	return list, nil
}

// recoveryHash is what is stored of a user's recovery code.
func (a *Account) recoveryHash(user int64, code string) []byte {
	h := hmac.New(sha256.New, a.recoveryKey)
	fmt.Fprintf(h, "%d %s", user, code)
	return h.Sum(nil)
}
