package company

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Namespace begins the name of each of our metrics.
const Namespace = "ineed_insales"

// How fine a native histogram is, which a server of Prometheus may ask for instead of the
// buckets: each of its own is a tenth wider than the one before, and there are at most so many.
const (
	NativeFactor  = 1.1
	NativeBuckets = 100
)

// requestMetrics count the requests of all companies.
type requestMetrics struct {
	shopRequests *prometheus.CounterVec
	shopSeconds  *prometheus.HistogramVec
	chatRequests *prometheus.CounterVec
	chatSeconds  *prometheus.HistogramVec
}

// requestSeconds measures how long requests to a peer take.
func requestSeconds(name, help string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: Namespace, Name: name, Help: help,
		Buckets:                     []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		NativeHistogramBucketFactor: NativeFactor, NativeHistogramMaxBucketNumber: NativeBuckets}, []string{"operation"})
}

func newRequestMetrics() *requestMetrics {
	return &requestMetrics{
		shopRequests: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace,
			Name: "insales_requests_total",
			Help: "Requests to InSales by operation and status code (error = no answer)."},
			[]string{"operation", "code"}),
		shopSeconds: requestSeconds("insales_request_duration_seconds", "Duration of requests to InSales."),
		chatSeconds: requestSeconds("ineedchat_request_duration_seconds", "Duration of requests to INEED.CHAT."),
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

func (m *requestMetrics) chat(op, code string, took time.Duration) {
	m.chatRequests.WithLabelValues(op, code).Inc()
	m.chatSeconds.WithLabelValues(op).Observe(took.Seconds())
}

// Collectors gives them for the registry.
func (m *requestMetrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.shopRequests, m.shopSeconds, m.chatRequests, m.chatSeconds}
}

// Desc describes a gauge that is read at scrape time.
func Desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(Namespace, "", name), help, labels, nil)
}
