package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// backup is a whole backup of s.
func backup(t *testing.T, s *Store) []byte {
	t.Helper()
	b, err := s.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(b)
	if err := errors.Join(err, b.Close()); err != nil || int64(len(text)) != b.Size {
		t.Fatalf("%d of %d bytes: %v", len(text), b.Size, err)
	}
	return text
}

// names gives what stands in the folder of a database.
func names(t *testing.T, cfg Config) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(cfg.Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func restored(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A backup is of one moment, whatever is written meanwhile, and nothing of it
// stays behind.
func TestBackup(t *testing.T) {
	s := open(t)
	add(t, s, "before")
	if err := os.WriteFile(s.backupPath(), bytes.Repeat([]byte("left from a crash"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			do(t, s, func(tx *Tx) error { // both or none
				for _, id := range []string{"a", "b"} {
					o := Order{Key: OrderKey{Company: "2", ID: fmt.Sprint(id, i)}, State: StateNew}
					if _, err := tx.AddOrder(&o, Event{At: time.Now(), Kind: EventReceived}); err != nil {
						return err
					}
				}
				return nil
			})
		}
	})
	for range 5 {
		text := backup(t, s)
		cfg := Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: testKey}
		if kept, err := Restore(t.Context(), cfg, bytes.NewReader(text), nil, time.Now()); err != nil || kept != "" {
			t.Fatal(kept, err)
		}
		if got := names(t, cfg); !slices.Equal(got, []string{"connector.db", "connector.db.lock"}) {
			t.Errorf("beside it lies %v", got)
		}
		other := restored(t, cfg)
		var a, b int
		if err := other.queryRow(t.Context(),
			"SELECT count(*) FILTER (WHERE chat_id LIKE 'a%'), count(*) FILTER (WHERE chat_id LIKE 'b%') FROM orders").
			Scan(&a, &b); err != nil || a+1 != b {
			t.Errorf("%d and %d: %v", a, b, err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	stop()
	busy.Wait()
	if _, err := os.Stat(s.backupPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a copy stays behind")
	}
}

func TestBackupAlone(t *testing.T) {
	s := open(t)
	b, err := s.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(b.Name()); err != nil || fi.Mode() != 0o600 {
		t.Error(fi, err)
	}
	if _, err := s.Backup(t.Context()); !errors.Is(err, ErrBackupRuns) {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	backup(t, s)
}

// What cannot be used leaves everything as it is.
func TestRestoreRefuses(t *testing.T) {
	s := open(t)
	add(t, s, "A-1")
	whole := backup(t, s)
	newer := func() []byte {
		other := open(t)
		do(t, other, func(tx *Tx) error {
			_, err := tx.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
			return err
		})
		return backup(t, other)
	}()
	cfg := s.cfg
	if _, err := Restore(t.Context(), cfg, bytes.NewReader(whole), nil, time.Now()); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := cfg
	wrong.SecretKey = []byte(strings.Repeat("w", 32))
	for name, test := range map[string]struct {
		cfg  Config
		text []byte
		want error
	}{
		"empty":     {cfg, nil, errNoBackup},
		"text":      {cfg, []byte("<html>"), errNoBackup},
		"half":      {cfg, whole[:len(whole)/2], errNoBackup},
		"a page":    {cfg, whole[:4096], errNoBackup},
		"torn":      {cfg, whole[:len(whole)-4096], errNoBackup},
		"wrong key": {wrong, whole, ErrWrongKey},
		"too new":   {cfg, newer, ErrBackupTooNew},
	} {
		before := names(t, cfg)
		if _, err := Restore(t.Context(), test.cfg, bytes.NewReader(test.text), nil, time.Now()); !errors.Is(err,
			test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := names(t, cfg); !slices.Equal(before, after) {
			t.Errorf("%s: %v, before %v", name, after, before)
		}
	}
	again := restored(t, cfg)
	if _, err := again.Order(t.Context(), OrderKey{Company: "2", ID: "A-1"}); err != nil {
		t.Error(err)
	}
}

// cut leaves the files of a store as a power cut does, and gives them.
func cut(t *testing.T, s *Store) (file, log []byte) {
	t.Helper()
	var texts [2][]byte
	for i, suffix := range []string{"", "-wal"} {
		var err error
		if texts[i], err = os.ReadFile(s.cfg.Path + suffix); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for i, suffix := range []string{"", "-wal"} {
		if err := os.WriteFile(s.cfg.Path+suffix, texts[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return texts[0], texts[1]
}

func has(t *testing.T, cfg Config, path, id string) bool {
	t.Helper()
	cfg.Path = path
	s := restored(t, cfg)
	_, err := s.Order(t.Context(), OrderKey{Company: "2", ID: id})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return err == nil
}

// What was there is kept, with what only its log has, in one file, and can be
// restored too.
func TestRestoreKeeps(t *testing.T) {
	s := open(t)
	text := backup(t, s)
	add(t, s, "late")
	cfg := s.cfg
	cut(t, s)
	kept, err := Restore(t.Context(), cfg, bytes.NewReader(text), nil,
		time.Date(2026, 11, 27, 21, 0, 0, 0, time.FixedZone("", 3*3600)))
	if err != nil || kept != cfg.Path+"-before-20261127T180000Z" {
		t.Fatal(kept, err)
	}
	if got := names(t, cfg); !slices.Equal(got, []string{"connector.db", filepath.Base(kept), "connector.db.lock"}) {
		t.Errorf("%v", got)
	}
	if has(t, cfg, cfg.Path, "late") {
		t.Error("the backup is not in its place")
	}
	before, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Restore(t.Context(), cfg, bytes.NewReader(text), nil, time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC))
	if err != nil || again != cfg.Path+"-before-20261127T180001Z" {
		t.Error("within the same second:", again, err)
	}
	if after, err := os.ReadFile(kept); err != nil || !bytes.Equal(before, after) {
		t.Error("what was kept first was written over:", err)
	}
	f, err := os.Open(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Restore(t.Context(), cfg, f, nil, time.Now()); err != nil || !has(t, cfg, cfg.Path, "late") {
		t.Error("what was there is not whole:", err)
	}
}

// A copy of the files in use is whole with its log only.
func TestRestoreFilesInUse(t *testing.T) {
	s := open(t)
	add(t, s, "late")
	file, log := cut(t, s)
	cfg := s.cfg
	cfg.Path = filepath.Join(t.TempDir(), "connector.db")
	if _, err := Restore(t.Context(), cfg, bytes.NewReader(file), nil, time.Now()); !errors.Is(err, ErrNoLog) {
		t.Error(err)
	}
	if _, err := Restore(t.Context(), cfg, bytes.NewReader(file), bytes.NewReader(log), time.Now()); err != nil ||
		!has(t, cfg, cfg.Path, "late") {
		t.Error(err)
	}
	if got := names(t, cfg); !slices.Equal(got, []string{"connector.db", "connector.db.lock"}) {
		t.Errorf("%v", got)
	}
}

// One that cannot be opened is kept as it lies there.
func TestRestoreOverDamaged(t *testing.T) {
	s := open(t)
	text := backup(t, s)
	cfg := s.cfg
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := os.WriteFile(cfg.Path+suffix, []byte("no database"+suffix), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := Restore(t.Context(), cfg, bytes.NewReader(text), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{kept: "no database", kept + "-wal": "no database-wal"} {
		if got, err := os.ReadFile(name); string(got) != want {
			t.Errorf("%s: %.40q %v", name, got, err)
		}
	}
	restored(t, cfg)
}

// Copies hold customers' data: what a crash has left goes at once, what was kept
// after a month.
func TestOpenTidies(t *testing.T) {
	s := open(t)
	cfg := s.cfg
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	young := cfg.Path + "-before-" + time.Now().Add(-29*24*time.Hour).UTC().Format(keptTime)
	for _, name := range []string{cfg.Path + "-backup", cfg.Path + "-restore", cfg.Path + "-restore-wal",
		cfg.Path + "-before-20200101T000000Z",
		cfg.Path + "-before-20200101T000000Z-wal", young, cfg.Path + "-before-lunch"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := restored(t, cfg).Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, cfg); !slices.Equal(got,
		[]string{"connector.db", filepath.Base(young), "connector.db-before-lunch", "connector.db.lock"}) {
		t.Errorf("%v", got)
	}
}

// TestSaveBackup: a copy takes its name when it was read again and is whole; one that is cut
// off leaves nothing, and what was there by the name stays until then.
func TestSaveBackup(t *testing.T) {
	s := open(t)
	add(t, s, "A-1")
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, []byte("an older copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SaveBackup(ctx, path); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "an older copy" {
		t.Errorf("%q %v", data, err)
	}
	b, err := s.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveBackup(t.Context(), path); !errors.Is(err, ErrBackupRuns) {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveBackup(t.Context(), path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(PartOf(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := checkBackup(t.Context(), path, testKey); err != nil {
		t.Error(err)
	}
	if got := versionOfFile(t, path); got != versionOfFile(t, s.cfg.Path) {
		t.Errorf("its tables are of version %d", got)
	}
	if data, err := os.ReadFile(path); err != nil || bytes.Contains(data, testKey) {
		t.Error("the key is in it", err)
	}
	path = filepath.Join(t.TempDir(), "none", "copy.db")
	if _, err := s.SaveBackup(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestBackupWritesNothing: a copy is made while somebody else has the turn to write, however long.
func TestBackupWritesNothing(t *testing.T) {
	s := open(t)
	begun, hold := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Update(t.Context(), func(tx *Tx) error { close(begun); <-hold; return nil })
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), busyTimeout*time.Millisecond)
	defer cancel()
	_, err := s.SaveBackup(ctx, filepath.Join(t.TempDir(), "copy.db"))
	close(hold)
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}
