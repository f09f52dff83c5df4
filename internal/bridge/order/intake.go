package order

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// The chat may send anything twice, in any order, and under one id two different
// orders. What is taken is committed before the chat is answered, and nothing that it
// has said is thrown away:
//
//   - The first body under an id is the order. The same again is a duplicate, counted.
//   - A payment or a cancellation may come before its order. It makes a row without a
//     body, which the order completes.
//   - Another order under a used id is kept beside the first one, and a person sees
//     both: nobody can tell which of them the customer meant.
//   - What an order has no more room for is kept among the refusals (tooManyBodies).

// An Accepted is the answer to a webhook about an order.
type Accepted struct {
	Duplicate     bool  // it said nothing new
	InSalesID     int64 // 0 = not in the shop yet
	becameRefusal bool  // its body is kept among those that became nothing
}

// byChat is who cancelled an order when it was the chat.
const byChat = "INEED.CHAT"

// separateMark stands in the id of an order that a person made of a second body
// under an id: ORDER~2. No id of the chat has it.
const separateMark = "~"

// separate reports whether the order was made of a second body. The chat does
// not know it by its id, so it is told nothing of it.
func separate(k storage.OrderKey) bool { return strings.Contains(k.ID, separateMark) }

// AcceptOrder takes an order that the chat has sent and that was validated.
// When it returns nil, the order is durable: it will be created in the shop or
// shown to a person. The same key again is a duplicate; what its body says anew
// is not lost either.
func (d *Desk) AcceptOrder(ctx context.Context, test bool, order *ineedchat.Order, body []byte) (Accepted, error) {
	return d.take(ctx, d.orderMessage(time.Now(), test, order, body))
}

// A message is one thing that the chat says of one order. fresh becomes the order if its
// key is not known; else known decides what the message means for the order that there is.
type message struct {
	fresh storage.Order
	event storage.Event
	known func(tx *storage.Tx, o, fresh *storage.Order) (Accepted, error)
}

// orderMessage is the message of an order that came at a time.
func (d *Desk) orderMessage(at time.Time, test bool, order *ineedchat.Order, body []byte) message {
	order = translate.Legible(order)
	fresh := storage.Order{
		Key:    storage.OrderKey{Company: d.company.ID, ID: order.ID, Test: test},
		Number: problem.Clip(order.Number, 64), Phone: translate.PhoneDigits(order.Customer.Phone), Body: body,
		Total: order.Hundredths(), Customer: translate.CustomerName(order),
		Paid:       order.Payment.Paid,
		AcceptedAt: at, AgeFrom: at, DueAt: at,
		Notices: translate.RoundedNotice(order.Rounded),
	}
	if created, err := order.CreatedAt.Time(); err == nil && created.Before(at) {
		fresh.AgeFrom = created
	}
	d.company.Store.PackBody(&fresh)
	fresh.State, _ = next(none, acceptance(fresh.Key, causeAccepted))
	return message{fresh, storage.Event{At: at, Kind: storage.EventReceived},
		func(tx *storage.Tx, o, fresh *storage.Order) (Accepted, error) { return repeated(tx, o, fresh, order) }}
}

// acceptance is the cause by which an unknown order begins: a test order begins as one,
// whatever came first.
func acceptance(k storage.OrderKey, on cause) cause {
	if k.Test {
		return causeAcceptedTest
	}
	return on
}

// take stores what one message says.
func (d *Desk) take(ctx context.Context, m message) (Accepted, error) {
	list, err := d.takeAll(ctx, nil, []message{m})
	if err != nil {
		return Accepted{}, fmt.Errorf("accept order %s: %w", m.fresh.Key, err)
	}
	return list[0], nil
}

// takeAll stores what messages say, all or none of them. Those that a wire has made come
// with what it made them of. Whether the company still exists is seen in the same
// transaction. Afterwards the tasks are woken that may have something to do.
func (d *Desk) takeAll(ctx context.Context, of *storage.Received, messages []message) ([]Accepted, error) {
	list := make([]Accepted, len(messages))
	comes := d.comesThrough()
	err := d.company.Store.Add(ctx, func(tx *storage.Tx) error {
		received, err := beingRead(tx, of)
		if err != nil {
			return err
		}
		for i := range messages {
			if list[i], err = messages[i].take(tx, received, comes); err != nil {
				return err
			}
		}
		if received != nil {
			return tx.DropSpent(received)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	news := false
	for i, m := range messages {
		comes.committed(list[i], m.event.Kind)
		news = news || !list[i].Duplicate
	}
	if news {
		d.sender.Wake()
		d.payer.Wake()
	}
	return list, nil
}

// beingRead is a delivery for one run of a transaction, which notes in it what it has kept
// of it. One that was unread must still be, and one that was refused must still be kept,
// where it is no longer then: it fails with storage.ErrNotFound otherwise.
func beingRead(tx *storage.Tx, of *storage.Received) (*storage.Received, error) {
	if of == nil {
		return nil, nil
	}
	received := *of
	var err error
	switch {
	case of.Seq != 0:
		_, err = tx.ReadUnread(of.Company, of.Seq)
	case of.Refusal != 0:
		err = tx.TakeRefusal(of.Company, of.Refusal)
	}
	return &received, err
}

// take stores what the message says.
func (m *message) take(tx *storage.Tx, received *storage.Received, comes through) (Accepted, error) {
	o := m.fresh
	o.Received = received
	added, err := tx.AddOrder(&o, m.event)
	if err != nil {
		return Accepted{}, err
	}
	a := Accepted{}
	if !added {
		fresh := o
		if o, err = tx.Order(fresh.Key); err != nil {
			return a, err
		}
		if a, err = m.known(tx, &o, &fresh); err != nil {
			return a, err
		}
	}
	return a, comes.cameThrough(tx, a, m.event.Kind)
}

// repeated takes an order whose key is known. One that was known by its payment
// or cancellation alone is complete now; else it is a duplicate, which may tell
// of a payment or be another order altogether.
func repeated(tx *storage.Tx, o, again *storage.Order, order *ineedchat.Order) (Accepted, error) {
	if !o.ErasedAt.IsZero() {
		if order.Payment.Paid && !o.Paid && o.State == storage.StateSent {
			return nowPaid(tx, o, again.AcceptedAt)
		}
		return duplicate(tx, o, again.AcceptedAt)
	}
	if o.Number == "" {
		o.Number = again.Number
	}
	if !o.HasBody {
		return completed(tx, o, again, order)
	}
	own, err := tx.Body(o)
	if err != nil {
		return Accepted{}, err
	}
	first, problem := translate.Decode(own)
	if problem != nil {
		return duplicate(tx, o, again.AcceptedAt)
	}
	if order.Payment.Paid && !first.Payment.Paid && !o.Paid {
		return nowPaid(tx, o, again.AcceptedAt)
	}
	if translate.AnotherOrder(first, order) {
		return conflict(tx, o, again, order)
	}
	return duplicate(tx, o, again.AcceptedAt)
}

// nowPaid takes from a repeated webhook that the order was paid since it came first.
func nowPaid(tx *storage.Tx, o *storage.Order, at time.Time) (Accepted, error) {
	o.Paid, o.Payment.DueAt = true, at
	return Accepted{Duplicate: true, InSalesID: o.InSalesID}, put(tx, o, storage.Event{At: at, Kind: storage.EventPaid})
}

// duplicate counts a webhook that says nothing new.
func duplicate(tx *storage.Tx, o *storage.Order, at time.Time) (Accepted, error) {
	o.Duplicates++
	var events []storage.Event
	if o.Duplicates == 1 { // the others are only counted
		events = append(events, storage.Event{At: at, Kind: storage.EventDuplicate})
	}
	return Accepted{Duplicate: true, InSalesID: o.InSalesID}, put(tx, o, events...)
}

// completed gives its body to an order that was known without one.
func completed(tx *storage.Tx, o, again *storage.Order, order *ineedchat.Order) (Accepted, error) {
	o.Body, o.Received, o.Total = again.Body, again.Received, again.Total
	o.Phone, o.Customer = again.Phone, again.Customer
	for _, n := range again.Notices {
		o.AddNotice(n)
	}
	if err := tx.AddBody(o); err != nil {
		return Accepted{}, err
	}
	event := storage.Event{At: again.AcceptedAt, Kind: storage.EventReceived}
	switch o.State {
	case storage.StateExpected:
		o.AcceptedAt, o.AgeFrom, o.DueAt = again.AcceptedAt, again.AgeFrom, again.DueAt
		o.Paid = again.Paid || o.Paid && payInFull(o, string(order.Total))
		return Accepted{}, move(tx, o, causeAccepted, event)
	case storage.StateCancelled, storage.StateTest:
		return Accepted{}, put(tx, o, event)
	}
	return Accepted{Duplicate: true, InSalesID: o.InSalesID}, put(tx, o, event) // adopted from the shop
}

// conflict keeps a body that is another order under a used id, and shows both
// to a person. One that is kept already, as when the chat repeats itself, is
// only counted. One beyond those that an order may have is kept among the
// refusals, because it becomes nothing; the order says how many these are.
func conflict(tx *storage.Tx, o, again *storage.Order, order *ineedchat.Order) (Accepted, error) {
	for n := 2; n <= storage.MaxBodies; n++ {
		kept, err := tx.OtherBody(o, n)
		if err != nil {
			return Accepted{}, err
		}
		if kept == nil {
			break
		}
		if other, problem := translate.Decode(kept); problem == nil && !translate.AnotherOrder(other, order) {
			return duplicate(tx, o, again.AcceptedAt)
		}
	}
	n, err := tx.AddOtherBody(o, again)
	if err != nil {
		return Accepted{}, err
	}
	if n == 0 {
		return tooManyBodies(tx, o, again, order)
	}
	p := storage.Problem{Code: problem.NoticeAnotherOrder, Args: map[string]string{"body": strconv.Itoa(n)}}
	o.AddNotice(p)
	o.Duplicates++
	return Accepted{Duplicate: true, InSalesID: o.InSalesID}, put(tx, o, problemEvent(&p)...)
}

// tooManyBodies keeps a body for which the order has no room.
func tooManyBodies(tx *storage.Tx, o, again *storage.Order, order *ineedchat.Order) (Accepted, error) {
	list, err := tx.RefusalsFor(o.Key.Company, ReasonManyBodies)
	if err != nil {
		return Accepted{}, err
	}
	for _, r := range list {
		if kept, problem := translate.Decode(r.Body); problem == nil && kept.ID == order.ID &&
			!translate.AnotherOrder(kept, order) {
			return duplicate(tx, o, again.AcceptedAt)
		}
	}
	err = tx.AddRefusal(o.Key.Company, storage.Refusal{At: again.AcceptedAt, Status: http.StatusOK,
		Reason: ReasonManyBodies, OrderID: order.ID,
		Errors: []storage.RefusalError{{Field: "data.id", Rule: ReasonManyBodies}},
		Body:   again.Body, Size: int64(len(again.Body))})
	if err != nil {
		return Accepted{}, err
	}
	more := 1
	for _, p := range o.Notices {
		if p.Code == problem.NoticeMoreBodies {
			before, _ := strconv.Atoi(p.Args["more"]) // ours
			more = before + 1
		}
	}
	p := storage.Problem{Code: problem.NoticeMoreBodies,
		Args: map[string]string{"more": strconv.Itoa(more), "max": strconv.Itoa(storage.MaxBodies)}}
	o.DropNotices(problem.NoticeMoreBodies)
	o.AddNotice(p)
	o.Duplicates++
	a := Accepted{Duplicate: true, InSalesID: o.InSalesID, becameRefusal: true}
	if more > 1 { // the number is enough
		return a, put(tx, o)
	}
	return a, put(tx, o, problemEvent(&p)...)
}

// AcceptCancelled takes the chat's word that an order is cancelled. One that
// has not left never leaves; one that is on its way is cancelled if the shop
// turns out not to have it; one that is in the shop, or of which only a person can
// tell whether it is, is shown to a person, because cancelling there is the
// manager's decision.
func (d *Desk) AcceptCancelled(ctx context.Context, test bool, c *ineedchat.OrderCancelled) (Accepted, error) {
	return d.take(ctx, d.cancelMessage(time.Now(), test, c))
}

// cancelMessage is the message of a cancellation that came at a time.
func (d *Desk) cancelMessage(at time.Time, test bool, c *ineedchat.OrderCancelled) message {
	fresh := storage.Order{Key: storage.OrderKey{Company: d.company.ID, ID: c.ID, Test: test},
		AcceptedAt: at, AgeFrom: at, DueAt: at}
	fresh.State, _ = next(none, acceptance(fresh.Key, causeCancelledFirst))
	fresh.ChatCancelled = true
	return message{fresh, storage.Event{At: at, Kind: storage.EventCancelled},
		func(tx *storage.Tx, o, _ *storage.Order) (Accepted, error) { return cancelKnown(tx, o) }}
}

// cancelKnown cancels a known order, as far as that can still be done.
func cancelKnown(tx *storage.Tx, o *storage.Order) (Accepted, error) {
	event := storage.Event{At: time.Now(), Kind: storage.EventCancelled}
	if o.ChatCancelled {
		return duplicate(tx, o, event.At)
	}
	o.ChatCancelled = true
	told := Accepted{InSalesID: o.InSalesID}
	switch o.State {
	case storage.StateSending:
		o.CancelBy = cmp.Or(o.CancelBy, byChat)
		return told, put(tx, o, event)
	case storage.StateCancelled, storage.StateTest:
		return told, put(tx, o, event)
	}
	if o.State == storage.StateSent || mayHaveLeft(o) {
		p := storage.Problem{Code: problem.NoticeCancelledInChat}
		o.AddNotice(p)
		return told, put(tx, o, append([]storage.Event{event}, problemEvent(&p)...)...)
	}
	o.Problem = nil
	return told, move(tx, o, causeCancelled, event)
}

// mayHaveLeft reports whether an order waits for a person because nobody can tell whether a
// shop has it.
func mayHaveLeft(o *storage.Order) bool {
	if o.State != storage.StateAttention || o.Problem == nil {
		return false
	}
	switch o.Problem.Code {
	case problem.LookAlike, problem.NotProven, problem.AccountLeft:
		return true
	}
	return false
}

// Order gives an order and its history, with what was sent and answered lately.
func (d *Desk) Order(ctx context.Context, key storage.OrderKey) (storage.Order, []storage.Event, error) {
	o, err := d.company.Store.Order(ctx, key)
	if err != nil {
		return o, nil, err
	}
	events, err := d.company.Store.Events(ctx, key)
	return o, events, err
}

// Orders lists a company's orders, newest first.
func (d *Desk) Orders(ctx context.Context, f storage.OrderFilter) (storage.OrderPage, error) {
	f.Query = translate.SearchFor(f.Query)
	return d.company.Store.Orders(ctx, d.company.ID, f)
}

// OrderURL is where a person sees the order in the shop's admin; empty while
// it is not there.
func (d *Desk) OrderURL(o *storage.Order) string {
	if o.InSalesID == 0 {
		return ""
	}
	return insales.AdminURL(d.company.Settings().Shop.URL, o.InSalesID)
}
