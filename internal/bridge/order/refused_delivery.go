package order

import (
	"context"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// An order that its chat delivered and that was refused looks like silence to
// the merchant, and many chats never try again. So it is a trouble of the
// company: every refused delivery of a sender that proved itself is kept and
// counted, shown on the overview, and told once. That is over when a person has
// looked, or when an order has come through again, which proves that the chat can
// be understood.

// ReasonManyBodies is why a body is kept among the refusals that was answered
// as a duplicate: it is another order under an id that has as many bodies as an
// order may have.
const ReasonManyBodies = "many_bodies"

// KeepRefusal keeps an authentic webhook of a known company that became nothing,
// for the operator to look at. The sender learns nothing of it. Of a company that
// was deleted meanwhile nothing is kept.
func (d *Desk) KeepRefusal(ctx context.Context, r storage.Refusal) error {
	r.At, r.OrderID = time.Now(), ineedchat.OrderIDOf(r.Body)
	err := d.company.Store.Add(ctx, func(tx *storage.Tx) error {
		return tx.AddRefusal(d.company.ID, r)
	})
	if err == nil {
		d.refusals.Add(1)
	}
	return err
}

// A through is a webhook on its way in. If it turns out to bring a new order, the
// refusals before it need not be told any more.
type through struct {
	desk    *Desk
	refused int64 // how many had been refused when it came
}

// comesThrough begins to follow a webhook. It is called before the transaction that
// takes it, so that a refusal beside it is not forgotten.
func (d *Desk) comesThrough() through { return through{d, d.refusals.Load()} }

// isNew reports whether what was taken is an order that was not known.
func (t through) isNew(a Accepted, kind string) bool {
	return !a.Duplicate && kind == storage.EventReceived
}

// cameThrough notes in the webhook's transaction that an order was taken. Only a company
// that has refused something since the last one pays for that, and each company once
// after a start, when nobody knows yet.
func (t through) cameThrough(tx *storage.Tx, a Accepted, kind string) error {
	if !t.isNew(a, kind) || t.refused == t.desk.refusalsBefore.Load() {
		return nil
	}
	return tx.CameThrough(t.desk.company.ID)
}

// committed notes that the transaction was committed. What was refused meanwhile was
// counted after the webhook came, and is still to be told.
func (t through) committed(a Accepted, kind string) {
	if t.isNew(a, kind) {
		t.desk.refusalsBefore.Store(t.refused)
	}
	if a.becameRefusal {
		t.desk.refusals.Add(1)
	}
}

// Refusals gives a page of the company's refused webhooks, the newest first.
func (d *Desk) Refusals(
	ctx context.Context, cursor string, limit int,
) (list []storage.Refusal, next string, err error) {
	return d.company.Store.Refusals(ctx, d.company.ID, cursor, limit)
}

// OneRefusal gives a refused webhook, or storage.ErrNotFound.
func (d *Desk) OneRefusal(ctx context.Context, seq int64) (storage.Refusal, error) {
	return d.company.Store.OneRefusal(ctx, d.company.ID, seq)
}

// RefusalCount tells how much of what the company's chat delivers was refused.
func (d *Desk) RefusalCount(ctx context.Context) (storage.RefusalCount, error) {
	return d.company.Store.RefusalCount(ctx, d.company.ID)
}

// SawRefusals notes that a person has seen the refusals up to one.
func (d *Desk) SawRefusals(ctx context.Context, upTo int64) error {
	return d.company.Store.Update(ctx, func(tx *storage.Tx) error { return tx.SawRefusals(d.company.ID, upTo) })
}

// EraseRefusals forgets what is kept of a company's refused webhooks, personal
// data included.
func (d *Desk) EraseRefusals(ctx context.Context) error {
	return d.company.Store.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.AddEntry(company.OfCompany(ctx, storage.EntryUnkept, d.company.ID)); err != nil {
			return err
		}
		return tx.EraseRefusals(d.company.ID)
	})
}

// RefusalProblem is what is to be said of the company's refused webhooks; nil if
// an order has come through since, or somebody has looked.
func RefusalProblem(c storage.RefusalCount) *storage.Problem {
	if c.Fresh == 0 {
		return nil
	}
	return DeliveriesRefused(c.Fresh, c.LastAt)
}

// DeliveriesRefused is the problem of n deliveries of the chat that became no order, the
// last of them at a time. They came from a sender that has proved itself.
func DeliveriesRefused(n int, last time.Time) *storage.Problem {
	p := problem.Of(problem.DeliveriesRefused, "n", strconv.Itoa(n), "at", last.UTC().Format(time.RFC3339))
	return &p
}
