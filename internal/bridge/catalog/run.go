package catalog

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A run is one of three. A reading of changes asks for what was changed since a little
// before the last one began; it runs at the company's interval and costs a few
// requests when nothing has changed. A complete reading reads everything, once a day:
// only it can find what is gone without a trace in the list of changes. A full sync
// reads everything and sends everything: at the beginning and until one has come to
// its end, after settings that make another catalog of it, when the chat has asked for
// it, and when a person wants it. At its end the chat hides what was not named.
//
// A run goes through its phases in order: the collections, the products page by page,
// the judgement of the guard, the rechecks, what was held, the deletions and the last
// batch, and the delivery of what is left. Each step does one piece of work and stores
// the run with its effects in one commit, so that a run which is cut off goes on
// where it was. It is given up for one reason only: that other settings, another
// account or the chat's own wish have made it another run. One that cannot get on
// keeps trying, with growing delays, and after several failures people are told.
const (
	defaultInterval  = 5 * time.Minute
	shortestInterval = 5 * time.Minute
	longestInterval  = 24 * time.Hour
	everythingEvery  = 24 * time.Hour
	resyncEvery      = time.Hour
	idleAfter        = 10                // times as long as a complete reading took that was not believed
	treeEvery        = time.Hour         // between two complete readings because of new categories
	catalogOverlap   = 120 * time.Second // what became visible late cannot be missed
	catalogFirst     = 5 * time.Second
	catalogLongest   = 5 * time.Minute
)

// A catalogState is what the catalog's loop keeps in memory.
type catalogState struct {
	retryAt   time.Time      // after a failure: no step before
	failures  int            // steps in a row that have failed
	problem   *string        // code of the problem that is stored; nil = not known
	suspect   bool           // a batch of this run was taken apart because the chat fails on it
	requests  int            // to the shop, not yet counted in the run
	largest   int            // rows of the largest page that this shop has given, of whatever list
	mapper    *productMapper // of the run mapperFor
	mapperFor int64
}

// catalogDue is the step of the catalog's loop: it does one piece of work for
// the run that runs, or begins one that is due.
func (s *Syncer) catalogDue(ctx context.Context) time.Duration {
	c := s.company.Settings()
	if c.Sealed || !c.Catalog.Enabled || c.CatalogFault != nil {
		return company.Idle
	}
	s.mu.Lock()
	wait := time.Until(s.state.retryAt)
	s.mu.Unlock()
	if wait > 0 {
		return wait
	}
	run, err := s.company.Store.RunningRun(ctx, s.company.ID)
	if errors.Is(err, storage.ErrNotFound) {
		if run, wait, err = s.beginDue(ctx, c); err == nil && wait > 0 {
			return min(wait, company.Idle)
		}
	}
	if err == nil && c.Version < run.Version {
		return savedSoon
	}
	if err == nil {
		err = s.catalogStep(ctx, c, run)
	}
	if err == nil && !run.AwayAt.IsZero() {
		return 0 // that the shop answers lifts no alarm about the chat; the step behind its acknowledgement does
	}
	return s.afterCatalog(ctx, err)
}

// catalogStep does one piece of a run: what it has to send first, so that
// little is read ahead of what the chat has.
func (s *Syncer) catalogStep(ctx context.Context, c storage.Company, run storage.CatalogRun) error {
	waiting, err := s.company.Store.Batches(ctx, s.company.ID, mostTogether+1)
	if err != nil {
		return err
	}
	step := &syncing{Syncer: s, settings: c, run: run}
	due := dueBatches(waiting, run.Phase)
	switch {
	case len(due) > 0:
		return step.deliver(ctx, due)
	case run.Phase == storage.PhaseTree:
		return step.readTree(ctx)
	case run.Phase == storage.PhaseReading:
		return step.readPage(ctx)
	case run.Phase == storage.PhaseLooking && !run.Judged:
		return step.judgeRun(ctx)
	case run.Phase == storage.PhaseLooking:
		return step.recheck(ctx)
	case run.Phase == storage.PhaseReleasing:
		return step.releaseHeld(ctx)
	case run.Phase == storage.PhaseClosing:
		return step.close(ctx)
	}
	s.clearSuspicion()
	return step.finish(ctx)
}

// A syncing is a syncer within one step of a run: what the step began with, or what its
// last commit made of the run; the next step reads that from the store.
type syncing struct {
	*Syncer
	settings storage.Company
	run      storage.CatalogRun
}

// ask takes a permit for a request to the shop and counts it.
func (s *syncing) ask(ctx context.Context) (*insales.Client, *insales.Permit, error) {
	shop := s.company.Shop()
	permit, err := shop.Window().Take(ctx, insales.Catalog)
	if err == nil {
		s.mu.Lock()
		s.state.requests++
		s.mu.Unlock()
	}
	return shop, permit, err
}

// commit stores the run with what fn does, unless the run was ended meanwhile:
// then it fails with storage.ErrStale and nothing of fn stays.
func (s *syncing) commit(ctx context.Context, fn func(*storage.Tx, *storage.CatalogRun) error) error {
	s.mu.Lock()
	requests := s.state.requests
	s.mu.Unlock()
	var run storage.CatalogRun
	err := s.company.Add(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		run = s.run
		run.Requests += requests
		if err := fn(tx, &run); err != nil {
			return err
		}
		return tx.PutRun(run)
	})
	if err == nil {
		s.run = run
		s.mu.Lock()
		s.state.requests -= requests
		s.mu.Unlock()
	}
	return err
}

// planRun tells which run is due, or how long to wait for one. It is pure. A clock
// that was set back makes a wait that is longer than any can be, which is no wait.
func planRun(k storage.Catalog, now time.Time) (run storage.CatalogRun, wait time.Duration) {
	full := storage.CatalogRun{Full: true, Everything: true, Cause: k.WantCause}
	switch {
	case k.FullAt.IsZero():
		full.Cause = storage.CauseFirst
		return full, 0
	case k.Want == storage.WantFull && k.WantCause == storage.CauseResync:
		// Differences would be refused as long as the chat waits for the whole.
		return full, untilResync(k, now)
	case k.Want == storage.WantFull:
		return full, 0
	case !k.Complete:
		// The last one did not come to its end: a batch was refused, or the shop
		// gave too little. Until one does the chat takes no differences.
		full.Cause = storage.CauseFirst
		return full, untilResync(k, now)
	}
	wait = k.NextAt.Sub(now)
	if wait > longestInterval*2 {
		wait = 0 // our clock was set back
	}
	age := now.Sub(k.EverythingAt)
	daily := age >= everythingEvery || age < 0 || k.Want == storage.WantEverything && age >= treeEvery
	if tooSoon := k.RetryAt.Sub(now); tooSoon > 0 && tooSoon <= everythingEvery {
		daily = false
	}
	return storage.CatalogRun{Everything: daily, Cause: storage.CauseTimer}, wait
}

// untilResync is how long a full sync that is not the merchant's wish waits.
func untilResync(k storage.Catalog, now time.Time) time.Duration {
	wait := k.FullAt.Add(resyncEvery).Sub(now)
	if wait > resyncEvery {
		return 0 // our clock was set back
	}
	return wait
}

// beginDue begins the run that is due, or tells how long to wait for one.
func (s *Syncer) beginDue(
	ctx context.Context, c storage.Company,
) (run storage.CatalogRun, wait time.Duration, err error) {
	err = s.company.Add(ctx, func(tx *storage.Tx) error {
		k, err := tx.Catalog(s.company.ID)
		if err != nil {
			return err
		}
		if run, wait = planRun(k, time.Now()); wait > 0 {
			return nil
		}
		return beginRun(tx, c, k, &run, time.Now())
	})
	if errors.Is(err, errOldSettings) {
		return run, savedSoon, nil
	}
	if err == nil && wait <= 0 {
		s.company.Log.Info("catalog run begins", "cause", run.Cause, "full", run.Full, "everything", run.Everything)
	}
	return run, wait, err
}

// errOldSettings is why no run begins with settings that others have just been
// stored over: the stored ones have ended the run before, and it would be read
// with an old price or from an old shop.
var errOldSettings = errors.New("the settings have just been saved")

// savedSoon is when settings that were stored are surely in memory.
const savedSoon = time.Second

// beginRun adds a run and says when the timer wants the one behind it: a little
// later than the interval, so that many connectors do not ask in step.
func beginRun(tx *storage.Tx, c storage.Company, k storage.Catalog, run *storage.CatalogRun, now time.Time) error {
	version, err := tx.CompanyVersion(c.ID)
	if err == nil && version != c.Version {
		err = errOldSettings
	}
	if err != nil {
		return err
	}
	run.Version = version
	k.NextAt = now.Add(c.Catalog.Interval + rand.N(c.Catalog.Interval/20+1))
	if run.Everything {
		k.Want, k.WantCause = storage.WantNothing, ""
	}
	if run.Full {
		k.FullAt = now
	}
	if run.Everything {
		k.Reading++
	} else {
		run.Floor, run.Cursor = k.Floor, k.Floor
	}
	run.Company, run.BeganAt, run.Phase, run.Reading = c.ID, now, storage.PhaseTree, k.Reading
	run.Sync = newSyncID(now)
	run.PageSize = company.PageSize(c.Learnt, pageSize(k.PageSize, run.Everything))
	if err := tx.BeginRun(run); err != nil {
		return err
	}
	return tx.PutCatalog(k)
}

// pageSize begins with what the shop managed last; with every complete reading
// it may try twice that.
func pageSize(last int, everything bool) int {
	if last == 0 {
		return insales.PageSize
	}
	if everything {
		last *= 2
	}
	return min(max(last, insales.SmallestPage), insales.PageSize)
}

// A catalogStop is a reason not to go on that has a name.
type catalogStop struct{ problem storage.Problem }

func (c *catalogStop) Error() string { return "the catalog cannot be read: " + c.problem.Code }

// afterCatalog keeps count of failures and says when to take the next step. What a
// person has to mend is stored at once as the catalog's problem; what may pass by
// itself only after several failures in a row. The first step that succeeds ends it.
func (s *Syncer) afterCatalog(ctx context.Context, err error) time.Duration {
	switch {
	case err == nil:
		s.catalogTrouble(ctx, 0, nil)
		return 0
	case errors.Is(err, storage.ErrStale):
		return 0 // the run was ended meanwhile
	case ctx.Err() != nil || company.Quiet(err):
		return company.ReadFirst
	}
	s.mu.Lock()
	n := s.state.failures + 1
	s.mu.Unlock()
	delay := company.Backoff(n, catalogFirst, catalogLongest)
	var fault *storage.Problem
	var stop *catalogStop
	var chat *ineedchat.Error
	switch {
	case errors.As(err, &stop):
		fault = &stop.problem
	case errors.As(err, &chat):
		delay = max(delay, chat.RetryAfter)
		if n >= company.FailuresToAlarm {
			p := problem.Of(problem.ChatFailing, "status", strconv.Itoa(chat.Status))
			fault = &p
		}
	case problem.Certain(err) || n >= company.FailuresToAlarm:
		p := problem.OfShop(err)
		fault = &p
	}
	s.company.Log.Warn("catalog run does not get on", "err", err, "failures", n, "delay", delay)
	s.mu.Lock()
	s.state.retryAt = time.Now().Add(delay)
	s.mu.Unlock()
	s.catalogTrouble(ctx, n, fault)
	return delay
}

// catalogTrouble keeps the count of failures, and stores a problem when it
// begins, changes or ends.
func (s *Syncer) catalogTrouble(ctx context.Context, failures int, p *storage.Problem) {
	code := ""
	if p != nil {
		code = p.Code
	}
	s.mu.Lock()
	s.state.failures = failures
	stored := s.state.problem
	s.mu.Unlock()
	if stored != nil && code == *stored || failures > 0 && p == nil {
		return
	}
	err := s.company.Update(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
		k, err := tx.Catalog(s.company.ID)
		if err != nil || k.Problem == nil && p == nil {
			return err
		}
		k.Problem = p
		return tx.PutCatalog(k)
	})
	if err != nil {
		s.company.Log.Error("catalog problem not stored", "err", err)
		return
	}
	s.mu.Lock()
	s.state.problem = &code
	s.mu.Unlock()
}

// Sync begins a run at once, on behalf of a person. It is refused while
// one runs: that one will do.
func (s *Syncer) Sync(ctx context.Context, full bool) (storage.CatalogRun, error) {
	c := s.company.Settings()
	switch {
	case c.Sealed:
		return storage.CatalogRun{}, problem.Refuse(problem.SecretsSealed)
	case !c.Catalog.Enabled:
		return storage.CatalogRun{}, problem.Refuse(problem.RefusedCatalogOff)
	case c.CatalogFault != nil:
		return storage.CatalogRun{}, &problem.Refused{Problem: *c.CatalogFault}
	}
	run := storage.CatalogRun{Cause: storage.CausePerson}
	err := s.company.Store.Update(ctx, func(tx *storage.Tx) error {
		k, err := tx.Catalog(s.company.ID)
		if err != nil {
			return err
		}
		now := time.Now()
		run = storage.CatalogRun{Cause: storage.CausePerson, Full: full || !k.Complete || k.Want == storage.WantFull}
		run.Everything = run.Full || k.Want == storage.WantEverything || now.Sub(k.EverythingAt) >= everythingEvery
		if err := beginRun(tx, c, k, &run, now); err != nil {
			return err
		}
		return tx.AddEntry(company.OfCompany(ctx, storage.EntrySynced, s.company.ID,
			storage.Change{Field: "catalog.full", New: strconv.FormatBool(run.Full)}))
	})
	if errors.Is(err, storage.ErrStale) {
		s.retryCatalog()
		return storage.CatalogRun{}, problem.Refuse(problem.RefusedCatalogRuns)
	}
	if errors.Is(err, errOldSettings) {
		return storage.CatalogRun{}, problem.Refuse(problem.RefusedCompanyExists)
	}
	if err != nil {
		return storage.CatalogRun{}, err
	}
	s.retryCatalog()
	return run, nil
}

// retryCatalog lets a run that waits after a failure try again at once.
func (s *Syncer) retryCatalog() {
	s.mu.Lock()
	s.state.retryAt = time.Time{}
	s.mu.Unlock()
	s.task.Wake()
}

// endRun ends the run that runs, if one does: its batches are dropped, and what
// it has read and not delivered is read again by the next.
func endRun(tx *storage.Tx, company, outcome string, now time.Time) error {
	run, err := tx.RunningRun(company)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	run.EndedAt, run.Outcome = now, outcome
	if err := tx.PutRun(run); err != nil {
		return err
	}
	return tx.DropBatches(company)
}
