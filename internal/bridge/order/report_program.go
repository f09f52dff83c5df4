package order

import (
	"context"
	"errors"
	"reflect"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// A chat with a wire of its own is told of a status by a program: it makes a request of
// the contract's status document, or says that there is nothing to tell. All else is as
// with the contract: what an answer means, when a report is tried again, and that it may be
// repeated after a crash. The program runs anew on each try, so that a mended one takes
// effect at once. It is no secret to it which token the chat wants; what is kept of its
// request, and of its words, shows that token nowhere.

// A telling is what has come of a report beside its error.
type telling struct {
	exchange exchange
	nothing  bool   // the program had nothing to tell
	words    string // of a program that has failed; they may quote what the customer has said
}

const (
	maxWords = 300 // characters of what a program says

	boxFirst, boxLongest = 10 * time.Second, 2 * time.Minute // after no program could be run, which is our own fault
)

// tellInOwnForm tells the chat a status by a program.
func (d *Desk) tellInOwnForm(
	ctx context.Context, c storage.Company, chat *ineedchat.Client, o *storage.Order, program string,
) (telling, error) {
	var t telling
	r, err := d.requestFor(ctx, c, o, program)
	switch {
	case err != nil:
		t.words = words(chat, err)
		return t, err
	case r == nil:
		t.nothing = true
		return t, nil
	}
	x, answer, err := chat.Call(ctx, r.Call)
	t.exchange = withChat(x)
	if err != nil || r.Accepted == "" {
		return t, err
	}
	accepted, why, err := d.accepted(ctx, r.Accepted, answer)
	switch {
	case err != nil:
		t.words = words(chat, err)
	case !accepted:
		t.words = problem.Clip(chat.Mask(why), maxWords)
		err = chat.Unacknowledged(answer)
	}
	return t, err
}

// requestFor has a program make the request that tells the chat how an order stands; nil
// if there is nothing to tell.
func (d *Desk) requestFor(ctx context.Context, c storage.Company, o *storage.Order, program string) (*wire.Request,
	error) {
	r := wire.Report{Program: program, Zone: d.office.timeZone, Company: d.company.ID, Token: c.Chat.Token.Reveal(),
		Status: translate.Report(o)}
	kept, is, err := d.Original(ctx, o.Key)
	if err != nil {
		return nil, err
	}
	if is {
		r.Received = &wire.Body{ContentType: kept.ContentType, Text: kept.Body, Query: kept.Query}
	}
	release, err := d.office.takeBox(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return d.office.box.Report(ctx, r)
}

// accepted asks a program whether an answer acknowledges the report.
func (d *Desk) accepted(ctx context.Context, program string, a ineedchat.Answer) (is bool, why string, err error) {
	release, err := d.office.takeBox(ctx)
	if err != nil {
		return false, "", err
	}
	defer release()
	return d.office.box.Accepted(ctx, program, a.Status(), a.Text)
}

// takeBox waits for the turn of the desks in the box.
func (o *Office) takeBox(ctx context.Context) (release func(), err error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o.boxTurn <- struct{}{}:
		return func() { <-o.boxTurn }, nil
	}
}

// words are a program's own about why it has failed.
func words(chat *ineedchat.Client, err error) string {
	e, is := errors.AsType[*wire.ReportError](err)
	if !is {
		return ""
	}
	return problem.Clip(chat.Mask(e.Detail), maxWords)
}

// parkedByProgram reports whether a report is parked because a program made no request of
// it.
func parkedByProgram(p *storage.Problem) bool { return p != nil && p.Code == problem.ReportProgram }

// FitReports lets what is parked by the program's fault be told again once how the chat is
// told has changed.
func FitReports(tx *storage.Tx, old, now storage.Company, at time.Time) error {
	if old.Chat.URL == now.Chat.URL && old.Chat.Token == now.Chat.Token &&
		reflect.DeepEqual(old.Chat.Wire, now.Chat.Wire) {
		return nil
	}
	return tx.ReleaseReports(now.ID, problem.ReportProgram, at)
}

// TryReport shows the request by which a program would tell the chat how an order stands;
// nil if there is nothing to tell. Nothing is sent. An empty program is the company's own.
// It fails with wire.ErrNoProgram if there is none, as the contract is spoken then, and
// with a *wire.ReportError.
func (d *Desk) TryReport(ctx context.Context, key storage.OrderKey, program string) (*ineedchat.ShownCall, error) {
	c, chat := d.company.ChatSnapshot()
	if program == "" {
		own, is := company.WireOf(c.Chat.Wire).ReportProgram()
		if !is {
			return nil, wire.ErrNoProgram
		}
		program = own
	}
	o, err := d.company.Store.Order(ctx, key)
	if err != nil {
		return nil, err
	}
	if o.Status == nil {
		return nil, problem.Refuse(problem.RefusedNoStatus)
	}
	r, err := d.requestFor(ctx, c, &o, program)
	if e, is := errors.AsType[*wire.ReportError](err); is {
		return nil, &wire.ReportError{Kind: e.Kind, Field: e.Field, Detail: chat.Mask(e.Detail)}
	}
	if err != nil || r == nil {
		return nil, err
	}
	shown, err := chat.Show(r.Call)
	return &shown, err
}

// holdWithoutABox keeps all reports of the company back because no program could be run, the
// longer the more often that was so: a machine that has no room for a process gets none sooner
// by being asked. Of workers that find it out beside each other the first one counts.
func (d *Desk) holdWithoutABox(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reportAt.After(now) {
		return
	}
	d.boxless++
	d.reportAt = now.Add(company.Backoff(d.boxless, boxFirst, boxLongest))
}

// hadABox notes that what makes reports could be run.
func (d *Desk) hadABox() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boxless = 0
}
