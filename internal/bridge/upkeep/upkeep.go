// Package upkeep looks after the database over the years: a copy of it is made each night,
// and what nobody needs any more of the journal and of the catalog's runs is forgotten.
//
// A [Keeper] has two loops. The copies (nightly.go) lie in a folder by names that tell when
// they were made; a file that has such a name is whole, because it got it after it was read
// again. So nothing has to be remembered elsewhere: what is in the folder is the state, and a
// restart, or a person who moves a copy away, confuses nobody. What belongs to one company,
// such as the histories of its orders, is forgotten by its desk (package order).
//
// The package never removes a copy before a newer one is there, and never touches a file in
// the folder that it has not made.
package upkeep

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/storage"
)

// A Config says what a keeper works with. Store and Log are required.
type Config struct {
	Store *storage.Store
	Log   *slog.Logger
	Keep  company.Keep

	// Folder is where the copies of each night lie; "" = none are made. Copies is how many
	// stay there; 0 = 7. Name is what their names begin with; "" = connector.
	Folder string
	Copies int
	Name   string

	TimeZone *time.Location // in which it is night; nil = UTC

	// Now is the time by which old things are forgotten: a clock of ours that has run away
	// must not forget what is young. Nil means time.Now.
	Now func() time.Time
}

// A Keeper looks after the database. Its methods may be called concurrently.
type Keeper struct {
	cfg  Config
	wake chan struct{} // rings the loop of the copies

	mu      sync.Mutex
	began   time.Time // when Run was called; zero = it was not
	copies  Copies    // as they were seen last
	retryAt time.Time // no try before that; zero = none has failed
}

// New makes a keeper. It does nothing before Run.
func New(cfg Config) *Keeper {
	if cfg.Copies == 0 {
		cfg.Copies = defaultCopies
	}
	if cfg.Name == "" {
		cfg.Name = "connector"
	}
	if cfg.TimeZone == nil {
		cfg.TimeZone = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	k := &Keeper{cfg: cfg, wake: make(chan struct{}, 1)}
	if cfg.Folder != "" {
		k.copies.On = true
		k.tidy()
		_ = k.look(time.Now()) // the loop looks again, and says in the log what is wrong
	}
	return k
}

// Run starts the loops; they end with ctx.
func (k *Keeper) Run(ctx context.Context, wg *sync.WaitGroup) {
	k.mu.Lock()
	k.began = time.Now()
	k.mu.Unlock()
	if k.cfg.Folder != "" {
		wg.Go(func() { company.Loop(ctx, k.wake, k.copyDue) })
	}
	wg.Go(func() { company.Loop(ctx, nil, k.pruneDue) })
}

// How the journal, the catalog's runs and the counts of hours are pruned.
const (
	pruneEvery = time.Hour
	pruneBatch = 500 // rows in one transaction
	prunePause = 200 * time.Millisecond

	keepHours = 35 * 24 * time.Hour // of the charts, which show thirty days at most
)

// pruneDue is the step that forgets old entries and runs. The first one waits until somebody
// may have told the time.
func (k *Keeper) pruneDue(ctx context.Context) time.Duration {
	k.mu.Lock()
	wait := pruneEvery - time.Since(k.began)
	k.mu.Unlock()
	if wait > 0 {
		return wait
	}
	var most int64
	for what, prune := range map[string]struct {
		keep time.Duration
		rows func(tx *storage.Tx, before time.Time, limit int) (int64, error)
	}{
		"journal": {k.cfg.Keep.Journal, (*storage.Tx).PruneJournal},
		"runs":    {k.cfg.Keep.Runs, (*storage.Tx).PruneRuns},
		"hours":   {keepHours, (*storage.Tx).PruneHours},
	} {
		before, forgets := company.Before(k.cfg.Now(), prune.keep)
		if !forgets {
			continue
		}
		var n int64
		err := k.cfg.Store.Tidy(ctx, func(tx *storage.Tx) (err error) {
			n, err = prune.rows(tx, before, pruneBatch)
			return err
		})
		switch {
		case err != nil:
			if ctx.Err() == nil && !company.Quiet(err) {
				k.cfg.Log.Error("old rows not deleted", "of", what, "err", err)
			}
		case n > 0:
			k.cfg.Log.Info("old rows deleted", "of", what, "rows", n)
			most = max(most, n)
		}
	}
	if most == pruneBatch {
		return prunePause
	}
	return pruneEvery
}

// The gauges of the copies.
var (
	descBackupAt = company.Desc("backup_last_success_timestamp_seconds",
		"When the last good nightly copy of the database was made; 0 if there is none.")
	descBackupSize = company.Desc("backup_size_bytes", "Size of the last good nightly copy of the database.")
)

// Describe implements prometheus.Collector.
func (k *Keeper) Describe(ch chan<- *prometheus.Desc) { ch <- descBackupAt; ch <- descBackupSize }

// Collect implements prometheus.Collector. Where no copies are made there is nothing to tell.
func (k *Keeper) Collect(ch chan<- prometheus.Metric) {
	c := k.Copies()
	if !c.On {
		return
	}
	at := 0.0
	if !c.Last.At.IsZero() {
		at = float64(c.Last.At.Unix())
	}
	ch <- prometheus.MustNewConstMetric(descBackupAt, prometheus.GaugeValue, at)
	ch <- prometheus.MustNewConstMetric(descBackupSize, prometheus.GaugeValue, float64(c.Last.Size))
}
