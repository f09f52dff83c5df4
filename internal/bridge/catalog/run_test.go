package catalog

import (
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

func TestPlanRun(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	synced := func(change func(*storage.Catalog)) storage.Catalog {
		k := storage.Catalog{Complete: true, FullAt: now.Add(-30 * time.Minute),
			EverythingAt: now.Add(-30 * time.Minute), NextAt: now.Add(2 * time.Minute)}
		change(&k)
		return k
	}
	const changes, everything, full = "changes", "everything", "full"
	for name, tc := range map[string]struct {
		k     storage.Catalog
		kind  string
		cause storage.Cause
		wait  time.Duration
	}{
		"never":   {storage.Catalog{}, full, storage.CauseFirst, 0},
		"not yet": {synced(func(*storage.Catalog) {}), changes, storage.CauseTimer, 2 * time.Minute},
		"due": {synced(func(k *storage.Catalog) { k.NextAt = now.Add(-time.Second) }), changes,
			storage.CauseTimer, -time.Second},
		"daily": {synced(func(k *storage.Catalog) {
			k.NextAt, k.EverythingAt = now,
				now.Add(-24*time.Hour)
		}), everything, storage.CauseTimer, 0},
		"the clock went back": {synced(func(k *storage.Catalog) {
			k.NextAt, k.EverythingAt = now.Add(1000*time.Hour),
				now.Add(999*time.Hour)
		}), everything, storage.CauseTimer, 0},
		"cut short": {synced(func(k *storage.Catalog) { k.Complete = false }), full, storage.CauseFirst,
			30 * time.Minute},
		"settings": {synced(func(k *storage.Catalog) { k.Want, k.WantCause = storage.WantFull, storage.CauseSettings }),
			full, storage.CauseSettings, 0},
		"resync": {synced(func(k *storage.Catalog) { k.Want, k.WantCause = storage.WantFull, storage.CauseResync }),
			full, storage.CauseResync, 30 * time.Minute},
		"new categories": {synced(func(k *storage.Catalog) {
			k.Want, k.WantCause, k.NextAt, k.EverythingAt = storage.WantEverything, storage.CauseTimer, now,
				now.Add(-2*time.Hour)
		}), everything, storage.CauseTimer, 0},
		"new categories again": {synced(func(k *storage.Catalog) {
			k.Want, k.WantCause, k.NextAt = storage.WantEverything, storage.CauseTimer, now
		}), changes, storage.CauseTimer, 0},
	} {
		t.Run(name, func(t *testing.T) {
			run, wait := planRun(tc.k, now)
			kind := changes
			switch {
			case run.Full:
				kind = full
			case run.Everything:
				kind = everything
			}
			if kind != tc.kind || run.Cause != tc.cause || wait != tc.wait || run.Full && !run.Everything {
				t.Errorf("%s because of %s in %v, want %s because of %s in %v", kind, run.Cause, wait, tc.kind,
					tc.cause, tc.wait)
			}
		})
	}
}

func TestTimeLeft(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	run := func(seen, expected int, began time.Duration) storage.CatalogRun {
		return storage.CatalogRun{BeganAt: now.Add(-began), Seen: seen, Expected: expected, PageSize: 250}
	}
	for name, tc := range map[string]struct {
		run  storage.CatalogRun
		want time.Duration
	}{
		"nothing read":  {run(0, 1000, time.Minute), 0},
		"not known":     {run(1000, 0, time.Minute), 0},
		"done":          {run(1000, 1000, time.Minute), 0},
		"by its pace":   {run(1000, 4000, time.Minute), 3 * time.Minute},
		"by the window": {run(1000, 1000+250*1000, time.Second), 10 * time.Minute}, // 1,000 requests: 350, 350 and 300
	} {
		if got := timeLeft(tc.run, now, insales.NewWindow()); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
