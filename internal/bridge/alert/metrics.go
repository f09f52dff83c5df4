package alert

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// countTimeout is how long a scrape waits for the messages to be counted.
const countTimeout = 2 * time.Second

var descMessages = company.Desc("notifications_waiting",
	"Notifications that a channel has not taken yet.", "kind")

func newFailures() *prometheus.CounterVec {
	failed := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: company.Namespace,
		Name: "notifications_failed_total", Help: "Tries to deliver a notification that failed, by kind of channel.",
	}, []string{"kind"})
	for _, kind := range storage.ChannelKinds() {
		failed.WithLabelValues(kind)
	}
	return failed
}

// Collectors gives the metrics of notifications for the registry.
func (c *Center) Collectors() []prometheus.Collector {
	return []prometheus.Collector{c.failed, counted{c}}
}

// counted counts the messages that wait, at each scrape.
type counted struct{ *Center }

// Describe implements prometheus.Collector.
func (c counted) Describe(ch chan<- *prometheus.Desc) { ch <- descMessages }

// Collect implements prometheus.Collector.
func (c counted) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	for _, kind := range storage.ChannelKinds() {
		n, err := c.shared.Store.MessagesWaiting(ctx, kind)
		if err != nil {
			c.log.Warn("notifications not counted", "err", err)
			return
		}
		ch <- prometheus.MustNewConstMetric(descMessages, prometheus.GaugeValue, float64(n), kind)
	}
}
