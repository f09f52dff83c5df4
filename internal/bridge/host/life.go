package host

import (
	"context"
	"time"

	"ineed-insales/storage"
)

// Begin notes that a life of the connector begins, and whether the one before has ended by a
// stop or was killed. A database that cannot note it is no reason not to work.
func (m *Monitor) Begin(ctx context.Context) {
	err := m.cfg.Store.Update(ctx, func(tx *storage.Tx) error { return tx.BeginLife(time.Now()) })
	if err != nil {
		m.cfg.Log.Warn("the start is not noted", "err", err)
	}
	m.mu.Lock()
	m.lives = nil // one more has ended
	m.mu.Unlock()
}

// End notes that this life ends by a stop.
func (m *Monitor) End(ctx context.Context) {
	err := m.cfg.Store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error { return tx.EndLife() })
	if err != nil {
		m.cfg.Log.Warn("the stop is not noted: the next start will take it for a crash", "err", err)
	}
}
