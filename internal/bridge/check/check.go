// Package check looks into a shop for a person who waits: whether it gives what the
// settings need, and what there is to choose from. It also says what is known of the chat.
//
// An Inspector works for one company. Check asks the shop everything that orders
// depend on and gives a Report of Findings, each with a name, a result and, if
// something is missing, a problem; Enable is the same before order sync is switched
// on. The lists of payments, deliveries, statuses and prices are read with what the
// settings and the orders so far make of them. All requests of one question together
// take at most half a minute.
//
// The package only reads. What it learns of the shop on the way it gives to the
// company, and it begins nothing by itself.
package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/order/hook"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A CheckName names a thing that a check looks at. Together with its arguments
// it is the only finding of that name; the words are package locale's.
type CheckName string

// What is checked, in the order of a report; the arguments stand behind it.
const (
	checkReachable  CheckName = "reachable"
	CheckKey        CheckName = "key"
	checkAccount    CheckName = "account"    // id, title, paid_till
	checkRight      CheckName = "right"      // right
	CheckPayments   CheckName = "payments"   // the shop's list of them
	CheckPayment    CheckName = "payment"    // type, id, title, kind, margin: one that is mapped
	CheckDeliveries CheckName = "deliveries" // the shop's list of them
	CheckDelivery   CheckName = "delivery"   // type, id, title, kind, price: one that is mapped
	checkPairs      CheckName = "pairs"      // all mapped payments with all mapped deliveries
	CheckPair       CheckName = "pair"       // payment, delivery: two that are not linked
	checkFields     CheckName = "fields"     // all obligatory checkout fields
	CheckField      CheckName = "field"      // id, title: one that may stay empty
	checkMarker     CheckName = "marker"
	CheckProbe      CheckName = "probe"  // on: the day of the last one
	checkWindow     CheckName = "window" // whether somebody else uses the key
	checkHooks      CheckName = "hooks"
	checkConnector  CheckName = "connector" // whether another one works for this company
)

// A CheckResult is what was found of a thing.
type CheckResult string

// The results. Missing and failed are errors: something that the company needs does
// not work. A remark is for a person, and orders go on without.
const (
	ResultWorks    CheckResult = "works"
	ResultMissing  CheckResult = "missing"  // it is not there
	ResultFailed   CheckResult = "failed"   // it is there and does not work
	resultUnprobed CheckResult = "unprobed" // whether it works could not be seen
	ResultRemark   CheckResult = "remark"
)

// A right is one of the boxes to tick for an access key, as the merchant guide
// names them.
type right string

// The rights of the merchant guide, in its order. Without orders and settings
// nothing can work; the edit rights are for creating orders; products are for
// the catalog, as are extra prices if it is made with one; cost prices are not
// used.
const (
	rightOrders       right = "orders"
	rightClients      right = "clients"
	rightProducts     right = "products"
	rightSettings     right = "settings"
	rightOrderInfo    right = "order_info"
	rightOrderContent right = "order_content"
	rightClientInfo   right = "client_info"
	rightCostPrices   right = "cost_prices"
	rightExtraPrices  right = "extra_prices"
)

// A Finding is what was found of one thing.
type Finding struct {
	Name    CheckName
	Args    map[string]string // which one it is
	Result  CheckResult
	Problem *storage.Problem // what is to be said of it; nil when it works

	field string // of the settings, to which an error belongs
}

// Waits reports whether the thing could not be seen because another one comes first: what is
// to be done is said there.
func (f Finding) Waits() bool {
	return f.Problem != nil && (f.Problem.Code == problem.NoticeNotAsked ||
		f.Problem.Code == problem.NoticeChatUnheard && f.Name != checkChatHeard)
}

// A Report is what a check has found, in the order in which people read it.
type Report struct {
	At       time.Time
	Findings []Finding
}

// OK reports whether everything works that the company needs.
func (r Report) OK() bool { return len(r.errors()) == 0 }

func (r Report) errors() []Finding {
	var list []Finding
	for _, f := range r.Findings {
		if f.Result == ResultMissing || f.Result == ResultFailed {
			list = append(list, f)
		}
	}
	return list
}

// An Inspector looks into the shop of one company, for a person who waits.
type Inspector struct {
	company *company.Company
	desk    *order.Desk
}

// New makes the inspector of a company.
func New(c *company.Company, desk *order.Desk) *Inspector {
	return &Inspector{company: c, desk: desk}
}

// Check looks whether a company's shop gives what its orders need, and what is known of its
// chat. It only reads, and does so whether the company is enabled, paused or in trouble. What
// it learns of the shop on the way is kept.
func (i *Inspector) Check(ctx context.Context) (Report, error) {
	c, shop := i.company.Snapshot()
	f := factsOf(ctx, i.company.Config.PublicURL, c, shop)
	if err := ctx.Err(); err != nil {
		return Report{}, fmt.Errorf("check company %s: %w", i.company.ID, err)
	}
	told := c.Clone().Learnt
	f.tell(c, &told)
	if !slices.Equal(told.Pickups, c.Learnt.Pickups) || told.PaidTill != c.Learnt.PaidTill {
		i.company.LearnOf(ctx, c.Shop, func(now *storage.Company) {
			now.Learnt.Pickups, now.Learnt.PaidTill = told.Pickups, told.PaidTill
		})
	}
	if f.hooks.err == nil {
		i.desk.RetryHooks() // the right may have been given just now
	}
	chat, err := i.chatFacts(ctx, c)
	return Report{At: f.now, Findings: append(judgeShop(c, f), judgeChat(c, chat)...)}, err
}

// Enable asks the shop whether order sync can work, before it is switched on:
// what a check would call an error is one of the settings, and the switch
// stays off. The company is bound to the account that answers.
func Enable(ctx context.Context, all *company.Shared, c *storage.Company, bad *problem.Invalid) {
	f := factsOf(ctx, all.Config.PublicURL, *c, all.ShopClient(c.Shop, all.Window(c.Shop)))
	orders := *c
	orders.Catalog.Enabled = false // what it needs is looked at when it is switched on itself
	r := Report{Findings: judgeShop(orders, f)}
	for _, e := range r.errors() {
		bad.Fields = append(bad.Fields, e.fieldProblem())
	}
	f.tell(*c, &c.Learnt)
	if c.AccountID == 0 {
		c.AccountID = f.account.value.ID
	}
	c.Orders.Enabled = r.OK()
}

// fieldProblem says of an error which field of the settings it is about. A
// problem that is not the field's own is told as what came of the check.
func (f Finding) fieldProblem() problem.FieldProblem {
	switch f.Problem.Code {
	case problem.FieldNotInShop, problem.FieldDeliveryType, problem.FieldDeliveryPoint:
		return problem.FieldProblem{Field: f.field, Problem: *f.Problem}
	}
	return problem.ShopSays(f.field, *f.Problem)
}

// A fact is an answer of the shop, or the error that tells why there is none.
type fact[T any] struct {
	value T
	err   error
}

// errNotAsked stands for the answer to what was not asked, because the answers
// before it left nothing to ask.
var errNotAsked = errors.New("not asked")

// errEmptyList stands for a list of payments or deliveries that has nothing
// although the settings name some of it. No shop sells without any: rather the
// list is not there just now, and says nothing of what is in it.
var errEmptyList = errors.New("the list is empty")

// facts is all that a shop was asked in a check. Each is written by the one request
// that asks for it, and read only once all requests have ended.
type facts struct {
	now        time.Time // by the shop's clock, if it gave one
	account    fact[insales.Account]
	orders     fact[int64]
	clients    fact[int64]
	products   fact[int64]
	prices     fact[prices]
	payments   fact[[]insales.Payment]
	deliveries fact[[]insales.Delivery]
	fields     fact[[]insales.Field]
	hooks      fact[hook.View]
	hookURL    string // at which the webhooks should be; "" = we cannot be reached

	others      int // requests of the running window that were not ours
	othersKnown bool
}

// prices tells which of the prices that need rights of their own a product shows.
type prices struct{ cost, extra insales.Sight }

// factsOf asks the shop. If it is not there, or does not accept the key, nothing
// more is asked.
func factsOf(ctx context.Context, publicURL string, c storage.Company, shop *insales.Client) facts {
	f := facts{now: time.Now(), hookURL: hook.URL(publicURL, c)}
	for _, err := range []*error{&f.account.err, &f.orders.err, &f.clients.err, &f.products.err, &f.prices.err,
		&f.payments.err, &f.deliveries.err, &f.fields.err, &f.hooks.err} {
		*err = errNotAsked
	}
	if c.Sealed {
		return f // there is no key to ask with
	}
	ctx, cancel := context.WithTimeout(ctx, company.PersonWaits)
	defer cancel()
	f.account.value, f.account.err = company.Ask(ctx, shop, insales.Reading, shop.Account)
	// A key without the right to the settings is a key nevertheless.
	if f.account.err == nil || problem.Forbidden(f.account.err) {
		f.askRest(ctx, shop, func(list []insales.Hook) hook.View {
			return hook.ViewOf(publicURL, c, list, f.hookURL)
		})
		if f.payments.err == nil && len(f.payments.value) == 0 && len(c.Orders.Payments) > 0 {
			f.payments.err = errEmptyList
		}
		if f.deliveries.err == nil && len(f.deliveries.value) == 0 && len(c.Orders.Deliveries) > 0 {
			f.deliveries.err = errEmptyList
		}
	}
	if now, ok := shop.ShopTime(); ok {
		f.now = now
	}
	f.others, f.othersKnown = shop.Window().Others()
	return f
}

// askRest asks everything else at once, because a person waits for it. A request that
// fails leaves the others alone. view says what the shop's webhooks mean.
func (f *facts) askRest(ctx context.Context, shop *insales.Client, view func([]insales.Hook) hook.View) {
	count := func(s insales.Section) func(context.Context, *insales.Permit) (int64, error) {
		return func(ctx context.Context, p *insales.Permit) (int64, error) { return shop.Count(ctx, p, s) }
	}
	var all sync.WaitGroup
	all.Go(func() { f.orders.value, f.orders.err = company.Ask(ctx, shop, insales.Reading, count(insales.Orders)) })
	all.Go(func() {
		f.clients.value, f.clients.err = company.Ask(ctx, shop, insales.Reading, count(insales.Clients))
	})
	all.Go(func() {
		f.products.value, f.products.err = company.Ask(ctx, shop, insales.Reading, count(insales.Products))
	})
	all.Go(func() {
		f.prices.value, f.prices.err = company.Ask(ctx, shop, insales.Reading,
			func(ctx context.Context, p *insales.Permit) (prices, error) {
				cost, extra, err := shop.PriceSights(ctx, p)
				return prices{cost, extra}, err
			})
	})
	all.Go(func() { f.payments.value, f.payments.err = company.Ask(ctx, shop, insales.Reading, shop.Payments) })
	all.Go(func() {
		f.deliveries.value, f.deliveries.err = company.Ask(ctx, shop, insales.Reading, shop.Deliveries)
	})
	all.Go(func() { f.fields.value, f.fields.err = company.Ask(ctx, shop, insales.Reading, shop.Fields) })
	all.Go(func() {
		var list []insales.Hook
		list, f.hooks.err = company.Ask(ctx, shop, insales.Reading, shop.Hooks)
		f.hooks.value = view(list)
	})
	all.Wait()
}

// otherAccount reports whether it is another account than the company's that
// has answered.
func (f *facts) otherAccount(c storage.Company) bool {
	return c.AccountID != 0 && f.account.err == nil && f.account.value.ID != 0 && f.account.value.ID != c.AccountID
}

// pickups gives the delivery variants that need no address; false if the
// company's own shop did not tell them.
func (f *facts) pickups(c storage.Company) ([]int64, bool) {
	if f.deliveries.err != nil || f.otherAccount(c) {
		return nil, false
	}
	var list []int64
	for _, d := range f.deliveries.value {
		if d.Pickup {
			list = append(list, d.ID)
		}
	}
	slices.Sort(list)
	return list, true
}

// tell puts into l what the company's own shop has told.
func (f *facts) tell(c storage.Company, l *storage.Learnt) {
	if pickups, ok := f.pickups(c); ok {
		l.Pickups = pickups
	}
	if f.account.err == nil && !f.otherAccount(c) {
		l.PaidTill = f.account.value.PaidTill
	}
}
