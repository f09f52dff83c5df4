package catalog

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// Metrics count what the catalog sync does.
type Metrics struct {
	items *prometheus.CounterVec
	runs  prometheus.Histogram
}

// NewMetrics makes the metrics that the syncers of all companies share.
func NewMetrics() *Metrics {
	return &Metrics{
		items: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: company.Namespace,
			Name: "catalog_items_total",
			Help: "Products by what became of them: changed, removed, refused by INEED.CHAT, withheld by the guard.",
		}, []string{"result"}),
		runs: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: company.Namespace,
			Name: "catalog_run_duration_seconds",
			Help: "Duration of catalog runs.", Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600},
			NativeHistogramBucketFactor: company.NativeFactor, NativeHistogramMaxBucketNumber: company.NativeBuckets}),
	}
}

func (m *Metrics) catalogItems(changed, removed, refused int) {
	m.items.WithLabelValues("changed").Add(float64(changed))
	m.items.WithLabelValues("removed").Add(float64(removed))
	m.items.WithLabelValues("refused").Add(float64(refused))
}

func (m *Metrics) catalogRun(r storage.CatalogRun) {
	m.items.WithLabelValues("withheld").Add(float64(r.Withheld))
	m.runs.Observe(r.EndedAt.Sub(r.BeganAt).Seconds())
}

// Gauges are the gauges of the catalog that are read at scrape time.
func Gauges() []*prometheus.Desc {
	return []*prometheus.Desc{descCatalogSuccess, descCatalogInterval, descCatalogGuard}
}

var (
	descCatalogSuccess = company.Desc("catalog_last_success_timestamp_seconds",
		"As of when INEED.CHAT has the shop's catalog.", "company")
	descCatalogInterval = company.Desc("catalog_interval_seconds",
		"Between two readings of what has changed in the shop's catalog.", "company")
	descCatalogGuard = company.Desc("catalog_guard_blocked",
		"1 while a part of the catalog is withheld until a person confirms it.", "company")
)

// Collect tells how a company's catalog stands.
func (s *Syncer) Collect(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) error {
	gauge(descCatalogInterval, s.company.Settings().Catalog.Interval.Seconds(), s.company.ID)
	k, err := s.company.Store.Catalog(ctx, s.company.ID)
	if err != nil {
		return err
	}
	if !k.SuccessAt.IsZero() {
		gauge(descCatalogSuccess, float64(k.SuccessAt.UnixMilli())/1000, s.company.ID)
	}
	blocked := 0.0
	if k.Guard != nil {
		blocked = 1
	}
	gauge(descCatalogGuard, blocked, s.company.ID)
	return nil
}

// Collectors gives the counters for the registry.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.items, m.runs}
}
