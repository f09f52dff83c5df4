package bridge

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/catalog"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order"
	"ineed-insales/storage"
)

// ChatClock notes how far the chat's clock is ahead of ours, as a message told
// that surely is the chat's.
func (b *Bridge) ChatClock(ahead time.Duration) { b.chatAhead.Store(&ahead) }

// shopAhead is how far the shops' clock is ahead of ours: that of the shop that
// is furthest off, if there are several. False before the first answer.
func (b *Bridge) shopAhead() (furthest time.Duration, known bool) {
	for _, w := range b.all() {
		now, ok := w.ShopTime()
		if ahead := time.Until(now); ok && (!known || ahead.Abs() > furthest.Abs()) {
			furthest, known = ahead, true
		}
	}
	return furthest, known
}

// Collectors gives all collectors of the bridge, for main's registry.
func (b *Bridge) Collectors() []prometheus.Collector {
	return slices.Concat(b.shared.Requests.Collectors(), b.Office.Collectors(), b.catalogMetrics.Collectors(),
		[]prometheus.Collector{scraped{b}})
}

// scraped reads the store and the workers at each scrape.
type scraped struct{ *Bridge }

// The gauges that are read at scrape time.
var (
	descOrders = company.Desc("orders", "Orders by state.", "state")
	descOldest = company.Desc("orders_oldest_pending_seconds",
		"Age of the oldest order that waits to be sent; 0 if none does.")
	descUnknown  = company.Desc("orders_unknown", "Orders whose create has an unknown outcome at this moment.")
	descPending  = company.Desc("statuses_pending", "Statuses that INEED.CHAT has not acknowledged yet.")
	descWindow   = company.Desc("insales_window_used_ratio", "Used share of the InSales request window.", "company")
	descLastPoll = company.Desc("poll_last_success_timestamp_seconds",
		"When the shop's change feed was last read.", "company")
	descUnread = company.Desc("webhooks_unread",
		"Deliveries of a chat with a wire of its own that no program could read yet.", "company")
	descProblem = company.Desc("company_problem", "1 while a company has the problem.", "company", "kind")
	descClock   = company.Desc("clock_offset_seconds",
		"The peer's clock minus ours: INEED.CHAT's as its last rightly signed message told, "+
			"InSales' by the Date of its answers, to a second.", "peer")
)

// Describe implements prometheus.Collector.
func (s scraped) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descOrders, descOldest, descUnknown, descPending, descWindow, descLastPoll, descUnread, descProblem, descClock,
	} {
		ch <- d
	}
	for _, d := range catalog.Gauges() {
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
	if census, err := s.store.Census(ctx); err == nil {
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
	for _, w := range s.all() {
		c, shop := w.Snapshot()
		gauge(descWindow, shop.Window().Used(), c.ID)
		problems := []*storage.Problem{c.Problem, c.ChatFault, c.CatalogFault}
		if refused, err := s.store.RefusalCount(ctx, c.ID); err == nil {
			problems = append(problems, order.RefusalProblem(refused))
		}
		if unread, err := s.store.UnreadCount(ctx, c.ID); err == nil {
			gauge(descUnread, float64(unread.N), c.ID)
			problems = append(problems, order.UnreadProblem(unread))
		}
		if c.Catalog.Enabled {
			problems = append(problems, w.syncer.Collect(ctx, gauge))
		}
		told := map[string]bool{} // orders and catalog may have the same
		for _, p := range problems {
			if p != nil && !told[p.Code] {
				told[p.Code] = true
				gauge(descProblem, 1, c.ID, p.Code)
			}
		}
		unknown += w.desk.Unknown()
		polled := w.desk.PolledAt()
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
	if ahead, known := s.shopAhead(); known {
		gauge(descClock, ahead.Seconds(), "insales")
	}
}
