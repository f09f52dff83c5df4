package login

import (
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// How sign-ins are slowed down. A person mistypes a few times and feels
// nothing; who goes on waits twice as long each time. All clients together have
// a delay too, since whoever has many addresses has many first tries. It must not
// keep the owner out, so three kinds of clients are exempt from it: those that
// have signed in before, browsers that have, wherever they are now, and once a
// second one that has not tried yet. For that the networks that providers give
// out count as one, or one customer would be a new client with each of his 65,536
// networks. And whoever signs in is forgiven no failures at another's password, nor
// exempt there: else a manager could guess an owner's, signing in now and then.
const (
	clientTries    = 5 // that cost nothing
	clientLongest  = 15 * time.Minute
	networkTries   = 20
	networkLongest = 15 * time.Minute
	allTries       = 50
	allLongest     = time.Minute
	untriedEvery   = time.Second
	codeTries      = 5 // at a user's codes, from wherever
	codeLongest    = time.Hour
	guessMemory    = 24 * time.Hour // after which tries are forgotten
	mostClients    = 4096           // that are remembered
)

// Tries counts failures in a row.
type tries struct {
	n     int
	at    map[int64]int // how many of them were at whose password
	until time.Time     // the next one not before
	last  time.Time
}

// throttle remembers who has tried to sign in. It is in memory only: a restart
// forgives, and nobody but the operator can cause one.
type throttle struct {
	mu       sync.Mutex
	clients  map[string]*tries
	networks map[string]*tries
	codes    map[string]*tries // by budget
	all      tries
	untried  time.Time           // the next one that has not tried yet not before, when the delay of all is on
	trusted  map[trust]time.Time // clients that have signed in, and when
}

// A trust is that a client has signed in as a user.
type trust struct {
	client string
	user   int64
}

func newThrottle() *throttle {
	return &throttle{clients: map[string]*tries{}, networks: map[string]*tries{}, codes: map[string]*tries{},
		trusted: map[trust]time.Time{}}
}

// begin counts a try before it is judged, so that many at once gain nothing. It
// gives how long the client has to wait instead; then the try is not one.
func (t *throttle) admit(c client, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, network := triesOf(t.clients, c.name, now), triesOf(t.networks, c.network, now)
	if now.Sub(t.all.last) > guessMemory {
		t.all = tries{}
	}
	wait := one.until.Sub(now)
	if _, ok := t.trusted[trust{c.name, c.user}]; !ok && !c.known {
		wait = max(wait, network.until.Sub(now), t.crowd(one, now))
	}
	if wait > 0 {
		return wait
	}
	t.untried = now.Add(untriedEvery)
	one.count(c.user, now, clientTries, clientLongest)
	t.all.count(c.user, now, allTries, allLongest)
	noteTries(t.clients, c.name, one)
	if c.network != "" {
		network.count(c.user, now, networkTries, networkLongest)
		noteTries(t.networks, c.network, network)
	}
	return 0
}

// crowd is how long a client has to wait for all others.
func (t *throttle) crowd(one *tries, now time.Time) time.Duration {
	wait := t.all.until.Sub(now)
	if one.n == 0 {
		return min(wait, t.untried.Sub(now))
	}
	return wait
}

// attacked reports whether there were so many tries that they are no mistakes.
func (t *throttle) attacked() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.n > allTries
}

// triesOf are the tries of one, none if the last is long ago.
func triesOf(m map[string]*tries, name string, now time.Time) *tries {
	if t := m[name]; t != nil && now.Sub(t.last) <= guessMemory {
		return t
	}
	return &tries{}
}

func noteTries(m map[string]*tries, name string, t *tries) {
	if m[name] == nil {
		makeRoom(m, func(t *tries) time.Time { return t.last })
	}
	m[name] = t
}

func (t *tries) count(user int64, now time.Time, free int, longest time.Duration) {
	if t.at == nil {
		t.at = map[int64]int{}
	}
	t.n++
	t.at[user]++
	t.last = now
	if over := t.n - free; over >= 0 {
		t.until = now.Add(min(time.Second<<min(over, 20), longest))
	}
}

// forgive takes back the failures at the password of a user who has signed in, and at
// nobody's. What was at others' is left.
func (t *tries) forgive(user int64, free int) {
	for _, u := range []int64{user, 0} {
		t.n -= t.at[u]
		delete(t.at, u)
	}
	if t.n < free {
		t.until = time.Time{}
	}
}

// succeeded forgives a client its failures to sign in as this user.
func (t *throttle) succeeded(c client, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	forgive(t.clients, c.name, c.user, clientTries)
	forgive(t.networks, c.network, c.user, networkTries)
	t.all.forgive(c.user, allTries)
	key := trust{c.name, c.user}
	if _, ok := t.trusted[key]; !ok {
		makeRoom(t.trusted, func(at time.Time) time.Time { return at })
	}
	t.trusted[key] = now
}

// codeBudget names the budget of guesses at a user's codes. All clients share one, since six
// digits would not stand against many; it takes the password to use it up. Browsers in which
// the user has signed in share another, so that one who knows the password keeps nobody out.
func codeBudget(c client) string {
	if c.known {
		return "known " + strconv.FormatInt(c.user, 10)
	}
	return strconv.FormatInt(c.user, 10)
}

// admitCode counts a guess at a code before it is judged. It gives how long to wait instead;
// then the guess is not one.
func (t *throttle) admitCode(budget string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := triesOf(t.codes, budget, now)
	if wait := of.until.Sub(now); wait > 0 {
		return wait
	}
	of.count(0, now, codeTries, codeLongest)
	noteTries(t.codes, budget, of)
	return 0
}

// codeTaken forgives the failures of a budget: its last guess was right.
func (t *throttle) codeTaken(budget string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.codes, budget)
}

// codesForgiven forgives the failures at a user's codes: whoever made them knew a password that
// is none any more.
func (t *throttle) codesForgiven(user int64) {
	t.codeTaken(codeBudget(client{user: user}))
	t.codeTaken(codeBudget(client{user: user, known: true}))
}

func forgive(m map[string]*tries, name string, user int64, free int) {
	t := m[name]
	if t == nil {
		return
	}
	if t.forgive(user, free); t.n == 0 {
		delete(m, name)
	}
}

// makeRoom forgets the entry that is the oldest if there are too many.
func makeRoom[K comparable, T any](m map[K]T, age func(T) time.Time) {
	if len(m) < mostClients {
		return
	}
	var oldest K
	var at time.Time
	for k, v := range m {
		if t := age(v); at.IsZero() || t.Before(at) {
			oldest, at = k, t
		}
	}
	delete(m, oldest)
}

// A client is who tries to sign in.
type client struct {
	name    string // its browser, if that has signed in before, or its address: of IPv6 a /64
	network string // of IPv6 the /48 that a provider gives to one customer; "" = it is the address itself
	known   bool   // the browser has signed in before, as this user
	user    int64  // whose password is tried; 0 = nobody's
}

// clientOf names who has an address: of IPv6 the network, since one customer of
// a provider has all of its addresses.
func clientOf(address string) client {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return client{name: address}
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return client{name: a.String()}
	}
	name, err := a.Prefix(64)
	network, err2 := a.Prefix(48)
	if err != nil || err2 != nil {
		return client{name: a.String()}
	}
	return client{name: name.String(), network: network.String()}
}
