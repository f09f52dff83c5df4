package bridge

import (
	"context"
	"fmt"
	"strconv"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// DeleteCompany forgets a company's settings and secrets, never the keys of
// the orders that were accepted. It is refused while orders need the access.
//
// Counting and deleting are one transaction, as adding an order and looking
// whether its company is there are: an order that was answered 202 either
// prevents the deletion or came behind it and was answered as one for an unknown
// company. The shop's webhooks are taken away last, so that they need not come
// back if the deletion is refused; until then they are answered with 404.
func (b *Bridge) DeleteCompany(ctx context.Context, id string) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	w, err := b.worker(id)
	if err != nil {
		return err
	}
	if err := b.remove(ctx, w); err != nil {
		return err
	}
	b.dismiss(w)
	w.forgetHooks(context.WithoutCancel(ctx)) // whoever asked may have gone meanwhile
	return nil
}

// remove deletes a company from the store. The worker is gone with the commit:
// what of it is still under way writes nothing any more.
func (b *Bridge) remove(ctx context.Context, w *worker) error {
	w.learning <- struct{}{}
	defer func() { <-w.learning }()
	err := b.store.Update(ctx, func(tx *storage.Tx) error {
		states, err := tx.OrdersIn(w.id, storage.StateNew, storage.StateSending, storage.StateAttention)
		if err != nil {
			return err
		}
		args := map[string]string{}
		for state, n := range states {
			args[string(state)] = strconv.Itoa(n)
		}
		if len(args) > 0 {
			return &problem.Refused{Problem: storage.Problem{Code: problem.RefusedCompanyBusy, Args: args}}
		}
		if err := tx.AddEntry(ofCompany(ctx, storage.EntryDeleted, w.id)); err != nil {
			return err
		}
		if err := tx.DeleteCompany(w.id); err != nil {
			return err
		}
		w.gone.Store(true)
		return nil
	})
	if err != nil {
		w.gone.Store(false) // the commit failed
	}
	return err
}

// dismiss lets a deleted company's worker end.
func (b *Bridge) dismiss(w *worker) {
	b.mu.Lock()
	delete(b.workers, w.id)
	if w.stop != nil {
		w.stop()
	}
	b.mu.Unlock()
	b.disbeliefs.forget(w.id)
}

// update changes the store for a company as long as it is there. Once it was
// deleted, nothing that is still under way for it writes, not even if another
// company has its id by then.
func (w *worker) update(ctx context.Context, fn func(*storage.Tx) error) error {
	return w.b.store.Update(ctx, w.whileThere(fn))
}

// add is update for what comes anew, see storage.Add.
func (w *worker) add(ctx context.Context, fn func(*storage.Tx) error) error {
	return w.b.store.Add(ctx, w.whileThere(fn))
}

func (w *worker) whileThere(fn func(*storage.Tx) error) func(*storage.Tx) error {
	return func(tx *storage.Tx) error {
		if w.gone.Load() {
			return fmt.Errorf("company %s: %w", w.id, ErrNotFound)
		}
		return fn(tx)
	}
}
