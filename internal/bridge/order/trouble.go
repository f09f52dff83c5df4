package order

import (
	"context"
	"slices"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A trouble is the company's own fault: nothing is sent, one alarm stands. One
// that the senders found is probed with one order at a time, after a growing
// delay; one that the reader found ends with a read that succeeds.
type trouble struct {
	problem  storage.Problem
	bySender bool
	retryAt  time.Time // no probe before
	probes   int       // failed ones; only they lengthen the delay
	probing  bool      // a probe is under way
	turn     int       // counts the probes, when every order is tried in turn
	triedAt  time.Time // when the last one left
}

// unclear reports whether all that is wrong is that create requests have no
// certain outcome: the shop answers everything else.
func (t *trouble) unclear() bool { return t != nil && t.problem.Code == problem.UnknownOutcomes }

// stops reports whether the company can do nothing at all for now.
func (t *trouble) stops() bool { return t != nil && !t.unclear() }

// longest is the longest delay between two probes. While few orders fail it may
// be their own fault, which is found out sooner.
func (d *Desk) longest(p storage.Problem) time.Duration {
	if p.Code == problem.UnknownOutcomes && d.blame.few() {
		return probeFew
	}
	return probeLongest
}

// readProblem reports whether only the reader finds and lifts this problem.
func readProblem(code string) bool {
	switch code {
	case problem.FeedUnreadable, problem.FeedStuck, problem.FeedLacks, problem.AccountChanged:
		return true
	}
	return false
}

// fail records a fault of the company. The first one raises the alarm; a
// failed probe lengthens the delay before the next.
func (d *Desk) fail(ctx context.Context, p storage.Problem, bySender, probe bool) {
	d.mu.Lock()
	t := d.trouble
	fresh := t == nil
	if fresh {
		t = &trouble{bySender: bySender, retryAt: time.Now().Add(company.Backoff(1, probeFirst, d.longest(p))),
			probes: 1}
		d.trouble = t
	} else if probe {
		t.probes++
		t.retryAt = time.Now().Add(company.Backoff(t.probes, probeFirst, d.longest(p)))
	}
	changed := !t.problem.Equal(p)
	t.problem = p
	if t.stops() {
		d.blame.excuse() // the company's trouble, not the orders'
	}
	d.mu.Unlock()
	if fresh {
		d.Log.Warn("company paused", "problem", p.Code, "args", p.Args)
	}
	if changed {
		d.Learn(ctx, func(c *storage.Company) { c.Problem = &p })
	}
	d.sender.Wake()
}

// recovered ends the trouble, if there is one that such a success disproves: a
// read ends the reader's, and the senders' if no order waits that could be tried
// and none has gone to a person for it; a create ends both.
func (d *Desk) recovered(ctx context.Context, byRead bool) {
	d.mu.Lock()
	t := d.trouble
	d.mu.Unlock()
	if t == nil {
		return
	}
	if byRead && t.bySender && d.stillTried(ctx, t) {
		return
	}
	d.mu.Lock()
	if d.trouble != t {
		d.mu.Unlock()
		return
	}
	d.trouble = nil
	d.mu.Unlock()
	d.Log.Info("company works again", "problem", t.problem.Code)
	d.Learn(ctx, func(c *storage.Company) { c.Problem = nil })
	d.sender.Wake()
}

// stillTried reports whether an order waits, is being sent or is with a person by
// which the senders' trouble can yet be seen to stand or to be over.
func (d *Desk) stillTried(ctx context.Context, t *trouble) bool {
	list, err := d.Store.OrdersToSend(ctx, d.ID, time.Now().Add(storage.MaxDelay), 1)
	if err != nil || len(list) > 0 || d.flying() > 0 {
		return true
	}
	if !t.unclear() {
		return false
	}
	causes, err := d.Store.Causes(ctx, d.ID)
	return err != nil || slices.ContainsFunc(causes, func(c storage.OrderCause) bool {
		return slices.Contains([]string{problem.NeverArrives, problem.NotProven, problem.TooOld}, c.Problem.Code)
	})
}
