// Package login is the panel's one account: its password, the sessions that were
// begun with it, and the browsers that have signed in before.
//
// A password is set by a link that is valid once, is judged one at a time, and is
// stored as a bcrypt hash; of a session only a hash of its token is stored. The
// throttle slows down whoever guesses: it remembers tries by client, by network and
// by all together, in memory only, and lets the owner in nevertheless. A browser
// that has signed in once keeps a name that only we can have given; it opens
// nothing, but tells the owner from strangers.
//
// The package never sees a cookie or an address of HTTP: package handlers/visit
// brings both into its words.
package login

import (
	"log/slog"
	"sync"

	"ineed-insales/storage"
)

// A Account is the panel's one account: its password, the sessions that were begun
// with it, and the browsers that have signed in before.
type Account struct {
	store      *storage.Store
	log        *slog.Logger
	browserKey []byte
	throttle   *throttle

	proving sync.Mutex // one password is judged at a time
}

// New makes the login of an installation.
func New(store *storage.Store, log *slog.Logger) *Account {
	return &Account{store: store, log: log, browserKey: store.DeriveKey("browser"), throttle: newThrottle()}
}
