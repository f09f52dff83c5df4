package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ineed-insales/internal/atomicfile"
	"ineed-insales/storage/storagetest/smalldisk"
)

// fill takes all the room that is left, as somebody's log does.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// until waits for something that another goroutine does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: ", what)
		}
	}
}

// TestFullDisk: new orders are refused and Health says so before the first one
// is, what became of the old ones is stored, and all goes on by itself.
func TestFullDisk(t *testing.T) {
	dir := smalldisk.Open(t, 48<<20)
	if dir == "" {
		return
	}
	s := open(t, func(c *Config) { c.Path = filepath.Join(dir, "connector.db") })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { _ = s.Watch(ctx) }()
	spared := func() bool { fi, err := os.Stat(s.spare.path); return err == nil && fi.Size() == 3<<20 }
	until(t, "room is spared", spared)
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	const sent = 100
	for i := range sent {
		if err := s.Add(ctx, adding(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 3 {
		fill(t, filepath.Join(dir, "filler"))
		if err := s.Health(); !errors.Is(err, ErrFull) {
			t.Errorf("round %d: %v", round, err)
		}
		for i := range 5 {
			err := s.Add(ctx, adding(fmt.Sprint("late", round, i)))
			if !errors.Is(err, ErrFull) || !errors.Is(err, ErrUnavailable) {
				t.Errorf("round %d: a new order: %v", round, err)
			}
		}
		for i := range sent { // which each need their own commit, and more room than the log had
			err := s.Update(ctx, func(tx *Tx) error {
				o, err := tx.Order(OrderKey{"2", fmt.Sprint(i), false})
				if err != nil {
					return err
				}
				was := o.State
				o.State, o.InSalesID = StateSent, int64(i+1)
				if err := tx.PutOrder(&o, was, o.Attempt); err != nil {
					return err
				}
				answer := Pack(fmt.Appendf(nil, "%0600d", i))
				return tx.AddEvent(&o, Event{At: time.Now(), Kind: EventAnswered, Answer: answer})
			})
			if err != nil {
				t.Fatalf("round %d: outcome %d: %v", round, i, err)
			}
		}
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
		until(t, "all goes on", func() bool { return s.Health() == nil })
		if err := s.Add(ctx, adding(fmt.Sprint("new", round))); err != nil {
			t.Error(err)
		}
		until(t, "room is spared again", spared)
	}
}

// TestFullDiskAtStart: a connector that is restarted on a full disk opens with
// the room that was spared.
func TestFullDiskAtStart(t *testing.T) {
	dir := smalldisk.Open(t, 32<<20)
	if dir == "" {
		return
	}
	s := open(t, func(c *Config) { c.Path = filepath.Join(dir, "connector.db") })
	if err := s.spare.keep(); err != nil {
		t.Fatal(err)
	}
	add(t, s, "1")
	cfg := s.cfg
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fill(t, filepath.Join(dir, "filler"))
	s = restored(t, cfg)
	if err := s.Add(t.Context(), adding("2")); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if err := s.Update(t.Context(), adding("2")); err != nil {
		t.Error(err)
	}
}

// TestSecondCopies: where a file cannot have a second name, what was there is
// kept as a copy, and nothing of the way there stays. Between two file systems
// there are no links either.
func TestSecondCopies(t *testing.T) {
	dir := smalldisk.Open(t, 4<<20)
	if dir == "" {
		return
	}
	from, to, partly := filepath.Join(t.TempDir(), "a"), filepath.Join(dir, "kept"), filepath.Join(dir, "partly")
	if err := os.WriteFile(from, []byte("database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(from, to); err == nil {
		t.Fatal("two file systems have a link between them")
	}
	if err := atomicfile.Second(from, to, partly); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(to); string(text) != "database" {
		t.Error(string(text), err)
	}
	if _, err := os.Stat(partly); err == nil {
		t.Error("a copy stays behind")
	}
	if err := atomicfile.Second(from, to, partly); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another one: %v", err)
	}
	fill(t, filepath.Join(dir, "filler"))
	big := filepath.Join(filepath.Dir(from), "big")
	if err := os.WriteFile(big, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Second(big, filepath.Join(dir, "kept2"), partly); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("without room: %v", err)
	}
	if _, err := os.Stat(partly); err == nil {
		t.Error("half a copy stays behind")
	}
}

// TestSaveBackupFullDisk: without room there is no copy and no half of one, and those that are
// there stay.
func TestSaveBackupFullDisk(t *testing.T) {
	dir := smalldisk.Open(t, 44<<20)
	if dir == "" {
		return
	}
	s := open(t)
	first, second := filepath.Join(dir, "first.db"), filepath.Join(dir, "second.db")
	size, err := s.SaveBackup(t.Context(), first)
	if fi, err2 := os.Stat(first); err != nil || err2 != nil || fi.Size() != size || fi.Mode() != 0o600 {
		t.Fatal(size, fi, err, err2)
	}
	fill(t, filepath.Join(dir, "filler"))
	if _, err := s.SaveBackup(t.Context(), second); !errors.Is(err, ErrNoRoom) {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Error(entries, err)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	if err := checkBackup(t.Context(), first, testKey); err != nil {
		t.Error(err)
	}
}
