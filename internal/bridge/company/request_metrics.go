package company

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Namespace begins the name of each of our metrics.
const Namespace = "ineed_insales"

// requestMetrics count the requests of all companies.
type requestMetrics struct {
	shopRequests *prometheus.CounterVec
	shopSeconds  *prometheus.HistogramVec
	chatRequests *prometheus.CounterVec
}

func newRequestMetrics() *requestMetrics {
	return &requestMetrics{
		shopRequests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace,
			Name: "insales_requests_total",
			Help: "Requests to InSales by operation and status code (error = no answer)."},
			[]string{"operation", "code"}),
		shopSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: Namespace,
			Name: "insales_request_duration_seconds",
			Help: "Duration of requests to InSales.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}},
			[]string{"operation"}),
		chatRequests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace,
			Name: "ineedchat_requests_total",
			Help: "Requests to INEED.CHAT by operation and status code (error = no answer)."},
			[]string{"operation", "code"}),
	}
}

func (m *requestMetrics) shop(op, code string, took time.Duration) {
	m.shopRequests.WithLabelValues(op, code).Inc()
	m.shopSeconds.WithLabelValues(op).Observe(took.Seconds())
}

func (m *requestMetrics) chat(op, code string, _ time.Duration) {
	m.chatRequests.WithLabelValues(op, code).Inc()
}

// Collectors gives them for the registry.
func (m *requestMetrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.shopRequests, m.shopSeconds, m.chatRequests}
}

// Desc describes a gauge that is read at scrape time.
func Desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(Namespace, "", name), help, labels, nil)
}
