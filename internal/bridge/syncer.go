package bridge

import (
	"errors"
	"sync"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// A syncer keeps the catalog of one company in step.
type syncer struct {
	*company.Company
	metrics *catalogMetrics
	task    *company.Task

	mu    sync.Mutex // guards what follows; the handle's may be taken within it
	state catalogState
}

// newSyncer makes the syncer of a company and registers its task.
func newSyncer(m *catalogMetrics, h *company.Company) *syncer {
	w := &syncer{Company: h, metrics: m}
	w.task = h.Register("catalog", 1, w.catalogDue)
	return w
}

// changed takes over new settings, which swap puts in force: what was waited for
// is tried again at once.
func (w *syncer) changed(swap func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	swap()
	w.state.retryAt, w.state.show, w.state.problem = time.Time{}, nil, nil
}

// leaveAccount ends what was under way for the account that the company leaves;
// all of the catalog is another one then.
func (w *syncer) leaveAccount(tx *storage.Tx) error {
	k, err := tx.Catalog(w.ID)
	if err != nil {
		return err
	}
	k.Renew()
	k.Allowed = storage.Harm{} // that was of the other account's catalog
	return errors.Join(endRun(tx, w.ID, storage.RunSuperseded, time.Now()), tx.PutCatalog(k))
}
