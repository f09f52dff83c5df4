package bridge

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/storage"
)

const namespace = "ineed_insales"

// metrics are the bridge's collectors. Counters are counted where things
// happen; what the store or the workers know anyway is read at each scrape.
type metrics struct {
	store  *storage.Store
	bridge *Bridge
	catalogMetrics

	shopRequests   *prometheus.CounterVec
	shopSeconds    *prometheus.HistogramVec
	chatRequests   *prometheus.CounterVec
	delivery       prometheus.Histogram
	statusDelivery prometheus.Histogram
	adopted        prometheus.Counter

	chatAhead atomic.Pointer[time.Duration] // see ChatClock; nil = not seen yet
}

func newMetrics(store *storage.Store) *metrics {
	name := func(n, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: namespace, Name: n, Help: help}
	}
	histogram := func(n, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: namespace, Name: n, Help: help, Buckets: buckets}
	}
	return &metrics{
		store: store,

		catalogMetrics: newCatalogMetrics(),
		shopRequests: prometheus.NewCounterVec(prometheus.CounterOpts(name("insales_requests_total",
			"Requests to InSales by operation and status code (error = no answer).")), []string{"operation", "code"}),
		shopSeconds: prometheus.NewHistogramVec(histogram("insales_request_duration_seconds",
			"Duration of requests to InSales.", []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}), []string{"operation"}),
		chatRequests: prometheus.NewCounterVec(prometheus.CounterOpts(name("ineedchat_requests_total",
			"Requests to INEED.CHAT by operation and status code (error = no answer).")), []string{"operation", "code"}),
		delivery: prometheus.NewHistogram(histogram("order_delivery_seconds",
			"From accepting an order to its creation in InSales.", []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400})),
		statusDelivery: prometheus.NewHistogram(histogram("status_delivery_seconds",
			"From a change in InSales to its acknowledgement by INEED.CHAT.", []float64{.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 3600, 86400})),
		adopted: prometheus.NewCounter(prometheus.CounterOpts(name("orders_adopted_total",
			"Orders found in InSales by their marker instead of by the answer of their create."))),
	}
}

func (m *metrics) shopRequest(op, code string, took time.Duration) {
	m.shopRequests.WithLabelValues(op, code).Inc()
	m.shopSeconds.WithLabelValues(op).Observe(took.Seconds())
}

func (m *metrics) chatRequest(op, code string, _ time.Duration) {
	m.chatRequests.WithLabelValues(op, code).Inc()
}

// ChatClock notes how far the chat's clock is ahead of ours, as a message told
// that surely is the chat's.
func (b *Bridge) ChatClock(ahead time.Duration) { b.metrics.chatAhead.Store(&ahead) }

// shopAhead is how far the shops' clock is ahead of ours: that of the shop that
// is furthest off, if there are several. False before the first answer.
func (b *Bridge) shopAhead() (furthest time.Duration, known bool) {
	for _, w := range b.all() {
		now, ok := w.shopTime()
		if ahead := time.Until(now); ok && (!known || ahead.Abs() > furthest.Abs()) {
			furthest, known = ahead, true
		}
	}
	return furthest, known
}

// Collectors gives all collectors of the bridge, for main's registry.
func (b *Bridge) Collectors() []prometheus.Collector {
	m := b.metrics
	return []prometheus.Collector{m.shopRequests, m.shopSeconds, m.chatRequests, m.delivery, m.statusDelivery, m.adopted, m.items, m.runs, scraped{m}}
}

// scraped reads the store and the workers at each scrape.
type scraped struct{ *metrics }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// The gauges that are read at scrape time.
var (
	descOrders   = desc("orders", "Orders by state.", "state")
	descOldest   = desc("orders_oldest_pending_seconds", "Age of the oldest order that waits to be sent; 0 if none does.")
	descUnknown  = desc("orders_unknown", "Orders whose create has an unknown outcome at this moment.")
	descPending  = desc("statuses_pending", "Statuses that INEED.CHAT has not acknowledged yet.")
	descWindow   = desc("insales_window_used_ratio", "Used share of the InSales request window.", "company")
	descLastPoll = desc("poll_last_success_timestamp_seconds", "When the shop's change feed was last read.", "company")
	descProblem  = desc("company_problem", "1 while a company has the problem.", "company", "kind")
	descClock    = desc("clock_offset_seconds", "The peer's clock minus ours: INEED.CHAT's as its last rightly signed message told, InSales' by the Date of its answers, to a second.", "peer")
)

// Describe implements prometheus.Collector.
func (s scraped) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descOrders, descOldest, descUnknown, descPending, descWindow, descLastPoll, descProblem, descClock, descCatalogSuccess, descCatalogGuard} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s scraped) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if census, err := s.store.Census(ctx, ""); err == nil {
		for _, state := range storage.States() {
			gauge(descOrders, float64(census.States[state]), string(state))
		}
		age := 0.0
		if !census.OldestPending.IsZero() {
			age = time.Since(census.OldestPending).Seconds()
		}
		gauge(descOldest, age)
		gauge(descPending, float64(census.ReportsPending))
	}
	unknown := 0
	for _, w := range s.bridge.all() {
		c, shop, _ := w.snapshot()
		gauge(descWindow, shop.Window().Used(), c.ID)
		problems := []*storage.Problem{c.Problem, c.ChatFault, c.CatalogFault}
		if refused, err := s.store.RefusalCount(ctx, c.ID); err == nil {
			problems = append(problems, RefusalProblem(refused))
		}
		if c.Catalog.Enabled {
			problems = append(problems, s.collectCatalog(ctx, c.ID, gauge))
		}
		told := map[string]bool{} // orders and catalog may have the same
		for _, p := range problems {
			if p != nil && !told[p.Code] {
				told[p.Code] = true
				gauge(descProblem, 1, c.ID, p.Code)
			}
		}
		w.mu.Lock()
		unknown += len(w.doubts)
		polled := w.feed.polledAt
		w.mu.Unlock()
		if c.Orders.Enabled && !polled.IsZero() { // else its age would be an alarm
			gauge(descLastPoll, float64(polled.UnixMilli())/1000, c.ID)
		}
	}
	gauge(descUnknown, float64(unknown))
	s.clocks(gauge)
}

func (s scraped) clocks(gauge func(d *prometheus.Desc, v float64, labels ...string)) {
	if ahead := s.chatAhead.Load(); ahead != nil {
		gauge(descClock, ahead.Seconds(), "ineedchat")
	}
	if ahead, known := s.bridge.shopAhead(); known {
		gauge(descClock, ahead.Seconds(), "insales")
	}
}
