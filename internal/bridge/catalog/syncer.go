// Package catalog brings what a shop offers into INEED.CHAT and keeps it in step.
//
// A Syncer works for one company, with one task. A run reads the collections and
// then the products, page after page; what differs from what the chat has
// acknowledged becomes batches, and a batch leaves the store with its
// acknowledgement. All of a run's state is in the store and is committed together
// with its effects, so a run that is cut off goes on where it was, and what is sent
// twice is the same.
//
// What the shop shows is gathered, compared with what is known in a pure plan, and
// the plan is written in one commit (gathering.go for products, category.go for the
// tree). What looks like an accident is withheld until a person allows it (guard.go).
// A reading that lacks what must be there proves nothing (evidence.go). A product
// that the chat fails on waits alone (poison.go). No product is deleted from the chat
// by its id before the shop was asked for it by its id (recheck.go); only the end of
// a full sync, which the guard looks at first, hides all that was not named.
//
// The package never touches an order and never imports the room of orders.
package catalog

import (
	"errors"
	"sync"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// A Syncer keeps the catalog of one company in step.
type Syncer struct {
	company *company.Company
	metrics *Metrics
	task    *company.Task

	mu    sync.Mutex // guards what follows; the handle's may be taken within it
	state catalogState
}

// New makes the syncer of a company and registers its task.
func New(m *Metrics, h *company.Company) *Syncer {
	w := &Syncer{company: h, metrics: m}
	w.task = h.Register("catalog", 1, w.catalogDue)
	return w
}

// ID is the id of the company whose catalog the syncer keeps.
func (s *Syncer) ID() string { return s.company.ID }

// Changed takes over new settings, which swap puts in force: what was waited for
// is tried again at once.
func (s *Syncer) Changed(swap func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	swap()
	s.state.retryAt, s.state.mapper, s.state.problem, s.state.largest = time.Time{}, nil, nil, 0
}

// LeaveAccount ends what was under way for the account that the company leaves;
// all of the catalog is another one then.
func (s *Syncer) LeaveAccount(tx *storage.Tx) error {
	k, err := tx.Catalog(s.company.ID)
	if err != nil {
		return err
	}
	k.Renew()
	k.Allowed = storage.Impact{} // that was of the other account's catalog
	return errors.Join(endRun(tx, s.company.ID, storage.RunSuperseded, time.Now()), tx.PutCatalog(k))
}
