package probe

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// What one probe may cost.
const (
	maxRequests = 60              // of the shop's window
	maxDuration = 5 * time.Minute // with all its waiting; removal not counted
	standBack   = 30 * time.Second
)

// Why a probe, or a part of it, ends early.
var (
	errSpent        = errors.New("the probe has used up its requests")
	errBusy         = errors.New("orders are on their way")
	errOtherAccount = errors.New("another account has answered")
	errRefused      = errors.New("the shop has refused the order")
)

// A run is one probe under way. It lives in the one goroutine of the task; only its
// items are read by others.
type run struct {
	prober   *Prober
	settings storage.Company
	shop     *insales.Client
	asked    request
	token    string // by which all that this run makes is known in the shop
	requests int

	lists   lists   // what the reading steps have read
	variant variant // what is ordered first
	spare   variant // what is ordered later: of which a shop that returns no goods does not run out
	order   made    // the first order
	changed bool    // a change of it has taken effect, of which a webhook has to tell
	learnt  storage.Probed
	trashed bool // the first order was removed, and is shown by its id

	listener atomic.Pointer[listener] // of the webhook, while one is tried

	mu    sync.Mutex // guards what follows
	probe storage.Probe
}

func newRun(p *Prober, settings storage.Company, shop *insales.Client, asked request) *run {
	return &run{prober: p, settings: settings, shop: shop, asked: asked, token: strings.ToLower(rand.Text()[:16]),
		spare: variant{endless: true},
		probe: storage.Probe{Company: settings.ID, State: storage.ProbeRunning, Writes: asked.writes,
			BeganAt: time.Now(), Version: p.company.Config.Version}}
}

// snapshot gives what is known by now.
func (r *run) snapshot() storage.Probe {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.probe
	s.Items = append([]storage.ProbeItem(nil), s.Items...)
	return s
}

// namesOf gives the assumptions with a verdict.
func (r *run) namesOf(verdict string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, i := range r.snapshot().Items {
			if i.Verdict == verdict && !yield(i.Name) {
				return
			}
		}
	}
}

// all takes every step, removes what was made, and gives a verdict to what no step
// has reached.
func (r *run) all(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, maxDuration)
	err := r.steps(limited)
	cancel()
	if r.asked.writes {
		r.remove(ctx)
	}
	reason, args := whyEnded(err)
	state := storage.ProbeDone
	if err != nil && !errors.Is(err, errRefused) {
		state = storage.ProbeInterrupted
	}
	for _, a := range assumptions {
		if _, found := r.snapshot().Item(a.Name); !found {
			i := storage.ProbeItem{Name: a.Name, Verdict: storage.ProbeNotTried, Reason: reason, Args: args}
			if a.Writes && !r.asked.writes {
				i.Reason, i.Args = reasonReadOnly, nil
			}
			r.found(i)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.probe.State, r.probe.EndedAt = state, time.Now()
	r.probe.Items = inOrder(r.probe.Items)
}

// whyEnded gives the code of what has ended a probe early.
func whyEnded(err error) (reason string, args map[string]string) {
	switch {
	case err == nil:
		return reasonNothingToTry, nil
	case errors.Is(err, errSpent):
		return reasonSpent, nil
	case errors.Is(err, errBusy):
		return reasonBusy, nil
	case errors.Is(err, errRefused):
		return reasonRefused, nil
	case errors.Is(err, errOtherAccount):
		return problem.AccountChanged, nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return reasonStopped, nil
	}
	p := problem.OfShop(err)
	return p.Code, p.Args
}

// steps takes the steps in their order. An error ends them: the shop cannot be
// asked any more, or has nothing to go on with.
func (r *run) steps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.readAccount, r.readWindow, r.readRights, r.readDictionaries, r.readProducts, r.readCounts, r.readMissing,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if !r.asked.writes {
		return r.readFeed(ctx, nil)
	}
	return r.orderLife(ctx)
}

// found notes an item in the place of an earlier one of its name.
func (r *run) found(i storage.ProbeItem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.probe.Items {
		if r.probe.Items[n].Name == i.Name {
			r.probe.Items[n] = i
			return
		}
	}
	r.probe.Items = append(r.probe.Items, i)
}

// says notes a verdict with the exchange that shows it. A fault of the shop's own, as
// in an outage, says nothing about what it does when it is well.
func (r *run) says(name string, v verdict, e exchange) {
	if e.broken && v.verdict == storage.ProbeOtherwise {
		v.verdict = storage.ProbeUnknown
	}
	i := storage.ProbeItem{Name: name, Verdict: v.verdict, Reason: v.reason, Args: v.args, Took: e.took}
	i.Sent, i.Answered = e.sent, e.answered
	r.found(i)
}

// A verdict is what is to be said of an assumption.
type verdict struct {
	verdict string
	reason  string
	args    map[string]string
}

// holds, otherwise, unknown and untried make verdicts; the arguments are pairs.
func holds(args ...string) verdict {
	return verdict{storage.ProbeAsAssumed, "", problem.Of("", args...).Args}
}

func otherwise(reason string, args ...string) verdict {
	return verdict{storage.ProbeOtherwise, reason, problem.Of("", args...).Args}
}

func unknown(reason string, args ...string) verdict {
	return verdict{storage.ProbeUnknown, reason, problem.Of("", args...).Args}
}

func untried(reason string) verdict { return verdict{storage.ProbeNotTried, reason, nil} }

// when is holds if something is so, else otherwise.
func when(so bool, reason string, args ...string) verdict {
	if so {
		return holds(args...)
	}
	return otherwise(reason, args...)
}

// ask sends one request of the probe. It waits while orders are on their way, and
// once more if the shop's window was full.
func (r *run) ask(ctx context.Context, t insales.Trial) (insales.Reply, error) {
	for again := false; ; again = true {
		if err := r.yield(ctx); err != nil {
			return insales.Reply{}, err
		}
		if r.requests >= maxRequests {
			return insales.Reply{}, errSpent
		}
		r.requests++
		reply, err := company.Ask(ctx, r.shop, insales.Catalog,
			func(ctx context.Context, p *insales.Permit) (insales.Reply, error) { return r.shop.Try(ctx, p, t) })
		if err == nil && reply.PastLimit() && !again {
			continue
		}
		if err == nil && (reply.Status == 401 || reply.PastLimit()) {
			return reply, &insales.Error{Op: t.Name, Status: reply.Status, Reached: true, Limited: reply.PastLimit()}
		}
		return reply, err
	}
}

// yield waits until no order is on its way.
func (r *run) yield(ctx context.Context) error {
	for end := time.Now().Add(standBack); r.prober.busy(); {
		if time.Now().After(end) {
			return errBusy
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// pause waits, or gives the context's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
