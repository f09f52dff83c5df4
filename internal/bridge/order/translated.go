package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A chat with a wire of its own posts what only its program can read. What the program
// made of a delivery is taken like what comes by the contract, all of it in one
// transaction, with the delivery itself beside it. A delivery that could not be read is
// kept as unread and answered as if it had been: its sender did nothing wrong, and may
// never try again. The body is durable before the answer in either case, so each authentic
// delivery is an order, a repetition, ignored, or visible as unread.

// A Translated is one event that a wire has made, decoded and validated: exactly one of
// Order, Paid and Cancelled.
type Translated struct {
	Test      bool
	Order     *ineedchat.Order
	Body      []byte // of Order: the envelope
	Paid      *ineedchat.OrderPaid
	Cancelled *ineedchat.OrderCancelled
}

// ID is the chat's id of the order that the event is about.
func (t Translated) ID() string {
	switch {
	case t.Order != nil:
		return t.Order.ID
	case t.Paid != nil:
		return t.Paid.ID
	}
	return t.Cancelled.ID
}

// AcceptTranslated takes what a wire has made of a delivery: each event in turn, all or
// none. The events happened when the delivery came. One that was unread is read
// with that, or forgotten if nothing is left to keep of it, and one that was refused is
// no refusal any more; it fails with storage.ErrNotFound if that has happened to it
// meanwhile. No events mean that the delivery is to be ignored.
func (d *Desk) AcceptTranslated(ctx context.Context, r storage.Received, events []Translated) ([]Accepted, error) {
	if len(events) == 0 && r.Seq == 0 {
		return nil, nil
	}
	r.Company, r.Failure = d.company.ID, nil
	messages := make([]message, len(events))
	for i, e := range events {
		switch {
		case e.Order != nil:
			messages[i] = d.orderMessage(r.At, e.Test, e.Order, e.Body)
		case e.Paid != nil:
			messages[i] = d.paidMessage(r.At, e.Test, e.Paid)
		default:
			messages[i] = d.cancelMessage(r.At, e.Test, e.Cancelled)
		}
		messages[i].event.Args = map[string]string{"wire": r.Wire}
		if r.Seq != 0 || r.Refusal != 0 { // the history tells when that happened, and its row when it came
			messages[i].event.At = time.Now()
			messages[i].event.Args["came"] = r.At.UTC().Format(time.RFC3339)
		}
	}
	list, err := d.takeAll(ctx, &r, messages)
	if err != nil {
		return nil, fmt.Errorf("accept a delivery to %s: %w", d.company.ID, err)
	}
	return list, nil
}

// KeepUnread keeps a delivery that could not be read. When it returns nil, that is
// durable. It fails with storage.ErrUnreadFull if there is no room for one more.
func (d *Desk) KeepUnread(ctx context.Context, r storage.Received) error {
	r.Company = d.company.ID
	return d.company.Store.Add(ctx, func(tx *storage.Tx) error {
		kept := r
		return tx.AddUnread(&kept)
	})
}

// StillUnread notes why an unread delivery could not be read this time either. One that is
// not unread any more is left alone.
func (d *Desk) StillUnread(ctx context.Context, r storage.Received) error {
	return d.company.Store.Update(ctx, func(tx *storage.Tx) error {
		return tx.StillUnread(d.company.ID, r.Seq, *r.Failure, r.OrderID)
	})
}

// Wire gives the company's wire as it is stored, the same each time until the settings are
// saved; nil = the contract is spoken. It is not the caller's to change.
func (d *Desk) Wire() *storage.Wire {
	chat, _ := d.company.ChatSettings()
	return chat.Wire
}

// UnreadCount tells how much of what the company's chat has posted is unread.
func (d *Desk) UnreadCount(ctx context.Context) (storage.UnreadCount, error) {
	return d.company.Store.UnreadCount(ctx, d.company.ID)
}

// Unread gives a page of the company's unread deliveries, the newest first.
func (d *Desk) Unread(
	ctx context.Context, cursor string, limit int,
) (list []storage.Received, next string, err error) {
	return d.company.Store.Unread(ctx, d.company.ID, cursor, limit)
}

// NextUnread gives the oldest unread delivery behind a row, or storage.ErrNotFound.
func (d *Desk) NextUnread(ctx context.Context, behind int64) (storage.Received, error) {
	return d.company.Store.NextUnread(ctx, d.company.ID, behind)
}

// OneUnread gives an unread delivery, or storage.ErrNotFound.
func (d *Desk) OneUnread(ctx context.Context, seq int64) (storage.Received, error) {
	return d.company.Store.OneUnread(ctx, d.company.ID, seq)
}

// DropUnread sets an unread delivery aside for good: it becomes nothing. It fails with
// storage.ErrNotFound if there is none of that number.
func (d *Desk) DropUnread(ctx context.Context, seq int64) error {
	return d.company.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.DropUnread(d.company.ID, seq); err != nil {
			return err
		}
		return tx.AddEntry(company.OfCompany(ctx, storage.EntryUnread, d.company.ID))
	})
}

// Replayed adds to the journal that the context's actor has had unread deliveries read again, and
// that so many orders came of it; nothing of none.
func (d *Desk) Replayed(ctx context.Context, orders int) error {
	return d.journalMany(ctx, storage.EntryReplayed, company.ActorOf(ctx).By, orders)
}

// Original gives what an order's body was made of; false where the contract was spoken, or
// it is erased.
func (d *Desk) Original(ctx context.Context, key storage.OrderKey) (r storage.Received, is bool, err error) {
	r, err = d.company.Store.ReceivedOf(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// UnreadProblem is what is to be said of what is unread; nil if nothing is.
func UnreadProblem(c storage.UnreadCount) *storage.Problem {
	if c.N == 0 {
		return nil
	}
	p := problem.Of(problem.WireUnread, "n", fmt.Sprint(c.N), "at", c.Newest.UTC().Format(time.RFC3339))
	return &p
}
