package order

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// A report is the whole status of an order, never a change of it. So reports may be
// lost, repeated and overtaken: the chat keeps the one with the highest revision, and
// whatever comes later replaces what has failed. A row has one report at most, that of
// its newest revision. It is tried until the chat has acknowledged the revision, or
// parked once trying it again does not help.

// reportDue is a reporter's step: it tells the chat the newest status of one
// order, or tells when to look again.
func (d *Desk) reportDue(ctx context.Context) time.Duration {
	o, wait := d.claimReport(ctx)
	if o == nil {
		return wait
	}
	d.reporter.Wake()
	defer func() {
		d.mu.Lock()
		delete(d.reporting, o.Key)
		d.mu.Unlock()
	}()
	if err := d.report(ctx, o); err != nil && ctx.Err() == nil {
		d.company.Log.Error("status not recorded", "order", o.Key.ID, "err", err)
		return company.ReadFirst
	}
	return 0
}

// claimReport gives an order whose report is due and that no other reporter has claimed,
// or how long to wait.
func (d *Desk) claimReport(ctx context.Context) (*storage.Order, time.Duration) {
	d.claims.Lock()
	defer d.claims.Unlock()
	now := time.Now()
	d.mu.Lock()
	c, busy, wait := d.company.Settings(), maps.Clone(d.reporting), d.reportAt.Sub(now)
	d.mu.Unlock()
	_, own := company.WireOf(c.Chat.Wire).ReportProgram()
	if !c.Orders.Enabled || c.Sealed || c.ChatFault != nil || d.company.ChatURL(c) == "" && !own {
		return nil, company.Idle
	}
	if wait > 0 {
		return nil, wait
	}
	list, err := d.company.Store.OrdersToReport(ctx, d.company.ID, c.AccountID, now, len(busy)+1)
	if err != nil {
		return nil, company.ReadFirst
	}
	// Claims are given here alone, so what was free before the rows were read is
	// free now; one that was taken then may have been finished since.
	list = slices.DeleteFunc(list, func(o storage.Order) bool { _, taken := busy[o.Key]; return taken })
	d.mu.Lock()
	if len(list) > 0 {
		d.reporting[list[0].Key] = struct{}{}
	}
	d.mu.Unlock()
	if len(list) == 0 {
		return nil, d.untilDue(ctx, now, storage.WorkReport)
	}
	return &list[0], 0
}

// report tells the chat the status that o holds and stores the answer. A crash
// between the two repeats the report, which the revision makes harmless.
func (d *Desk) report(ctx context.Context, o *storage.Order) error {
	c, chat := d.company.ChatSnapshot()
	request, cancel := d.company.Finishing(ctx)
	defer cancel()
	var t telling
	var err error
	if program, own := company.WireOf(c.Chat.Wire).ReportProgram(); own {
		t, err = d.tellInOwnForm(request, c, chat, o, program)
	} else {
		var x ineedchat.Exchange
		x, err = chat.ReportStatus(request, d.company.ID, translate.Report(o))
		t.exchange = withChat(x)
	}
	switch {
	case err != nil && request.Err() != nil:
		return nil // cut off by our own stop: no failure of the chat
	case errors.Is(err, wire.ErrNoBox): // our own fault: the order's try does not count
		d.company.Log.Error("no program could be run to report a status", "err", err)
		d.holdWithoutABox(time.Now())
		return nil
	}
	d.hadABox()
	return d.reported(context.WithoutCancel(ctx), o, t, err, c.Version)
}

// reported stores what became of a report that was sent under one version of the
// settings, and acts on it after the commit. If the status has changed meanwhile, only
// an acknowledgement counts: the newer revision has a report of its own.
func (d *Desk) reported(ctx context.Context, sent *storage.Order, t telling, cause error, settings int64) error {
	var v outcome.Report
	var fault *storage.Problem
	var delay time.Duration
	err := d.company.Update(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(sent.Key)
		if err != nil {
			return err
		}
		now := time.Now()
		since := o.Report.Since
		if since.IsZero() {
			since = now
		}
		v, delay, fault = outcome.OfReport(cause, since, now, o.Report.Tries+1)
		switch v {
		case outcome.Acknowledged, outcome.Stale:
			return acknowledge(tx, &o, sent, t, v)
		case outcome.Stopped: // the report waits as it was
			return addEvents(tx, &o, []storage.Event{t.failed(&o, now, cause, fault)})
		case outcome.Again, outcome.Parked: // a report that has a problem is parked
			if o.Revision != sent.Revision {
				return nil
			}
		}
		if parkedByProgram(fault) {
			// A program that was replaced meanwhile is not tried by what the one before did.
			if c, err := tx.Company(d.company.ID); err != nil || c.Version != settings {
				fault = nil
				return err
			}
		}
		o.Report = storage.Report{DueAt: now.Add(delay), Since: since, Tries: o.Report.Tries + 1, Problem: fault}
		if d.failsAlone(cause, &o, now) {
			o.DropNotices(problem.NoticeReportFailing)
			o.AddNotice(problem.Of(problem.NoticeReportFailing, "status", strconv.Itoa(problem.ChatStatus(cause))))
		}
		return put(tx, &o, t.failed(&o, now, cause, fault))
	})
	if err != nil {
		return err
	}
	if v == outcome.Stopped {
		d.stopReports(ctx, *fault, settings)
		return nil
	}
	d.afterReport(sent, v, delay, t, cause)
	return nil
}

// afterReport draws the conclusions for the desk from a report whose outcome is stored,
// and tells the log what does not stand in the order's history.
func (d *Desk) afterReport(sent *storage.Order, v outcome.Report, delay time.Duration, t telling, cause error) {
	if t.nothing {
		return
	}
	if v == outcome.Acknowledged || v == outcome.Stale {
		d.mu.Lock()
		d.reportedAt = time.Now()
		d.mu.Unlock()
	}
	switch {
	case v == outcome.Again && problem.RetryAfter(cause) > 0:
		d.holdReports(time.Now().Add(delay))
		d.company.Log.Warn("the chat wants no reports", "status", problem.ChatStatus(cause), "delay", delay)
	case v == outcome.Stale:
		d.company.Log.Info("the chat has a newer status", "order", sent.Key.ID, "revision", sent.Revision)
	case cause != nil:
		d.company.Log.Warn("status not reported", "order", sent.Key.ID, "status", problem.ChatStatus(cause),
			"delay", delay)
	default:
		if now, ok := d.company.ShopTime(); ok {
			d.office.statusDelivery.Observe(max(now.Sub(sent.Status.ChangedAt).Seconds(), 0))
		}
	}
}

// When it is an order's own matter that its status does not get through: after so
// many failures while others were taken, or after so long if there are none.
const (
	reportsShown  = 6
	reportsSilent = 24 * time.Hour
)

// failsAlone reports whether the chat fails on an order's status and not on
// others: a person is told then, long before the three days after which it is not
// tried again. That the chat is busy, or does not know the order yet, is no such
// failure.
func (d *Desk) failsAlone(cause error, o *storage.Order, now time.Time) bool {
	status := problem.ChatStatus(cause)
	if problem.RetryAfter(cause) > 0 || status == http.StatusTooManyRequests || status == http.StatusNotFound ||
		o.Report.Problem != nil {
		return false
	}
	d.mu.Lock()
	others := d.reportedAt.After(o.Report.Since)
	d.mu.Unlock()
	return o.Report.Tries >= reportsShown && others || now.Sub(o.Report.Since) >= reportsSilent
}

// holdReports keeps all reports of the company back until a time, because the
// chat has said so: it speaks for itself, not for one order.
func (d *Desk) holdReports(until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reportAt = until
}

// stopReports raises the alarm that the chat refuses us, once, and not for
// settings that have been replaced meanwhile: those are tried first.
func (d *Desk) stopReports(ctx context.Context, p storage.Problem, settings int64) {
	c := d.company.Settings()
	if c.Version != settings || c.ChatFault != nil {
		d.reporter.Wake()
		return
	}
	d.company.Log.Warn("the chat refuses our token: reports stopped", "problem", p.Code, "args", p.Args)
	d.company.Learn(ctx, func(c *storage.Company) {
		if c.Version == settings {
			c.ChatFault = &p
		}
	})
}

// acknowledge notes that the chat has the revision that was sent, or says that it has a
// newer one, or that there was nothing to tell of it. A higher one may have been
// acknowledged before, and then stands.
func acknowledge(tx *storage.Tx, o, sent *storage.Order, t telling, answer outcome.Report) error {
	if o.AckedRevision >= sent.Revision {
		return nil
	}
	args := map[string]string{"status": sent.Status.Status, "revision": strconv.FormatInt(sent.Revision, 10)}
	if o.AckedRevision = sent.Revision; t.nothing {
		args["nothing"] = "true"
	} else {
		o.Reported = sent.Status.Status
	}
	if o.Revision == sent.Revision {
		o.Report = storage.Report{}
		o.DropNotices(problem.NoticeReportFailing)
	}
	if answer == outcome.Stale {
		o.AddNotice(storage.Problem{Code: problem.NoticeReportConflict})
	}
	return put(tx, o, t.exchange.event(storage.Event{At: time.Now(), Kind: storage.EventReported, Args: args}))
}

// failed is the history's entry for a report that has failed. A program's words go with
// the order's person, and are not kept of one that is forgotten.
func (t telling) failed(o *storage.Order, now time.Time, cause error, p *storage.Problem) storage.Event {
	args := reportArgs(o, cause, p)
	if t.words != "" && o.ErasedAt.IsZero() {
		args["message"] = t.words
	}
	return t.exchange.event(storage.Event{At: now, Kind: storage.EventReportError, Args: args})
}

// reportArgs are what the history keeps of a report that has failed.
func reportArgs(o *storage.Order, cause error, p *storage.Problem) map[string]string {
	args := map[string]string{"tries": strconv.Itoa(o.Report.Tries), "revision": strconv.FormatInt(o.Revision, 10)}
	if code := problem.ChatStatus(cause); code != 0 {
		args["status"] = strconv.Itoa(code)
	}
	if p != nil {
		args["parked"] = p.Code
	}
	if parkedByProgram(p) {
		args["kind"], args["field"] = p.Args["kind"], p.Args["field"]
	}
	return args
}
