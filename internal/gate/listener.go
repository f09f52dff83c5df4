package gate

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// How long to wait after the system could not give a connection.
const (
	firstRest   = 5 * time.Millisecond
	longestRest = time.Second
)

// receiveSize bounds what the kernel keeps of bytes that nobody has read yet. It
// is counted as a container's memory too.
const receiveSize = 32 << 10

// Listen lets in what comes to an open address. It closes it in the end.
func (g *Gate) Listen(l net.Listener) net.Listener {
	return &listener{Listener: l, gate: g, done: make(chan struct{})}
}

type listener struct {
	net.Listener
	gate *Gate
	once sync.Once
	done chan struct{}
}

// Accept gives the next connection. While the system has none to give, which is
// logged once, it goes on trying.
func (l *listener) Accept() (net.Conn, error) {
	for rest := time.Duration(0); ; {
		raw, err := l.Listener.Accept()
		if usedUp(err) {
			if rest == 0 {
				l.gate.cfg.Log.Error("no connection can be taken: raise the limit of open files",
					"addr", l.Addr().String(), "err", err)
			}
			l.gate.makeRoom()
			rest = min(max(2*rest, firstRest), longestRest)
			if !l.pause(rest) {
				return nil, net.ErrClosed
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if rest > 0 {
			l.gate.cfg.Log.Info("connections are taken again", "addr", l.Addr().String())
		}
		if tcp, ok := raw.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(receiveSize) // a refusal only costs memory
		}
		c := &conn{Conn: raw, gate: l.gate, from: whose(raw.RemoteAddr(), l.gate.cfg.Trusted)}
		if !l.gate.enter(c, l.done) {
			_ = raw.Close()
			return nil, net.ErrClosed
		}
		return c, nil
	}
}

// Close ends Accept too while it waits.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// pause waits; false if the listener is closed meanwhile.
func (l *listener) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.done:
		return false
	}
}

// makeRoom gives the system the descriptor of a connection back, if one can go.
func (g *Gate) makeRoom() {
	g.mu.Lock()
	defer g.mu.Unlock()
	v, _ := g.ripe("")
	if v == nil {
		v = g.resting()
	}
	if v != nil {
		g.drop(v)
	}
}

// usedUp reports whether the system has no more to give at the moment.
func usedUp(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
