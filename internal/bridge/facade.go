package bridge

import (
	"context"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// What follows finds the desk or the syncer of a company and lets it do the work.

// Retry is the desk's.
func (b *Bridge) Retry(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.Retry(ctx, key, by)
}

// Cancel is the desk's.
func (b *Bridge) Cancel(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.Cancel(ctx, key, by)
}

// Accept is the desk's.
func (b *Bridge) Accept(ctx context.Context, key storage.OrderKey, code, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.Accept(ctx, key, code, by)
}

// AcceptBody is the desk's.
func (b *Bridge) AcceptBody(ctx context.Context, key storage.OrderKey, n int, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.AcceptBody(ctx, key, n, by)
}

// Erase is the desk's.
func (b *Bridge) Erase(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.Erase(ctx, key, by)
}

// Link is the desk's.
func (b *Bridge) Link(ctx context.Context, key storage.OrderKey, named order.ShopOrder, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.Link(ctx, key, named, by)
}

// RefreshNow is the desk's.
func (b *Bridge) RefreshNow(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.RefreshNow(ctx, key, by)
}

// ReportAgain is the desk's.
func (b *Bridge) ReportAgain(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.ReportAgain(ctx, key, by)
}

// Preview is the desk's.
func (b *Bridge) Preview(ctx context.Context, key storage.OrderKey) (order.Preview, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return order.Preview{}, err
	}
	return d.Preview(ctx, key)
}

// InShop is the desk's.
func (b *Bridge) InShop(ctx context.Context, key storage.OrderKey) (insales.Order, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return insales.Order{}, err
	}
	return d.InShop(ctx, key)
}

// RetryAll is the desk's.
func (b *Bridge) RetryAll(ctx context.Context, company, problem, by string) (int, error) {
	d, err := b.Desk(company)
	if err != nil {
		return 0, err
	}
	return d.RetryAll(ctx, problem, by)
}

// RetryCause is the desk's.
func (b *Bridge) RetryCause(ctx context.Context, company string, p storage.Problem, by string) (int, error) {
	d, err := b.Desk(company)
	if err != nil {
		return 0, err
	}
	return d.RetryCause(ctx, p, by)
}

// GoneWaiting is the desk's.
func (b *Bridge) GoneWaiting(ctx context.Context, company string) (int, error) {
	d, err := b.Desk(company)
	if err != nil {
		return 0, err
	}
	return d.GoneWaiting(ctx)
}

// ConfirmGone is the desk's.
func (b *Bridge) ConfirmGone(ctx context.Context, company, by string) (int, error) {
	d, err := b.Desk(company)
	if err != nil {
		return 0, err
	}
	return d.ConfirmGone(ctx, by)
}

// Hooked is the desk's.
func (b *Bridge) Hooked(ctx context.Context, company string, id int64) (bool, error) {
	d, err := b.Desk(company)
	if err != nil {
		return false, err
	}
	return d.Hooked(ctx, id)
}

// Orders is the desk's.
func (b *Bridge) Orders(ctx context.Context, company string, f storage.OrderFilter) (storage.OrderPage, error) {
	d, err := b.Desk(company)
	if err != nil {
		return storage.OrderPage{}, err
	}
	return d.Orders(ctx, f)
}

// Refused is the desk's.
func (b *Bridge) Refused(ctx context.Context, company string) (storage.RefusalCount, error) {
	d, err := b.Desk(company)
	if err != nil {
		return storage.RefusalCount{}, err
	}
	return d.Refused(ctx)
}

// PreviewBody is the desk's.
func (b *Bridge) PreviewBody(ctx context.Context, company string, o *ineedchat.Order) (order.Preview, error) {
	d, err := b.Desk(company)
	if err != nil {
		return order.Preview{}, err
	}
	return d.PreviewBody(ctx, o)
}

// SendSample is the desk's.
func (b *Bridge) SendSample(ctx context.Context, company string, order *ineedchat.Order, body []byte, by string) (storage.Order, error) {
	d, err := b.Desk(company)
	if err != nil {
		return storage.Order{}, err
	}
	return d.SendSample(ctx, order, body, by)
}

// AcceptOrder is the desk's.
func (b *Bridge) AcceptOrder(ctx context.Context, company string, test bool, o *ineedchat.Order, body []byte) (order.Accepted, error) {
	d, err := b.Desk(company)
	if err != nil {
		return order.Accepted{}, err
	}
	return d.AcceptOrder(ctx, test, o, body)
}

// AcceptPaid is the desk's.
func (b *Bridge) AcceptPaid(ctx context.Context, company string, test bool, p *ineedchat.OrderPaid) (order.Accepted, error) {
	d, err := b.Desk(company)
	if err != nil {
		return order.Accepted{}, err
	}
	return d.AcceptPaid(ctx, test, p)
}

// AcceptCancelled is the desk's.
func (b *Bridge) AcceptCancelled(ctx context.Context, company string, test bool, c *ineedchat.OrderCancelled) (order.Accepted, error) {
	d, err := b.Desk(company)
	if err != nil {
		return order.Accepted{}, err
	}
	return d.AcceptCancelled(ctx, test, c)
}

// Reread is the desk's.
func (b *Bridge) Reread(ctx context.Context, company string, since time.Time) error {
	d, err := b.Desk(company)
	if err != nil {
		return err
	}
	return d.Reread(ctx, since)
}

// KeepRefusal is the desk's.
func (b *Bridge) KeepRefusal(ctx context.Context, company string, r storage.Refusal) error {
	d, err := b.Desk(company)
	if err != nil {
		return err
	}
	return d.KeepRefusal(ctx, r)
}

// SawRefusals is the desk's.
func (b *Bridge) SawRefusals(ctx context.Context, company string, upTo int64) error {
	d, err := b.Desk(company)
	if err != nil {
		return err
	}
	return d.SawRefusals(ctx, upTo)
}

// EraseRefusals is the desk's.
func (b *Bridge) EraseRefusals(ctx context.Context, company string) error {
	d, err := b.Desk(company)
	if err != nil {
		return err
	}
	return d.EraseRefusals(ctx)
}

// Order is the desk's.
func (b *Bridge) Order(ctx context.Context, key storage.OrderKey) (storage.Order, []storage.Event, error) {
	d, err := b.Desk(key.Company)
	if err != nil {
		return storage.Order{}, nil, err
	}
	return d.Order(ctx, key)
}

// Refusals is the desk's.
func (b *Bridge) Refusals(ctx context.Context, company, cursor string, limit int) ([]storage.Refusal, string, error) {
	d, err := b.Desk(company)
	if err != nil {
		return nil, "", err
	}
	return d.Refusals(ctx, cursor, limit)
}

// HookTokens is the desk's; an unknown company has none.
func (b *Bridge) HookTokens(company string) []string {
	d, err := b.Desk(company)
	if err != nil {
		return nil
	}
	return d.HookTokens()
}

// OrderURL is the desk's.
func (b *Bridge) OrderURL(o *storage.Order) string {
	d, err := b.Desk(o.Key.Company)
	if err != nil {
		return ""
	}
	return d.OrderURL(o)
}

// Catalog is the syncer's view.
func (b *Bridge) Catalog(ctx context.Context, company string) (catalog.View, error) {
	s, err := b.Syncer(company)
	if err != nil {
		return catalog.View{}, err
	}
	return s.View(ctx)
}

// CatalogRuns is the syncer's.
func (b *Bridge) CatalogRuns(ctx context.Context, company, cursor string, limit int) ([]storage.CatalogRun, string, error) {
	s, err := b.Syncer(company)
	if err != nil {
		return nil, "", err
	}
	return s.Runs(ctx, cursor, limit)
}

// SyncCatalog is the syncer's.
func (b *Bridge) SyncCatalog(ctx context.Context, company string, full bool) (storage.CatalogRun, error) {
	s, err := b.Syncer(company)
	if err != nil {
		return storage.CatalogRun{}, err
	}
	return s.Sync(ctx, full)
}

// ConfirmGuard is the syncer's.
func (b *Bridge) ConfirmGuard(ctx context.Context, company, by string) (storage.Guard, error) {
	s, err := b.Syncer(company)
	if err != nil {
		return storage.Guard{}, err
	}
	return s.ConfirmGuard(ctx, by)
}

// Check is the inspector's.
func (b *Bridge) Check(ctx context.Context, company string) (check.Report, error) {
	i, err := b.Inspector(company)
	if err != nil {
		return check.Report{}, err
	}
	return i.Check(ctx)
}

// Payments is the inspector's.
func (b *Bridge) Payments(ctx context.Context, company string) ([]check.PaymentChoice, []storage.Use, error) {
	i, err := b.Inspector(company)
	if err != nil {
		return nil, nil, err
	}
	return i.Payments(ctx)
}

// Deliveries is the inspector's.
func (b *Bridge) Deliveries(ctx context.Context, company string) ([]check.DeliveryChoice, []storage.Use, error) {
	i, err := b.Inspector(company)
	if err != nil {
		return nil, nil, err
	}
	return i.Deliveries(ctx)
}

// Statuses is the inspector's.
func (b *Bridge) Statuses(ctx context.Context, company string) ([]check.StatusChoice, []storage.SeenStatus, error) {
	i, err := b.Inspector(company)
	if err != nil {
		return nil, nil, err
	}
	return i.Statuses(ctx)
}

// Prices is the inspector's.
func (b *Bridge) Prices(ctx context.Context, company string) ([]check.PriceChoice, error) {
	i, err := b.Inspector(company)
	if err != nil {
		return nil, err
	}
	return i.Prices(ctx)
}
