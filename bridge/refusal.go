package bridge

import (
	"context"
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
