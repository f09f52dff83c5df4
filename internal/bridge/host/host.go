// Package host sees what is wrong with the machine that the connector runs on: a disk that
// is nearly full, a database that cannot be written or is damaged, copies of it that are too
// old, a clock that is far off, and a process that was killed again and again.
//
// A Monitor looks each minute. What it has found is told by Problems, from memory: the
// panel, the API and the metrics show it, and package alert tells people of it. While all is
// well the Monitor also asks an address once a minute, if the operator has named one, so that
// somebody else notices when the connector is not there at all (ping.go).
//
// The package mends nothing, and asks nobody but that address. It writes to the database only
// at the start and at the end of a life.
package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/proxy"
	"ineed-insales/storage"
)

// How often what is looked at, and from when on something is wrong.
const (
	lookEvery    = time.Minute
	examineEvery = 24 * time.Hour // the whole file is read for that

	clockFar    = 2 * time.Minute // a signature is believed for five
	crashesIn   = time.Hour
	manyCrashes = 3 // within crashesIn

	// A disk is nearly full below the smaller of these two, and when it has no room for a
	// copy of the database.
	leastFree  = 256 << 20 // bytes
	leastShare = 10        // the tenth part
)

// A Config says what a monitor works with. Store, Log and Ready are required.
type Config struct {
	Store *storage.Store
	Log   *slog.Logger
	Ready func() error // nil = orders can be taken and worked on

	// Clocks gives how far the clocks of all peers that were heard of are ahead of ours.
	Clocks func() []time.Duration

	// Backups tells what is wrong with the copies of the database that are made by
	// themselves; nil = none are made.
	Backups func() *storage.Problem

	// PingURL is asked each minute while all is well; "" = nothing is. PingTransport carries
	// these requests; nil = one that connects to private addresses, too.
	PingURL       string
	Proxy         proxy.Proxy // by which the address is asked; the zero value is none
	PingTransport http.RoundTripper
	UserAgent     string
}

// A Monitor looks after the machine. Its methods may be called concurrently.
type Monitor struct {
	cfg  Config
	ping *pinger // nil = nothing is asked

	mu       sync.Mutex
	looked   bool              // there was a look in this life
	found    []storage.Problem // by the last one, without the database's own
	timeless bool              // no peer had told its time by then
	lives    *storage.Lives    // how those before this one ended; nil = not read yet
}

// New makes a monitor. It looks at nothing before Run.
func New(cfg Config) *Monitor {
	m := &Monitor{cfg: cfg}
	if cfg.PingURL != "" {
		m.ping = newPinger(cfg)
	}
	return m
}

// Run starts the loops, which end with ctx.
func (m *Monitor) Run(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() { company.Loop(ctx, nil, m.lookDue) })
	wg.Go(func() { m.examineDaily(ctx) })
	if m.ping != nil {
		wg.Go(func() { company.Loop(ctx, nil, m.pingDue) })
	}
}

// lookDue is the step of the monitor.
func (m *Monitor) lookDue(ctx context.Context) time.Duration {
	timeless := m.cfg.Clocks == nil || len(m.cfg.Clocks()) == 0
	found := m.look(ctx, time.Now())
	m.mu.Lock()
	before := m.found
	m.found, m.looked, m.timeless = found, true, timeless
	m.mu.Unlock()
	m.log(before, found)
	return lookEvery
}

// look sees what is wrong beside the database itself.
func (m *Monitor) look(ctx context.Context, now time.Time) []storage.Problem {
	var found []storage.Problem
	add := func(p *storage.Problem) {
		if p != nil {
			found = append(found, *p)
		}
	}
	disk, err := m.cfg.Store.Disk()
	if err != nil {
		m.cfg.Log.Warn("the disk of the database cannot be looked at", "err", err)
	}
	add(diskLow(disk))
	if m.cfg.Clocks != nil {
		add(clockOff(m.cfg.Clocks()))
	}
	add(restarts(m.crashed(ctx), now))
	if m.cfg.Backups != nil {
		add(m.cfg.Backups())
	}
	return found
}

// crashed gives when lives ended in a crash, which is read once in a life: it does not change
// while this one goes on. Of a database that cannot be read its own problem tells.
func (m *Monitor) crashed(ctx context.Context) []time.Time {
	m.mu.Lock()
	lives := m.lives
	m.mu.Unlock()
	if lives == nil {
		read, err := m.cfg.Store.Lives(ctx)
		if err != nil {
			return nil
		}
		lives = &read
		m.mu.Lock()
		m.lives = lives
		m.mu.Unlock()
	}
	return lives.Crashed
}

// log notes what begins and what ends.
func (m *Monitor) log(before, now []storage.Problem) {
	has := func(list []storage.Problem, code string) bool {
		for _, p := range list {
			if p.Code == code {
				return true
			}
		}
		return false
	}
	for _, p := range now {
		if !has(before, p.Code) {
			m.cfg.Log.Warn("something is wrong with the machine", "problem", p.Code, "args", p.Args)
		}
	}
	for _, p := range before {
		if !has(now, p.Code) {
			m.cfg.Log.Info("that is over", "problem", p.Code)
		}
	}
}

// examineDaily looks through the whole database once a day, and at first if the start has
// not. Damage that was found stays: only a restart with another file ends it.
func (m *Monitor) examineDaily(ctx context.Context) {
	looked := m.cfg.Store.LookedThrough()
	company.Loop(ctx, nil, func(ctx context.Context) time.Duration {
		if looked {
			looked = false
			return examineEvery
		}
		err := m.cfg.Store.LookForDamage(ctx)
		switch {
		case storage.Damaged(err):
			m.cfg.Log.Error("the database is damaged", "err", err, "do", storage.Remedy(err))
		case err != nil && ctx.Err() == nil:
			m.cfg.Log.Warn("the database was not looked through for damage", "err", err)
		}
		return examineEvery
	})
}

// StoreProblem is why the database cannot keep new orders, or should not be trusted with
// them; nil if it can. It is of this moment, and writes nothing.
func (m *Monitor) StoreProblem() *storage.Problem {
	err := m.cfg.Store.Health()
	switch {
	case storage.Damaged(err):
		return &storage.Problem{Code: problem.StoreDamaged}
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrLost):
		return &storage.Problem{Code: problem.StoreLost}
	case errors.Is(err, storage.ErrNoLock):
		return &storage.Problem{Code: problem.StoreNoLock}
	case errors.Is(err, storage.ErrFull):
		return &storage.Problem{Code: problem.StoreFull}
	}
	return &storage.Problem{Code: problem.StoreFailing}
}

// Problems is what the last look has found beside the database itself.
func (m *Monitor) Problems() []storage.Problem {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]storage.Problem(nil), m.found...)
}

// Usage is what the database takes up and what its disk has left, at this moment.
func (m *Monitor) Usage(ctx context.Context) (storage.Usage, error) { return m.cfg.Store.Usage(ctx) }

// Unseen gives the codes of problems of which nobody knows whether they are there: nothing was
// looked at yet in this life, or no peer had told its time when it was.
func (m *Monitor) Unseen() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !m.looked:
		return kinds()
	case m.timeless:
		return []string{problem.ClockSlow, problem.ClockFast}
	}
	return nil
}

// All is everything that is wrong with the machine, the database first.
func (m *Monitor) All() []storage.Problem {
	list := m.Problems()
	if p := m.StoreProblem(); p != nil {
		list = append([]storage.Problem{*p}, list...)
	}
	return list
}

// diskLow is that the database's disk is nearly full. It is pure.
func diskLow(d storage.Disk) *storage.Problem {
	if !d.DiskKnown {
		return nil
	}
	least := max(min(leastFree, d.DiskSize/leastShare), uint64(d.CopyNeeds))
	if d.DiskFree >= least {
		return nil
	}
	mib := func(n uint64) string { return strconv.FormatUint(n>>20, 10) }
	p := problem.Of(problem.DiskLow, "free", mib(d.DiskFree), "need", mib(least))
	return &p
}

// clockOff is that our clock is far from those of all peers, in one direction: that one of
// them is wrong is no fault of this machine. It is pure.
func clockOff(ahead []time.Duration) *storage.Problem {
	var nearest time.Duration
	for i, d := range ahead {
		if i == 0 || d.Abs() < nearest.Abs() {
			nearest = d
		}
	}
	for _, d := range ahead {
		if d > 0 != (nearest > 0) {
			return nil
		}
	}
	if nearest.Abs() < clockFar {
		return nil
	}
	code := problem.ClockSlow
	if nearest < 0 {
		code = problem.ClockFast
	}
	p := problem.Of(code, "seconds", strconv.Itoa(int(nearest.Abs().Seconds())))
	return &p
}

// restarts is that the process was killed again and again lately. It is pure.
func restarts(crashed []time.Time, now time.Time) *storage.Problem {
	n := 0
	for _, at := range crashed {
		if age := now.Sub(at); age >= 0 && age < crashesIn {
			n++
		}
	}
	if n < manyCrashes {
		return nil
	}
	p := problem.Of(problem.Restarts, "n", strconv.Itoa(n))
	return &p
}
