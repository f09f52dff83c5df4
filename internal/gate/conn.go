package gate

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A conn is one connection that was let in.
type conn struct {
	net.Conn
	gate *Gate
	from string // whose it is, if that counts: an address, of IPv6 its network

	// The gate's lock guards these.
	at     *list.Element // in the list that it stands in; nil = it has left
	proven bool          // who sends the request, or has sent the last one
	busy   bool          // a request is being answered
	whole  bool          // all of it has come
	since  time.Time     // when it came, or came a step further
	held   int64         // bytes of its body

	mu  sync.Mutex
	cut bool // nothing more is read
}

// Close gives the place back.
func (c *conn) Close() error {
	c.gate.mu.Lock()
	c.gate.leave(c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// SetReadDeadline leaves that of a connection that was cut.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// cutOff ends a read that is under way, and all later ones. What was read so far
// can still be answered.
func (c *conn) cutOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // it fails for a closed one only
}

// isCut reports whether somebody has cut it off.
func (c *conn) isCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

// whose names who has an address, of IPv6 the network that one customer of a
// provider has; "" for proxies, which come for many, and where there is none.
func whose(addr net.Addr, trusted []netip.Prefix) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	for _, p := range trusted {
		if p.Contains(ip) {
			return ""
		}
	}
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return ""
	}
	return network.String()
}
