package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// An orderRef names an order of the chat.
type orderRef struct{ Company, ID string }

func (r orderRef) String() string { return r.Company + "/" + r.ID }

// A claim is what the connector has taken responsibility for with a 2xx.
type claim struct {
	Test      bool
	Cancelled bool // the chat has cancelled it too, and was answered 2xx
	Paid      bool // the chat has told its payment, and was answered 2xx
	Poison    poison
}

// A poison is what a peer can never digest of an order, until the very end.
type poison string

// The poisons. The first three stand in the way of the create.
const (
	poisonFails   poison = "the shop answers its create 500"
	poisonRefused poison = "the shop answers its create 422"
	poisonHangs   poison = "the shop never answers its create"
	poisonPayment poison = "the shop answers its payment 500"
	poisonReport  poison = "the chat answers its reports 500"
)

// A shopOrder is an order in the shop that carries our marker.
type shopOrder struct {
	ID                             int64
	Number                         string
	Fulfillment, Custom, Financial string
}

// A knownOrder is an order as the connector's API shows it to a person. Problem
// and ReportProblem are codes, "" for none.
type knownOrder struct {
	State         string
	Problem       string
	ReportProblem string
	Notices       []string
}

// A backupCheck is what became of one backup.
type backupCheck struct {
	Name  string
	Fault string // what is wrong with it; "" = whole, sound and restored
}

// usage is what a process holds.
type usage struct{ Descriptors, Goroutines int }

// What a process may hold more of at the end than at the beginning: idle
// connections to peers and the like.
const (
	spareDescriptors = 12
	spareGoroutines  = 24
)

// memoryBound is what the process may have of its own in memory: the README
// gives the container 64 MiB, and the program's code is in them too.
const memoryBound = 50 << 20

// evidence is all that is to be judged when the peers have been friendly for a
// while. It is data alone, so that the oracle can be tried on worlds in which
// something is wrong.
type evidence struct {
	Accepted map[orderRef]claim
	Tried    map[orderRef]bool // sent, but perhaps never answered
	InShop   map[orderRef][]shopOrder
	Known    map[orderRef]knownOrder
	Told     map[orderRef]shopOrder // by the chat's account of the shop's order

	Goods, Shown map[string]string // products and their prices, in the shop and in the chat

	Deleted  map[string]bool   // companies whose deletion was confirmed
	Troubles map[string]string // company and what it still complains of

	Integrity     string // what SQLite says of the database
	Memory        int64  // the most that was ever seen
	Before, After usage
	Backups       []backupCheck
	Complaints    []string // what was wrong on the way
}

// judge tells all that is wrong, sorted. The first word of each line is its
// kind.
func (e *evidence) judge() []string {
	list := append(e.orderFaults(), e.processFaults()...)
	slices.Sort(list)
	return list
}

// orderFaults are those that may end while things settle.
func (e *evidence) orderFaults() (list []string) {
	byRef := func(a, b orderRef) int {
		return cmp.Or(cmp.Compare(a.Company, b.Company), cmp.Compare(a.ID, b.ID))
	}
	for _, ref := range slices.SortedFunc(maps.Keys(e.Accepted), byRef) {
		if fault := e.orderFault(ref, e.Accepted[ref]); fault != "" {
			list = append(list, fault)
		}
	}
	for _, ref := range slices.SortedFunc(maps.Keys(e.InShop), byRef) {
		if n := len(e.InShop[ref]); n > 1 {
			list = append(list, fmt.Sprintf("doubled: %s is in the shop %d times", ref, n))
		}
		if _, accepted := e.Accepted[ref]; !accepted && !e.Tried[ref] {
			list = append(list, fmt.Sprintf("stranger: %s is in the shop and nobody has ordered it", ref))
		}
	}
	if !maps.Equal(e.Goods, e.Shown) {
		list = append(list, fmt.Sprintf("catalog: the chat shows %s", differing(e.Goods, e.Shown)))
	}
	for _, company := range slices.Sorted(maps.Keys(e.Troubles)) {
		list = append(list, fmt.Sprintf("trouble: company %s: %s", company, e.Troubles[company]))
	}
	return list
}

// differing names the first product that is not as it should be, and counts
// them all.
func differing(want, have map[string]string) string {
	var list []string
	for id, price := range want {
		if got, there := have[id]; !there || got != price {
			list = append(list, fmt.Sprintf("%s as %q instead of %q", id, got, price))
		}
	}
	for id, price := range have {
		if _, there := want[id]; !there {
			list = append(list, fmt.Sprintf("%s as %q instead of not at all", id, price))
		}
	}
	slices.Sort(list)
	return fmt.Sprintf("%s (%d differ)", list[0], len(list))
}

// orderFault tells what is wrong with an accepted order; "" = nothing.
func (e *evidence) orderFault(ref orderRef, c claim) string {
	inShop := e.InShop[ref]
	if e.Deleted[ref.Company] {
		if len(inShop) == 0 && !c.Test && !c.Cancelled {
			return fmt.Sprintf("lost: %s was accepted, its company is deleted, and it is not in the shop", ref)
		}
		return ""
	}
	o, known := e.Known[ref]
	switch {
	case !known:
		return fmt.Sprintf("nowhere: %s was accepted and the connector does not know it", ref)
	case c.Test && (o.State != "test" || len(inShop) > 0):
		return fmt.Sprintf("test: %s is a test, is %s and %d times in the shop", ref, o.State, len(inShop))
	case c.Test:
		return ""
	case o.State == "sent" && len(inShop) == 0:
		return fmt.Sprintf("lost: %s is said to be in the shop, and is not", ref)
	case o.State == "sent":
		return e.sentFault(ref, c, o)
	case len(inShop) > 0:
		return fmt.Sprintf("unseen: %s is %s although it is in the shop", ref, o.State)
	case o.State == "attention" && o.Problem == "":
		return fmt.Sprintf("reason: %s waits for a person who is not told why", ref)
	case o.State == "attention":
		return ""
	case o.State == "cancelled" && !c.Cancelled:
		return fmt.Sprintf("cancelled: %s is, and nobody has", ref)
	case o.State == "cancelled":
		return ""
	}
	return fmt.Sprintf("unsettled: %s is %s %s", ref, o.State, o.Problem)
}

// sentFault tells what is wrong with what the two sides know of each other.
func (e *evidence) sentFault(ref orderRef, c claim, o knownOrder) string {
	shop := e.InShop[ref][0]
	if c.Paid && shop.Financial != "paid" && o.Problem == "" && len(o.Notices) == 0 {
		return fmt.Sprintf("payment: %s is paid, the shop does not know it, and no person is told", ref)
	}
	told, known := e.Told[ref]
	switch {
	case known && told == shop:
		return ""
	case c.Poison == poisonReport && (o.ReportProblem != "" || slices.Contains(o.Notices, "report_failing")):
		return "" // the chat never takes it, and a person sees that
	case !known:
		return fmt.Sprintf("status: the chat was never told of %s", ref)
	}
	return fmt.Sprintf("status: of %s the chat knows %+v, the shop has %+v", ref, told, shop)
}

// leaks reports whether the process holds more at the end than it should.
func (e *evidence) leaks() bool {
	return e.After.Descriptors > e.Before.Descriptors+spareDescriptors ||
		e.After.Goroutines > e.Before.Goroutines+spareGoroutines
}

// processFaults are those of the process and its files.
func (e *evidence) processFaults() (list []string) {
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if e.Integrity != "ok" {
		add("integrity: %s", cmp.Or(e.Integrity, "not looked at"))
	}
	switch {
	case e.Memory == 0:
		add("memory: never measured")
	case e.Memory > memoryBound:
		add("memory: %.1f MiB of its own, %d are the most", float64(e.Memory)/(1<<20), memoryBound>>20)
	}
	if e.Before == (usage{}) || e.After == (usage{}) {
		add("leak: descriptors and goroutines were not counted")
	}
	if e.leaks() {
		add("leak: %d descriptors and %d goroutines, there were %d and %d", e.After.Descriptors, e.After.Goroutines,
			e.Before.Descriptors, e.Before.Goroutines)
	}
	for _, b := range e.Backups {
		if b.Fault != "" {
			add("backup: %s: %s", b.Name, b.Fault)
		}
	}
	for _, c := range e.Complaints {
		add("complaint: %s", c)
	}
	if len(e.Accepted) == 0 {
		add("idle: nothing was accepted, so nothing was tried")
	}
	return list
}
