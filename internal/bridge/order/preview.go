package order

import (
	"context"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A Preview is what would be sent to the shop at this moment. It is translated by the
// same code that sends, and neither the shop nor the order knows of it.
type Preview struct {
	Request *insales.NewOrder // nil if it cannot be sent
	Problem *storage.Problem  // why not, or why not by itself
	Notices []storage.Problem
}

// Preview shows what would be sent for an order; nothing is.
func (d *Desk) Preview(ctx context.Context, key storage.OrderKey) (Preview, error) {
	o, err := d.company.Store.Order(ctx, key)
	if err != nil {
		return Preview{}, err
	}
	if err := allowed(&o, ActionPreview); err != nil {
		return Preview{}, err
	}
	order, problem := translate.Decode(o.Body)
	if problem != nil {
		return Preview{Problem: problem}, nil
	}
	return d.preview(ctx, &o, order)
}

// PreviewBody shows what would be sent for an order that nobody has sent.
func (d *Desk) PreviewBody(ctx context.Context, order *ineedchat.Order) (Preview, error) {
	now := time.Now()
	order = translate.Legible(order)
	return d.preview(ctx, &storage.Order{Key: storage.OrderKey{Company: d.company.ID, ID: order.ID}, AcceptedAt: now,
		AgeFrom: now}, order)
}

// preview translates an order as a sender would, and asks nobody.
func (d *Desk) preview(ctx context.Context, o *storage.Order, order *ineedchat.Order) (Preview, error) {
	c := d.company.Settings()
	t, problem, err := d.translation(ctx, c, o, order)
	if err != nil || problem != nil {
		return Preview{Problem: problem}, err
	}
	return Preview{Request: &t.Request, Problem: translate.Unfit(c, o, order, time.Now()), Notices: t.Notices}, nil
}
