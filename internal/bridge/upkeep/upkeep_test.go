package upkeep

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
	"ineed-insales/storage/storagetest/inmemory"
)

func TestMain(m *testing.M) { os.Exit(inmemory.Main(m)) }

// A house is a store with what looks after it, in virtual time. It begins at midnight of UTC.
type house struct {
	*testing.T
	store  *storage.Store
	folder string
	keeper *Keeper
	log    record
	stop   context.CancelFunc
	wg     sync.WaitGroup
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "connector.db")
	if err := storagetest.Write(path); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(t.Context(), storage.Config{Path: path, SecretKey: storagetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, store: store, folder: filepath.Join(dir, "backups")}
	t.Cleanup(func() { h.end(); store.Close() })
	return h
}

// A record is a log that can be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// start lets a new keeper work, as after a restart.
func (h *house) start(change ...func(*Config)) {
	h.Helper()
	h.end()
	cfg := Config{Store: h.store, Folder: h.folder, Log: slog.New(slog.NewTextHandler(&h.log, nil))}
	for _, f := range change {
		f(&cfg)
	}
	h.keeper = New(cfg)
	var ctx context.Context
	ctx, h.stop = context.WithCancel(context.Background())
	h.keeper.Run(ctx, &h.wg)
}

func (h *house) end() {
	if h.stop != nil {
		h.stop()
		h.wg.Wait()
		h.stop = nil
	}
}

func (h *house) files() (list []string) {
	entries, _ := os.ReadDir(h.folder)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func (h *house) wants(want ...string) {
	h.Helper()
	synctest.Wait()
	if got := h.files(); !slices.Equal(got, want) {
		h.Errorf("%v: there are %v, want %v", time.Now().UTC(), got, want)
	}
}

// TestNightly: a copy is made after the start and then each night, a missed one soon; seven
// stay, and what is not ours is not touched.
func TestNightly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.start()
		time.Sleep(59 * time.Second)
		h.wants()
		time.Sleep(2 * time.Second) // 2000-01-01 00:01:01
		const first = "connector-20000101T000100Z.db"
		h.wants(first)
		if c := h.keeper.Copies(); c.Last.Size == 0 || c.Kept != 1 || c.TooOld || c.NextAt.UTC().Hour() != 3 {
			t.Errorf("%+v", c)
		}
		time.Sleep(3 * time.Hour)
		const second = "connector-20000101T030000Z.db"
		h.wants(first, second)
		h.start() // after a restart nothing is missing
		time.Sleep(10 * time.Hour)
		h.wants(first, second)
		h.end()
		time.Sleep(3 * 24 * time.Hour) // 2000-01-04 13:01, with three nights missed
		h.start()
		if c := h.keeper.Copies(); c.Kept != 2 || h.keeper.Problem() != nil {
			t.Errorf("%+v", c)
		}
		time.Sleep(2 * time.Minute)
		list := h.files()
		if len(list) != 3 || !strings.HasPrefix(list[2], "connector-20000104T13") {
			t.Error(list)
		}
		odd := []string{"connector-mine.db", "other-20000101T030000Z.db", "connector-20000101T030000Z.db.gz"}
		for _, name := range odd {
			if err := os.WriteFile(filepath.Join(h.folder, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(12 * 24 * time.Hour)
		list = slices.DeleteFunc(h.files(), func(name string) bool { return slices.Contains(odd, name) })
		if len(list) != 7 || len(h.files()) != 7+len(odd) || list[6] != "connector-20000116T030000Z.db" {
			t.Error(h.files())
		}
		data, err := os.ReadFile(filepath.Join(h.folder, list[6]))
		if err != nil {
			t.Fatal(err)
		}
		cfg := storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: storagetest.Key}
		if _, err := storage.Restore(t.Context(), cfg, bytes.NewReader(data), nil, time.Now()); err != nil {
			t.Error(err)
		}
	})
}

// TestNightlyFails: while no copy can be made the good ones stay, it is tried each hour, and
// after a day and a half somebody has to see to it.
func TestNightlyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.start()
		time.Sleep(2 * time.Minute)
		list := h.files()
		if err := os.Rename(h.folder, h.folder+"-aside"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.folder, []byte("a file where the folder was"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Hour)
		if c := h.keeper.Copies(); c.Failure != FailureFolder || c.Kept != 0 {
			t.Errorf("%+v", c)
		}
		p := h.keeper.Problem()
		if p == nil || p.Code != problem.BackupOld || p.Args["hours"] != "" {
			t.Errorf("%+v", p)
		}
		if n := strings.Count(h.log.String(), "no nightly copy"); n < 20 || n > 35 ||
			!strings.Contains(h.log.String(), "make the folder") {
			t.Errorf("%d times in the log: %.300s", n, h.log.String())
		}
		if err := os.Remove(h.folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(h.folder+"-aside", h.folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour + time.Minute)
		if got := h.files(); len(got) != 2 || got[0] != list[0] || h.keeper.Problem() != nil {
			t.Error(got, h.keeper.Problem())
		}
	})
}

// TestOldCopies: the age of the last copy is told in hours; what a kill has left of a copy
// goes; a copy of a time to come is not the last one, and the first to go.
func TestOldCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		if err := os.Mkdir(h.folder, 0o700); err != nil {
			t.Fatal(err)
		}
		write := func(name string) {
			if err := os.WriteFile(filepath.Join(h.folder, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		const old, future = "connector-19991230T030000Z.db", "connector-20300101T030000Z.db"
		for _, name := range []string{old, future, old + ".part", old + ".part-journal", "mine.part"} {
			write(name)
		}
		b, err := h.store.Backup(t.Context()) // which holds up ours
		if err != nil {
			t.Fatal(err)
		}
		h.start(func(c *Config) { c.Copies = 2 })
		h.wants(old, future, "mine.part")
		time.Sleep(20 * time.Minute)
		if p := h.keeper.Problem(); p == nil || p.Args["hours"] != "45" {
			t.Errorf("%+v", p)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute)
		list := h.files()
		if len(list) != 3 || list[0] != old || !strings.HasPrefix(list[1], "connector-20000101T00") {
			t.Error(list)
		}
	})
}

// TestOff: without a folder nothing is made, and nothing is missed.
func TestOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.start(func(c *Config) { c.Folder = "" })
		time.Sleep(100 * time.Hour)
		h.wants()
		if c := h.keeper.Copies(); c.On || c.TooOld || h.keeper.Problem() != nil {
			t.Errorf("%+v", c)
		}
	})
}

// TestPrune: old entries and runs go, in steps, but the last run of each company stays.
func TestPrune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		day := 24 * time.Hour
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(h.store.Update(t.Context(), func(tx *storage.Tx) error {
			for range pruneBatch + 10 {
				if err := tx.AddEntry(storage.Entry{At: time.Now(), Kind: storage.EntrySignIn}); err != nil {
					return err
				}
			}
			for _, id := range []string{"2", "3"} {
				if err := tx.PutCompany(&storage.Company{ID: id}); err != nil {
					return err
				}
				for range 3 {
					r := storage.CatalogRun{Company: id, BeganAt: time.Now()}
					if err := tx.BeginRun(&r); err != nil {
						return err
					}
					r.EndedAt = time.Now()
					if err := tx.PutRun(r); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		counts := func() (entries, runs int) {
			t.Helper()
			list, err := journal(h.store)
			must(err)
			for _, id := range []string{"2", "3"} {
				some, _, err := h.store.Runs(t.Context(), id, "", 100)
				must(err)
				runs += len(some)
			}
			return len(list), runs
		}
		h.start(func(c *Config) { c.Keep, c.Folder = company.Keep{Journal: 10 * day, Runs: 5 * day}, "" })
		time.Sleep(4 * day)
		if entries, runs := counts(); entries != pruneBatch+10 || runs != 6 {
			t.Error(entries, runs)
		}
		time.Sleep(2 * day)
		if entries, runs := counts(); entries != pruneBatch+10 || runs != 2 {
			t.Error(entries, runs)
		}
		time.Sleep(5 * day)
		if entries, runs := counts(); entries != 0 || runs != 2 {
			t.Error(entries, runs)
		}
	})
}

// TestPruneWaitsForTheTime: a clock that is ahead until a shop is heard forgets nothing.
func TestPruneWaitsForTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		day := 24 * time.Hour
		err := h.store.Update(t.Context(), func(tx *storage.Tx) error {
			return tx.AddEntry(storage.Entry{At: time.Now(), Kind: storage.EntrySignIn})
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		h.start(func(c *Config) {
			c.Keep, c.Folder = company.Keep{Journal: 10 * day}, ""
			c.Now = func() time.Time {
				if now := time.Now(); now.Sub(began) >= 50*time.Minute {
					return now
				}
				return time.Now().Add(3650 * day)
			}
		})
		for _, x := range []struct {
			after time.Duration
			want  int
		}{{time.Minute, 1}, {2 * time.Hour, 1}, {11 * day, 0}} {
			time.Sleep(x.after)
			if list, err := journal(h.store); err != nil || len(list) != x.want {
				t.Errorf("%v later: %d entries, want %d; %v", x.after, len(list), x.want, err)
			}
		}
	})
}

// TestNights: the night is that of the time zone, also where clocks are changed.
func TestNights(t *testing.T) {
	at := func(zone, text string) time.Time {
		t.Helper()
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		v, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ zone, now, last, next string }{
		{"UTC", "2026-11-29 02:59", "2026-11-28 03:00", "2026-11-29 03:00"},
		{"UTC", "2026-11-29 03:00", "2026-11-29 03:00", "2026-11-30 03:00"},
		{"UTC", "2026-12-31 23:59", "2026-12-31 03:00", "2027-01-01 03:00"},
		{"Europe/Moscow", "2026-11-29 00:30", "2026-11-28 03:00", "2026-11-29 03:00"},
		{"Europe/Berlin", "2026-03-29 03:30", "2026-03-29 03:00", "2026-03-30 03:00"},
		{"Europe/Berlin", "2026-10-25 01:00", "2026-10-24 03:00", "2026-10-25 03:00"},
	} {
		now := at(c.zone, c.now)
		if got := lastNight(now.UTC(), now.Location()); !got.Equal(at(c.zone, c.last)) {
			t.Errorf("%s %s: last %v", c.zone, c.now, got)
		}
		if got := nextNight(now.UTC(), now.Location()); !got.Equal(at(c.zone, c.next)) {
			t.Errorf("%s %s: next %v", c.zone, c.now, got)
		}
	}
}

// journal is all of it.
func journal(store *storage.Store) (all []storage.Entry, err error) {
	f := storage.JournalFilter{Limit: 200}
	for {
		page, err := store.Journal(context.Background(), f)
		all = append(all, page.Entries...)
		if f.Cursor = page.Next; f.Cursor == "" || err != nil {
			return all, err
		}
	}
}
