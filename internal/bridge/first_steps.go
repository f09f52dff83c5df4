package bridge

import (
	"context"

	"ineed-insales/internal/bridge/thread"
	"ineed-insales/storage"
)

// Facts are what the company's first steps follow from, as far as its overview tells.
func (o Overview) Facts() thread.Facts {
	return thread.Facts{
		Company: o.Company, NoShop: o.Company.Problem, Polled: !o.LastPoll.IsZero(),
		Came: !o.Last.IsZero() || o.Unread.N > 0, InShop: o.States[storage.StateSent] > 0,
		Waiting: o.States[storage.StateNew],
	}
}

// FirstSteps gives what is known of a company on its way to orders that flow. Nobody is asked:
// whether its shop takes its key is what was known of it last. The words that were counted
// before are not counted again.
func (b *Bridge) FirstSteps(ctx context.Context, o Overview, before storage.Uses) (thread.Facts, error) {
	f := o.Facts()
	m, err := b.member(o.Company.ID)
	if err != nil {
		return f, err
	}
	heard, err := m.desk.Heard(ctx)
	if err != nil {
		return f, err
	}
	f.Heard = !heard.At.IsZero()
	f.Uses, err = b.store.Uses(ctx, o.Company.ID, before)
	return f, err
}

// A Beginning is a company with what is still to do until its orders flow.
type Beginning struct {
	Company storage.Company
	Steps   []thread.Step // none, once it has run, or while it uses only its catalog
}

// Beginnings gives all companies, by id.
func (b *Bridge) Beginnings(ctx context.Context) ([]Beginning, error) {
	all, err := b.Overviews(ctx)
	list := make([]Beginning, len(all))
	for i, o := range all {
		list[i].Company = o.Company
		if f := o.Facts(); !f.Begins() || f.CatalogOnly() {
			continue
		}
		f, err := b.FirstSteps(ctx, o, storage.Uses{})
		if err != nil {
			return nil, err
		}
		list[i].Steps = thread.Of(f)
	}
	return list, err
}
