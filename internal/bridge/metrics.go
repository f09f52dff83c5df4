package bridge

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/company"
)

// ChatClock notes how far the chat's clock is ahead of ours, as a message told
// that surely is the chat's.
func (b *Bridge) ChatClock(ahead time.Duration) { b.chatAhead.Store(&ahead) }

// shopAhead is how far the shops' clock is ahead of ours: that of the shop that
// is furthest off, if there are several. False before the first answer.
func (b *Bridge) shopAhead() (furthest time.Duration, known bool) {
	for _, ahead := range b.shopsAhead() {
		if !known || ahead.Abs() > furthest.Abs() {
			furthest, known = ahead, true
		}
	}
	return furthest, known
}

// shopsAhead is how far the clock of each shop is ahead of ours that has answered.
func (b *Bridge) shopsAhead() []time.Duration {
	var list []time.Duration
	for _, m := range b.all() {
		if now, ok := m.ShopTime(); ok {
			list = append(list, time.Until(now))
		}
	}
	return list
}

// Clocks is how far the peers' clocks are ahead of ours, by the peers' names in metrics. Who
// was not heard of yet is not there.
func (b *Bridge) Clocks() map[string]time.Duration {
	out := map[string]time.Duration{}
	if ahead := b.chatAhead.Load(); ahead != nil {
		out["ineedchat"] = *ahead
	}
	if ahead, known := b.shopAhead(); known {
		out["insales"] = ahead
	}
	return out
}

// clocks is how far the clocks of all peers are ahead of ours that were heard of.
func (b *Bridge) clocks() []time.Duration {
	list := b.shopsAhead()
	if ahead := b.chatAhead.Load(); ahead != nil {
		list = append(list, *ahead)
	}
	return list
}

// trustedNow is our time, or that of the shop whose clock is furthest off if ours is ahead of
// it: what is young must not be forgotten because our clock has run away.
func (b *Bridge) trustedNow() time.Time {
	now := time.Now()
	if ahead, known := b.shopAhead(); known && ahead < 0 {
		now = now.Add(ahead)
	}
	return now
}

// Collectors gives all collectors of the bridge, for main's registry.
func (b *Bridge) Collectors() []prometheus.Collector {
	return slices.Concat(b.shared.Requests.Collectors(), b.Office.Collectors(), b.catalogMetrics.Collectors(),
		b.Alerts.Collectors(), b.Host.Collectors(), []prometheus.Collector{b.Upkeep, scraped{b}})
}

// scraped reads the store and the workers at each scrape. What it asks of the store costs
// the same however many orders are done.
type scraped struct{ *Bridge }

// A gaugeFunc notes the value of a gauge.
type gaugeFunc = func(d *prometheus.Desc, v float64, labels ...string)

// scrapeTimeout is how long a scrape may take: half of what Prometheus waits by itself.
const scrapeTimeout = 5 * time.Second

// The gauges of the program as a whole that are read at scrape time.
var (
	descReady = company.Desc("ready", "1 if orders can be taken and worked on, as /readyz says.")
	descPoll  = company.Desc("poll_interval_seconds", "Between two reads of a shop's change feed.")
	descClock = company.Desc("clock_offset_seconds",
		"The peer's clock minus ours: INEED.CHAT's as its last rightly signed message told, "+
			"InSales' by the Date of its answers, to a second.", "peer")
)

// Describe implements prometheus.Collector.
func (s scraped) Describe(ch chan<- *prometheus.Desc) {
	list := []*prometheus.Desc{descReady, descPoll, descClock}
	for _, d := range slices.Concat(list, companyGauges(), storeGauges(), catalog.Gauges()) {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out: one table that
// fails must not blind all the rest.
func (s scraped) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge(descReady, oneIf(s.Ready() == nil))
	gauge(descPoll, s.cfg.PollInterval.Seconds())
	s.collectStore(ctx, gauge)
	for _, m := range s.all() {
		if err := s.collectCompany(ctx, m, gauge); err != nil {
			m.Log.Warn("not all of a company's metrics could be read", "err", err)
		}
	}
	for peer, ahead := range s.Clocks() {
		gauge(descClock, ahead.Seconds(), peer)
	}
}

// oneIf is a truth as a gauge.
func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seconds is a time as a gauge.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
