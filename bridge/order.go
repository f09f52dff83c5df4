package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/ineedchat"
	"ineed-insales/insales"
	"ineed-insales/storage"
)

// Refused says why an action is not possible now.
type Refused struct{ Problem storage.Problem }

func (r *Refused) Error() string { return "not possible now: " + r.Problem.Code }

// An Accepted is the answer to an accepted or repeated order.
type Accepted struct {
	Duplicate bool
	InSalesID int64 // 0 = not in the shop yet
}

// AcceptOrder takes an order that the chat has sent and that was validated.
// When it returns nil, the order is durable: it will be created in the shop or
// shown to a person. The same key again is a duplicate, whatever its body.
func (b *Bridge) AcceptOrder(ctx context.Context, company string, test bool, order *ineedchat.Order, body []byte) (Accepted, error) {
	w, err := b.worker(company)
	if err != nil {
		return Accepted{}, err
	}
	now := time.Now()
	fresh := storage.Order{
		Key:    storage.OrderKey{Company: company, ID: order.ID, Test: test},
		Number: clip(order.Number, 64), Body: body,
		AcceptedAt: now, AgeFrom: now, DueAt: now,
	}
	if created, err := order.CreatedAt.Time(); err == nil && created.Before(now) {
		fresh.AgeFrom = created
	}
	on := causeAccepted
	if test {
		on = causeAcceptedTest
	}
	fresh.State, _ = next(none, on)
	var a Accepted
	err = b.store.Update(ctx, func(tx *storage.Tx) error {
		o := fresh
		added, err := tx.AddOrder(&o, storage.Event{At: now, Kind: storage.EventReceived})
		if err != nil || added {
			a = Accepted{}
			return err
		}
		a, err = repeated(tx, &o)
		return err
	})
	if err != nil {
		return Accepted{}, fmt.Errorf("accept order %s: %w", fresh.Key, err)
	}
	if !a.Duplicate {
		wake(w.wakeSender)
	}
	return a, nil
}

// repeated takes a webhook for an order that is known: it is counted, and its
// body is kept if the order was adopted from the shop or awaited without one.
func repeated(tx *storage.Tx, again *storage.Order) (Accepted, error) {
	o, err := tx.Order(again.Key)
	if err != nil {
		return Accepted{}, err
	}
	o.Body = again.Body
	if o.Number == "" {
		o.Number = again.Number
	}
	if err := tx.AddBody(&o); err != nil {
		return Accepted{}, err
	}
	if o.State == storage.StateExpected {
		o.AcceptedAt, o.AgeFrom, o.DueAt = again.AcceptedAt, again.AgeFrom, again.DueAt
		return Accepted{}, move(tx, &o, causeAccepted, storage.Event{At: again.AcceptedAt, Kind: storage.EventReceived})
	}
	o.Duplicates++
	var events []storage.Event
	if o.Duplicates == 1 { // the others are only counted
		events = append(events, storage.Event{At: again.AcceptedAt, Kind: storage.EventDuplicate})
	}
	return Accepted{Duplicate: true, InSalesID: o.InSalesID}, put(tx, &o, events...)
}

// An Action is something a person may do with an order.
type Action string

// The actions.
const (
	ActionRetry  Action = "retry"
	ActionCancel Action = "cancel"
)

// Actions gives what a person may do with the order now.
func Actions(o *storage.Order) []Action {
	var list []Action
	if _, ok := next(o.State, causeRetried); ok {
		list = append(list, ActionRetry)
	}
	if _, ok := next(o.State, causeCancelled); ok && o.CancelBy == "" {
		list = append(list, ActionCancel)
	}
	return list
}

// Act does what a person asks for. A *Refused says that it is not possible now.
// Cancelling an order that is being sent is a wish: it is fulfilled if the shop
// turns out not to have it.
func (b *Bridge) Act(ctx context.Context, key storage.OrderKey, a Action, by string) (storage.Order, error) {
	w, err := b.worker(key.Company)
	if err != nil {
		return storage.Order{}, err
	}
	var o storage.Order
	err = b.store.Update(ctx, func(tx *storage.Tx) (err error) {
		if o, err = tx.Order(key); err != nil {
			return fmt.Errorf("order %s: %w", key, err)
		}
		return act(tx, &o, a, by)
	})
	if err != nil {
		return storage.Order{}, err
	}
	wake(w.wakeSender)
	return o, nil
}

func act(tx *storage.Tx, o *storage.Order, a Action, by string) error {
	if !slices.Contains(Actions(o), a) {
		code := RefusedRetry
		if a == ActionCancel {
			code = RefusedCancel
		}
		return &Refused{storage.Problem{Code: code, Args: map[string]string{"state": string(o.State)}}}
	}
	now := time.Now()
	event := storage.Event{At: now, Kind: storage.EventPerson, Args: map[string]string{"action": string(a), "by": by}}
	switch {
	case a == ActionRetry:
		o.Dismissed = append(o.Dismissed, shownLookAlikes(o.Problem)...)
		o.Problem, o.Absences, o.CancelBy = nil, 0, ""
		o.AgeFrom, o.DueAt = now, now
		return move(tx, o, causeRetried, event)
	case o.State == storage.StateSending:
		o.CancelBy = by
		return put(tx, o, event)
	}
	o.Problem = nil
	return move(tx, o, causeCancelled, event)
}

// shownLookAlikes gives the InSales ids that a person was shown.
func shownLookAlikes(p *storage.Problem) []int64 {
	if p == nil || p.Code != ProblemLookAlike {
		return nil
	}
	var list []int64
	for s := range strings.SplitSeq(p.Args["ids"], ", ") {
		if id, err := strconv.ParseInt(s, 10, 64); err == nil {
			list = append(list, id)
		}
	}
	return list
}

// Order gives an order and its history.
func (b *Bridge) Order(ctx context.Context, key storage.OrderKey) (storage.Order, []storage.Event, error) {
	o, err := b.store.Order(ctx, key)
	if err != nil {
		return o, nil, err
	}
	events, err := b.store.Events(ctx, key)
	return o, events, err
}

// Orders lists a company's orders, newest first.
func (b *Bridge) Orders(ctx context.Context, company string, f storage.OrderFilter) (storage.OrderPage, error) {
	if _, err := b.worker(company); err != nil {
		return storage.OrderPage{}, err
	}
	return b.store.Orders(ctx, company, f)
}

// OrderURL is where a person sees the order in the shop's admin; empty while
// it is not there.
func (b *Bridge) OrderURL(o *storage.Order) string {
	w, err := b.worker(o.Key.Company)
	if errors.Is(err, ErrNotFound) || o.InSalesID == 0 {
		return ""
	}
	c, _, _ := w.snapshot()
	return insales.AdminURL(c.Shop.URL, o.InSalesID)
}
