package storage

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// fileSize is the size of the database without its log.
func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Size()
}

// addMany adds orders with histories as they are in life, some hundred to a commit.
func addMany(t *testing.T, s *Store, from, n int, at time.Time) {
	t.Helper()
	const together = 500
	for first := from; first < from+n; first += together {
		do(t, s, func(tx *Tx) error {
			for i := first; i < min(first+together, from+n); i++ {
				o := Order{Key: OrderKey{Company: "2", ID: fmt.Sprint(i)}, State: StateSent, Final: true, AcceptedAt: at,
					InSalesID: int64(i), Body: incompressible(i), Phone: fmt.Sprint(79990000000 + i)}
				if _, err := tx.AddOrder(&o, Event{At: at, Kind: EventReceived}); err != nil {
					return err
				}
				text := Pack(fmt.Appendf(nil, "%d %x", i, i*i*7919))
				for _, kind := range []string{EventIntent, EventAnswered, EventSeen, EventReported} {
					if err := tx.AddEvent(&o, Event{At: at, Kind: kind, Request: text, Answer: text}); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
}

// incompressible is a body of nine hundred signs that packing makes no smaller.
func incompressible(i int) []byte {
	text := make([]byte, 670)
	_, _ = rand.NewChaCha8([32]byte{byte(i), byte(i >> 8), byte(i >> 16)}).Read(text)
	return fmt.Appendf(nil, `{"order":"%s"}`, base64.StdEncoding.EncodeToString(text))
}

// TestFileShrinks: what is erased of many orders gives its room back, while orders go on
// coming, and the file stays whole.
func TestFileShrinks(t *testing.T) {
	s := open(t)
	const many = 20_000
	addMany(t, s, 1, many, time.Now())
	do(t, s, func(tx *Tx) error { tx.erased = true; return nil }) // which merges the log
	full := fileSize(t, s.cfg.Path)
	for first := 1; first <= many; first += 1000 {
		if err := s.Tidy(t.Context(), func(tx *Tx) error {
			for i := first; i < first+1000; i++ {
				o, err := tx.Order(OrderKey{Company: "2", ID: fmt.Sprint(i)})
				if err == nil {
					err = tx.ErasePerson(&o)
				}
				if err == nil {
					_, err = tx.exec("DELETE FROM events WHERE order_seq = ?", o.seq)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	var slowest time.Duration
	for n, end := many+1, time.Now().Add(time.Minute); fileSize(t, s.cfg.Path) > full/3; n++ {
		if time.Now().After(end) {
			t.Fatalf("%d KiB of %d KiB", fileSize(t, s.cfg.Path)>>10, full>>10)
		}
		begin := time.Now()
		add(t, s, fmt.Sprint(n))
		slowest = max(slowest, time.Since(begin))
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%d KiB, then %d KiB; the slowest order took %v", full>>10, fileSize(t, s.cfg.Path)>>10, slowest)
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Error(verdict, err)
	}
	if list, err := s.Orders(t.Context(), "2", OrderFilter{Limit: 10}); err != nil || len(list.Orders) != 10 {
		t.Error(len(list.Orders), err)
	}
}

// TestTidyWaits: what can wait has its turn when nobody else does, and no sooner.
func TestTidyWaits(t *testing.T) {
	s := open(t)
	hold, held := make(chan struct{}), make(chan struct{})
	var turns []string
	done := make(chan error, 8)
	go func() {
		done <- s.Update(t.Context(), func(*Tx) error { close(held); <-hold; return nil })
	}()
	<-held
	go func() {
		done <- s.Tidy(t.Context(), func(*Tx) error { turns = append(turns, "tidy"); return nil })
	}()
	for range 3 {
		go func() {
			done <- s.Update(t.Context(), func(*Tx) error { turns = append(turns, "order"); return nil })
		}()
	}
	until(t, "they wait", func() bool { return len(s.writes) == 3 })
	close(hold)
	for range 5 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(turns) != 4 || turns[3] != "tidy" {
		t.Error(turns)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Tidy(ctx, func(*Tx) error { return nil }); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

// TestOldFileIsRewritten: the first start lets an old file shrink from then on; one that
// was tried within the week, or has no room, is used as it is.
func TestOldFileIsRewritten(t *testing.T) {
	mode := func(path string) (mode int) {
		db, err := openDB(path, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow("PRAGMA auto_vacuum").Scan(&mode); err != nil {
			t.Fatal(err)
		}
		return mode
	}
	old := func(t *testing.T) string {
		t.Helper()
		path := unzipped(t, "../testdata/storage/old/24.db.gz")
		if got := mode(path); got != 0 {
			t.Fatal("the old file is not old: ", got)
		}
		return path
	}
	opens := func(t *testing.T, path string) {
		t.Helper()
		s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.Companies(t.Context()); err != nil || len(list) != 2 {
			t.Error(list, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("at once", func(t *testing.T) {
		path := old(t)
		opens(t, path)
		if got := mode(path); got != 2 {
			t.Error(got)
		}
	})
	t.Run("killed before", func(t *testing.T) {
		path := old(t)
		s := &Store{cfg: Config{Path: path}}
		if err := s.noteRewrite(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+restoreSuffix, []byte("half of a copy"), 0o600); err != nil {
			t.Fatal(err)
		}
		opens(t, path)
		if got := mode(path); got != 0 {
			t.Error("it was tried again at once")
		}
		if left, _ := filepath.Glob(path + "*" + restoreSuffix + "*"); len(left) > 0 {
			t.Error(left)
		}
		if err := s.noteRewrite(t.Context(), time.Now()); !errors.Is(err, errRewriteTried) {
			t.Error(err)
		}
		if err := s.noteRewrite(t.Context(), time.Now().Add(rewriteRest)); err != nil {
			t.Error(err)
		}
	})
}
