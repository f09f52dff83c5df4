package bridge_test

import (
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
)

// exposition reads /metrics as it stands there.
func (w *world) exposition() string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://connector.test/metrics", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiToken)
	res, err := (&http.Client{Transport: w.net.client}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// scrape reads /metrics as Prometheus does: every series with its value.
func (w *world) scrape() map[string]float64 {
	w.t.Helper()
	synctest.Wait() // whatever is due at this very moment is done first
	var err error
	series := map[string]float64{}
	for line := range strings.Lines(w.exposition()) {
		name, value, _ := cutLast(strings.TrimSuffix(line, "\n"), " ")
		if name, ours := strings.CutPrefix(name, "ineed_insales_"); ours {
			if series[name], err = strconv.ParseFloat(value, 64); err != nil {
				w.t.Errorf("%s: %v", name, err)
			}
		}
	}
	return series
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// expect compares series with what they must be, to a thousandth; -1 means that
// there is none. What the peers were just told is written before the comparison.
func (w *world) expect(what string, want map[string]float64) {
	w.t.Helper()
	synctest.Wait()
	got := w.scrape()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		v, there := got[name]
		if !there {
			v = -1
		}
		if math.Abs(v-want[name]) > 0.001 {
			w.t.Errorf("%s: %s is %v, want %v", what, name, v, want[name])
		}
	}
}

// The measures of webhooks, reader, reports and clocks after a day that is
// known move by move. The peers answer in no time at all, so that every figure
// is one of the script.
func TestMetrics(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		start := time.Now()
		w := newWorld(t, hooked, func(w *world) { // its clock is a minute and a half ahead
			w.shop = insalestest.New(insalestest.Config{Skew: 90 * time.Second, Deliver: w.courier.Deliver})
		})
		w.expect("at first", map[string]float64{
			`webhooks_total{result="ok",source="insales"}`: 0, `webhooks_total{result="failed",source="insales"}`: 0,
			`clock_offset_seconds{peer="ineedchat"}`: -1, `status_delivery_seconds_count`: 0,
			`statuses_pending{company="2"}`: 0,
		})
		w.many(3)
		w.untilHooks(2)
		w.expect("three orders", map[string]float64{
			`webhooks_total{result="accepted",source="ineedchat"}`: 3,
			`webhook_duration_seconds_count{source="ineedchat"}`:   3,
			`order_delivery_seconds_count`:                         3, `orders{company="2",state="sent"}`: 3,
			`insales_requests_total{code="201",operation="webhook_create"}`: 2,
		})
		time.Sleep(5 * time.Minute)
		before := w.scrape()

		// One change by its webhook: its report is acknowledged after the rest of
		// the shop's second. One of an order that is not ours, one unreadable, one
		// with another token.
		time.Sleep(time.Until(start.Add(time.Hour + 400*time.Millisecond)))
		must(t, w.shop.SetStatus(w.live("G-0")[0].ID, "otgruzhen"))
		w.until(time.Second, "told", w.tells("G-0", "delivering"))
		token := w.company().Hooks.Token.Reveal()
		for _, h := range [][2]string{{token, `{"id":1}`}, {token, `[]`}, {strings.Repeat("x", 43), `{"id":1}`}} {
			r, err := (&http.Client{Transport: w.net.client}).Post("http://connector.test/webhooks/insales/2/"+h[0],
				"application/json", strings.NewReader(h[1]))
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
		}
		shop := `insales_requests_total{code="200",operation="orders"}`
		known := `webhooks_total{result="ok",source="insales"}`
		unknown := `webhooks_total{result="unknown",source="insales"}`
		told, soon := `status_delivery_seconds_count`, `status_delivery_seconds_bucket{le="0.5"}`
		shown := float64(w.shop.Count(insalestest.OpOrders))
		w.expect("a webhook", map[string]float64{
			known:   before[known] + 1,
			unknown: before[unknown] + 1,
			`webhooks_total{result="unreadable",source="insales"}`:           1,
			`webhooks_total{result="refused",source="insales"}`:              1,
			`webhooks_refused_total{reason="wrong_token",sender="stranger"}`: 1,
			told:                                     before[told] + 1,
			soon:                                     before[soon] + 1,
			`insales_window_used_ratio{company="2"}`: float64(w.shop.Usage(insalestest.DefaultKeyID)) / 500,
			shop:                                     shown,
			`insales_request_duration_seconds_count{operation="orders"}`:     shown,
			`ineedchat_requests_total{code="200",operation="report_status"}`: 4,
		})
		if off := w.scrape()[`clock_offset_seconds{peer="insales"}`]; off < 89 || off > 91 {
			t.Errorf("the shop's clock is off by %v, want 90", off)
		}
		if off := w.scrape()[`clock_offset_seconds{peer="ineedchat"}`]; off < -1 || off > 0 {
			t.Errorf("the chat's clock is off by %v, want 0", off)
		}

		// The chat is down for half a minute.
		down := w.chat.Fault(ineedchattest.Rule{Status: http.StatusInternalServerError})
		must(t, w.shop.SetStatus(w.live("G-1")[0].ID, "otgruzhen"))
		time.Sleep(30 * time.Second)
		failed := `ineedchat_requests_total{code="500",operation="report_status"}`
		w.expect("the chat is down", map[string]float64{`statuses_pending{company="2"}`: 1, failed: float64(down.Hits())})
		down.Clear()
		w.until(time.Minute, "told", w.tells("G-1", "delivering"))
		time.Sleep(time.Second) // until that is stored, too
		w.expect("the chat is back", map[string]float64{`statuses_pending{company="2"}`: 0, failed: float64(down.Hits()),
			`status_delivery_seconds_bucket{le="10"}`:  before[`status_delivery_seconds_count`] + 1,
			`status_delivery_seconds_bucket{le="120"}`: before[`status_delivery_seconds_count`] + 2})

		// A lost answer (with webhooks any answer may be slower than the feed): the order counts as delivered when it
		// is found.
		adopted := w.scrape()["orders_adopted_total"]
		w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Action: insalestest.ResetAfter, Times: 1})
		blind := w.shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Status: http.StatusBadGateway})
		w.accept(anOrder("A-1"))
		time.Sleep(40 * time.Second)
		w.expect("an answer is lost", map[string]float64{`orders_unknown{company="2"}`: 1, `orders{company="2",state="sending"}`: 1,
			`company_problem{company="2",kind="shop_failing"}`: 1})
		blind.Clear()
		polled := time.Now()
		w.untilState(time.Minute, "A-1", storage.StateSent)
		time.Sleep(time.Minute)
		w.expect("it is found", map[string]float64{`orders_unknown{company="2"}`: 0, `orders_adopted_total`: adopted + 1,
			`order_delivery_seconds_count`: 4, `order_delivery_seconds_bucket{le="30"}`: 3,
			`company_problem{company="2",kind="shop_failing"}`: -1})
		at := w.scrape()[`poll_last_success_timestamp_seconds{company="2"}`]
		if at < float64(polled.Unix()) || at > float64(time.Now().Unix()) {
			t.Errorf("polled at %v, now it is %d", at, time.Now().Unix())
		}

		// What is switched off, or gone, has no age that could be an alarm.
		w.set(func(c *storage.Company) { c.Orders.Enabled = false })
		w.expect("off", map[string]float64{`poll_last_success_timestamp_seconds{company="2"}`: -1})
		must(t, w.proc.bridge.DeleteCompany(t.Context(), company))
		w.expect("deleted", map[string]float64{`poll_last_success_timestamp_seconds{company="2"}`: -1,
			`insales_window_used_ratio{company="2"}`: -1})
		for name := range w.scrape() {
			if strings.Contains(name, "A-1") || strings.Contains(name, ".test") {
				t.Errorf("%s names what no label may", name)
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("script: %w", err))
	}
}
