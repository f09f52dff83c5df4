package bridge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// TestMetricsOfAnOutage: what tells for how long a shop was not read outlives a restart, and
// a company that is paused or off has nothing that could be an alarm.
func TestMetricsOfAnOutage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		time.Sleep(10*time.Minute + 30*time.Second)
		polled := w.scrape()[`poll_last_success_timestamp_seconds{company="2"}`]
		if age := float64(time.Now().Unix()) - polled; age < -1 || age > 121 {
			t.Fatalf("read %v s ago", age)
		}
		down := w.shop.Fault(insalestest.Rule{Status: http.StatusBadGateway})
		w.accept(anOrder("A-1"))
		time.Sleep(30 * time.Minute)
		w.restart()
		time.Sleep(30 * time.Minute)
		after := w.scrape()
		if at := after[`poll_last_success_timestamp_seconds{company="2"}`]; at < polled-61 || at > polled+1 {
			t.Errorf("read at %v before the restart, at %v after it", polled, at)
		}
		if lag := after[`change_feed_lag_seconds{company="2"}`]; lag < 3600 || lag > 3800 {
			t.Errorf("behind by %v s, want an hour", lag)
		}
		if age := after[`orders_oldest_pending_seconds{company="2"}`]; age < 3599 || age > 3601 {
			t.Errorf("the order waits for %v s, want an hour", age)
		}
		w.expect("in the outage", map[string]float64{`orders_waiting{company="2"}`: 1,
			`company_problem{company="2",kind="shop_failing"}`: 1, `company_paused{company="2"}`: 0,
			`company_enabled{company="2",sync="orders"}`: 1, `company_enabled{company="2",sync="catalog"}`: 0,
			`poll_interval_seconds`: 120, `ready`: 1, `catalog_interval_seconds{company="2"}`: -1})
		w.set(func(c *storage.Company) { c.Orders.Paused = true })
		w.expect("paused", map[string]float64{`orders_waiting{company="2"}`: 1, `company_paused{company="2"}`: 1,
			`orders_oldest_pending_seconds{company="2"}`: 0})
		down.Clear()
		w.set(func(c *storage.Company) { c.Orders.Paused = false })
		w.untilState(5*time.Minute, "A-1", storage.StateSent)
		w.expect("over", map[string]float64{`orders_waiting{company="2"}`: 0,
			`company_problem{company="2",kind="shop_failing"}`: -1})
		if lag := w.scrape()[`change_feed_lag_seconds{company="2"}`]; lag > 121 {
			t.Errorf("still behind by %v s", lag)
		}
	})
}

// TestMetricsAreClean: the exposition of a connector that has worked passes what
// `promtool check metrics` looks for.
func TestMetricsAreClean(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		w := newWorld(t)
		w.set(func(c *storage.Company) { c.Catalog.Enabled = true })
		w.many(3)
		time.Sleep(10 * time.Minute)
		text := w.exposition()
		problems, err := promlint.New(strings.NewReader(text)).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
		for _, name := range []string{"http_request_duration_seconds_bucket", "ineedchat_request_duration_seconds_bucket",
			"disk_free_bytes", "store_schema_version", "notifications_waiting", "catalog_interval_seconds"} {
			if !strings.Contains(text, "\nineed_insales_"+name) {
				t.Errorf("no %s", name)
			}
		}
	})
}
