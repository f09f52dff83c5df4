package host

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
)

// kinds are all problems of a machine. A series of each is always there, so that an alert
// sees it go from 0 to 1.
func kinds() []string {
	return []string{
		problem.StoreFull, problem.StoreLost, problem.StoreNoLock, problem.StoreDamaged, problem.StoreFailing,
		problem.DiskLow, problem.ClockSlow, problem.ClockFast, problem.Restarts, problem.BackupOld,
	}
}

var (
	descProblem = company.Desc("machine_problem",
		"1 while something is wrong with the machine, the database or its disk.", "kind")
	descStarts = company.Desc("starts_total",
		"Starts of the program on this database, after a stop or after a crash.", "after")
	descPinged = company.Desc("ping_last_success_timestamp_seconds",
		"When CONNECTOR_PING_URL last answered as it should, in this life of the connector.")
)

// Collectors gives the metrics of the machine for the registry.
func (m *Monitor) Collectors() []prometheus.Collector { return []prometheus.Collector{scraped{m}} }

type scraped struct{ *Monitor }

// Describe implements prometheus.Collector.
func (s scraped) Describe(ch chan<- *prometheus.Desc) {
	ch <- descProblem
	ch <- descStarts
	ch <- descPinged
}

// Collect implements prometheus.Collector.
func (s scraped) Collect(ch chan<- prometheus.Metric) {
	wrong := map[string]bool{}
	for _, p := range s.All() {
		wrong[p.Code] = true
	}
	for _, kind := range kinds() {
		v := 0.0
		if wrong[kind] {
			v = 1
		}
		ch <- prometheus.MustNewConstMetric(descProblem, prometheus.GaugeValue, v, kind)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if lives, err := s.cfg.Store.Lives(ctx); err == nil {
		ch <- prometheus.MustNewConstMetric(descStarts, prometheus.CounterValue, float64(lives.AfterStop), "stop")
		ch <- prometheus.MustNewConstMetric(descStarts, prometheus.CounterValue, float64(lives.AfterCrash), "crash")
	}
	if s.ping == nil {
		return
	}
	if at := s.ping.last.get(); !at.IsZero() {
		ch <- prometheus.MustNewConstMetric(descPinged, prometheus.GaugeValue, float64(at.UnixMilli())/1000)
	}
}

// A lastTime is when something last went well; zero = never.
type lastTime struct{ at atomic.Pointer[time.Time] }

func (l *lastTime) set(t time.Time) { l.at.Store(&t) }

func (l *lastTime) get() time.Time {
	if t := l.at.Load(); t != nil {
		return *t
	}
	return time.Time{}
}
