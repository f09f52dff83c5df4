package bridge

import (
	"context"
	"fmt"
	"strconv"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// ConfirmAccount accepts that another InSales account stands behind a company's
// settings. A new ledger begins: orders that were on their way need a person,
// orders of the old account are reported no more, and nothing is sent before
// the new account's feed was read whole.
func (b *Bridge) ConfirmAccount(ctx context.Context, id, by string) (storage.Company, error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	w, err := b.member(id)
	if err != nil {
		return storage.Company{}, err
	}
	c := w.Settings()
	if c.Sealed {
		return c, fmt.Errorf("company %s: %w", id, storage.ErrSealed) // its secrets must not be written over
	}
	found, err := w.foundAccount(ctx, c)
	if err != nil {
		return c, err
	}
	if found == 0 || found == c.AccountID {
		return c, problem.Refuse(problem.RefusedSameAccount, "bound", strconv.FormatInt(c.AccountID, 10))
	}
	left, err := b.store.OrdersSending(ctx, id)
	if err != nil {
		return c, err
	}
	bound := storage.Change{Field: "account_id", Old: strconv.FormatInt(c.AccountID, 10),
		New: strconv.FormatInt(found, 10)}
	c, err = b.rewrite(ctx, id, company.OfCompany(ctx, storage.EntryAccount, id, bound),
		func(tx *storage.Tx, c *storage.Company) error {
			c.AccountID, c.MarkerKept, c.Problem, c.Learnt, c.Hooks.IDs = found, nil, nil, storage.Learnt{}, nil
			if err := w.desk.LeaveAccount(tx, left); err != nil {
				return err
			}
			return w.syncer.LeaveAccount(tx)
		})
	if err != nil {
		return c, fmt.Errorf("confirm account of company %s: %w", id, err)
	}
	w.Log.Info("another account confirmed", "account", found, "by", storage.ActorKind(by))
	w.desk.LeftAccount()
	w.WakeAll()
	return c, nil
}

// foundAccount tells which account stands behind the settings now: the shop
// says so, or, to a key that may not ask, the orders that stopped the reader.
func (w *member) foundAccount(ctx context.Context, c storage.Company) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	shop := w.Shop()
	account, err := company.Ask(ctx, shop, insales.Reading, shop.Account)
	if err == nil && account.ID != 0 {
		return account.ID, nil
	}
	if c.Problem != nil && c.Problem.Code == problem.AccountChanged {
		if id, err := strconv.ParseInt(c.Problem.Args["found"], 10, 64); err == nil {
			return id, nil
		}
	}
	if err != nil {
		return 0, &problem.Refused{Problem: problem.OfShop(err)}
	}
	return 0, nil
}
