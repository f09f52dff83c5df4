package storage

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkUpdate stores orders of 3 KB: as the store does it (group), and with
// one transaction for each (single). The ratio of both is what sharing a commit
// is worth at that number of writers.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 16, 64, 256} {
		for name, batch := range map[string]int{"group": 0, "single": 1} {
			b.Run(fmt.Sprintf("%s/writers=%d", name, writers), func(b *testing.B) {
				s := open(b, func(c *Config) { c.MaxBatch = batch })
				runWriters(b, writers, func(fn func(*Tx) error) error { return s.Update(b.Context(), fn) })
			})
		}
	}
}

func runWriters(b *testing.B, writers int, update func(func(*Tx) error) error) {
	body := bytes.Repeat([]byte("x"), 3<<10)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				err := update(func(tx *Tx) error {
					_, err := tx.AddOrder(
						&Order{Key: OrderKey{"2", strconv.FormatInt(n, 10), false}, State: StateNew, Body: body,
							AcceptedAt: time.Now()}, Event{At: time.Now(), Kind: EventReceived})
					return err
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}
