package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// An Event is one entry of an order's history: what happened, when by our
// clock, and the facts that belong to it, without secrets or personal data.
type Event struct {
	At   time.Time
	Kind string
	Args map[string]string

	// What was sent and answered, if it is kept: with personal data, without
	// secrets.
	Request, Answer Packed
}

// The kinds of events.
const (
	EventReceived    = "received"    // the webhook was accepted
	EventDuplicate   = "duplicate"   // the webhook was repeated
	EventIntent      = "intent"      // a create request is about to leave
	EventAnswered    = "answered"    // the shop answered it
	EventUnknown     = "unknown"     // it is unknown whether the shop has the order
	EventAbsent      = "absent"      // the shop was proven not to have it
	EventAdopted     = "adopted"     // it was found in the shop by its marker
	EventSeen        = "seen"        // its state in the shop changed
	EventReported    = "reported"    // the chat acknowledged its status
	EventReportError = "reporterror" // the chat did not
	EventProblem     = "problem"     // it needs attention
	EventErased      = "erased"      // its personal data were erased, as the settings say
	EventPruned      = "pruned"      // all before was forgotten, as the settings say
	EventPerson      = "person"      // a person did something; args: action, by
	EventPaid        = "paid"        // the chat says that it is paid
	EventPaidTold    = "paidtold"    // the shop was told, or shows it
	EventPaidError   = "paiderror"   // the shop could not be told
	EventCancelled   = "cancelled"   // the chat says that it is cancelled
	EventHook        = "hook"        // a webhook of the shop named it
	EventGone        = "gone"        // the shop has archived or deleted it; args: how
	EventBack        = "back"        // it is there again
)

// An order's history keeps its first and its last events; what is between is
// dropped when there are more than maxEvents.
const (
	maxEvents  = 200
	keepEvents = 20
)

// LastEventAt gives our time of the last event of a kind in an order's history; zero without
// one.
func (tx *Tx) LastEventAt(o *Order, kind string) (time.Time, error) {
	at, err := value[int64](tx.queryRow("SELECT coalesce(max(at), 0) FROM events WHERE order_seq = ? AND kind = ?",
		o.seq, kind))
	return fromMS(at), err
}

// fewEvents is how many of a company's newest orders are asked for what has happened last.
const fewEvents = 500

// LastEvents gives the last event of each kind, without what was sent and answered, among
// the histories of a company's newest orders.
func (s *Store) LastEvents(ctx context.Context, company string, kinds ...string) ([]Event, error) {
	var list []Event
	for _, kind := range kinds {
		e := Event{Kind: kind}
		var at int64
		var args string
		err := s.queryRow(ctx, `SELECT at, args FROM
			(SELECT seq FROM orders INDEXED BY orders_newest WHERE company = ? ORDER BY seq DESC LIMIT ?)
			JOIN events ON order_seq = seq WHERE kind = ? ORDER BY at DESC LIMIT 1`, company, fewEvents, kind).
			Scan(&at, &args)
		if err == ErrNotFound {
			continue
		}
		if err == nil {
			err = fromJSON(column{args, &e.Args})
		}
		if err != nil {
			return list, fmt.Errorf("events of company %s: %w", company, err)
		}
		e.At = fromMS(at)
		list = append(list, e)
	}
	return list, nil
}

// AddEvent appends to the history of an order that was read or added in this
// transaction.
func (tx *Tx) AddEvent(o *Order, e Event) error {
	n, err := value[int64](tx.queryRow("SELECT coalesce(max(n), 0) + 1 FROM events WHERE order_seq = ?", o.seq))
	if err != nil {
		return err
	}
	return tx.addEvent(o, n, e)
}

// addEvent adds the n-th event of an order.
func (tx *Tx) addEvent(o *Order, n int64, e Event) error {
	e.Args = tx.origin.into(e.Args)
	args, err := json.Marshal(e.Args)
	if err != nil {
		return err
	}
	if _, err := tx.exec("INSERT INTO events (order_seq, n, at, kind, args) VALUES (?, ?, ?, ?, ?)",
		o.seq, n, ms(e.At), e.Kind, string(args)); err != nil {
		return fmt.Errorf("event of order %s: %w", o.Key, err)
	}
	if n == 2 { // after the one that says that all was pruned, or that the order has come
		_, err := tx.exec("UPDATE orders SET history_until = 0 WHERE seq = ? AND history_until = -1", o.seq)
		if err != nil {
			return err
		}
	}
	tx.happened(o, e)
	if err := tx.addExchange(o, n, e); err != nil || n <= maxEvents {
		return err
	}
	_, err = tx.exec("DELETE FROM events WHERE order_seq = ? AND n > ? AND n <= ?",
		o.seq, keepEvents, n-(maxEvents-keepEvents))
	return err
}

// Events gives the history of an order, oldest first, with the texts that are
// kept of it.
func (s *Store) Events(ctx context.Context, key OrderKey) ([]Event, error) {
	rows, err := s.query(ctx, `SELECT at, e.kind, args, request, answer
		FROM events e LEFT JOIN exchanges x ON x.order_seq = e.order_seq AND x.n = e.n
		WHERE e.order_seq = (SELECT seq FROM orders WHERE company = ? AND chat_id = ? AND test = ?) ORDER BY e.n`,
		key.Company, key.ID, key.Test)
	if err != nil {
		return nil, fmt.Errorf("events of order %s: %w", key, err)
	}
	return collect(rows, err, func(r scanner) (e Event, err error) {
		var at int64
		var args string
		if err := r.Scan(&at, &e.Kind, &args, (*[]byte)(&e.Request), (*[]byte)(&e.Answer)); err != nil {
			return e, err
		}
		e.At = fromMS(at)
		err = fromJSON(column{args, &e.Args})
		return e, err
	})
}
