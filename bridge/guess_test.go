package bridge

import (
	"fmt"
	"testing"
	"time"

	"ineed-insales/storage"
)

func TestGuessesGrow(t *testing.T) {
	g := newGuesses()
	now := time.Now()
	var waits []time.Duration
	for range 20 {
		for g.begin("a", now) > 0 {
			waits = append(waits, g.begin("a", now))
			now = now.Add(g.begin("a", now))
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
	if wait := g.begin("b", now); wait != 0 {
		t.Errorf("another client waits %v", wait)
	}
	g.succeeded("a", now)
	if wait := g.begin("a", now); wait != 0 {
		t.Errorf("after a success: %v", wait)
	}
}

func TestGuessesAreForgotten(t *testing.T) {
	g := newGuesses()
	now := time.Now()
	for range clientTries {
		g.begin("a", now)
	}
	if g.begin("a", now) == 0 {
		t.Fatal("no delay")
	}
	now = now.Add(guessMemory + time.Second)
	for i := range clientTries {
		if wait := g.begin("a", now); wait != 0 {
			t.Errorf("try %d of another day: %v", i, wait)
		}
	}
}

// Somebody with many addresses is slowed down, the owner is not kept out, and
// memory stays bounded.
func TestGuessesFromEverywhere(t *testing.T) {
	g := newGuesses()
	now := time.Now()
	g.succeeded("owner", now)
	tried := 0
	for i := range 3 * mostClients {
		if g.begin(fmt.Sprint("bot", i), now) == 0 {
			tried++
		}
		now = now.Add(time.Millisecond)
	}
	if tried > allTries+10 {
		t.Errorf("%d tries in %d ms", tried, 3*mostClients)
	}
	if wait := g.begin("owner", now); wait != 0 {
		t.Errorf("the owner waits %v", wait)
	}
	if wait := g.begin("stranger", now); wait <= 0 || wait > allLongest {
		t.Errorf("a stranger waits %v", wait)
	}
	g.all = tries{}
	for i := range 2 * mostClients {
		g.all.until = time.Time{}
		g.begin(fmt.Sprint("net", i), now.Add(time.Duration(i)))
		g.succeeded(fmt.Sprint("good", i), now)
	}
	if len(g.clients) > mostClients || len(g.trusted) > mostClients {
		t.Errorf("%d and %d clients are remembered", len(g.clients), len(g.trusted))
	}
}

func TestClientOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "x": "x",
	} {
		if got := clientOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestChangesOf(t *testing.T) {
	old := storage.Company{Name: "А", Shop: storage.Shop{URL: "https://a.example", Password: "p1"}, Chat: storage.Chat{Secrets: []storage.Secret{"s1"}},
		Orders: storage.OrderSync{Enabled: true, Payments: map[string]int64{"cash": 1, "card": 2}, MaxAge: time.Hour}}
	now := old.Clone()
	if list := changesOf(old, now); len(list) > 0 {
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
		{Field: "shop.password", New: SecretChanged},
		{Field: "chat.secrets", New: SecretChanged},
	}
	if got := changesOf(old, now); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if list := changesOf(storage.Company{}, now); len(list) < 6 {
		t.Errorf("a new company: %v", list)
	}
}
