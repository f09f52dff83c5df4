package insales

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ineed-insales/internal/retryafter"
)

// A Work is a kind of work that shares the request window. Each kind may use
// the window only up to its own ceiling, so that the more important kinds find
// room left: reading the feed may always go on.
type Work int

// The kinds of work, the least important first.
const (
	Catalog   Work = iota // up to 70 % of the window
	Rereading             // orders by id, up to 80 %
	Sending               // orders to the shop, up to 90 %
	Reading               // the change feed and what enables it, up to 100 %
)

// Ceiling is the share of the limit that w may use up, in percent.
func (w Work) Ceiling() int {
	return [...]int{Catalog: 70, Rereading: 80, Sending: 90, Reading: 100}[w]
}

// InSales' documented window: 500 requests per 5 minutes and key, beginning
// with the first request of a series. Every answer says how much is used.
const (
	WindowLimit  = 500
	WindowLength = 5 * time.Minute

	// fullRetry is the wait when the shop says "full" without Retry-After; the
	// official client waits as long.
	fullRetry = 150 * time.Second
)

// A Window knows how many requests the shop still admits. It is the only place
// that does. One window belongs to one (host, key) and is shared by all that
// use the key.
//
// A request goes in three steps. Take gives a permit when there is room for its
// kind of work, and counts it as flying. The request is sent. What comes back
// settles the permit: it is no longer flying and counts as used, or was released
// because nothing has left. So used and flying together are never less than what
// the shop can have counted of ours, however many requests are under way at once.
//
// The window counts what we send and believes the shop's own count, which stands
// in every answer (documented), when that is higher: others may use the key too.
// When the shop begins a new window is not said anywhere. It is taken to have
// begun when an answer counts no more than the shop had counted before the request
// was sent, or when five minutes have gone by since the first answer of the running
// one, which is never before the shop's own end. Each permit remembers in which
// window it was given: the count in a late answer of the window before says nothing
// of this one.
//
// When the shop says "full", nobody goes before its Retry-After, and then a
// single request tries, whose answer says whether there is room again.
type Window struct {
	mu      sync.Mutex
	begin   time.Time // the first answer of the running window; zero before it
	epoch   int       // counts windows
	limit   int
	used    int       // requests of this window, as far as anybody knows
	counted int       // the highest count that the shop has told in this window
	ours    int       // requests of this window that we sent, at most
	whole   bool      // this process has counted the window from its beginning
	flying  int       // permits given out and not yet settled
	full    bool      // the shop has said so and has not said otherwise
	until   time.Time // while full: nobody before
	trying  bool      // while full: the one request that tries is under way
	changed chan struct{}
}

// NewWindow makes a window that has just begun.
func NewWindow() *Window {
	return &Window{limit: WindowLimit, changed: make(chan struct{})}
}

// A Permit allows one request. It must be spent on a call or released.
type Permit struct {
	w       *Window
	epoch   int  // the window it was given in
	base    int  // requests that the shop had counted by then
	trial   bool // the one that tries while the shop says "full"
	settled bool
}

// Take waits until work of this kind may send a request, or until ctx ends.
func (w *Window) Take(ctx context.Context, work Work) (*Permit, error) {
	for {
		p, wait, changed := w.try(work)
		if p != nil {
			return p, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		timer.Stop()
	}
}

// try takes a permit if one can be had now, else it says how long to wait at
// most and what to watch meanwhile.
func (w *Window) try(work Work) (*Permit, time.Duration, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.roll(now)
	switch {
	case w.full && now.Before(w.until):
		return nil, w.until.Sub(now), w.changed
	case w.full && w.trying:
		return nil, WindowLength, w.changed
	case !w.full && (w.used+w.flying)*100 >= w.limit*work.Ceiling():
		return nil, w.left(now), w.changed
	}
	w.trying = w.full
	w.flying++
	return &Permit{w: w, epoch: w.epoch, base: w.counted, trial: w.full}, 0, nil
}

// left is how long the running window still lasts. It is counted from the
// first answer, not the first request, so that ours never ends before the shop's.
func (w *Window) left(now time.Time) time.Duration {
	if w.begin.IsZero() {
		return WindowLength
	}
	return w.begin.Add(WindowLength).Sub(now)
}

// roll ends the running window when its time is over.
func (w *Window) roll(now time.Time) {
	if w.left(now) <= 0 {
		w.begin, w.used, w.counted, w.ours = time.Time{}, 0, 0, 0
		w.whole = true // the shop's ended no later than ours
		w.epoch++
	}
}

// Release gives back a permit that was not used. Releasing a used one does
// nothing.
func (p *Permit) Release() { p.settle(func(*Window) {}) }

// settle counts the permit as f says, once.
func (p *Permit) settle(f func(*Window)) {
	if p.settled {
		return
	}
	p.settled = true
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flying--
	if p.trial {
		w.trying = false
	}
	f(w)
	close(w.changed)
	w.changed = make(chan struct{})
}

// spent settles the permit with what the answer says; resp is nil when there
// was none, which counts as used, because the shop may have counted it.
func (p *Permit) spent(resp *http.Response) {
	p.settle(func(w *Window) {
		now := time.Now()
		w.roll(now)
		if w.begin.IsZero() {
			w.begin = now
		}
		w.ours++
		if resp == nil {
			w.used++
			return
		}
		used, limit, told := usage(resp.Header)
		if told && p.epoch == w.epoch {
			w.believe(p, now, used, limit)
		} else {
			w.used++
		}
		if limited(resp) {
			wait := retryafter.Of(resp.Header) // in seconds (documented)
			if wait <= 0 {
				wait = fullRetry
			}
			w.full, w.until = true, now.Add(wait)
			return
		}
		// Any other answer to the one that tried shows that there is room; one to
		// a request that was admitted before shows nothing. Nor does one without a
		// count from a shop that counts: it is of something in front of the shop, and
		// the next request tries.
		if p.trial && !now.Before(w.until) && (told || w.counted == 0) {
			w.full = false
		}
	})
}

// believe takes over the shop's count, in which this request is included. The
// shop had counted p.base requests when this one was sent: a count that is not
// above that is one of a new window. Answers may come in another order than
// they were counted, so the highest count of a window stands.
func (w *Window) believe(p *Permit, now time.Time, used, limit int) {
	w.limit = limit
	switch {
	case used <= p.base:
		w.begin, w.used, w.counted, w.ours = now, used, used, 1
		w.whole = true
		w.epoch++
	default:
		w.used, w.counted = max(w.used, used), max(w.counted, used)
		w.whole = w.whole || used == 1
	}
}

// Others tells how many requests of the running window were certainly not
// ours: the shop has counted them, and another program must have sent them
// with the same key. It is known only of a window whose beginning this process
// has seen, because what is counted before that may be its own, from before it
// was started. Requests of ours whose answer is out, or was lost, count as
// ours, so there may have been a few more of others.
func (w *Window) Others() (n int, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.roll(time.Now())
	if !w.whole {
		return 0, false
	}
	return max(0, w.counted-w.ours-w.flying), true
}

// Used is the used share of the window: 0 to 1, a little more when over it.
func (w *Window) Used() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.roll(time.Now())
	return float64(w.used+w.flying) / float64(w.limit)
}

// Left tells how long the running window still lasts.
func (w *Window) Left() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.roll(now)
	return w.left(now)
}

// usage reads the documented header API-Usage-Limit: used/limit.
func usage(h http.Header) (used, limit int, ok bool) {
	a, b, ok := strings.Cut(h.Get("API-Usage-Limit"), "/")
	if !ok {
		return 0, 0, false
	}
	used, err1 := strconv.Atoi(strings.TrimSpace(a))
	limit, err2 := strconv.Atoi(strings.TrimSpace(b))
	return used, limit, err1 == nil && err2 == nil && used >= 0 && limit > 0
}

// limited reports whether the answer says that the window is full. Documented
// is 503, since 2023 it is 429; a 503 is told from a broken shop by the usage
// header, which only the shop's application sets.
func limited(resp *http.Response) bool {
	if resp.StatusCode == http.StatusTooManyRequests {
		return true
	}
	if resp.StatusCode != http.StatusServiceUnavailable {
		return false
	}
	_, _, ok := usage(resp.Header)
	return ok
}
