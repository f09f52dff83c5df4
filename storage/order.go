package storage

import (
	"slices"
	"time"
)

// An OrderKey names an order: the company, the id INEED.CHAT gave it, and
// whether it is a test order. It is the only idempotency key there is.
type OrderKey struct {
	Company string
	ID      string
	Test    bool
}

// String is for logs and errors: company/id, with a mark for test orders.
func (k OrderKey) String() string {
	if k.Test {
		return k.Company + "/" + k.ID + " (test)"
	}
	return k.Company + "/" + k.ID
}

// A State is where an order stands on its way into InSales. Which state may
// follow which is the bridge's table, not storage's.
type State string

// The states of an order.
const (
	StateNew       State = "new"       // accepted, waits to be sent
	StateSending   State = "sending"   // an intent is committed: the shop may or may not have the order
	StateSent      State = "sent"      // the shop has it, InSalesID is known
	StateAttention State = "attention" // a person has to decide; Problem says what
	StateCancelled State = "cancelled" // never leaves any more
	StateTest      State = "test"      // a test order: shown, never leaves
	StateExpected  State = "expected"  // known only by a payment that came before its order
)

// States lists all states in the order in which people read them.
func States() []State {
	return []State{StateExpected, StateNew, StateSending, StateSent, StateAttention, StateCancelled, StateTest}
}

// An Order is one order of INEED.CHAT with all that is known of its fate. The
// zero time means "not yet" in every time field.
type Order struct {
	seq    int64  // the row
	packed []byte // see PackBody
	Key    OrderKey
	Number string // the number people see in INEED.CHAT, may be empty
	Phone  string // the last ten digits of the customer's, to be found by; erased with the person

	// Customer is the customer's name, to be found by; erased with the person, and empty of an order of an
	// older version until it was taken from the body (see Config.Describe).
	Customer string

	Total int64  // what it costs, in hundredths, as the chat says; 0 = nothing, or it is not known
	Body  []byte // the webhook of the contract; nil for an order adopted from the shop

	Received *Received // what Body was made of, until it is kept; nil where the contract is spoken

	State   State
	Attempt int // intents committed so far; grows with every create request

	// Absences counts how often an unknown outcome of this order was proven
	// not to have created it. Only the order's own failures count.
	Absences int

	AcceptedAt time.Time // when the webhook was committed, our clock
	AgeFrom    time.Time // when its age began: created in the chat, or released by a person
	DueAt      time.Time // not sent before; our clock
	IntentAt   time.Time // shop time of the last intent
	CancelBy   string    // who wished it cancelled while it was being sent; empty = nobody
	Problem    *Problem  // why it is in attention, or what it waits for
	Notices    []Problem // remarks a person may tick off
	Dismissed  []int64   // other orders in the shop that a person was shown and has set aside
	Duplicates int       // webhooks that repeated it

	AccountID     int64 // InSales account; with InSalesID the mapping
	InSalesID     int64 // 0 = not in the shop as far as we know
	InSalesNumber string
	SentAt        time.Time // when we learnt that the shop has it, our clock

	Seen          Seen    // how new the state in Status is
	Status        *Status // what the chat is to be told; nil before the order is sent
	Revision      int64   // grows with every change of Status
	AckedRevision int64   // the last revision the chat acknowledged
	Reported      string  // the status value of that revision
	Report        Report  // the pending report, if Revision > AckedRevision

	Paid          bool     // the chat says that it is paid
	PaidAmount    string   // of a payment that came before the order, if it said so
	Payment       Payment  // of telling the shop, if Paid
	ChatCancelled bool     // the chat said that it is cancelled, be it too late
	Plain         bool     // the shop refused its emoji: sent without
	LeftOut       []string // keys of the request that the shop refused by name: sent without
	ErasedAt      time.Time

	TouchedAt time.Time // when a webhook of the shop marked it; zero = nothing to refresh
	GoneAt    time.Time // when it was first seen archived or deleted in the shop; zero = it is there
	AskedAt   time.Time // when it was last asked for by its id, or was sent
	Final     bool      // its status is one that an order ends with
	LookAt    time.Time // when it is asked for by its id although that is final; zero = never again

	// HasBody tells, of an order that was read, whether its webhook is there: it
	// is not if the order was adopted from the shop, is known by its payment or
	// cancellation alone, or was erased.
	HasBody bool
}

// A Payment is the work of telling the shop that an order is paid.
type Payment struct {
	Done  bool      // the shop knows it, or refuses to
	DueAt time.Time // not before; our clock
	Tries int       // failed attempts
}

// AddNotice adds p unless it stands there already.
func (o *Order) AddNotice(p Problem) {
	if !slices.ContainsFunc(o.Notices, p.Equal) {
		o.Notices = append(o.Notices, p)
	}
}

// DropNotices removes the notices with a code and reports whether there were
// any. Without a code it removes all.
func (o *Order) DropNotices(code string) bool {
	before := len(o.Notices)
	o.Notices = slices.DeleteFunc(o.Notices, func(p Problem) bool { return code == "" || p.Code == code })
	return len(o.Notices) < before
}

// PendingReport reports whether the chat has yet to be told the newest status.
func (o *Order) PendingReport() bool { return o.Revision > o.AckedRevision }

// NextAttempt is when the connector next does something with the order by
// itself: send it, or tell the chat of it. Zero = it waits for nothing.
func (o *Order) NextAttempt() time.Time {
	switch {
	case o.State == StateNew:
		return o.DueAt
	// A parked report waits for a change in the shop or for a person.
	case o.PendingReport() && o.Report.Problem == nil:
		return o.Report.DueAt
	default:
		return time.Time{}
	}
}
