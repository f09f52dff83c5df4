package gate

import (
	"io"
	"net/http"
	"time"
)

// A body has to begin within patience and to come at least at leastRate on
// average: a slow line is no fault, one that stands still is.
const (
	patience  = 5 * time.Second
	leastRate = 16 << 10 // bytes a second

	// No handler keeps more than that of one stranger's body, however much it
	// reads.
	mostKept = 256 << 10
)

// pace watches over the requests on connections of the gate.
func (g *Gate) pace(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := connOf(r.Context())
		if c == nil {
			h.ServeHTTP(w, r)
			return
		}
		g.begin(c, r.Body == http.NoBody)
		defer g.end(c)
		if r.Body != http.NoBody {
			b := &body{ReadCloser: r.Body, conn: c, begun: time.Now()}
			// Also for what no handler reads: the server itself reads on, so that
			// the next request can be told from the rest of this one.
			b.extend()
			r.Body = b
		}
		h.ServeHTTP(w, r)
	})
}

// A body is that of a request on a connection of the gate.
type body struct {
	io.ReadCloser
	conn  *conn
	begun time.Time
	n     int64
}

// Read gives what has come. Of a stranger it fails with ErrCrowded when others
// need the memory.
func (b *body) Read(p []byte) (int, error) {
	b.extend()
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if b.conn.isCut() || !b.conn.gate.hold(b.conn, int64(n)) {
		return 0, ErrCrowded
	}
	if err == io.EOF { // the answer may take its time
		b.conn.gate.complete(b.conn)
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// extend gives the body the time that what has come of it is worth.
func (b *body) extend() {
	_ = b.conn.SetReadDeadline(b.begun.Add(patience + time.Duration(b.n)*time.Second/leastRate))
}

// hold counts bytes of a stranger's body. When all take too much together, the
// one whose request is the oldest is given up; it reports whether that is another.
func (g *Gate) hold(c *conn, n int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.proven || c.at == nil {
		return true
	}
	n = min(n, mostKept-c.held)
	c.held += n
	g.held += n
	for e := g.strangers.Front(); e != nil && g.held > g.cfg.Stock; e = e.Next() {
		v := e.Value.(*conn)
		if v.held == 0 {
			continue
		}
		g.release(v)
		v.cutOff()
		if v == c {
			return false
		}
	}
	return true
}

// release no longer counts a connection's body.
func (g *Gate) release(c *conn) {
	g.held -= c.held
	c.held = 0
}
