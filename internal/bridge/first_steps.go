package bridge

import (
	"context"

	"ineed-insales/internal/bridge/thread"
	"ineed-insales/storage"
)

// FirstSteps gives what is known of a company on its way to orders that flow. Whether its
// shop answers is for the caller to add: nobody is asked here. The words that were counted
// before are not counted again.
func (b *Bridge) FirstSteps(ctx context.Context, company string, before storage.Uses) (thread.Facts, error) {
	m, err := b.member(company)
	if err != nil {
		return thread.Facts{}, err
	}
	f := thread.Facts{Company: m.Settings()}
	polled, err := m.desk.PolledAt(ctx)
	if err != nil {
		return f, err
	}
	sum, err := b.store.Summary(ctx, company)
	if err != nil {
		return f, err
	}
	heard, err := m.desk.Heard(ctx)
	if err != nil {
		return f, err
	}
	f.Uses, err = b.store.Uses(ctx, company, before)
	f.Polled, f.InShop = !polled.IsZero(), sum.States[storage.StateSent] > 0
	f.Waiting, f.Came = sum.States[storage.StateNew], !sum.Last.IsZero()
	f.Heard = !heard.At.IsZero()
	return f, err
}

// A Beginning is a company with what is still to do until its orders flow.
type Beginning struct {
	Company storage.Company
	Steps   []thread.Step // none, once it has run, or while it uses only its catalog
}

// Beginnings gives all companies, by id. Nobody is asked: whether a shop takes its key is what
// was known of it last.
func (b *Bridge) Beginnings(ctx context.Context) ([]Beginning, error) {
	var list []Beginning
	for _, m := range b.all() {
		one := Beginning{Company: m.Settings()}
		polled, err := m.desk.PolledAt(ctx)
		if err != nil {
			return nil, err
		}
		if (thread.Facts{Company: one.Company, Polled: !polled.IsZero()}).Begins() {
			f, err := b.FirstSteps(ctx, one.Company.ID, storage.Uses{})
			if err != nil {
				return nil, err
			}
			if f.NoShop = f.Company.Problem; !f.CatalogOnly() {
				one.Steps = thread.Of(f)
			}
		}
		list = append(list, one)
	}
	return list, nil
}
