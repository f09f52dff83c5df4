package bridge

import (
	"context"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// DeleteCompany forgets a company's settings and secrets, never the keys of
// the orders that were accepted. It is refused while orders need the access, and while
// something of a probe is in the shop that nobody could remove any more. What could not
// be removed for a day keeps no company: its key may be revoked for good.
//
// Counting and deleting are one transaction, as adding an order and looking
// whether its company is there are: an order that was answered 202 either
// prevents the deletion or came behind it and was answered as one for an unknown
// company. The shop's webhooks are taken away last, so that they need not come
// back if the deletion is refused; until then they are answered with 404.
func (b *Bridge) DeleteCompany(ctx context.Context, id string) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	m, err := b.member(id)
	if err != nil {
		return err
	}
	if err := b.remove(ctx, m); err != nil {
		return err
	}
	b.dismiss(m)
	m.desk.ForgetHooks(context.WithoutCancel(ctx)) // whoever asked may have gone meanwhile
	return nil
}

// probeKeeps is for how long something of a probe keeps its company from being deleted.
const probeKeeps = 24 * time.Hour

// remove deletes a company from the store. The company is gone with the commit:
// what of it is still under way writes nothing any more.
func (b *Bridge) remove(ctx context.Context, m *member) error {
	defer m.LockLearning()()
	err := b.store.Update(ctx, func(tx *storage.Tx) error {
		states, err := tx.OrdersIn(m.ID, storage.StateNew, storage.StateSending, storage.StateAttention)
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
		left, err := tx.CountProbeThings(m.ID, time.Now().Add(-probeKeeps))
		if err != nil {
			return err
		}
		if left > 0 {
			return problem.Refuse(problem.ProbeLeft, "n", strconv.Itoa(left))
		}
		if err := tx.AddEntry(company.OfCompany(ctx, storage.EntryDeleted, m.ID)); err != nil {
			return err
		}
		if err := tx.DeleteCompany(m.ID); err != nil {
			return err
		}
		m.EndWrites()
		return nil
	})
	if err != nil {
		m.ResumeWrites()
	}
	return err
}

// dismiss lets a deleted company's tasks end.
func (b *Bridge) dismiss(m *member) {
	b.mu.Lock()
	delete(b.members, m.ID)
	m.Dismiss()
	b.mu.Unlock()
	b.Office.Forget(m.ID)
}
