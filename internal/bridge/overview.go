package bridge

import (
	"context"
	"time"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/storage"
)

// An Overview is how a company stands at this moment.
type Overview struct {
	Company storage.Company
	storage.Summary
	Catalog  storage.Catalog
	Refused  storage.RefusalCount
	Unread   storage.UnreadCount
	LastPoll time.Time // when its feed was last read; zero = never
	Window   float64   // used share of the shop's request window
}

// Overviews tells how all companies stand, by id.
func (b *Bridge) Overviews(ctx context.Context) ([]Overview, error) {
	var list []Overview
	for _, m := range b.all() {
		o, err := b.overview(ctx, m)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// Overview tells how a company stands.
func (b *Bridge) Overview(ctx context.Context, company string) (Overview, error) {
	m, err := b.member(company)
	if err != nil {
		return Overview{}, err
	}
	return b.overview(ctx, m)
}

func (b *Bridge) overview(ctx context.Context, m *member) (o Overview, err error) {
	c, shop := m.Snapshot()
	o.Company, o.Window = c, shop.Window().Used()
	if o.LastPoll, err = m.desk.PolledAt(ctx); err != nil {
		return o, err
	}
	if o.Summary, err = b.store.Summary(ctx, c.ID); err != nil {
		return o, err
	}
	if o.Catalog, err = b.store.Catalog(ctx, c.ID); err != nil {
		return o, err
	}
	if o.Refused, err = b.store.RefusalCount(ctx, c.ID); err != nil {
		return o, err
	}
	o.Unread, err = b.store.UnreadCount(ctx, c.ID)
	return o, err
}

// Spans gives what came to a company between each edge and the next, and the whole of it;
// "" are all companies together.
func (b *Bridge) Spans(ctx context.Context, company string, edges []time.Time) ([]storage.Span, storage.Span, error) {
	return b.store.Spans(ctx, company, edges)
}

// Waiting counts the orders of all companies that need attention.
func (b *Bridge) Waiting(ctx context.Context) (int, error) { return b.store.Waiting(ctx) }

// Summary counts a company's orders.
func (b *Bridge) Summary(ctx context.Context, company string) (storage.Summary, error) {
	if _, err := b.member(company); err != nil {
		return storage.Summary{}, err
	}
	return b.store.Summary(ctx, company)
}

// Orders lists orders of a company, or of all of them if it is "", as [order.Desk.Orders] does.
func (b *Bridge) Orders(ctx context.Context, company string, f storage.OrderFilter) (storage.OrderPage, error) {
	f.Query = translate.SearchFor(f.Query)
	companies, err := b.named(company)
	if err != nil {
		return storage.OrderPage{}, err
	}
	return b.store.OrdersOf(ctx, companies, f)
}

// TotalOf tells how many orders such a list has and what they cost, as [storage.Store.TotalOf] does.
func (b *Bridge) TotalOf(ctx context.Context, company string, f storage.OrderFilter) (storage.ListTotal, error) {
	f.Query = translate.SearchFor(f.Query)
	companies, err := b.named(company)
	if err != nil {
		return storage.ListTotal{}, err
	}
	return b.store.TotalOf(ctx, companies, f)
}

// DescribeOrder reads in an order's webhook who the customer is and what it costs, for
// [storage.Config.Describe].
func DescribeOrder(body []byte) (customer string, hundredths int64) {
	o, wrong := translate.Decode(body)
	if wrong != nil {
		return "", 0
	}
	return translate.CustomerName(o), o.Hundredths()
}

// named is the ids of the company, or of all of them if it is "".
func (b *Bridge) named(company string) ([]string, error) {
	if company == "" {
		return b.ids(), nil
	}
	_, err := b.member(company)
	return []string{company}, err
}

// Tallies counts the orders of all companies.
func (b *Bridge) Tallies(ctx context.Context) (map[string]storage.Tally, error) {
	return b.store.Tallies(ctx)
}

// Causes groups the company's orders in attention by what is wrong.
func (b *Bridge) Causes(ctx context.Context, company string) ([]storage.OrderCause, error) {
	if _, err := b.member(company); err != nil {
		return nil, err
	}
	return b.store.Causes(ctx, company)
}

// Unseen counts what came to all companies and became nothing: what was refused and
// nobody has seen, and what is unread.
func (b *Bridge) Unseen(ctx context.Context) (int, error) { return b.store.Unseen(ctx) }

// Journal gives a page of the journal, the newest first.
func (b *Bridge) Journal(ctx context.Context, f storage.JournalFilter) (storage.JournalPage, error) {
	return b.store.Journal(ctx, f)
}

// Journalled gives who and what the journal names.
func (b *Bridge) Journalled(ctx context.Context) (storage.Journalled, error) {
	return b.store.Journalled(ctx)
}
