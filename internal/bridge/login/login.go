// Package login is who may use the panel: users with their passwords and second factors, the
// sessions that were begun with these, and the browsers that have signed in before.
//
// A password is set by a link that is valid once, is judged one at a time, and is
// stored as a bcrypt hash; of a session only a hash of its token is stored. There is
// always an owner who can sign in, once there was one, unless the operator voids that
// password on the machine itself. How long an answer takes does not tell who there is. The
// throttle slows down whoever guesses: it remembers tries by client, by network and
// by all together, in memory only, and lets the owner in nevertheless. A browser
// that has signed in once keeps a name that only we can have given; it opens
// nothing, but tells the owner from strangers.
//
// Where a user has a second factor, no password and no link begins a session without a code,
// and each code does so once. Its secret is sealed at rest; of recovery codes only a hash is
// stored. Guesses at codes have a budget for each user, which strangers cannot use up, since
// it takes the password to make one.
//
// It knows the tokens of the API as well, by which programs come in: named, and stored as hashes.
//
// The package never sees a cookie or an address of HTTP: package handlers/visit
// brings both into its words.
package login

import (
	"log/slog"
	"sync"

	"ineed-insales/storage"
)

// An Account knows who may use the panel. It may be used concurrently.
type Account struct {
	store    *storage.Store
	log      *slog.Logger
	throttle *throttle

	browserKey, halfKey, recoveryKey []byte // each for its own purpose

	proving sync.Mutex // one password is judged at a time
}

// New makes the login of an installation.
func New(store *storage.Store, log *slog.Logger) *Account {
	return &Account{store: store, log: log, throttle: newThrottle(), browserKey: store.DeriveKey("browser"),
		halfKey: store.DeriveKey("half"), recoveryKey: store.DeriveKey("recovery")}
}
