package alert

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/check"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What is wrong at this moment is seen by looking at the state there is, again
// and again: no place that finds a fault has to think of telling people, and a
// fault that is over is seen to be. What people were told of it is kept, so
// that a restart tells nothing twice.
//
// Each fault has a name made of company, kind and code (alarmKey), and at most one
// alarm, which goes through these states. It is seen, and waits: what is over within
// a minute is never told. It is told: people get one message that it has begun, by
// every channel that is on. It is over: people get one message more, if they knew of
// it. After that the alarm is not forgotten for an hour since it was told, and if the
// fault comes back within that, it is not told again before the hour is past: that is
// the throttle which keeps a fault that comes and goes from filling a mailbox. Of one
// company and kind, a fault may turn into another: that the new one has begun is told,
// that the old one is over is not, until none of them is left. Orders are the
// exception, where each cause concerns other orders and ends by itself.
//
// Some faults are known from memory only. After a restart nobody knows whether those
// are over, so their alarms stand for a while as if they were seen (firing.unseen).
const (
	watchEvery = 30 * time.Second
	tellAfter  = time.Minute      // a fault that is over before that is not worth a message
	tellEvery  = time.Hour        // so much lies between two messages that the same fault has begun
	waitsLong  = 15 * time.Minute // an order that waits longer does not get through
)

// The kinds of alarms. Of one kind and company a fault may turn into another;
// people are told that it is over when the last one is.
const (
	AlarmCompany = "company" // nothing is sent
	AlarmChat    = "chat"    // the chat is not told of statuses
	AlarmCatalog = "catalog" // the catalog does not get on
	AlarmGuard   = "guard"   // part of the catalog is withheld
	AlarmHooks   = "hooks"   // another connector is at work
	AlarmOrders  = "orders"  // orders need a person; each cause by itself
	AlarmGone    = "gone"    // orders disappeared, too many to be believed
	AlarmWaiting = "waiting" // orders do not get through
	AlarmRefused = "refused" // what the chat sends is not believed
	AlarmUnread  = "unread"  // what the chat sends is believed and becomes no order
	AlarmPlan    = "plan"    // the shop's plan ends
	AlarmMachine = "machine" // of no company: the machine, beside the database; each problem by itself
)

// Codes of alarms that are no problem of anything else.
const (
	AlarmOrdersWait   = "orders_wait"   // minutes
	AlarmHooksRefused = "hooks_refused" // reason: a refusal of package ineedchat
)

// An alarmKey names an alarm: there is at most one of a company, kind and code.
type alarmKey struct{ company, kind, code string }

// keyOf names an alarm.
func keyOf(a storage.Alarm) alarmKey { return alarmKey{a.Company, a.Kind, a.Code} }

// A firing is what is wrong now. It is made anew with each look and belongs to that.
type firing struct {
	alarms map[alarmKey]storage.Alarm
	unseen map[alarmKey]bool // alarms of which nobody knows now whether they are over
}

// add notes that something is wrong; no problem means that nothing is.
func (f *firing) add(company, kind string, p *storage.Problem, orders int) {
	if p == nil {
		return
	}
	a := storage.Alarm{Company: company, Kind: kind, Code: p.Code, Problem: *p, Orders: orders}
	f.alarms[keyOf(a)] = a
}

// collect sees what is wrong with all companies.
func (c *Center) collect(ctx context.Context, now time.Time) (*firing, error) {
	f := &firing{alarms: map[alarmKey]storage.Alarm{}, unseen: map[alarmKey]bool{}}
	for _, desk := range c.desks() {
		settings := desk.Settings()
		if err := c.collectCompany(ctx, f, desk, settings, now); err != nil {
			return nil, err
		}
		if err := c.collectOrders(ctx, f, desk, settings, now); err != nil {
			return nil, err
		}
	}
	for _, p := range c.host.Problems() {
		f.add("", AlarmMachine, &p, 0)
	}
	for _, code := range c.host.Unseen() {
		f.unseen[alarmKey{"", AlarmMachine, code}] = true
	}
	return f, nil
}

// Firing gives all that is wrong now, whether or not anybody is told of it, company by
// company; what is wrong with the machine comes first.
func (c *Center) Firing(ctx context.Context) ([]storage.Alarm, error) {
	f, err := c.wrong(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	return f.sorted(), nil
}

// wrong sees all that is wrong now, the database included.
func (c *Center) wrong(ctx context.Context, now time.Time) (*firing, error) {
	f, err := c.collect(ctx, now)
	if p := c.host.StoreProblem(); err == nil && p != nil {
		f.add("", AlarmStore, p, 0)
	}
	return f, err
}

// sorted gives the alarms by company, kind and code.
func (f *firing) sorted() []storage.Alarm {
	return slices.SortedStableFunc(maps.Values(f.alarms), func(a, b storage.Alarm) int {
		return cmp.Or(cmp.Compare(a.Company, b.Company), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
}

// CompanyProblems gives the codes of what is wrong with a company now, each once. The causes
// of single orders are left out: there are as many as orders can have.
func (c *Center) CompanyProblems(ctx context.Context, desk *order.Desk) ([]string, error) {
	f := &firing{alarms: map[alarmKey]storage.Alarm{}, unseen: map[alarmKey]bool{}}
	settings, now := desk.Settings(), time.Now()
	err := c.collectCompany(ctx, f, desk, settings, now)
	if err == nil {
		err = c.collectWaiting(ctx, f, desk, settings, now)
	}
	codes := map[string]bool{}
	for key := range f.alarms {
		codes[key.code] = true
	}
	return slices.Sorted(maps.Keys(codes)), err
}

// collectCompany sees what is wrong with one company: with its accesses, with its
// catalog, and with what its chat sends.
func (c *Center) collectCompany(
	ctx context.Context, f *firing, desk *order.Desk, settings storage.Company, now time.Time,
) error {
	if settings.Sealed {
		f.add(settings.ID, AlarmCompany, &storage.Problem{Code: problem.SecretsSealed}, 0)
	}
	f.add(settings.ID, AlarmCompany, settings.Problem, 0)
	f.add(settings.ID, AlarmChat, settings.ChatFault, 0)
	if settings.Orders.Enabled && settings.HookFault != nil && settings.HookFault.Code == problem.OtherConnector {
		f.add(settings.ID, AlarmHooks, settings.HookFault, 0)
	}
	if _, p := check.PaidPlan(settings, now); p != nil {
		f.add(settings.ID, AlarmPlan, p, 0)
	}
	if settings.Catalog.Enabled {
		k, err := c.shared.Store.Catalog(ctx, settings.ID)
		if err != nil {
			return err
		}
		f.add(settings.ID, AlarmCatalog, settings.CatalogFault, 0)
		f.add(settings.ID, AlarmCatalog, k.Problem, 0)
		if k.Guard != nil {
			p := catalog.GuardProblem(*k.Guard)
			f.add(settings.ID, AlarmGuard, &p, 0)
		}
	}
	refused, err := c.shared.Store.RefusalCount(ctx, settings.ID)
	if err != nil {
		return err
	}
	f.add(settings.ID, AlarmUnread, toTell(refused, now), 0)
	unread, err := c.shared.Store.UnreadCount(ctx, settings.ID)
	if err != nil {
		return err
	}
	f.add(settings.ID, AlarmUnread, order.UnreadProblem(unread), 0)
	switch r, known := desk.Unbelieved(); {
	case r.Signed.Count >= order.DisbeliefsTold:
		p := problem.Of(AlarmHooksRefused, "reason", r.Signed.Reason)
		f.add(settings.ID, AlarmRefused, &p, 0)
	case !known:
		f.unseen[alarmKey{settings.ID, AlarmRefused, AlarmHooksRefused}] = true
	}
	return nil
}

// Which payment or order types of the chat people are told of by name: what is tellable.
// More than a few say nothing.
const (
	mostTypes   = 3
	longestType = 40 // signs
	mostDigits  = 4  // one after the other
)

// tellable reports whether a type is a name, and neither a phone nor an address, whatever
// the chat put there.
func tellable(name string) bool {
	signs, digits := 0, 0
	for _, sign := range name {
		if !unicode.IsLetter(sign) && !unicode.IsNumber(sign) && !strings.ContainsRune("_. -", sign) {
			return false
		}
		signs, digits = signs+1, digits+1
		if sign < '0' || sign > '9' {
			digits = 0
		}
		if signs > longestType || digits > mostDigits {
			return false
		}
	}
	return signs > 0
}

// collectOrders sees what is wrong with one company's orders: those that need a person,
// each cause by itself, and what collectWaiting sees.
func (c *Center) collectOrders(
	ctx context.Context, f *firing, desk *order.Desk, settings storage.Company, now time.Time,
) error {
	causes, err := c.shared.Store.Causes(ctx, settings.ID)
	if err != nil {
		return err
	}
	counts, types := map[string]int{}, map[string][]string{}
	for _, cause := range causes {
		code := cause.Problem.Code
		counts[code] += cause.Orders
		if one := cause.Problem.Args["type"]; tellable(one) {
			types[code] = append(types[code], one)
		}
	}
	for code, n := range counts {
		// Without other arguments: they may be what a customer wrote.
		p := &storage.Problem{Code: code}
		if list := types[code]; len(list) > 0 && mostTypes >= len(list) {
			p.Args = map[string]string{"type": strings.Join(list, ", ")}
		}
		f.add(settings.ID, AlarmOrders, p, n)
	}
	stuck, err := c.shared.Store.Stuck(ctx, settings.ID, order.PayFailuresTold)
	if err != nil {
		return err
	}
	for code, n := range stuck {
		f.add(settings.ID, AlarmOrders, &storage.Problem{Code: code}, n)
	}
	return c.collectWaiting(ctx, f, desk, settings, now)
}

// collectWaiting sees whether one company's orders have disappeared or do not get through.
func (c *Center) collectWaiting(
	ctx context.Context, f *firing, desk *order.Desk, settings storage.Company, now time.Time,
) error {
	gone, err := desk.GoneWaiting(ctx)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if gone > 0 && settings.Orders.Enabled {
		f.add(settings.ID, AlarmGone, &storage.Problem{Code: problem.OrdersGone}, gone)
	}
	if !settings.Orders.Enabled || settings.Orders.Paused || settings.Problem != nil || settings.Sealed {
		return nil // they have to wait, and people know
	}
	oldest, n, err := c.shared.Store.OldestWaiting(ctx, settings.ID)
	if err != nil {
		return err
	}
	if n > 0 && now.Sub(oldest) > waitsLong {
		p := problem.Of(AlarmOrdersWait, "minutes", strconv.Itoa(int(waitsLong.Minutes())))
		f.add(settings.ID, AlarmWaiting, &p, n)
	}
	return nil
}

// tellsAtLeast is for how long a refusal stands at least as something to be
// told, also if the next order comes through at once: else a shop with many
// orders would never hear of the one that is lost. It is long enough for the
// watch to see it stand for tellAfter.
const tellsAtLeast = tellAfter + 2*watchEvery

// toTell is what the alarm is about that webhooks of a company's chat become nothing;
// nil if nothing is to be told. It stands for tellsAtLeast whatever comes next.
func toTell(c storage.RefusalCount, now time.Time) *storage.Problem {
	if c.Fresh == 0 && c.Unseen > 0 && now.Sub(c.LastAt).Abs() < tellsAtLeast {
		return order.DeliveriesRefused(c.Unseen, c.LastAt)
	}
	return order.RefusalProblem(c)
}
