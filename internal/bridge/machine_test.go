package bridge_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
)

// TestPeopleHearOfTheMachine: what is wrong with the machine and not with one company is told
// by every channel, each thing by itself, and a restart tells nothing twice.
func TestPeopleHearOfTheMachine(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var p people
		w := newWorld(t, withPeople(&p), func(w *world) {
			w.shop = insalestest.New(insalestest.Config{Skew: 10 * time.Minute, Deliver: w.courier.Deliver})
		})
		p.save(webhookChannel())
		p.hears(5*time.Minute, "started clock_slow")
		w.expect("a clock that is off", map[string]float64{`machine_problem{kind="clock_slow"}`: 1,
			`machine_problem{kind="restarts"}`: 0})
		for range 4 {
			w.proc.bridge.Host.Begin(t.Context())
		}
		p.hears(5*time.Minute, "started clock_slow, started restarts")
		w.expect("crashes", map[string]float64{`machine_problem{kind="restarts"}`: 1,
			`starts_total{after="crash"}`: 3, `starts_total{after="stop"}`: 1})
		w.restart()
		w.proc.bridge.Host.Begin(t.Context())
		time.Sleep(10 * time.Minute)
		p.hears(0, "started clock_slow, started restarts")
		w.accept(anOrder("A-1")) // the chat's clock is ours: it is the shop's that is off
		p.hears(5*time.Minute, "started clock_slow, started restarts, over clock_slow")
		p.hears(2*time.Hour, "started clock_slow, started restarts, over clock_slow, over restarts")
	})
}

// TestPingFromTheBridge: the address is asked each minute while the connector can take orders
// and nothing is wrong with its machine.
func TestPingFromTheBridge(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		var asked atomic.Int32
		w := newWorld(t, func(w *world) {
			w.net.serve("ping.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/hunter22" {
					asked.Add(1)
				}
			}))
			w.config = func(c *bridge.Config) {
				c.PingURL, c.PingTransport = "http://ping.test/hunter22", w.net.client
			}
		})
		time.Sleep(10*time.Minute + 30*time.Second)
		if n := asked.Load(); n < 10 || n > 12 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		rename(t, w.db(), w.db()+".away")
		before := asked.Load()
		time.Sleep(10 * time.Minute)
		if n := asked.Load(); n > before+1 {
			t.Errorf("asked %d times although the database is gone", n-before)
		}
		rename(t, w.db()+".away", w.db())
		before = asked.Load()
		time.Sleep(3 * time.Minute)
		if n := asked.Load(); n < before+2 {
			t.Errorf("asked %d times after it was back", n-before)
		}
		text := w.exposition()
		if !strings.Contains(text, "\nineed_insales_ping_last_success_timestamp_seconds ") ||
			strings.Contains(text, "hunter22") {
			t.Error("the metrics do not tell when it answered, or tell its address")
		}
	})
}
