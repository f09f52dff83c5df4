package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/ineedchat"
)

// sourceChat is the label of everything that INEED.CHAT sends.
const sourceChat = "ineedchat"

// The results of a webhook that was not answered with an answer.
const (
	resultRefused = "refused" // 4xx: the sender's fault
	resultFailed  = "failed"  // 5xx: ours
)

// metrics are the collectors that are counted here. Labels come from fixed
// sets: nothing that a stranger sends can make a new series.
type metrics struct {
	webhooks *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	feeds    *prometheus.CounterVec
}

func newMetrics() *metrics {
	const namespace = "ineed_insales"
	m := &metrics{
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "webhooks_total",
			Help: "Webhooks by source and by what they were answered."}, []string{"source", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "webhook_duration_seconds",
			Help:    "Time from a webhook's first byte to its answer, the durable commit included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"source"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "webhooks_refused_total",
			Help: "Webhooks that were answered with an error, by reason."}, []string{"reason"}),
		feeds: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "feed_requests_total",
			Help: "Fetches of a company's catalog feed by what they were answered; cut = broken off on its way." +
				" The company is empty where the token was wrong."}, []string{"company", "code"}),
	}
	// Zeros from the start: a rate over a series that appears with its first
	// event misses that event.
	for _, result := range []string{
		statusAccepted, statusDuplicate, statusOK, statusIgnored, statusUnread, resultRefused, resultFailed,
	} {
		m.webhooks.WithLabelValues(sourceChat, result)
	}
	for _, result := range []string{statusOK, hookUnknown, hookUnreadable, resultRefused, resultFailed} {
		m.webhooks.WithLabelValues(sourceShop, result)
	}
	for _, reason := range append(ineedchat.Refusals(), refusalWrongRoute) {
		m.refused.WithLabelValues(string(reason))
	}
	return m
}

// Collectors are the metrics of the handlers, for the program's registry.
func (s *Server) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.metrics.webhooks, s.metrics.seconds, s.metrics.refused, s.metrics.feeds}
}

// Metrics shows what Config.Gatherer gathers.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.cfg.Gatherer, promhttp.HandlerOpts{
		// One collector that fails must not blind all the others.
		ErrorHandling: promhttp.ContinueOnError,
	})
}

// answered counts a webhook that got an answer.
func (m *metrics) answered(source, result string, took time.Duration) {
	m.webhooks.WithLabelValues(source, result).Inc()
	m.seconds.WithLabelValues(source).Observe(took.Seconds())
}

// fed counts a fetch of a feed.
func (m *metrics) fed(company, code string) { m.feeds.WithLabelValues(company, code).Inc() }

// refusedFor counts a webhook that was answered with an error.
func (m *metrics) refusedFor(source string, err error, took time.Duration) {
	result := resultRefused
	if failure.Explain(err).Status >= http.StatusInternalServerError {
		result = resultFailed
	}
	m.refused.WithLabelValues(reasonOf(err)).Inc()
	m.answered(source, result, took)
}

// reasonOf is why a webhook was refused, in a word. The codes of failures are a
// fixed set, and so are the reasons for which a webhook is not believed.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		return string(e.Reason)
	}
	return failure.Explain(err).Code
}
