package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// sourceChat is the label of everything that INEED.CHAT sends.
const sourceChat = "ineedchat"

// The results of a webhook that was not answered with an answer.
const (
	resultRefused = "refused" // 4xx: the sender's fault
	resultFailed  = "failed"  // 5xx: ours
)

// Who sent a webhook that was refused.
const (
	senderProven   = "proven"   // it is certainly the company's chat: something is wrong between us
	senderStranger = "stranger" // it may be anybody's: nothing follows from it
)

// metrics are the collectors that are counted here. Labels come from fixed
// sets: nothing that a stranger sends can make a new series.
type metrics struct {
	webhooks *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	failed   *prometheus.CounterVec
	feeds    *prometheus.CounterVec
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{
		webhooks: counter("webhooks_total", "Webhooks by source and by what they were answered.", "source", "result"),
		seconds: histogram("webhook_duration_seconds",
			"Time from a webhook's first byte to its answer, the durable commit included.", "source"),
		refused: counter("webhooks_refused_total", "Webhooks that were refused for what they are, by reason"+
			" and by whether the sender had proven to be the company's chat.", "reason", "sender"),
		failed: counter("webhooks_failed_total", "Webhooks that could not be taken because of the connector itself,"+
			" by reason; unavailable = the database.", "reason"),
		feeds: counter("feed_requests_total",
			"Fetches of a company's catalog feed by what they were answered; cut = broken off on its way."+
				" The company is empty where the token was wrong.", "company", "code"),
		requests: counter("http_requests_total", "Requests by the part of the program and by status.", "part", "code"),
		took:     histogram("http_request_duration_seconds", "Time from a request to the end of its answer.", "part"),
	}
	m.begin()
	return m
}

const namespace = "ineed_insales"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// histogram measures what is answered within milliseconds, mostly.
func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help,
		Buckets:                     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		NativeHistogramBucketFactor: company.NativeFactor, NativeHistogramMaxBucketNumber: company.NativeBuckets,
	}, labels)
}

// begin makes zeros from the start: a rate over a series that appears with its first
// event misses that event.
func (m *metrics) begin() {
	for _, result := range []string{
		statusAccepted, statusDuplicate, statusOK, statusIgnored, statusUnread, resultRefused, resultFailed,
	} {
		m.webhooks.WithLabelValues(sourceChat, result)
	}
	for _, result := range []string{statusOK, hookUnknown, hookUnreadable, resultRefused, resultFailed} {
		m.webhooks.WithLabelValues(sourceShop, result)
	}
	for _, reason := range append(ineedchat.Refusals(), refusalWrongRoute) {
		m.refused.WithLabelValues(string(reason), senderStranger)
	}
	for _, err := range []error{failure.ErrTooLarge, failure.ErrMediaType, failure.ErrIncomplete, failure.ErrTooMany,
		&ineedchat.SyntaxError{}, &failure.Invalid{}} {
		m.refused.WithLabelValues(reasonOf(err), senderProven)
		m.refused.WithLabelValues(reasonOf(err), senderStranger)
	}
	for _, err := range []error{storage.ErrUnavailable, storage.ErrSealed, storage.ErrUnreadFull, context.Canceled,
		errors.New("internal")} {
		m.failed.WithLabelValues(reasonOf(err))
	}
	for _, part := range []string{partPanel, partAPI, partFeed, partHealth, partMetrics, partWebhook, partNone} {
		m.requests.WithLabelValues(part, "200")
		m.requests.WithLabelValues(part, "500")
	}
}

// Collectors are the metrics of the handlers, for the program's registry.
func (s *Server) Collectors() []prometheus.Collector {
	m := s.metrics
	return []prometheus.Collector{m.webhooks, m.seconds, m.refused, m.failed, m.feeds, m.requests, m.took}
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

// refusedFor counts a webhook that was answered with an error. What is our own failure is
// nobody's who sent it.
func (m *metrics) refusedFor(source string, err error, proven bool, took time.Duration) {
	if failure.Explain(err).Status >= http.StatusInternalServerError {
		m.failed.WithLabelValues(reasonOf(err)).Inc()
		m.answered(source, resultFailed, took)
		return
	}
	sender := senderStranger
	if proven {
		sender = senderProven
	}
	m.refused.WithLabelValues(reasonOf(err), sender).Inc()
	m.answered(source, resultRefused, took)
}

// reasonOf is why a webhook was refused, in a word. The codes of failures are a
// fixed set, and so are the reasons for which a webhook is not believed.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*ineedchat.AuthError](err); ok {
		return string(e.Reason)
	}
	return failure.Explain(err).Code
}

// The parts of the program that answer requests.
const (
	partPanel   = "panel"
	partAPI     = "api"
	partFeed    = "feed"
	partHealth  = "health"
	partMetrics = "metrics"
	partWebhook = "webhook"
	partNone    = "none" // there is nothing at such a path
)

// partOf is the part that a route belongs to.
func partOf(route string) string {
	for _, p := range []struct{ prefix, part string }{
		{"/api/", partAPI}, {"/feeds/", partFeed}, {"/webhooks/", partWebhook}, {"/healthz", partHealth},
		{"/readyz", partHealth}, {"/metrics", partMetrics}, {"/", partPanel},
	} {
		if strings.HasPrefix(route, p.prefix) {
			return p.part
		}
	}
	return partNone
}

// measure counts each request by its part, and how long it took, also if its answer was
// broken off. It stands outside of what makes an answer of every error.
func (s *Server) measure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		defer func() {
			part := partOf(c.Path())
			s.metrics.requests.WithLabelValues(part, strconv.Itoa(c.Response().Status)).Inc()
			s.metrics.took.WithLabelValues(part).Observe(time.Since(start).Seconds())
		}()
		return next(c)
	}
}
