package login

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

func TestGuessesGrow(t *testing.T) {
	g := newThrottle()
	now := time.Now()
	var waits []time.Duration
	for range 20 {
		for g.admit(client{name: "a"}, now) > 0 {
			waits = append(waits, g.admit(client{name: "a"}, now))
			now = now.Add(g.admit(client{name: "a"}, now))
		}
	}
	for i, wait := range waits {
		want := min(time.Second<<i, clientLongest)
		if wait != want {
			t.Errorf("delay %d is %v, want %v", i, wait, want)
		}
	}
	if len(waits) != 20-clientTries {
		t.Errorf("%d delays", len(waits))
	}
	if wait := g.admit(client{name: "b"}, now); wait != 0 {
		t.Errorf("another client waits %v", wait)
	}
	g.succeeded(client{name: "a"}, now)
	if wait := g.admit(client{name: "a"}, now); wait != 0 {
		t.Errorf("after a success: %v", wait)
	}
}

func TestGuessesAreForgotten(t *testing.T) {
	g := newThrottle()
	now := time.Now()
	for range clientTries {
		g.admit(client{name: "a"}, now)
	}
	if g.admit(client{name: "a"}, now) == 0 {
		t.Fatal("no delay")
	}
	now = now.Add(guessMemory + time.Second)
	for i := range clientTries {
		if wait := g.admit(client{name: "a"}, now); wait != 0 {
			t.Errorf("try %d of another day: %v", i, wait)
		}
	}
}

// Somebody with many addresses is slowed down, the owner is not kept out, and
// memory stays bounded.
func TestGuessesFromEverywhere(t *testing.T) {
	g := newThrottle()
	now := time.Now()
	g.succeeded(client{name: "owner"}, now)
	tried := 0
	for i := range 3 * mostClients {
		if g.admit(client{name: fmt.Sprint("bot", i)}, now) == 0 {
			tried++
		}
		now = now.Add(time.Millisecond)
	}
	// One a second, so that whoever comes next has a chance.
	if tried < allTries+3*mostClients/1000 || tried > allTries+3*mostClients/1000+1 {
		t.Errorf("%d tries in %d ms", tried, 3*mostClients)
	}
	if wait := g.admit(client{name: "owner"}, now); wait != 0 {
		t.Errorf("the owner waits %v", wait)
	}
	if wait := g.admit(client{name: "stranger"}, now); wait <= 0 || wait > allLongest {
		t.Errorf("a stranger waits %v", wait)
	}
	g.all = tries{}
	for i := range 2 * mostClients {
		g.all.until = time.Time{}
		g.admit(client{name: fmt.Sprint("net", i)}, now.Add(time.Duration(i)))
		g.succeeded(client{name: fmt.Sprint("good", i)}, now)
	}
	if len(g.clients) > mostClients || len(g.trusted) > mostClients {
		t.Errorf("%d and %d clients are remembered", len(g.clients), len(g.trusted))
	}
}

func TestClientOf(t *testing.T) {
	for address, want := range map[string]client{
		"192.0.2.1": {name: "192.0.2.1"}, "::ffff:192.0.2.1": {name: "192.0.2.1"},
		"2001:db8:1:2:3:4:5:6": {name: "2001:db8:1:2::/64", network: "2001:db8:1::/48"},
		"fe80::1%eth0":         {name: "fe80::/64", network: "fe80::/48"}, "": {}, "x": {name: "x"},
	} {
		if got := clientOf(address); got != want {
			t.Errorf("%q: %+v, want %+v", address, got, want)
		}
	}
}

// TestOwnerGetsIn: thousands of tries from networks that are new each time keep
// the owner waiting for a second at most, and cost no more tries than that.
func TestOwnerGetsIn(t *testing.T) {
	for name, from := range map[string]func(i int) string{
		"rotating /64":    func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i) },
		"rotating /48":    func(i int) string { return fmt.Sprintf("2001:db8:%x::1", i) },
		"rotating IPv4":   func(i int) string { return fmt.Sprintf("198.18.%d.%d", i/256, i%256) },
		"a few addresses": func(i int) string { return fmt.Sprintf("203.0.113.%d", i%200) },
	} {
		g := newThrottle()
		now := time.Now()
		begun, tried := now, 0
		for i := range 5576 {
			if g.admit(clientOf(from(i)), now) == 0 {
				tried++
			}
			now = now.Add(100 * time.Millisecond)
		}
		// Whoever is new has to be quicker than the guesser once.
		for _, owner := range []string{"192.0.2.77", "2001:db8:ffff:1::1"} {
			if wait := g.admit(clientOf(owner), now); wait > untriedEvery {
				t.Errorf("%s: the owner at %s waits %v", name, owner, wait)
			}
		}
		if wait := g.admit(client{name: "browser x", known: true}, now); wait != 0 {
			t.Errorf("%s: the owner's browser waits %v", name, wait)
		}
		most := allTries + int(now.Sub(begun)/untriedEvery) + 1
		if name == "rotating /64" { // one customer: a free few, then slower and slower
			most = networkTries + 20
		}
		if tried > most {
			t.Errorf("%s: %d tries, want %d at most", name, tried, most)
		}
		t.Logf("%s: %d tries", name, tried)
	}
	// A browser that has signed in has tries of its own, no more than others.
	g := newThrottle()
	now := time.Now()
	tried := 0
	for range 100 {
		if g.admit(client{name: "browser x", known: true}, now) == 0 {
			tried++
		}
	}
	if tried != clientTries {
		t.Errorf("a known browser: %d tries at once", tried)
	}
}

func TestChangesOf(t *testing.T) {
	old := storage.Company{Name: "А", Shop: storage.Shop{URL: "https://a.example", Password: "p1"},
		Chat:   storage.Chat{Secrets: []storage.Secret{"s1"}},
		Orders: storage.OrderSync{Enabled: true, Payments: map[string]int64{"cash": 1, "card": 2}, MaxAge: time.Hour}}
	now := old.Clone()
	if list := company.ChangesOf(old, now); len(list) > 0 {
		t.Errorf("nothing changed: %v", list)
	}
	now.Name, now.Shop.Password, now.Chat.Secrets = "Б", "p2", []storage.Secret{"s2", "s1"}
	now.Orders.Enabled, now.Orders.MaxAge = false, 2*time.Hour
	now.Orders.Payments = map[string]int64{"cash": 3, "sbp": 5000001}
	want := []storage.Change{
		{Field: "name", Old: "А", New: "Б"},
		{Field: "orders.enabled", Old: "true", New: "false"},
		{Field: "orders.max_age", Old: "1h0m0s", New: "2h0m0s"},
		{Field: "orders.payments.card", Old: "2"},
		{Field: "orders.payments.cash", Old: "1", New: "3"},
		{Field: "orders.payments.sbp", New: "5000001"},
		{Field: "shop.password", New: company.SecretChanged},
		{Field: "chat.secrets", New: company.SecretChanged},
	}
	if got := company.ChangesOf(old, now); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if list := company.ChangesOf(storage.Company{}, now); len(list) < 6 {
		t.Errorf("a new company: %v", list)
	}
}

// TestForgiven: who signs in is forgiven the failures at his own password and at nobody's, and
// those at another's stay: of the client, of its network and of all.
func TestForgiven(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		at, as int64
		left   int
	}{{1, 1, 0}, {0, 1, 0}, {1, 2, clientTries}, {2, 1, clientTries}} {
		g := newThrottle()
		c := clientOf("2001:db8:1:2::1")
		for range clientTries {
			c.user = test.at
			g.admit(c, now)
		}
		c.user = test.as
		g.succeeded(c, now)
		for what, got := range map[string]*tries{"client": triesOf(g.clients, c.name, now),
			"network": triesOf(g.networks, c.network, now), "all": &g.all} {
			if got.n != test.left {
				t.Errorf("tries at %d, signed in as %d: %s has %d, want %d", test.at, test.as, what, got.n, test.left)
			}
		}
		if wait := g.admit(c, now); (wait > 0) != (test.left > 0) {
			t.Errorf("tries at %d, signed in as %d: waits %v", test.at, test.as, wait)
		}
	}
}

func TestUserOfBrowser(t *testing.T) {
	for id, want := range map[string]int64{"ABC": 1, "ABC-2": 2, "ABC-": 0, "ABC-x": 0, "ABC-1-2": 0} {
		if got := UserOfBrowser(id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
}
