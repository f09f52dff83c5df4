package insalestest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Courier posts webhooks over HTTP, and badly if it is told to: give its
// Deliver to Config.Deliver and run Run. It sends one after the other, each
// once: whether InSales tries again is not documented, only that delivery is
// not guaranteed. The zero value works. It may be used from any goroutine and
// lives in a testing/synctest bubble.
type Courier struct {
	Client *http.Client // default http.DefaultClient; its Timeout bounds a post

	mu      sync.Mutex
	ring    chan struct{} // see bell
	waiting []errand      // in the order in which they were handed over
	mishaps []*mishap
	posts   []attempt
}

// A Trick is a way to deliver a webhook badly.
type Trick string

// The tricks.
const (
	Lose     Trick = "lose"      // it is never sent
	Twice    Trick = "twice"     // it is sent a second time, Mishap.Delay later
	Late     Trick = "late"      // it is sent Mishap.Delay later
	Overtake Trick = "overtake"  // the next one is sent before it; if none comes, Mishap.Delay later
	TornBody Trick = "torn_body" // half of the body under the full Content-Length, then the connection is cut
	HalfBody Trick = "half_body" // half of the body as if it were all
	AsXML    Trick = "as_xml"    // XML, whatever the format of the webhook
)

// A Mishap makes webhooks go wrong. Unlike with a [Rule], all that match apply.
type Mishap struct {
	Topic string // "" = all
	After int    // let so many matching ones pass first
	Times int    // apply to so many; 0 = until cleared
	Trick Trick
	Delay time.Duration // default a minute
}

type mishap struct {
	Mishap
	seen int
}

// strikes reports whether it is this webhook's turn.
func (m *mishap) strikes(h Hook) bool {
	if m.Topic != "" && m.Topic != h.Topic {
		return false
	}
	m.seen++
	return m.seen > m.After && (m.Times == 0 || m.seen <= m.After+m.Times)
}

// An attempt is one post of a courier.
type attempt struct {
	Hook   Hook
	Type   string // Content-Type
	Body   string // all of it, also if half was sent
	At     time.Time
	Status int   // 0 = no answer
	Err    error // of the connection
}

// errand is a parcel on its way.
type errand struct {
	parcel
	due        time.Time
	behind     bool // goes as soon as another one has gone
	torn, half bool
	asXML      bool
}

// Fault makes deliveries go wrong from now on.
func (c *Courier) Fault(m Mishap) {
	c.mu.Lock()
	defer c.mu.Unlock()
	def(&m.Delay, time.Minute)
	c.mishaps = append(c.mishaps, &mishap{Mishap: m})
}

// ClearFaults ends that. What is late already stays late.
func (c *Courier) ClearFaults() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mishaps = nil
}

// Waiting tells how many webhooks are not sent yet.
func (c *Courier) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

// Deliver takes a webhook over and returns at once. It fits Config.Deliver.
func (c *Courier) Deliver(hook Hook, body []byte) {
	c.mu.Lock()
	c.waiting = append(c.waiting, c.plan(errand{parcel: parcel{hook, body}, due: time.Now()})...)
	c.mu.Unlock()
	select {
	case c.bell() <- struct{}{}:
	default: // it rings already
	}
}

// Mishaps work on a webhook once, when it is handed over: what is to happen to it
// stands in its errand from then on, so that a mishap which is cleared meanwhile
// still happens to what is under way.

// plan applies the mishaps: it returns none, one or two errands.
func (c *Courier) plan(e errand) []errand {
	now, again, lost := e.due, time.Duration(0), false
	for _, m := range c.mishaps {
		if !m.strikes(e.hook) {
			continue
		}
		switch m.Trick {
		case Lose:
			lost = true
		case Twice:
			again = m.Delay
		case Late:
			e.due = now.Add(m.Delay)
		case Overtake:
			e.due, e.behind = now.Add(m.Delay), true
		case TornBody:
			e.torn = true
		case HalfBody:
			e.half = true
		case AsXML:
			e.asXML = true
		}
	}
	switch {
	case lost:
		return nil
	case again > 0:
		second := e
		second.due, second.behind = now.Add(again), false
		return []errand{e, second}
	default:
		return []errand{e}
	}
}

// bell rings when something was handed over.
func (c *Courier) bell() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ring == nil {
		c.ring = make(chan struct{}, 1)
	}
	return c.ring
}

// Run sends until the context ends. What waits then is lost, unless Run is
// called again.
func (c *Courier) Run(ctx context.Context) {
	bell := c.bell()
	for ctx.Err() == nil {
		t := time.NewTimer(c.send(ctx))
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-bell:
		}
		t.Stop()
	}
}

// idle is how long Run sleeps when nothing waits and nobody rings.
const idle = time.Hour

// send posts everything that is due, and tells when to come again.
func (c *Courier) send(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		e, wait := c.next()
		if wait > 0 {
			return wait
		}
		p := c.post(ctx, e)
		c.mu.Lock()
		if len(c.posts) == maxLog {
			c.posts = slices.Clone(c.posts[maxLog/2:])
		}
		c.posts = append(c.posts, p)
		c.release(e)
		c.mu.Unlock()
	}
	return idle
}

// next takes the errand that is due first, or tells how long there is none.
func (c *Courier) next() (errand, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return errand{}, idle
	}
	first := 0
	for i := range c.waiting {
		if c.waiting[i].due.Before(c.waiting[first].due) {
			first = i
		}
	}
	e := c.waiting[first]
	if wait := time.Until(e.due); wait > 0 {
		return errand{}, wait
	}
	c.waiting = slices.Delete(c.waiting, first, first+1)
	return e, 0
}

// release lets those go that were to be overtaken by this one.
func (c *Courier) release(sent errand) {
	for i := range c.waiting {
		if w := &c.waiting[i]; w.behind && !sent.behind {
			w.due, w.behind = time.Now(), false
		}
	}
}

var errCut = errors.New("the courier cut the connection")

// cut fails when it is read.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, errCut }

// post makes one attempt. That no header but Content-Type says anything is
// what the samples show.
func (c *Courier) post(ctx context.Context, e errand) attempt {
	p := attempt{Hook: e.hook, Type: "application/json", At: time.Now()}
	body := e.body
	if e.asXML && e.hook.Format != FormatXML {
		body = toXML(e.hook.root(), body)
	}
	if e.asXML || e.hook.Format == FormatXML {
		p.Type = "application/xml"
	}
	p.Body = string(body)
	var reader io.Reader = bytes.NewReader(body)
	switch {
	case e.torn:
		reader = io.MultiReader(bytes.NewReader(body[:len(body)/2]), cut{})
	case e.half:
		reader = bytes.NewReader(body[:len(body)/2])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.hook.Address, reader)
	if err != nil {
		p.Err = err
		return p
	}
	if e.torn {
		r.ContentLength = int64(len(body))
	}
	r.Header.Set("Content-Type", p.Type)
	resp, err := cmp.Or(c.Client, http.DefaultClient).Do(r)
	if err != nil {
		p.Err = err
		return p
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection is used again
	p.Status = resp.StatusCode
	return p
}
