package order

import (
	"context"
	"slices"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// The delays of probes.
const (
	// Between two probes of a company in trouble.
	probeFirst, probeLongest = 10 * time.Second, 15 * time.Minute
	probeFew                 = 2 * time.Minute // the longest while only few orders fail

	// While many orders fail, one that has not failed yet is tried so often.
	freshEvery = 20 * time.Second
)

// A trouble is a fault of the company itself, not of one order: nothing is sent, and
// one alarm stands. A trouble that the senders have found is probed with one order at a
// time, after a growing delay. One that the reader has found ends with a read that
// succeeds. The desk's mu guards its fields.
type trouble struct {
	problem      storage.Problem
	bySender     bool      // a sender has found it, not the reader
	retryAt      time.Time // no probe leaves before this
	failedProbes int       // how many probes have failed, the order that found it included
	probing      bool      // a probe is under way
	probeCount   int       // how many probes have left, so that every order has its turn
	triedAt      time.Time // when the last probe left
}

// unclear reports whether nothing else is wrong but that create requests have no
// certain outcome, while the shop answers everything else.
func (t *trouble) unclear() bool { return t != nil && t.problem.Code == problem.UnknownOutcomes }

// stops reports whether the company can do nothing at all for now.
func (t *trouble) stops() bool { return t != nil && !t.unclear() }

// longest is the longest delay between two probes. While few orders fail it may be
// their own fault, so that shorter delays are worth their requests. The desk's mu is
// held.
func (d *Desk) longest(p storage.Problem) time.Duration {
	if p.Code == problem.UnknownOutcomes && d.blame.Few() {
		return probeFew
	}
	return probeLongest
}

// readProblem reports whether it is the reader who finds and lifts this problem. It
// tells so of a problem that is known from the store, after a restart.
func readProblem(code string) bool {
	switch code {
	case problem.FeedUnreadable, problem.FeedStuck, problem.FeedUnsorted, problem.FeedLacks,
		problem.AccountChanged:
		return true
	}
	return false
}

// A finder is the work that has found a fault of the company.
type finder int

// The reader finds what makes the feed unfit, and a read that succeeds disproves
// it. A sender finds what stops an order, and so does a probe, which is the one
// order that is tried while the company is in trouble: only a probe that fails
// lengthens the delay before the next one.
const (
	foundByReader finder = iota
	foundBySender
	foundByProbe
)

// fail records a fault of the company. The first one begins the trouble; later ones
// only say anew what is wrong.
func (d *Desk) fail(ctx context.Context, p storage.Problem, found finder) {
	d.mu.Lock()
	t := d.trouble
	fresh := t == nil
	if fresh {
		t = &trouble{
			bySender: found != foundByReader, failedProbes: 1,
			retryAt: time.Now().Add(company.Backoff(1, probeFirst, d.longest(p))),
		}
		d.trouble = t
	} else if found == foundByProbe {
		t.failedProbes++
		t.retryAt = time.Now().Add(company.Backoff(t.failedProbes, probeFirst, d.longest(p)))
	}
	changed := !t.problem.Equal(p)
	t.problem = p
	if t.stops() {
		d.blame.Excuse() // the company's trouble, not the orders'
	}
	d.mu.Unlock()
	if fresh {
		d.company.Log.Warn("company paused", "problem", p.Code, "args", p.Args)
	}
	if changed {
		d.company.Learn(ctx, func(c *storage.Company) { c.Problem = &p })
	}
	d.sender.Wake()
}

// readSucceeded ends the trouble that a read disproves: one that the reader has
// found, and one of the senders if no order is left by which it could be tried and
// none has gone to a person because of it.
func (d *Desk) readSucceeded(ctx context.Context) {
	t := d.currentTrouble()
	if t == nil || t.bySender && d.stillTried(ctx, t) {
		return
	}
	d.overcome(ctx, t)
}

// createSucceeded ends the trouble, whoever has found it: the shop has an order.
func (d *Desk) createSucceeded(ctx context.Context) {
	if t := d.currentTrouble(); t != nil {
		d.overcome(ctx, t)
	}
}

// currentTrouble gives the company's trouble, nil for none.
func (d *Desk) currentTrouble() *trouble {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.trouble
}

// overcome ends a trouble, unless another one has taken its place meanwhile.
func (d *Desk) overcome(ctx context.Context, t *trouble) {
	d.mu.Lock()
	if d.trouble != t {
		d.mu.Unlock()
		return
	}
	d.trouble = nil
	d.mu.Unlock()
	d.company.Log.Info("company works again", "problem", t.problem.Code)
	d.company.Learn(ctx, func(c *storage.Company) { c.Problem = nil })
	d.sender.Wake()
}

// stillTried reports whether some order can still show whether the senders' trouble
// stands or is over: one that waits, one that is being sent, or, if outcomes were
// unknown, one that went to a person because of it. If there is none, a read decides.
func (d *Desk) stillTried(ctx context.Context, t *trouble) bool {
	list, err := d.company.Store.OrdersToSend(ctx, d.company.ID, time.Now().Add(storage.MaxDelay), 1)
	if err != nil || len(list) > 0 || d.flying() > 0 {
		return true
	}
	d.mu.Lock()
	unclear := t.unclear()
	d.mu.Unlock()
	if !unclear {
		return false
	}
	causes, err := d.company.Store.Causes(ctx, d.company.ID)
	return err != nil || slices.ContainsFunc(causes, func(c storage.OrderCause) bool {
		return slices.Contains([]string{problem.NeverArrives, problem.NotProven, problem.TooOld}, c.Problem.Code)
	})
}
