package order

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A person decides where the program must not: whether an order that looks like ours is
// ours, whether one that is too old still counts, which of two bodies was meant. What a
// person may do follows from the order's state, by the same table as everything else
// (machine.go); each action is a line of the order's history with the person's name.

// An Action is something a person may do with an order.
type Action string

// The actions.
const (
	ActionRetry   Action = "retry"   // send it again
	ActionCancel  Action = "cancel"  // it shall never leave
	ActionLink    Action = "link"    // it is that order of the shop
	ActionAccept  Action = "accept"  // the notices were seen, or a second body is an order of its own
	ActionErase   Action = "erase"   // forget its personal data
	ActionPreview Action = "preview" // see what would be sent
	ActionRefresh Action = "refresh" // ask the shop how it stands
	ActionReport  Action = "report"  // tell the chat again
	actionSample  Action = "sample"  // made it, to see the whole way at work; of no order
)

// Actions gives what a person may do with the order now.
func Actions(o *storage.Order) []Action {
	var list []Action
	add := func(a Action, possible bool) {
		if possible {
			list = append(list, a)
		}
	}
	can := func(on cause) bool { _, ok := next(o.State, on); return ok }
	add(ActionRetry, can(causeRetried) && o.HasBody)
	add(ActionCancel, can(causeCancelled) && (o.CancelBy == "" || o.State != storage.StateSending))
	add(ActionLink, can(causeLinked))
	add(ActionAccept, len(o.Notices) > 0)
	add(ActionErase, erasable(o))
	add(ActionPreview, o.HasBody)
	add(ActionRefresh, o.State == storage.StateSent)
	add(ActionReport, o.PendingReport())
	return list
}

// erasable reports whether an order's personal data may be forgotten. An order that may
// yet be sent needs them.
func erasable(o *storage.Order) bool { return over(o) && o.ErasedAt.IsZero() }

// over reports whether nothing of the order has to be sent any more.
func over(o *storage.Order) bool {
	switch o.State {
	case storage.StateSent, storage.StateCancelled, storage.StateTest:
		return true
	}
	return false
}

// impossible says for each action why it is not possible, if it is not.
var impossible = map[Action]string{
	ActionRetry: problem.RefusedRetry, ActionCancel: problem.RefusedCancel, ActionLink: problem.RefusedLink,
	ActionAccept: problem.RefusedAccept, ActionErase: problem.RefusedErase, ActionPreview: problem.RefusedPreview,
	ActionRefresh: problem.RefusedRefresh, ActionReport: problem.RefusedReport,
}

// allowed fails with a *Refused unless the action is possible now.
func allowed(o *storage.Order, a Action) error {
	if slices.Contains(Actions(o), a) {
		return nil
	}
	switch {
	case a == ActionRetry && !o.ErasedAt.IsZero():
		return problem.Refuse(problem.RefusedErased)
	case a == ActionReport && o.Status == nil:
		return problem.Refuse(problem.RefusedNoStatus)
	}
	return problem.Refuse(impossible[a], "state", string(o.State))
}

// change is alter, and what was done stands in the journal. (What is done to many orders at
// once is one entry there: see journalMany.)
func (d *Desk) change(
	ctx context.Context, key storage.OrderKey, a Action, by string, f func(*storage.Tx, *storage.Order) error,
) (storage.Order, error) {
	return d.alter(ctx, key, a, func(tx *storage.Tx, o *storage.Order) error {
		if err := f(tx, o); err != nil {
			return err
		}
		return tx.AddEntry(entryOf(ctx, a, by, o))
	})
}

// alter lets f change an order in one transaction, and then wakes all tasks, since any
// of them may have something to do now. f gets the order only if the action is possible
// in the order's state.
func (d *Desk) alter(
	ctx context.Context, key storage.OrderKey, a Action, f func(*storage.Tx, *storage.Order) error,
) (storage.Order, error) {
	var o storage.Order
	err := d.company.Store.Update(ctx, func(tx *storage.Tx) (err error) {
		if o, err = tx.Order(key); err != nil {
			return fmt.Errorf("order %s: %w", key, err)
		}
		if err := allowed(&o, a); err != nil {
			return err
		}
		return f(tx, &o)
	})
	if err != nil {
		return storage.Order{}, err
	}
	d.company.WakeAll()
	return o, nil
}

// acted is the history's entry for what a person did.
func acted(a Action, by string) storage.Event {
	return storage.Event{At: time.Now(), Kind: storage.EventPerson,
		Args: map[string]string{"action": string(a), "by": by}}
}

// entryOf is the journal's entry for the same.
func entryOf(ctx context.Context, a Action, by string, o *storage.Order) storage.Entry {
	e := company.OfCompany(ctx, storage.EntryOfOrder(string(a)), o.Key.Company)
	e.Actor, e.Order, e.Number, e.Orders = by, o.Key, o.Number, 1
	if a == ActionLink {
		number := cmp.Or(o.InSalesNumber, strconv.FormatInt(o.InSalesID, 10))
		e.Changes = []storage.Change{{Field: "order.insales", New: number}}
	}
	return e
}

// journalMany adds to the journal what a person has done to so many orders at once, also if
// that person has gone meanwhile; nothing of none.
func (d *Desk) journalMany(ctx context.Context, kind, by string, orders int, changes ...storage.Change) error {
	if orders == 0 {
		return nil
	}
	e := company.OfCompany(ctx, kind, d.company.ID, changes...)
	e.Actor, e.Orders = by, orders
	return d.company.Store.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error { return tx.AddEntry(e) })
}

// Retry has an order sent again that needs attention or was cancelled. Its age
// begins anew, and the look-alikes that were shown count no more.
func (d *Desk) Retry(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	return d.change(ctx, key, ActionRetry, by, retry(by))
}

// retry is what Retry does to the order.
func retry(by string) func(*storage.Tx, *storage.Order) error {
	return func(tx *storage.Tx, o *storage.Order) error {
		o.Dismissed = append(o.Dismissed, shownOrders(o.Problem)...)
		o.Problem, o.Absences, o.CancelBy = nil, 0, ""
		o.AgeFrom = time.Now()
		o.DueAt = o.AgeFrom
		return move(tx, o, causeRetried, acted(ActionRetry, by))
	}
}

// maxBulk bounds how many orders one RetryAll releases.
const maxBulk = 10_000

// A Retried tells what has become of orders that a person wants sent again.
type Retried struct {
	Sent    int // they are on their way
	Waiting int // they still wait for the same, or for something else that settings lack
	changed int // how many went, or wait for something else than before
}

// RetryAll has all orders of a company sent again that need attention for one
// problem, after what caused it was mended.
func (d *Desk) RetryAll(ctx context.Context, problem, by string) (Retried, error) {
	return d.RetryCause(ctx, storage.Problem{Code: problem}, by)
}

// RetryMapped is RetryAll for the orders that waited for a payment or an order type to be
// mapped.
func (d *Desk) RetryMapped(ctx context.Context, by string) (Retried, error) {
	sum, err := d.retryCause(ctx, storage.Problem{Code: problem.PaymentUnmapped}, by)
	if err == nil {
		var more Retried
		more, err = d.retryCause(ctx, storage.Problem{Code: problem.DeliveryUnmapped}, by)
		// The orders that still wait for both are the same ones.
		sum = Retried{Sent: sum.Sent + more.Sent, Waiting: max(sum.Waiting, more.Waiting),
			changed: sum.changed + more.changed}
	}
	return sum, errors.Join(err, d.journalMany(ctx, storage.EntryRetried, by, sum.changed))
}

// RetryCause is RetryAll for the orders that wait for one cause: of a payment or
// delivery type that was not mapped, only those of that type. An order that the settings
// still do not let go is left where it is.
func (d *Desk) RetryCause(ctx context.Context, p storage.Problem, by string) (Retried, error) {
	done, err := d.retryCause(ctx, p, by)
	cause := storage.Change{Field: "order.problem", New: p.Code}
	return done, errors.Join(err, d.journalMany(ctx, storage.EntryRetried, by, done.changed, cause))
}

// retryCause is RetryCause without the journal.
func (d *Desk) retryCause(ctx context.Context, p storage.Problem, by string) (Retried, error) {
	filter := storage.OrderFilter{State: storage.StateAttention, Problem: p.Code, Type: p.Args["type"], Bodies: true,
		Limit: 200}
	var done Retried
	for done.Sent < maxBulk {
		list, err := d.Orders(ctx, filter)
		if err != nil {
			return done, err
		}
		for i := range list.Orders {
			if list.Orders[i].ChatCancelled { // who means it says so of that order
				continue
			}
			if err := d.retryOne(ctx, &list.Orders[i], &done, by); err != nil {
				return done, err
			}
		}
		if filter.Cursor = list.Next; filter.Cursor == "" {
			break
		}
	}
	return done, nil
}

// retryOne has one of many orders sent again, unless what it waits for is still so. An
// order that waits for something else by now goes, too: the sender says what that is.
func (d *Desk) retryOne(ctx context.Context, o *storage.Order, done *Retried, by string) error {
	lack, err := d.lacks(ctx, o)
	if err != nil {
		return err
	}
	if lack != nil && o.Problem != nil && lack.Equal(*o.Problem) {
		done.Waiting++
		return nil
	}
	_, err = d.alter(ctx, o.Key, ActionRetry, retry(by))
	if _, quicker := errors.AsType[*problem.Refused](err); quicker {
		return nil
	}
	switch {
	case err != nil:
		return err
	case lack != nil:
		done.Waiting++
	default:
		done.Sent++
	}
	done.changed++
	return nil
}

// lacks says why an order that is listed with its body could not be sent even now; nil if it
// could.
func (d *Desk) lacks(ctx context.Context, o *storage.Order) (*storage.Problem, error) {
	order, wrong := translate.Decode(o.Body)
	if wrong != nil {
		return wrong, nil
	}
	_, wrong, err := d.translation(ctx, d.company.Settings(), o, order)
	return wrong, err
}

// Mapped counts the orders that need attention because a type was not mapped, and that the
// settings let go by now.
func (d *Desk) Mapped(ctx context.Context) (int, error) {
	gaps, err := d.company.Store.Gaps(ctx, d.company.ID, []string{problem.PaymentUnmapped, problem.DeliveryUnmapped})
	if err != nil {
		return 0, err
	}
	orders, n := d.company.Settings().Orders, 0
	for _, g := range gaps {
		open := func(p storage.Problem) bool { return !MappedNow(orders, p) }
		if !slices.ContainsFunc(g.Problem.All(), open) {
			n += g.Orders
		}
	}
	return n, nil
}

// MappedNow reports whether a problem is that a type was not mapped which the settings map
// by now.
func MappedNow(settings storage.OrderSync, p storage.Problem) bool {
	_, payment := settings.Payments[p.Args["type"]]
	_, delivery := settings.Deliveries[p.Args["type"]]
	return p.Code == problem.PaymentUnmapped && payment || p.Code == problem.DeliveryUnmapped && delivery
}

// Cancel sees to it that an order never leaves. While it is being sent this is
// a wish: it is fulfilled if the shop turns out not to have it.
func (d *Desk) Cancel(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	return d.change(ctx, key, ActionCancel, by, func(tx *storage.Tx, o *storage.Order) error {
		if o.State == storage.StateSending {
			o.CancelBy = by
			return put(tx, o, acted(ActionCancel, by))
		}
		o.Problem, o.CancelBy = nil, ""
		return move(tx, o, causeCancelled, acted(ActionCancel, by))
	})
}

// Accept ticks off the notices of an order that have a code, or all if it is empty. The
// orders of the shop that they show are not shown again.
func (d *Desk) Accept(ctx context.Context, key storage.OrderKey, code, by string) (storage.Order, error) {
	return d.change(ctx, key, ActionAccept, by, func(tx *storage.Tx, o *storage.Order) error {
		for i := range o.Notices {
			if n := &o.Notices[i]; code == "" || n.Code == code {
				o.Dismissed = append(o.Dismissed, shownOrders(n)...)
			}
		}
		if !o.DropNotices(code) {
			return problem.Refuse(problem.RefusedAccept, "state", string(o.State))
		}
		event := acted(ActionAccept, by)
		if code != "" {
			event.Args["code"] = code
		}
		return put(tx, o, event)
	})
}

// AcceptBody makes an order of its own of the n-th body that came under a used
// id. Its id is ORDER~n, it has a marker of its own, and the chat, which does
// not know it by that id, is told nothing of it.
func (d *Desk) AcceptBody(ctx context.Context, key storage.OrderKey, n int, by string) (storage.Order, error) {
	var made storage.Order
	_, err := d.change(ctx, key, ActionAccept, by, func(tx *storage.Tx, o *storage.Order) error {
		body, err := tx.OtherBody(o, n)
		if err != nil {
			return err
		}
		if n < 2 || body == nil {
			return problem.Refuse(problem.RefusedNoBody, "body", strconv.Itoa(n))
		}
		now := time.Now()
		made = storage.Order{Number: o.Number, Body: body, HasBody: true, AcceptedAt: now, AgeFrom: now, DueAt: now,
			Key: storage.OrderKey{Company: key.Company, ID: key.ID + separateMark + strconv.Itoa(n), Test: key.Test}}
		if order, problem := translate.Decode(body); problem == nil {
			made.Paid, made.Phone = order.Payment.Paid, translate.PhoneDigits(order.Customer.Phone)
			made.Total, made.Customer = order.Hundredths(), translate.CustomerName(order)
		}
		made.State, _ = next(none, acceptance(made.Key, causeAccepted))
		event := acted(ActionAccept, by)
		event.Args["body"] = strconv.Itoa(n)
		added, err := tx.AddOrder(&made, event)
		if err != nil {
			return err
		}
		if !added {
			return problem.Refuse(problem.RefusedNoBody, "body", strconv.Itoa(n))
		}
		o.Notices = slices.DeleteFunc(o.Notices, func(p storage.Problem) bool {
			return p.Code == problem.NoticeAnotherOrder && p.Args["body"] == strconv.Itoa(n)
		})
		return put(tx, o, event)
	})
	return made, err
}

// Erase forgets the personal data of an order. Its key stays: it is never
// accepted again.
func (d *Desk) Erase(ctx context.Context, key storage.OrderKey, by string) (storage.Order, error) {
	return d.change(ctx, key, ActionErase, by, func(tx *storage.Tx, o *storage.Order) error {
		return erase(tx, o, acted(ActionErase, by))
	})
}

// erase takes the personal data from an order. Its key stays.
func erase(tx *storage.Tx, o *storage.Order, e storage.Event) error {
	if err := tx.ErasePerson(o); err != nil {
		return err
	}
	if err := tx.DropRefusalsOf(o.Key.Company, o.Key.ID); err != nil {
		return err
	}
	if err := tx.DropUnreadOf(o.Key.Company, o.Key.ID); err != nil {
		return err
	}
	o.Phone, o.Customer = "", ""
	o.ErasedAt, o.HasBody, o.Problem, o.Report.Problem = time.Now(), false, withoutWords(o.Problem),
		withoutWords(o.Report.Problem)
	for i := range o.Notices {
		o.Notices[i] = *withoutWords(&o.Notices[i])
	}
	return put(tx, o, e)
}

// withoutWords gives a problem without the words of others, which may quote
// what was sent.
func withoutWords(p *storage.Problem) *storage.Problem {
	if p == nil {
		return nil
	}
	q := storage.Problem{Code: p.Code, Args: map[string]string{}}
	for name, value := range p.Args {
		if name != "message" {
			q.Args[name] = value
		}
	}
	for i := range p.Also {
		q.Also = append(q.Also, *withoutWords(&p.Also[i]))
	}
	return &q
}

// shownOrders gives the InSales ids of the other orders that a problem shows to people.
func shownOrders(p *storage.Problem) []int64 {
	if p == nil {
		return nil
	}
	named := map[string]string{problem.LookAlike: "ids", problem.NoticeTwoOrders: "second",
		problem.NoticeOrderTwice: "order"}[p.Code]
	var list []int64
	for s := range strings.SplitSeq(p.Args[named], ", ") {
		if id, err := strconv.ParseInt(s, 10, 64); err == nil {
			list = append(list, id)
		}
	}
	return list
}
