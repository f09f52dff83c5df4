package bridge

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
)

// The gauges of the database and of its disk.
var (
	descTakes = company.Desc("store_takes_orders",
		"1 if new orders can be kept, 0 if the disk is full or failing or the files were taken away.")
	descSize     = company.Desc("store_size_bytes", "Size of the database with its log.")
	descLog      = company.Desc("store_wal_bytes", "Size of the database's log.")
	descFree     = company.Desc("store_free_bytes", "Bytes of the database that hold nothing and are used again.")
	descSchema   = company.Desc("store_schema_version", "Version of the tables.")
	descDiskFree = company.Desc("disk_free_bytes", "Bytes that the database's disk has left for us.")
	descDiskSize = company.Desc("disk_size_bytes", "Size of the database's disk.")
)

func storeGauges() []*prometheus.Desc {
	return []*prometheus.Desc{descTakes, descSize, descLog, descFree, descSchema, descDiskFree, descDiskSize}
}

// collectStore tells how the database and its disk stand.
func (s scraped) collectStore(ctx context.Context, gauge gaugeFunc) {
	gauge(descTakes, oneIf(s.store.Health() == nil))
	u, err := s.store.Usage(ctx)
	if u.DiskKnown {
		gauge(descDiskFree, float64(u.DiskFree))
		gauge(descDiskSize, float64(u.DiskSize))
	}
	if err != nil {
		s.log.Warn("not all of the database's metrics could be read", "err", err)
		return
	}
	gauge(descSize, float64(u.File+u.Log))
	gauge(descLog, float64(u.Log))
	gauge(descFree, float64(u.Free))
	gauge(descSchema, float64(u.Schema))
}
