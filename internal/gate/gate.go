// Package gate stands between the network and the handlers. It bounds what those
// who have proven nothing can use up: connections, descriptors, memory and time.
//
// A connection is a stranger's until the request on it has proven who sends it
// (see [Proven]), and again with the next request. Whoever comes is let in: when
// all places are taken, the stranger that has done nothing for the longest time
// makes room, so that those who only hold connections keep nobody out. What is
// proven is never closed while it works, and last when it rests.
//
// Bodies of strangers share a bounded memory by the same rule, and a body has to
// come at a least rate rather than within one long time.
//
// A [Gate] is made for one address. It starts no goroutines of its own.
package gate

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Defaults of a Config, and what is the same for every gate.
const (
	places    = 256     // connections
	stock     = 1 << 20 // bytes of strangers' bodies together
	longBurst = time.Minute

	moment   = 100 * time.Millisecond // for whoever has just come, or come a step further
	workTime = 10 * time.Second       // for an answer to a request that has come whole

	headerTime = 5 * time.Second
	idleTime   = 2 * time.Minute // longer than proxies keep theirs, which must not meet a closing one
	writeTime  = time.Minute
	headerSize = 16 << 10
)

// ErrCrowded says that a stranger's body was given up for others.
var ErrCrowded = errors.New("too many bodies at a time")

// A Config says how much a gate lets in. Its zero value has the defaults.
type Config struct {
	Places  int            // connections at a time; 0 = 256, fewer if there are few descriptors
	Stock   int64          // bytes of strangers' bodies at a time; 0 = 1 MiB
	Trusted []netip.Prefix // proxies, which come for many; of others one address has half of the places
	Log     *slog.Logger   // nil = nowhere
}

// A Gate knows all connections of one address.
type Gate struct {
	cfg   Config
	freed chan struct{} // somebody can make room again

	mu        sync.Mutex
	strangers list.List // of *conn, the one that has done nothing for the longest time first
	known     list.List // of *conn that have proven themselves, likewise
	held      int64     // bytes of strangers' bodies
	toldAt    time.Time // when it was last logged that there is no room
}

// New makes a gate.
func New(cfg Config) *Gate {
	if cfg.Places == 0 {
		cfg.Places = min(places, descriptors()/2)
	}
	if cfg.Stock == 0 {
		cfg.Stock = stock
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Gate{cfg: cfg, freed: make(chan struct{}, 1)}
}

// Server serves a handler to what [Gate.Listen] lets in. It speaks HTTP/1 only:
// behind one connection of HTTP/2 there would be many requests.
func (g *Gate) Server(h http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           g.pace(h),
		Protocols:         &protocols,
		ReadHeaderTimeout: headerTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          slog.NewLogLogger(g.cfg.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, nc net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, nc)
		},
		// Not where the handler returns: its answer still lies in a buffer then, and
		// would be lost with the connection.
		ConnState: func(nc net.Conn, state http.ConnState) {
			if c, ok := nc.(*conn); ok && state == http.StateIdle {
				g.rest(c)
			}
		},
	}
}

type connKey struct{}

// connOf is the connection that a request came in on; nil if no gate stands there.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// Proven says that the request of a context has shown who sends it.
func Proven(ctx context.Context) {
	if c := connOf(ctx); c != nil {
		c.gate.prove(c)
	}
}

// enter gives a connection its place. When there is none to give, it waits for
// one until done.
func (g *Gate) enter(c *conn, done <-chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		v, wait := g.inTheWay(c)
		if v == nil && wait == 0 {
			c.at, c.since = g.strangers.PushBack(c), time.Now()
			return true
		}
		if v != nil {
			g.drop(v)
			g.tell()
			continue
		}
		g.mu.Unlock()
		entered := g.await(wait, done)
		g.mu.Lock()
		if !entered {
			return false
		}
	}
}

// inTheWay is the connection that has to make room for another one, or how long
// until one may be asked to; neither if there is room.
func (g *Gate) inTheWay(c *conn) (*conn, time.Duration) {
	if c.from != "" {
		if n := g.countOf(c.from); n >= max(g.cfg.Places/2, 1) {
			return g.ripe(c.from)
		}
	}
	strangers := g.strangers.Len()
	if strangers+g.known.Len() < g.cfg.Places {
		return nil, 0
	}
	// Who comes is a stranger at first, so a quarter of the places is left to them,
	// or each would be closed for the next before he has said a word.
	if v := g.resting(); v != nil && 4*strangers <= g.cfg.Places {
		return v, 0
	}
	return g.ripe("")
}

// resting is the proven connection on which nothing has happened for the longest
// time; nil if all are at work.
func (g *Gate) resting() *conn {
	for e := g.known.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*conn); !c.busy {
			return c
		}
	}
	return nil
}

// ripe is the stranger, of an address if there is one, that has done nothing for
// the longest time, or how long until it may be closed. Who has only just come is
// given a moment, or a burst of honest senders would be taken for an attack; who
// has said all is in our hands.
func (g *Gate) ripe(from string) (*conn, time.Duration) {
	wait := workTime
	for e := g.strangers.Front(); e != nil; e = e.Next() {
		v := e.Value.(*conn)
		if from != "" && v.from != from {
			continue
		}
		least := moment
		if v.busy && v.whole {
			least = workTime
		}
		left := least - time.Since(v.since)
		if left <= 0 {
			return v, 0
		}
		wait = min(wait, left)
	}
	return nil, wait
}

// await waits until somebody may make room; false if it was done first.
func (g *Gate) await(most time.Duration, done <-chan struct{}) bool {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-g.freed:
	case <-t.C:
	case <-done:
		return false
	}
	return true
}

// countOf counts the strangers of an address.
func (g *Gate) countOf(from string) (n int) {
	for e := g.strangers.Front(); e != nil; e = e.Next() {
		if e.Value.(*conn).from == from {
			n++
		}
	}
	return n
}

// drop closes a connection for another one.
func (g *Gate) drop(c *conn) {
	g.leave(c)
	_ = c.Conn.Close() // its own Close would come back here
}

// leave takes a connection's place away.
func (g *Gate) leave(c *conn) {
	if c.at == nil {
		return
	}
	g.release(c)
	g.listOf(c).Remove(c.at)
	c.at = nil
	g.wake()
}

func (g *Gate) listOf(c *conn) *list.List {
	if c.proven {
		return &g.known
	}
	return &g.strangers
}

// move changes a connection that has not left, and puts it to the end of the list
// it belongs to then.
func (g *Gate) move(c *conn, change func()) {
	if c.at != nil {
		g.listOf(c).Remove(c.at)
		change()
		c.since = time.Now()
		c.at = g.listOf(c).PushBack(c)
		g.wake()
	}
}

// wake lets whoever waits for a place look again.
func (g *Gate) wake() {
	select {
	case g.freed <- struct{}{}:
	default:
	}
}

// tell logs that there is no room, now and then: an attack must not fill the log.
func (g *Gate) tell() {
	if now := time.Now(); now.Sub(g.toldAt) >= longBurst {
		g.toldAt = now
		g.cfg.Log.Warn("all connections are taken: those that have proven nothing are closed for new ones",
			"connections", g.cfg.Places)
	}
}

// begin says that a request has come, and whether all of it has.
func (g *Gate) begin(c *conn, whole bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.whole = whole
	g.move(c, func() { c.proven, c.busy = false, true })
}

// complete says that nothing of a request is missing any more.
func (g *Gate) complete(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.whole = true
	c.since = time.Now()
}

// end says that the handler of a request is through with it.
func (g *Gate) end(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.release(c)
}

// rest says that the answer to a request has left.
func (g *Gate) rest(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.move(c, func() { c.busy = false })
}

// prove says that the request has shown who sends it.
func (g *Gate) prove(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.release(c)
	g.move(c, func() { c.proven = true })
}
