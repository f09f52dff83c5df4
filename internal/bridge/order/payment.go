package order

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// AcceptPaid takes the chat's word that an order is paid. It may come before
// the order: then it is remembered for it. An order that has not left yet is
// created as paid; of one that is in the shop, the shop is told.
func (d *Desk) AcceptPaid(ctx context.Context, test bool, p *ineedchat.OrderPaid) (Accepted, error) {
	return d.take(ctx, d.paidMessage(time.Now(), test, p))
}

// paidMessage is the message of a payment that came at a time.
func (d *Desk) paidMessage(at time.Time, test bool, p *ineedchat.OrderPaid) message {
	fresh := storage.Order{Key: storage.OrderKey{Company: d.company.ID, ID: p.ID, Test: test},
		AcceptedAt: at, AgeFrom: at, DueAt: at, Paid: true, PaidAmount: string(p.Amount),
		Notices: translate.RoundedNotice(p.Rounded)}
	fresh.Payment.DueAt = at
	fresh.State, _ = next(none, acceptance(fresh.Key, causePaidFirst))
	return message{fresh, storage.Event{At: at, Kind: storage.EventPaid},
		func(tx *storage.Tx, o, fresh *storage.Order) (Accepted, error) {
			for _, n := range fresh.Notices {
				o.AddNotice(n)
			}
			return paidKnown(tx, o, string(p.Amount), at)
		}}
}

// paidKnown marks a known order paid, unless the chat has said so before or the
// payment is only a part: then a person decides.
func paidKnown(tx *storage.Tx, o *storage.Order, amount string, now time.Time) (Accepted, error) {
	if o.Paid || o.PaidAmount == amount && amount != "" {
		return duplicate(tx, o, now)
	}
	o.PaidAmount = amount
	body, err := tx.Body(o)
	if err != nil {
		return Accepted{}, err
	}
	total := ""
	if order, problem := translate.Decode(body); problem == nil {
		total = string(order.Total)
	} else if o.Status != nil { // adopted, or erased: the shop knows
		total = o.Status.Total
	}
	if total != "" && !payInFull(o, total) {
		return Accepted{InSalesID: o.InSalesID}, put(tx, o, problemEvent(&o.Notices[len(o.Notices)-1])...)
	}
	o.Paid, o.Payment.DueAt = true, now
	return Accepted{InSalesID: o.InSalesID}, put(tx, o, storage.Event{At: now, Kind: storage.EventPaid})
}

// payInFull reports whether the payment covers the order, and gives the order
// a notice if it does not.
func payInFull(o *storage.Order, total string) bool {
	notice := translate.PaidInPart(o.PaidAmount, total)
	if notice != nil {
		o.AddNotice(*notice)
	}
	return notice == nil
}

// That an order is paid travels one way: from the chat's webhook, or from the order's
// own body, to the shop. An order that has not left takes it along. For one that is in
// the shop a request of its own tells it, unless the shop shows it already (shownPaid),
// and is repeated until the shop has taken it or refuses it for good. The amount is
// only compared with the total: the shop knows paid and not paid, and nothing between.

// payDue is the payer's step: it tells the shop that one order is paid, or
// tells when to look again.
func (d *Desk) payDue(ctx context.Context) time.Duration {
	now := time.Now()
	d.mu.Lock()
	c, ready := d.company.Settings(), !d.trouble.stops()
	d.mu.Unlock()
	if !ready || !c.Orders.Enabled || c.Orders.Paused || c.Sealed {
		return company.Idle
	}
	list, err := d.company.Store.OrdersToPay(ctx, d.company.ID, c.AccountID, now, 1)
	if err != nil {
		return company.ReadFirst
	}
	if len(list) == 0 {
		return d.untilDue(ctx, now, storage.WorkPay)
	}
	if err := d.pay(ctx, &list[0]); err != nil && ctx.Err() == nil {
		d.company.Log.Error("payment not recorded", "order", list[0].Key.ID, "err", err)
		return company.ReadFirst
	}
	return 0
}

// pay tells the shop that an order is paid and stores the outcome. Telling it
// twice does no harm, so no intent is needed and every failure is tried again.
func (d *Desk) pay(ctx context.Context, o *storage.Order) error {
	shop := d.company.Shop()
	permit, err := shop.Window().Take(ctx, insales.Sending)
	if err != nil {
		return err
	}
	request, cancel := d.company.Finishing(ctx)
	defer cancel()
	x, shows, err := shop.SetPaid(request, permit, o.InSalesID)
	if err == nil && shows == "" {
		shows, err = d.paidShown(request, shop, o.InSalesID)
	}
	if err != nil && request.Err() != nil {
		return nil // cut off by our own stop
	}
	if err == nil && shows != ineedchat.PaymentPaid {
		err = errPaidIgnored
	}
	return d.paid(context.WithoutCancel(ctx), o.Key, withShop(x), err)
}

// errPaidIgnored says that the shop answered well and shows the order unpaid all the
// same. That financial_status takes effect alone is inferred from other clients.
var errPaidIgnored = errors.New("the shop answered and shows the order unpaid")

// paidShown reads what the shop shows of an order's payment, where its answer to the
// change did not.
func (d *Desk) paidShown(ctx context.Context, shop *insales.Client, id int64) (string, error) {
	permit, err := shop.Window().Take(ctx, insales.Sending)
	if err != nil {
		return "", err
	}
	body, err := shop.Order(ctx, permit, id)
	return body.FinancialStatus, err
}

// What the failures of telling one payment mean to people. It goes on being tried.
const (
	// payFailuresShown is after how many the order shows that the shop does not take it.
	payFailuresShown = 3

	// PayFailuresTold is after how many people are told, which is after some ten minutes.
	PayFailuresTold = 9
)

// reasonIgnored stands in the history and the notice of a payment that was ignored.
const reasonIgnored = "ignored"

// paid stores what became of telling the shop that an order is paid. An answer that
// refuses the payment ends it, and so do a few that ignore it, since telling it again
// would not help; after any other failure it is told again later.
func (d *Desk) paid(ctx context.Context, key storage.OrderKey, x exchange, cause error) error {
	if cause != nil {
		d.company.Log.Warn("payment not told to the shop", "order", key.ID, "err", cause)
	}
	return d.company.Update(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(key)
		if err != nil || o.Payment.Done {
			return err
		}
		now := time.Now()
		if cause == nil {
			o.Payment = storage.Payment{Done: true}
			o.DropNotices(problem.NoticePaymentNotTaken)
			return put(tx, &o, x.event(storage.Event{At: now, Kind: storage.EventPaidTold}))
		}
		o.Payment.Tries++
		o.Payment.DueAt = now.Add(company.Backoff(o.Payment.Tries, outcome.ReportFirst, outcome.ReportLongest))
		args := outcome.FailureArgs(o.Payment.Tries, cause)
		shown := map[string]string{}
		if status := problem.ShopStatus(cause); status != 0 {
			shown["status"] = strconv.Itoa(status)
		}
		var e *insales.Error
		switch {
		case errors.Is(cause, errPaidIgnored):
			args["reason"], shown["reason"] = reasonIgnored, reasonIgnored
			o.Payment.Done = o.Payment.Tries >= payFailuresShown
		case errors.As(cause, &e) && !e.Page:
			switch e.Status {
			case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
				o.Payment.Done = true // it will not, however often it is told
			}
		}
		if o.Payment.Done || o.Payment.Tries >= payFailuresShown {
			o.DropNotices(problem.NoticePaymentNotTaken)
			o.AddNotice(storage.Problem{Code: problem.NoticePaymentNotTaken, Args: shown})
		}
		return put(tx, &o, x.event(storage.Event{At: now, Kind: storage.EventPaidError, Args: args}))
	})
}
