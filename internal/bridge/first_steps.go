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
