package order

import (
	"fmt"

	"ineed-insales/storage"
)

// A cause is what moves an order from one state to another. Whoever changes an order's
// state names the cause and never the state: where it leads says the table, and a cause
// that the table does not know for this state is an order that somebody else has moved
// meanwhile.
type cause string

// The causes. They are kept nowhere: the history tells what has happened by events.
const (
	causeAccepted       cause = "accepted"         // the chat's webhook came
	causeAcceptedTest   cause = "accepted test"    // a test order came
	causePaidFirst      cause = "paid first"       // its payment came before it
	causeCancelledFirst cause = "cancelled first"  // its cancellation came before it
	causeAdopted        cause = "adopted"          // the shop has an order with its marker
	causeIntent         cause = "intent"           // the create request is about to leave
	causeUnfit          cause = "unfit"            // untranslatable, too old, or too late for its desired time
	causeCreated        cause = "created"          // 2xx with an order
	causeNotDelivered   cause = "not delivered"    // certainly not: no connection, window full, the company's fault
	causeAbsent         cause = "absent"           // proven absent: it may be sent again
	causeAbsentTooOften cause = "absent too often" // proven absent by its own fault again and again
	causeLookAlike      cause = "look-alike"       // absent, but another order of the shop may be it
	causeNotProven      cause = "not proven"       // the shop contradicts itself about what it has
	causeRefused        cause = "refused"          // 400, 422
	causeAccountLeft    cause = "account left"     // another InSales account stands behind the settings
	causeRetried        cause = "retried"          // by a person
	causeLinked         cause = "linked"           // by a person, to an InSales order that is not mapped yet
	causeCancelled      cause = "cancelled"        // by a person, or by the chat
)

// A transition is one row of the table.
type transition struct {
	from storage.State
	on   cause
	to   storage.State
}

// none is the state of an order that is not known yet.
const none storage.State = ""

// machine is the whole life of an order. What is not in this table cannot happen.
//
// Three rules can be read off it. An order leaves for the shop only from state new, by an
// intent. From state sending it goes back to new only if it is certain that the shop does
// not have it. And from state sent it goes nowhere.
//
// A cancellation during sending is a wish (storage.Order.CancelBy): whatever shows that
// the order is not in the shop then fulfils it.
func machine() []transition {
	return []transition{
		{none, causeAccepted, storage.StateNew},
		{none, causeAcceptedTest, storage.StateTest},
		{none, causePaidFirst, storage.StateExpected},
		{none, causeCancelledFirst, storage.StateCancelled},
		{storage.StateExpected, causeAccepted, storage.StateNew},
		{storage.StateExpected, causeCancelled, storage.StateCancelled},

		{none, causeAdopted, storage.StateSent},
		{storage.StateExpected, causeAdopted, storage.StateSent},
		{storage.StateNew, causeAdopted, storage.StateSent},
		{storage.StateSending, causeAdopted, storage.StateSent},
		{storage.StateAttention, causeAdopted, storage.StateSent},
		{storage.StateCancelled, causeAdopted, storage.StateSent},

		{storage.StateNew, causeIntent, storage.StateSending},
		{storage.StateNew, causeUnfit, storage.StateAttention},

		{storage.StateSending, causeCreated, storage.StateSent},
		{storage.StateSending, causeNotDelivered, storage.StateNew},
		{storage.StateSending, causeAbsent, storage.StateNew},
		{storage.StateSending, causeAbsentTooOften, storage.StateAttention},
		{storage.StateSending, causeLookAlike, storage.StateAttention},
		{storage.StateSending, causeNotProven, storage.StateAttention},
		{storage.StateSending, causeRefused, storage.StateAttention},
		{storage.StateSending, causeAccountLeft, storage.StateAttention},
		{storage.StateSending, causeCancelled, storage.StateCancelled},

		{storage.StateAttention, causeRetried, storage.StateNew},
		{storage.StateCancelled, causeRetried, storage.StateNew},
		{storage.StateAttention, causeLinked, storage.StateSent},
		{storage.StateNew, causeLinked, storage.StateSent},
		{storage.StateNew, causeCancelled, storage.StateCancelled},
		{storage.StateAttention, causeCancelled, storage.StateCancelled},
	}
}

// transitions are those of machine, for next.
var transitions = machine()

// next looks a transition up.
func next(from storage.State, on cause) (storage.State, bool) {
	for _, t := range transitions {
		if t.from == from && t.on == on {
			return t.to, true
		}
	}
	return "", false
}

// move changes the state of an order that was just read in tx, and stores it with all
// that its caller has changed beside. It is storage.ErrStale if the table does not have
// such a move, or if the row is no longer as it was read.
func move(tx *storage.Tx, o *storage.Order, on cause, events ...storage.Event) error {
	was, attempt := o.State, o.Attempt
	to, ok := next(was, on)
	if !ok {
		return fmt.Errorf("order %s: %q in state %q: %w", o.Key, on, was, storage.ErrStale)
	}
	o.State = to
	if on == causeIntent {
		o.Attempt++
	}
	if err := tx.PutOrder(o, was, attempt); err != nil {
		return err
	}
	return addEvents(tx, o, events)
}

// put stores an order that was just read in tx and keeps its state.
func put(tx *storage.Tx, o *storage.Order, events ...storage.Event) error {
	if err := tx.PutOrder(o, o.State, o.Attempt); err != nil {
		return err
	}
	return addEvents(tx, o, events)
}

// addEvents adds entries to an order's history.
func addEvents(tx *storage.Tx, o *storage.Order, events []storage.Event) error {
	for _, e := range events {
		if err := tx.AddEvent(o, e); err != nil {
			return err
		}
	}
	return nil
}

// Moves gives the pairs of states, from and to, between which an order may go: for
// whoever checks a history against the table.
func Moves() map[[2]storage.State]bool {
	pairs := map[[2]storage.State]bool{}
	for _, t := range machine() {
		pairs[[2]storage.State{t.from, t.to}] = true
	}
	return pairs
}
