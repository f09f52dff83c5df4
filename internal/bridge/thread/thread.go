// Package thread leads a person from an empty company to orders that flow.
//
// [Of] says of one company which steps there are, which are done and which is next, from
// what is known of it; it is pure. The panel shows the steps, each with one button, as long
// as a company is [Facts.Begins] and not [Facts.CatalogOnly], and whenever somebody wants to
// see them again.
package thread

import (
	"ineed-insales/internal/bridge/check"
	"ineed-insales/storage"
)

// A Name names a step.
type Name string

// The steps, in their order.
const (
	Key     Name = "key"      // the shop takes the key
	OwnSync Name = "own_sync" // INEED.CHAT's own way into the shop is off, or each order is made twice
	Chat    Name = "chat"     // its first message has come
	Mapping Name = "mapping"  // all words that the chat has used are mapped
	Trial   Name = "trial"    // an order as it comes into the shop
	Probe   Name = "probe"    // the shop was tried out
	Enable  Name = "enable"   // order sync is on
)

// A State is how a step stands.
type State string

// The states. One step at most is next; what may be done at any time is open and holds up
// nothing.
const (
	Done  State = "done"
	Next  State = "next"
	open  State = "open"
	later State = "later"
)

// A Step is one of the way, with how it stands.
type Step struct {
	Name  Name
	State State
}

// Facts are what the steps follow from.
type Facts struct {
	Company storage.Company
	NoShop  *storage.Problem // why the shop could not be asked with its key; nil = it has answered
	Heard   bool             // the chat has proven itself at least once
	Uses    storage.Uses     // the words that it has used
	Came    bool             // an order has come
	InShop  bool             // an order is in the shop
	Waiting int              // so many orders wait to be sent
	Polled  bool             // orders were read from the shop, so the sync was on once
}

// Begins reports whether the company has not run yet, so that its steps are what there is to
// see of it.
func (f Facts) Begins() bool { return !f.Company.Orders.Enabled && !f.Polled }

// CatalogOnly reports whether the company uses the catalog and nothing has been done about
// orders: then it lacks nothing, and its steps are what somebody may ask for.
func (f Facts) CatalogOnly() bool {
	return f.Begins() && f.Company.Catalog.Enabled && f.Company.Orders.Untouched() && !f.Came
}

// Of gives the steps of a company in their order. The trial and the probe are a person's to
// do or leave out.
func Of(f Facts) []Step {
	orders := f.Company.Orders
	steps := []Step{
		{Key, done(f.NoShop == nil && !f.Company.Sealed)},
		{OwnSync, done(orders.OwnSyncOff)},
		{Chat, done(f.Heard)},
		{Mapping, done(f.mapped())},
		{Trial, optional(f.InShop)},
		{Probe, optional(f.Company.Learnt.Probed != nil)},
		{Enable, done(orders.Enabled)},
	}
	for i := range steps {
		if steps[i].State == later {
			steps[i].State = Next
			break
		}
	}
	return steps
}

// mapped reports whether an order with any of the words that the chat has used could go.
func (f Facts) mapped() bool {
	o := f.Company.Orders
	return len(o.Payments) > 0 && len(o.Deliveries) > 0 && len(f.UnmappedPayments()) == 0 &&
		len(f.UnmappedDeliveries()) == 0
}

// UnmappedPayments are the chat's words for payment that the settings do not map.
func (f Facts) UnmappedPayments() []storage.Use {
	return check.Unmapped(f.Uses.Payments, f.Company.Orders.Payments)
}

// UnmappedDeliveries are its words for delivery.
func (f Facts) UnmappedDeliveries() []storage.Use {
	return check.Unmapped(f.Uses.Deliveries, f.Company.Orders.Deliveries)
}

func done(is bool) State {
	if is {
		return Done
	}
	return later
}

func optional(is bool) State {
	if is {
		return Done
	}
	return open
}
