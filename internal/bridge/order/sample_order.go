package order

import (
	"context"
	"fmt"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// SendSample brings an order into the shop that no customer has made, to see the
// whole way at work. It has an id that the chat cannot give, so the chat is told
// nothing of it. The body must have been validated.
func (d *Desk) SendSample(ctx context.Context, order *ineedchat.Order, body []byte, by string) (storage.Order, error) {
	if c := d.company.Settings(); !c.Orders.Enabled || c.Orders.Paused {
		return storage.Order{}, problem.Refuse(problem.RefusedNotEnabled)
	}
	now := time.Now()
	order = translate.Legible(order)
	o := storage.Order{
		Key: storage.OrderKey{Company: d.company.ID,
			ID: "test" + separateMark + now.UTC().Format("20060102-150405.000")},
		Number: problem.Clip(order.Number, 64), Phone: translate.PhoneDigits(order.Customer.Phone),
		Body: body, HasBody: true, Total: order.Hundredths(), Customer: translate.CustomerName(order),
		AcceptedAt: now, AgeFrom: now, DueAt: now, Paid: order.Payment.Paid,
	}
	o.State, _ = next(none, causeAccepted)
	err := d.company.Store.Update(ctx, func(tx *storage.Tx) error {
		fresh := o
		added, err := tx.AddOrder(&fresh, acted(actionSample, by))
		if err == nil && !added {
			err = storage.ErrStale // two within a millisecond
		}
		if err != nil {
			return err
		}
		return tx.AddEntry(entryOf(ctx, actionSample, by, &fresh))
	})
	if err != nil {
		return o, fmt.Errorf("order %s: %w", o.Key, err)
	}
	d.sender.Wake()
	return o, nil
}

// InShop reads from the shop what an order of ours is there now.
func (d *Desk) InShop(ctx context.Context, key storage.OrderKey) (insales.Order, error) {
	o, err := d.company.Store.Order(ctx, key)
	if err != nil {
		return insales.Order{}, err
	}
	if o.InSalesID == 0 {
		return insales.Order{}, problem.Refuse(problem.RefusedRefresh, "state", string(o.State))
	}
	there, _, err := d.fetch(ctx, o.InSalesID)
	if err != nil {
		return there, &problem.Refused{Problem: problem.NoAnswer(err)}
	}
	return there, nil
}
