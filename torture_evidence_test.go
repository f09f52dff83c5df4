//go:build torture && linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/shopspring/decimal"
)

// longTorture is from when on a run waits until what is poisoned for ever has
// reached a person by itself, which takes an order some ten minutes.
const longTorture = 10 * time.Minute

// What is written down while it happens.

func (x *torture) try(ref orderRef) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tried[ref] = true
}

// claim notes what the connector was asked for an order, and whether it has
// taken the order itself now.
func (x *torture) claim(ref orderRef, change func(*claim), accepted bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.claims[ref] == nil {
		x.claims[ref] = &claim{}
	}
	change(x.claims[ref])
	if accepted {
		x.accepted = append(x.accepted, ref)
	}
}

func (x *torture) acceptedSoFar() []orderRef {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.accepted)
}

func (x *torture) backupIs(name, fault string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.backups = append(x.backups, backupCheck{filepath.Base(name), fault})
}

func (x *torture) waited(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.longest = max(x.longest, d)
}

func (x *torture) setDeleted(company string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.deleted[company] = true
}

func (x *torture) isDeleted(company string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.deleted[company]
}

func (x *torture) tenant(company string) *tenant {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.tenants[company]
}

func (x *torture) all() (list []*tenant) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range sortedNames(x.tenants) {
		list = append(list, x.tenants[id])
	}
	return list
}

// settle makes everybody friendly, waits until the oracle has nothing to say
// or the time for that is over, and returns the evidence.
func (x *torture) settle() *evidence {
	x.lives.revive()
	long := x.span >= longTorture
	x.friendly.Store(true)
	for _, w := range x.wires {
		w.weather.Store(0)
	}
	for _, c := range x.all() {
		c.shop.befriend()
	}
	bound := 8 * time.Minute // five proofs of an absence, and what the catalog's overlap brings back
	if long {
		bound = 40 * time.Minute
	}
	ctx, cancel := context.WithTimeout(x.ctx, bound)
	defer cancel()
	begin := time.Now()
	for _, c := range x.all() {
		if !x.isDeleted(c.id) && !x.save(ctx, c, false, c.secrets[0]) {
			x.complain("company %s could not be saved at the end", c.id)
		}
	}
	x.orders.Wait()
	x.trickle(ctx)
	e := x.gather(x.ctx)
	calm := 0
	for last := time.Now(); calm < 2 && ctx.Err() == nil; e = x.gather(x.ctx) {
		faults := e.orderFaults()
		switch {
		case len(faults) == 0:
			calm++
		case !slices.ContainsFunc(faults, mayEnd):
			return x.lastLook(e)
		default:
			calm = 0
		}
		if time.Since(last) > 15*time.Second && len(faults) > 0 {
			last = time.Now()
			x.t.Logf("%s: %d faults yet, such as %s", x.elapsed(), len(faults), faults[0])
			x.help(ctx)
		}
		sleep(ctx, 3*time.Second)
	}
	x.t.Logf("%s: settled after %v", x.elapsed(), time.Since(begin).Round(time.Second))
	return x.lastLook(e)
}

// trickle lets customers go on ordering as long as orders fail that are poisoned
// for ever: whose fault that is shows only while others succeed.
func (x *torture) trickle(ctx context.Context) {
	shown := time.Now()
	for round := 0; ctx.Err() == nil; round++ {
		e := x.gather(x.ctx)
		stuck := 0
		for ref, c := range e.Accepted {
			if c.Poison.stopsCreate() && strings.HasPrefix(e.orderFault(ref, c), "unsettled:") {
				stuck++
			}
		}
		if stuck == 0 {
			break
		}
		if time.Since(shown) > time.Minute {
			shown = time.Now()
			x.t.Logf("%s: %d poisoned orders have not reached a person yet", x.elapsed(), stuck)
		}
		for _, c := range x.regulars {
			x.orders.Go(func() { x.order(x.ctx, c, x.dice(fmt.Sprint("trickle ", c.id, round))) })
		}
		sleep(ctx, 5*time.Second)
	}
	x.orders.Wait()
}

// mayEnd reports whether a fault is one that may end with time.
func mayEnd(fault string) bool {
	return !strings.HasPrefix(fault, "doubled:") && !strings.HasPrefix(fault, "stranger:") &&
		!(strings.HasPrefix(fault, "lost:") && strings.Contains(fault, "its company is deleted"))
}

// gather collects what is to be judged of orders.
func (x *torture) gather(ctx context.Context) *evidence {
	e := &evidence{
		Accepted: map[orderRef]claim{}, Tried: map[orderRef]bool{}, InShop: map[orderRef][]shopOrder{},
		Known: map[orderRef]knownOrder{}, Told: map[orderRef]shopOrder{},
		Goods: map[string]string{}, Shown: map[string]string{},
		Deleted: map[string]bool{}, Troubles: map[string]string{},
	}
	x.mu.Lock()
	for _, ref := range x.accepted {
		c := *x.claims[ref]
		if c.Poison != "" {
			c.Poison = x.poisonNow(ref.ID)
		}
		e.Accepted[ref] = c
	}
	for ref := range x.tried {
		e.Tried[ref] = true
	}
	for company := range x.deleted {
		e.Deleted[company] = true
	}
	x.mu.Unlock()
	for _, c := range x.all() {
		x.gatherFrom(ctx, c, e)
	}
	return e
}

// gatherFrom collects what both sides and the connector know of a company.
func (x *torture) gatherFrom(ctx context.Context, c *tenant, e *evidence) {
	c.shop.markers(c.id, e.InShop)
	if e.Deleted[c.id] {
		return
	}
	if c.id == catalogCompany && x.on("catalog") {
		x.gatherGoods(ctx, c, e)
	}
	if trouble := x.trouble(ctx, c); trouble != "" {
		e.Troubles[c.id] = trouble
	}
	list, err := x.list(ctx, c.id)
	if err != nil {
		e.Troubles[c.id] = err.Error()
	}
	for _, o := range list {
		ref := orderRef{c.id, o.ID}
		known := knownOrder{State: o.State}
		if o.Problem != nil {
			known.Problem = o.Problem.Code
		}
		if o.ReportProblem != nil {
			known.ReportProblem = o.ReportProblem.Code
		}
		for _, n := range o.Notices {
			known.Notices = append(known.Notices, n.Code)
		}
		e.Known[ref] = known
		if r, is := x.chat.Status(c.id, o.ID); is {
			told := shopOrder{Number: r.InSales.OrderNumber, Fulfillment: r.InSales.FulfillmentStatus,
				Custom: r.InSales.CustomStatus, Financial: r.InSales.FinancialStatus}
			_, _ = fmt.Sscan(r.InSales.OrderID, &told.ID)
			e.Told[ref] = told
		}
	}
}

// gatherGoods collects products with the price of their first variant. A sync is
// asked for while the two sides differ.
func (x *torture) gatherGoods(ctx context.Context, c *tenant, e *evidence) {
	for p := range c.shop.Products() {
		if p.Shown() && len(p.Variants) > 0 {
			price, _ := decimal.NewFromString(p.Variants[0].Price)
			e.Goods[fmt.Sprint(p.ID)] = price.StringFixed(2)
		}
	}
	for id, p := range x.chat.Catalog(c.id).Products {
		if p.Visible && len(p.Variants) > 0 {
			price, _ := decimal.NewFromString(p.Variants[0].Price)
			e.Shown[id] = price.StringFixed(2)
		}
	}
	if len(e.Goods) > 0 && fmt.Sprint(e.Goods) != fmt.Sprint(e.Shown) {
		_, _ = x.call(ctx, "POST", "/companies/"+c.id+"/catalog/sync", map[string]bool{"full": false}, nil)
	}
}

// lastLook collects what is to be judged of the process, ends it and looks at
// its files.
func (x *torture) lastLook(e *evidence) *evidence {
	e.Before = x.before
	for until := time.Now().Add(150 * time.Second); ; sleep(x.ctx, 3*time.Second) {
		var err error
		if e.After, err = x.lives.holds(); err != nil {
			x.complain("at the end: %v", err)
		}
		if !e.leaks() || time.Now().After(until) {
			break
		}
	}
	x.lives.end(syscall.SIGTERM)
	e.Memory = x.lives.memory.Load()
	path := filepath.Join(x.lives.dir, "connector.db")
	text, err := integrity(path)
	if e.Integrity = text; err != nil {
		e.Integrity = err.Error()
	}
	if !gone(path + "-backup") {
		x.complain("a backup was left beside the database")
	}
	log := read(x.t, x.lives.log.Name())
	for _, bad := range []string{"panic:", "fatal error:", `"msg":"panic`, "WARNING: DATA RACE"} {
		if at := strings.Index(log, bad); at >= 0 {
			x.complain("its log has %s", log[at:min(len(log), at+600)])
		}
	}
	for _, c := range x.all() {
		for _, field := range c.shop.UnknownFields() {
			x.complain("the shop does not know %s", field)
		}
	}
	for _, v := range x.chat.Violations() {
		x.complain("the chat: %s", v)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for text, n := range x.complaints {
		e.Complaints = append(e.Complaints, fmt.Sprintf("%s (%d times)", text, n))
	}
	e.Backups = x.backups
	x.keep(path, log)
	return e
}

// keep copies what is needed to understand a run into the folder that
// TORTURE_KEEP names.
func (x *torture) keep(db, log string) {
	dir := os.Getenv("TORTURE_KEEP")
	if dir == "" {
		return
	}
	for name, text := range map[string]string{"torture.db": read(x.t, db), "torture.log": log} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			x.t.Error(err)
		}
	}
}

// figures prints what has happened, and fails a run in which too little has.
func (x *torture) figures(e *evidence) {
	states := map[string]int{}
	for ref := range e.Accepted {
		states[e.Known[ref].State]++
	}
	created := 0
	for _, list := range e.InShop {
		created += len(list)
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "\n  "+format, args...) }
	line("seed %d, hostile for %v, all in all %s", x.seed, x.span, x.elapsed())
	line("%d kill -9, %d SIGTERM, %d other ends", x.lives.kills.Load(), x.lives.stops.Load(), x.lives.deaths.Load())
	line("orders: %d sent, %d accepted, %d in the shops, by state %v", len(e.Tried), len(e.Accepted), created, states)
	line("memory of its own: %.1f MiB at most; descriptors %d → %d; goroutines %d → %d", float64(e.Memory)/(1<<20),
		e.Before.Descriptors, e.After.Descriptors, e.Before.Goroutines, e.After.Goroutines)
	line("backups: %d, each checked; longest wait of a message: %v", len(e.Backups), x.longest.Round(time.Millisecond))
	all, sum := x.tally.all(), 0
	for _, name := range sortedNames(all) {
		if name != strangerRequests {
			sum += all[name]
		}
		line("%-22s %6d", name, all[name])
	}
	line("%-22s %6d", "faults, all of them", sum)
	x.t.Log(b.String())
	idle := len(e.Accepted) < int(x.span/time.Second)/4
	if idle || x.on("kill") && x.lives.kills.Load() == 0 || len(x.only) == 0 && sum < 50 {
		x.t.Error("too little has happened")
	}
}
