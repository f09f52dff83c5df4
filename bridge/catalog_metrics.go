package bridge

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/storage"
)

// catalogMetrics count what the catalog sync does.
type catalogMetrics struct {
	items *prometheus.CounterVec
	runs  prometheus.Histogram
}

func newCatalogMetrics() catalogMetrics {
	return catalogMetrics{
		items: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "catalog_items_total",
			Help: "Products by what became of them: changed, removed, refused by INEED.CHAT, withheld by the guard."}, []string{"result"}),
		runs: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: "catalog_run_duration_seconds",
			Help: "Duration of catalog runs.", Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600}}),
	}
}

func (m catalogMetrics) catalogItems(changed, removed, refused int) {
	m.items.WithLabelValues("changed").Add(float64(changed))
	m.items.WithLabelValues("removed").Add(float64(removed))
	m.items.WithLabelValues("refused").Add(float64(refused))
}

func (m catalogMetrics) catalogRun(r storage.CatalogRun) {
	m.items.WithLabelValues("withheld").Add(float64(r.Withheld))
	m.runs.Observe(r.EndedAt.Sub(r.BeganAt).Seconds())
}

// The gauges of the catalog that are read at scrape time.
var (
	descCatalogSuccess = desc("catalog_last_success_timestamp_seconds", "As of when INEED.CHAT has the shop's catalog.", "company")
	descCatalogGuard   = desc("catalog_guard_blocked", "1 while a part of the catalog is withheld until a person confirms it.", "company")
)

// catalogGauges reads the state of all catalogs at each scrape.
type catalogGauges struct{ b *Bridge }

// Describe implements prometheus.Collector.
func (g catalogGauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- descCatalogSuccess
	ch <- descCatalogGuard
}

// Collect implements prometheus.Collector.
func (g catalogGauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, w := range g.b.all() {
		c, _, _ := w.snapshot()
		k, err := g.b.store.Catalog(ctx, c.ID)
		if err != nil || !c.Catalog.Enabled {
			continue
		}
		if !k.SuccessAt.IsZero() {
			ch <- prometheus.MustNewConstMetric(descCatalogSuccess, prometheus.GaugeValue, float64(k.SuccessAt.Unix()), c.ID)
		}
		blocked := 0.0
		if k.Guard != nil {
			blocked = 1
		}
		ch <- prometheus.MustNewConstMetric(descCatalogGuard, prometheus.GaugeValue, blocked, c.ID)
		if k.Problem != nil {
			ch <- prometheus.MustNewConstMetric(descProblem, prometheus.GaugeValue, 1, c.ID, k.Problem.Code)
		}
	}
}
