package bridge

import (
	"net/netip"
	"sync"
	"time"
)

// How sign-ins are slowed down. A person mistypes a few times and feels
// nothing; who goes on waits twice as long each time. All clients together have
// a delay too, since whoever has many addresses has many first tries; it is
// short, so that a stranger cannot keep the owner out for long, and does not
// concern clients that have signed in before.
const (
	clientTries   = 5 // that cost nothing
	clientLongest = 15 * time.Minute
	allTries      = 50
	allLongest    = time.Minute
	guessMemory   = 24 * time.Hour // after which tries are forgotten
	mostClients   = 4096           // that are remembered
)

// Tries counts failures in a row.
type tries struct {
	n     int
	until time.Time // the next one not before
	last  time.Time
}

// guesses remembers who has tried to sign in. It is in memory only: a restart
// forgives, and nobody but the operator can cause one.
type guesses struct {
	mu      sync.Mutex
	clients map[string]*tries
	all     tries
	trusted map[string]time.Time // clients that have signed in, and when
}

func newGuesses() *guesses {
	return &guesses{clients: map[string]*tries{}, trusted: map[string]time.Time{}}
}

// begin counts a try before it is judged, so that many at once gain nothing. It
// gives how long the client has to wait instead; then the try is not one.
func (g *guesses) begin(client string, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.clients[client]
	if one == nil || now.Sub(one.last) > guessMemory {
		one = &tries{}
	}
	if now.Sub(g.all.last) > guessMemory {
		g.all = tries{}
	}
	wait := one.until.Sub(now)
	if _, ok := g.trusted[client]; !ok {
		wait = max(wait, g.all.until.Sub(now))
	}
	if wait > 0 {
		return wait
	}
	one.count(now, clientTries, clientLongest)
	g.all.count(now, allTries, allLongest)
	if g.clients[client] == nil {
		makeRoom(g.clients, func(t *tries) time.Time { return t.last })
	}
	g.clients[client] = one
	return 0
}

func (t *tries) count(now time.Time, free int, longest time.Duration) {
	t.n++
	t.last = now
	if over := t.n - free; over >= 0 {
		t.until = now.Add(min(time.Second<<min(over, 20), longest))
	}
}

// succeeded forgives a client its failures.
func (g *guesses) succeeded(client string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.clients, client)
	g.all = tries{}
	if _, ok := g.trusted[client]; !ok {
		makeRoom(g.trusted, func(t time.Time) time.Time { return t })
	}
	g.trusted[client] = now
}

// makeRoom forgets the entry that is the oldest if there are too many.
func makeRoom[T any](m map[string]T, age func(T) time.Time) {
	if len(m) < mostClients {
		return
	}
	var oldest string
	var at time.Time
	for k, v := range m {
		if t := age(v); oldest == "" || t.Before(at) {
			oldest, at = k, t
		}
	}
	delete(m, oldest)
}

// clientOf names who has an address: of IPv6 the network, since one customer of
// a provider has all of its addresses.
func clientOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap()
	if a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
