package bridge

import (
	"log/slog"
	"sync"

	"ineed-insales/storage"
)

// A Login is the panel's one account: its password, the sessions that were begun
// with it, and the browsers that have signed in before.
type Login struct {
	store      *storage.Store
	log        *slog.Logger
	browserKey []byte
	guesses    *guesses

	proving sync.Mutex // one password is judged at a time
}

// newLogin makes the login of an installation.
func newLogin(store *storage.Store, log *slog.Logger) *Login {
	return &Login{store: store, log: log, browserKey: store.DeriveKey("browser"), guesses: newGuesses()}
}
