package bridge

import (
	"context"
	"sync"
	"time"

	"ineed-insales/storage"
)

// KeepRefusal keeps an authentic webhook of a known company that could not be
// used, for the operator to look at. The sender learns nothing of it.
func (b *Bridge) KeepRefusal(ctx context.Context, company string, errs []storage.RefusalError, body []byte) error {
	return b.store.Update(ctx, func(tx *storage.Tx) error {
		return tx.AddRefusal(company, storage.Refusal{At: time.Now(), Errors: errs, Body: body})
	})
}

// Refusals gives a page of the company's refused webhooks, the newest first.
func (b *Bridge) Refusals(ctx context.Context, company, cursor string, limit int) (list []storage.Refusal, next string, err error) {
	if _, err := b.worker(company); err != nil {
		return nil, "", err
	}
	return b.store.Refusals(ctx, company, cursor, limit)
}

// RefusedHooks are webhooks of a company that were not believed since one was.
type RefusedHooks struct {
	Count  int
	At     time.Time     // of the last one
	Reason string        // why
	Skew   time.Duration // of the sender's clock, if that was the reason
}

// refusedFor is how long a refusal is worth telling.
const refusedFor = 24 * time.Hour

// refused keeps them, in memory only. An entry without a count says that the
// last webhook was believed; none at all, that there was no webhook yet.
type refused struct {
	mu sync.Mutex
	of map[string]RefusedHooks // by companies that exist
}

func (r *refused) change(company string, f func(RefusedHooks) RefusedHooks) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]RefusedHooks{}
	}
	r.of[company] = f(r.of[company])
}

func (r *refused) forget(company string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.of, company)
}

// HookRefused notes that a webhook for an existing company was not believed.
func (b *Bridge) HookRefused(company, reason string, skew time.Duration) {
	b.refused.change(company, func(r RefusedHooks) RefusedHooks {
		return RefusedHooks{Count: r.Count + 1, At: time.Now(), Reason: reason, Skew: skew}
	})
}

// HookBelieved notes that a company's webhook was.
func (b *Bridge) HookBelieved(company string) {
	b.refused.change(company, func(RefusedHooks) RefusedHooks { return RefusedHooks{} })
}

// RefusedHooks tells what was refused of a company lately; false if the last
// webhook was believed.
func (b *Bridge) RefusedHooks(company string) (RefusedHooks, bool) {
	r, _ := b.hooks(company)
	return r, r.Count > 0
}

// hooks is the same, and whether anything is known at all.
func (b *Bridge) hooks(company string) (r RefusedHooks, known bool) {
	b.refused.mu.Lock()
	defer b.refused.mu.Unlock()
	r, known = b.refused.of[company]
	if r.Count > 0 && time.Since(r.At) > refusedFor {
		return RefusedHooks{}, false
	}
	return r, known
}
