package check

import (
	"cmp"
	"errors"
	"maps"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A check asks first and judges then. All that the shop has answered, or why it has
// not, stands in the facts (check.go); what that means for one company's settings is
// decided here, by functions that ask nobody.
//
// A finding says one of five things. Something works; something is missing, or has
// failed, and orders need it; something is worth a remark, and orders go on without
// it; or nothing could be found out, which is no fault of the settings. What could not
// be asked because something before it failed is never told as a fault of its own, so
// that a wrong key makes one error and not ten.

// From which point on a person should hear of it.
const (
	planEndsSoon = 7  // days
	manyOthers   = 20 // requests of a window; a person who tries the API out sends fewer
)

// A findings list grows while one company's facts are judged.
type findings struct {
	c    storage.Company
	f    facts
	list []Finding
}

// judgeShop says what the shop's answers mean for the company's orders. It is
// pure.
func judgeShop(c storage.Company, f facts) []Finding {
	l := &findings{c: c, f: f}
	l.access()
	l.account()
	l.rights()
	l.payments()
	l.deliveries()
	l.pairs()
	l.fields()
	l.marker()
	l.probe()
	l.window()
	l.hooks()
	l.connector()
	return l.list
}

// works notes that a thing is as it should be.
func (l *findings) works(name CheckName, args ...string) {
	l.list = append(l.list, Finding{Name: name, Args: which(args), Result: ResultWorks})
}

// add notes what is to be said of a thing; field is the one of the settings that an
// error belongs to.
func (l *findings) add(name CheckName, r CheckResult, field string, p storage.Problem, args ...string) {
	l.list = append(l.list, Finding{Name: name, Args: which(args), Result: r, Problem: &p, field: field})
}

// unread tells that there is no answer, which for some things is an error. A
// right that is missing is an error of its own.
func (l *findings) unread(name CheckName, r CheckResult, field string, err error, args ...string) {
	p := whyNot(err)
	switch {
	case problem.Forbidden(err): // all that is read here is part of the settings
		r, p = resultUnprobed, rightProblem(problem.RightAbsent, rightSettings)
	case errors.Is(err, errNotAsked):
		r = resultUnprobed
	}
	l.add(name, r, field, p, args...)
}

// which tells one thing from others of its kind, without what is not known.
func which(args []string) map[string]string {
	m := problem.Of("", args...).Args
	maps.DeleteFunc(m, func(_, v string) bool { return v == "" })
	return m
}

// whyNot says why a request brought no answer.
func whyNot(err error) storage.Problem {
	switch {
	case errors.Is(err, errNotAsked):
		return storage.Problem{Code: problem.NoticeNotAsked}
	case errors.Is(err, errEmptyList):
		return storage.Problem{Code: problem.ListEmpty}
	}
	return problem.NoAnswer(err)
}

// access tells whether the shop is there and takes the key. A key that may not
// see the account is taken all the same.
func (l *findings) access() {
	err := l.f.account.err
	switch {
	case l.c.Sealed:
		l.unread(checkReachable, resultUnprobed, "shop", errNotAsked)
		l.add(CheckKey, ResultFailed, "shop.password", storage.Problem{Code: problem.SecretsSealed})
	case err == nil || problem.Forbidden(err):
		l.works(checkReachable)
		l.works(CheckKey)
	case problem.RejectsKey(err):
		l.works(checkReachable)
		l.add(CheckKey, ResultFailed, "shop", problem.OfShop(err))
	default:
		l.add(checkReachable, ResultFailed, "shop", whyNot(err))
		l.unread(CheckKey, resultUnprobed, "shop", errNotAsked)
	}
}

// account tells whose shop it is and until when it is paid for.
func (l *findings) account() {
	a, err := l.f.account.value, l.f.account.err
	args := []string{"id", problem.ID(a.ID), "title", a.Title, "paid_till", a.PaidTill}
	switch {
	case problem.Forbidden(err):
		l.unread(checkAccount, resultUnprobed, "", err)
		return
	case err != nil: // said already
		l.unread(checkAccount, resultUnprobed, "", errNotAsked)
		return
	case l.f.otherAccount(l.c):
		l.add(checkAccount, ResultFailed, "shop.url", problem.AccountDiffers(l.c.AccountID, a.ID), args...)
		return
	case a.Blocked:
		l.add(checkAccount, ResultFailed, "shop", storage.Problem{Code: problem.ShopLocked}, args...)
		return
	}
	switch days, known := daysLeft(a.PaidTill, l.f.now); {
	case known && days < 0:
		l.add(checkAccount, ResultRemark, "", problem.Of(problem.NoticePlanEnded, "on", a.PaidTill), args...)
	case known && days <= planEndsSoon:
		soon := problem.Of(problem.NoticePlanEnds, "on", a.PaidTill, "days", strconv.Itoa(days))
		l.add(checkAccount, ResultRemark, "", soon, args...)
	default:
		l.works(checkAccount, args...)
	}
}

// daysLeft counts from the day of now to a day, in UTC: the shop's own zone is
// a name that nobody else knows.
func daysLeft(day string, now time.Time) (int, bool) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, false
	}
	return int(t.Sub(now.UTC().Truncate(24*time.Hour)) / (24 * time.Hour)), true
}

// rightProblem is a problem with a right.
func rightProblem(code string, r right) storage.Problem { return problem.Of(code, "right", string(r)) }

// right notes what is to be said of a right. All rights belong to the key, which is
// part of the shop's settings.
func (l *findings) right(r right, result CheckResult, p storage.Problem) {
	l.add(checkRight, result, "shop", p, "right", string(r))
}

// rights tells of each box of the merchant guide whether it is ticked.
func (l *findings) rights() {
	l.reading(rightOrders, l.f.orders.err, l.neededBy(!l.catalogOnly()))
	l.reading(rightClients, l.f.clients.err, ResultRemark)
	l.reading(rightProducts, l.f.products.err, l.neededBy(l.c.Catalog.Enabled))
	l.settings()
	for _, r := range []right{rightOrderInfo, rightOrderContent, rightClientInfo} {
		// Only writing could show it. An order that was created has.
		if l.c.MarkerKept != nil {
			l.works(checkRight, "right", string(r))
		} else {
			l.right(r, resultUnprobed, rightProblem(problem.NoticeRightUnproven, r))
		}
	}
	l.sight(rightCostPrices, l.f.prices.value.cost, ResultRemark)
	l.sight(rightExtraPrices, l.f.prices.value.extra,
		l.neededBy(l.c.Catalog.Enabled && l.c.Catalog.Price != catalog.MainPrice))
}

// neededBy is what the lack of a right means, which something that is used may need.
func (l *findings) neededBy(used bool) CheckResult {
	if used {
		return ResultMissing
	}
	return ResultRemark
}

// catalogOnly reports whether nothing was done about orders, because the catalog is what the
// company uses.
func (l *findings) catalogOnly() bool { return l.c.Catalog.Enabled && l.c.Orders.Untouched() }

// reading judges a right to read by a request that needs no other right. without is
// what the lack of it means: a remark if nothing that is switched on needs it.
func (l *findings) reading(r right, err error, without CheckResult) {
	needed := without == ResultMissing
	switch {
	case err == nil:
		l.works(checkRight, "right", string(r))
	case problem.Forbidden(err) && needed:
		l.right(r, without, rightProblem(problem.RightAbsent, r))
	case problem.Forbidden(err):
		l.right(r, without, rightProblem(problem.NoticeRightUnused, r))
	case needed && !errors.Is(err, errNotAsked):
		l.right(r, ResultFailed, whyNot(err))
	default:
		l.right(r, resultUnprobed, whyNot(err))
	}
}

// settings judges the right to see the shop's settings. Which of its parts
// InSales puts under it is not documented; orders need two of them.
func (l *findings) settings() {
	needed := cmp.Or(l.f.payments.err, l.f.deliveries.err)
	lists := problem.Forbidden(l.f.payments.err) || problem.Forbidden(l.f.deliveries.err)
	switch {
	case lists && !l.catalogOnly():
		l.right(rightSettings, ResultMissing, rightProblem(problem.RightAbsent, rightSettings))
	case lists || problem.Forbidden(l.f.account.err) || problem.Forbidden(l.f.fields.err):
		l.right(rightSettings, ResultRemark, rightProblem(problem.NoticeRightUnused, rightSettings))
	case needed != nil:
		l.right(rightSettings, resultUnprobed, whyNot(needed))
	default:
		l.works(checkRight, "right", string(rightSettings))
	}
}

// sight judges a right by what a product shows to who has it. without is what the lack
// of the right means.
func (l *findings) sight(r right, s insales.Sight, without CheckResult) {
	err := l.f.prices.err
	switch {
	case problem.Forbidden(err):
		l.right(r, resultUnprobed, rightProblem(problem.NoticeRightUnused, rightProducts))
	case err != nil:
		l.right(r, resultUnprobed, whyNot(err))
	case s == insales.SightShown:
		l.works(checkRight, "right", string(r))
	case s == insales.SightHidden && without == ResultMissing:
		l.right(r, without, rightProblem(problem.RightAbsent, r))
	case s == insales.SightHidden:
		l.right(r, ResultRemark, rightProblem(problem.NoticeRightUnused, r))
	default:
		l.right(r, resultUnprobed, rightProblem(problem.NoticeRightUnseen, r))
	}
}

// marker tells whether a lost answer can be made good.
func (l *findings) marker() {
	switch kept := l.c.MarkerKept; {
	case kept == nil:
		l.add(checkMarker, resultUnprobed, "", storage.Problem{Code: problem.NoticeMarkerUntested})
	case l.c.Learnt.CommentHidden:
		l.add(checkMarker, ResultRemark, "", storage.Problem{Code: problem.NoticeMarkerHidden})
	case !*kept:
		l.add(checkMarker, ResultRemark, "", storage.Problem{Code: problem.NoticeMarkerNotKept})
	default:
		l.works(checkMarker)
	}
}

// probe tells whether the shop was probed, and when.
func (l *findings) probe() {
	p := l.c.Learnt.Probed
	if p == nil {
		l.add(CheckProbe, resultUnprobed, "", storage.Problem{Code: problem.NoticeNotProbed})
		return
	}
	l.works(CheckProbe, "on", p.At.UTC().Format(time.DateOnly))
}

// window tells whether somebody else uses up the requests that the shop admits for our
// key.
func (l *findings) window() {
	switch {
	case !l.f.othersKnown:
		l.add(checkWindow, resultUnprobed, "", storage.Problem{Code: problem.NoticeWindowUnknown})
	case l.f.others >= manyOthers:
		l.add(checkWindow, ResultRemark, "", problem.Of(problem.NoticeKeyShared, "requests", strconv.Itoa(l.f.others)))
	default:
		l.works(checkWindow)
	}
}

// hooks tells whether the shop tells of changes at once. Orders do without.
func (l *findings) hooks() {
	err := l.f.hooks.err
	switch {
	case errors.Is(err, errNotAsked):
		l.unread(checkHooks, resultUnprobed, "", err)
	case l.f.hookURL == "":
		l.add(checkHooks, ResultRemark, "", storage.Problem{Code: problem.HooksNoURL})
	case problem.Forbidden(err):
		l.add(checkHooks, ResultRemark, "", storage.Problem{Code: problem.HooksNoRight})
	case err != nil:
		l.add(checkHooks, resultUnprobed, "", whyNot(err))
	case len(l.f.hooks.value.Missing) == 0:
		l.works(checkHooks)
	case l.c.HookFault != nil && l.c.HookFault.Code == problem.HooksFailing:
		l.add(checkHooks, ResultRemark, "", *l.c.HookFault)
	default:
		l.add(checkHooks, ResultRemark, "", storage.Problem{Code: problem.NoticeHooksNotYet})
	}
}

// connector tells whether another connector works for the same company, as far
// as its webhooks show it: one that uses another key is seen only when it brings
// an order of ours into the shop, which is told at that order.
func (l *findings) connector() {
	err, other := l.f.hooks.err, l.f.hooks.value.Other
	switch {
	case problem.Forbidden(err):
		l.add(checkConnector, resultUnprobed, "", storage.Problem{Code: problem.HooksNoRight})
	case err != nil:
		l.add(checkConnector, resultUnprobed, "", whyNot(err))
	case other != "":
		l.add(checkConnector, ResultRemark, "", problem.Of(problem.OtherConnector, "host", other))
	default:
		l.works(checkConnector)
	}
}
