// Package order brings the orders of INEED.CHAT into a shop, each of them once, and
// their statuses back.
//
// A Desk works on the orders of one company with the tasks that it registers: the
// reader walks the shop's change feed and hands every order body to observe; the
// senders bring orders into the shop; the reporters tell the chat; beside them work
// the payer, the refresher, the eraser, and the one that looks after the shop's
// webhooks. The Office is what the desks of all companies have in common. All state
// that must survive lives in package storage, row by row; what a desk keeps in
// memory, such as which requests are in flight and since when an outcome is
// unknown, may be lost at any moment and only costs time.
//
// These promises hold whatever dies in between: an accepted order is never lost, an
// order is created once, and an older status never overwrites a newer one. How they
// are kept: the table in machine.go, the intent that is committed before a create
// request leaves (sender.go), and the rule that an order is sent again only after it
// was proven absent from the shop (proof.go), by readings that lacked nothing of
// what must be there (evidence.go).
//
// What only decides stands in rooms of its own below this one: what an order says in
// the words of the other side (translate), where a reading of the feed goes (feed), what
// the end of a request means (outcome), and which webhooks a shop should have (hook).
//
// A desk never touches the catalog beyond asking the store which variant an article
// number means, and never imports its room.
package order

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// How many requests one company has under way at a time. Eight creates bring
// 400 orders into a shop that answers in 300 ms within 20 s.
const (
	sendersPerShop   = 8
	reportersPerChat = 4
)

// A Config says what the desks work with.
type Config struct {
	Store        *storage.Store
	PollInterval time.Duration // between reads of a shop's feed

	// Wire is where the programs run that tell a chat of statuses in its own form. A time
	// without a zone is for them one of TimeZone.
	Wire     *wire.Box
	TimeZone *time.Location

	// Companies gives the ids of all companies that there are now.
	Companies func() []string
}

// An Office is what the desks of all companies have in common. What is not atomic
// or guarded by itself does not change once it is made.
type Office struct {
	pollInterval time.Duration
	companies    func() []string
	markerKey    []byte       // signs the marker by which we find our orders in a shop
	reads        atomic.Int64 // the last number given to a read of a shop
	ears         ears         // what came to companies' addresses and proved nothing; it has a mutex of its own
	disbeliefs   disbeliefs   // what came in the chat's name and was not believed; it has a mutex of its own

	box      *wire.Box
	boxTurn  chan struct{} // holds a token while a desk has a program run: what comes in never waits for more than one
	timeZone string

	delivery       prometheus.Histogram
	statusDelivery prometheus.Histogram
	adopted        prometheus.Counter
}

// NewOffice makes an office. It counts reads on from the last one that is stored.
func NewOffice(ctx context.Context, cfg Config) (*Office, error) {
	o := &Office{
		pollInterval: cfg.PollInterval, companies: cfg.Companies, markerKey: cfg.Store.DeriveKey("marker"),
		box: cfg.Wire, boxTurn: make(chan struct{}, 1), timeZone: cfg.TimeZone.String(),
		delivery: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: company.Namespace,
			Name:                        "order_delivery_seconds",
			Help:                        "From accepting an order to its creation in InSales.",
			Buckets:                     []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400},
			NativeHistogramBucketFactor: company.NativeFactor, NativeHistogramMaxBucketNumber: company.NativeBuckets}),
		statusDelivery: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: company.Namespace,
			Name:                        "status_delivery_seconds",
			Help:                        "From a change in InSales to its acknowledgement by INEED.CHAT.",
			Buckets:                     []float64{.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 3600, 86400},
			NativeHistogramBucketFactor: company.NativeFactor, NativeHistogramMaxBucketNumber: company.NativeBuckets}),
		adopted: prometheus.NewCounter(prometheus.CounterOpts{Namespace: company.Namespace,
			Name: "orders_adopted_total",
			Help: "Orders found in InSales by their marker instead of by the answer of their create."}),
	}
	last, err := cfg.Store.LastRead(ctx)
	o.reads.Store(last)
	return o, err
}

// nextRead numbers a read. The number is taken when the request starts, so
// that of two reads that show one order at one time the later request wins.
func (o *Office) nextRead() int64 { return o.reads.Add(1) }

// Collectors gives the metrics of orders for the registry.
func (o *Office) Collectors() []prometheus.Collector {
	return []prometheus.Collector{o.delivery, o.statusDelivery, o.adopted}
}

// A Desk works on the orders of one company. Its tasks run side by side, and people
// call its methods meanwhile: what they share in memory stands behind mu, and what
// must outlive the process stands in the store.
type Desk struct {
	company *company.Company
	office  *Office

	// The desk's tasks, which NewDesk registers. Whoever has made work for one of
	// them wakes it.
	reader, sender, payer, hooker, refresher, eraser, reporter *company.Task

	began time.Time // when the desk was made

	// claims is held by the one sender or reporter that looks for work, so that no
	// two of them choose the same order. It is taken before mu, and the store is
	// read under it.
	claims sync.Mutex

	// How many of the chat's deliveries were refused since the start, and how many of
	// these before an order came through last; -1 = nobody knows yet. See through.
	refusals, refusalsBefore atomic.Int64

	// mu guards all that follows. No request is sent while it is held. The company's
	// own mutex may be taken within it, and within a transaction it may be taken
	// itself; but no transaction begins while it is held.
	mu sync.Mutex

	feed    feedState
	trouble *trouble      // why nothing is sent for now; nil = nothing is wrong
	blame   outcome.Blame // whose fault it is that orders fail
	hooks   hookState     // what the desk knows of the shop's webhooks

	// What the reporters know of the chat.
	reportAt   time.Time // nothing is reported before this: the chat has asked us to wait, or see boxless
	boxless    int       // how often in a row no program could be run to make a report
	reportedAt time.Time // when the chat has taken a report last

	// What the refresher knows of the orders that it asks for by their id.
	refreshAt    time.Time                      // nothing is asked for before this, because requests have failed
	refreshTries int                            // how many have failed in a row
	later        map[storage.OrderKey]time.Time // orders whose own request has failed, and when their turn comes again
	openAt       time.Time                      // when an open order was asked for last
	goneTo       time.Time                      // orders that were gone by then are so by a person's word

	doubts    map[storage.OrderKey]*doubt   // orders whose create has an unknown outcome
	sending   map[storage.OrderKey]struct{} // orders that a sender has claimed
	reporting map[storage.OrderKey]struct{} // orders that a reporter has claimed
}

// NewDesk makes the desk of a company and registers its tasks.
func NewDesk(o *Office, c *company.Company) *Desk {
	desk := &Desk{
		company: c, office: o, began: time.Now(),
		doubts:    map[storage.OrderKey]*doubt{},
		later:     map[storage.OrderKey]time.Time{},
		sending:   map[storage.OrderKey]struct{}{},
		reporting: map[storage.OrderKey]struct{}{},
	}
	desk.refusalsBefore.Store(-1)
	if p := c.Settings().Problem; p != nil {
		// Whether it still holds is found out at once.
		desk.trouble = &trouble{problem: *p, bySender: !readProblem(p.Code)}
	}
	desk.reader = c.Register("reader", 1, desk.readDue)
	desk.sender = c.Register("sender", sendersPerShop, desk.sendDue)
	desk.payer = c.Register("payer", 1, desk.payDue)
	desk.hooker = c.Register("hooks", 1, desk.hookDue)
	desk.refresher = c.Register("refresher", 1, desk.refreshDue)
	desk.eraser = c.Register("eraser", 1, desk.eraseDue)
	desk.reporter = c.Register("reporter", reportersPerChat, desk.reportDue)
	return desk
}

// Changed takes over new settings, which swap puts in force. What depends on what
// has changed begins anew: another shop or key shuts the gate, and any change
// lets a company that was in trouble try again at once. The desk's mutex is held
// meanwhile: nobody sends to the new shop by what was read in the old one.
func (d *Desk) Changed(old, now storage.Company, swap func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	swap()
	if old.Shop != now.Shop {
		d.feed.shut()
		d.hooks, d.blame = hookState{}, outcome.Blame{} // they are those of another shop or key
	}
	if !old.Orders.Enabled && now.Orders.Enabled || old.Orders.MaxAge < now.Orders.MaxAge {
		d.feed.shut()
	}
	d.reportAt, d.boxless, d.hooks.retryAt = time.Time{}, 0, time.Time{}
	if d.trouble != nil {
		d.trouble.retryAt = time.Time{}
	}
}

// ID is the id of the company that the desk works for.
func (d *Desk) ID() string { return d.company.ID }

// Settings gives the settings of the company that the desk works for, and what was
// learnt of it, as they are stored.
func (d *Desk) Settings() storage.Company { return d.company.Settings() }

// flying counts the orders that are being sent, or that may be in the shop because
// their outcome is unknown.
func (d *Desk) flying() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.sending) + len(d.doubts)
}

// Sending reports whether an order is on its way to the shop, or may be there.
func (d *Desk) Sending() bool { return d.flying() > 0 }

// Unknown counts the orders whose create has an unknown outcome.
func (d *Desk) Unknown() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.doubts)
}

// LeaveAccount begins a new ledger within the change of account: orders that were
// on their way to the old account go to a person, and nothing is sent before the
// new account's feed was read whole.
func (d *Desk) LeaveAccount(tx *storage.Tx, underWay []storage.Order) error {
	d.shutGate()
	for _, o := range underWay {
		if err := leave(tx, o.Key); err != nil {
			return err
		}
	}
	if err := tx.ClearLookAlikes(d.company.ID); err != nil {
		return err
	}
	return tx.PutFeed(storage.Feed{Company: d.company.ID})
}

// LeftAccount forgets what was known of the old account. It is called once the
// leaving is committed: if the commit fails, all that was known still holds.
func (d *Desk) LeftAccount() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble, d.blame, d.hooks = nil, outcome.Blame{}, hookState{}
}

// leave hands an order over to a person that was on its way to the account
// that the company had before.
func leave(tx *storage.Tx, key storage.OrderKey) error {
	o, err := tx.Order(key)
	if err != nil || o.State != storage.StateSending {
		return err
	}
	o.Problem = &storage.Problem{Code: problem.AccountLeft}
	return move(tx, &o, causeAccountLeft, problemEvent(o.Problem)...)
}
