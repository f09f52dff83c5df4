package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// together runs updates so that they share one transaction: the writer is held
// in another one until all of them wait.
func together(t *testing.T, s *Store, updates ...func(*Tx) error) []error {
	t.Helper()
	return togetherBy(t, s, s.Update, updates...)
}

// togetherBy is together for Update or Add.
func togetherBy(t *testing.T, s *Store, do func(context.Context, func(*Tx) error) error,
	updates ...func(*Tx) error) []error {
	t.Helper()
	release := hold(t, s)
	errs := make([]error, len(updates))
	var wg sync.WaitGroup
	for i, fn := range updates {
		wg.Go(func() { errs[i] = do(context.Background(), fn) })
		waiting(t, s, i+1)
	}
	release()
	wg.Wait()
	return errs
}

// hold keeps the writer busy until release is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	held, free := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(*Tx) error { close(held); <-free; return nil })
	}()
	<-held
	return func() {
		close(free)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// waiting waits until n updates stand in the queue.
func waiting(t *testing.T, s *Store, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); len(s.writes) < n; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d updates wait, want %d", len(s.writes), n)
		}
	}
}

// adding is an update that adds one order.
func adding(id string) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.AddOrder(&Order{Key: OrderKey{"2", id, false}, State: StateNew}, Event{})
		return err
	}
}

func exists(t *testing.T, s *Store, id string) bool {
	t.Helper()
	_, err := s.Order(t.Context(), OrderKey{"2", id, false})
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// TestSharedCommit: what waits together is committed together, up to a bound.
func TestSharedCommit(t *testing.T) {
	var commits atomic.Int32
	s := open(t, func(c *Config) { c.ObserveCommit = func(time.Duration) { commits.Add(1) } })
	var updates []func(*Tx) error
	for i := range defaultBatch + 1 {
		updates = append(updates, adding(fmt.Sprint(i)))
	}
	commits.Store(0)
	for i, err := range together(t, s, updates...) {
		if err != nil || !exists(t, s, fmt.Sprint(i)) {
			t.Error(i, err)
		}
	}
	if n := commits.Load(); n != 3 { // the one that held, a full batch, the rest
		t.Errorf("%d commits", n)
	}
}

// TestDurable: when Update returns, another connection sees it.
func TestDurable(t *testing.T) {
	s := open(t)
	db, err := openDB(s.cfg.Path, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			id := fmt.Sprint(i)
			if err := s.Update(t.Context(), adding(id)); err != nil {
				t.Error(err)
			}
			var n int
			if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM orders WHERE chat_id = ?",
				id).Scan(&n); err != nil || n != 1 {
				t.Error(id, n, err)
			}
		})
	}
	wg.Wait()
}

// TestFailures: an update that fails leaves nothing and harms nobody who shares
// its transaction.
func TestFailures(t *testing.T) {
	broken := errors.New("broken")
	for name, fail := range map[string]func(*Tx) error{
		"before writing": func(*Tx) error { return broken },
		"after writing":  func(tx *Tx) error { return errors.Join(adding("bad")(tx), broken) },
		"panic":          func(tx *Tx) error { _ = adding("bad")(tx); panic("broken") },
		"statement": func(tx *Tx) error {
			_, err := tx.exec("INSERT INTO bodies (order_seq, n, body) VALUES (?, 1, ?)", 12345, []byte{1})
			return errors.Join(adding("bad")(tx), err)
		},
		"syntax": func(tx *Tx) error {
			_, err := tx.exec("INSERT INTO nowhere VALUES (1)")
			return errors.Join(adding("bad")(tx), err)
		},
		"commit": func(tx *Tx) error {
			_, err1 := tx.exec("PRAGMA defer_foreign_keys = 1")
			_, err2 := tx.exec("INSERT INTO bodies (order_seq, n, body) VALUES (?, 1, ?)", 12345, []byte{1})
			return errors.Join(adding("bad")(tx), err1, err2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			errs := together(t, s, adding("a"), fail, adding("b"))
			if errs[0] != nil || errs[1] == nil || errs[2] != nil || errors.Is(errs[1], ErrUnavailable) {
				t.Error(errs)
			}
			if !exists(t, s, "a") || exists(t, s, "bad") || !exists(t, s, "b") {
				t.Error(exists(t, s, "a"), exists(t, s, "bad"), exists(t, s, "b"))
			}
			if err := s.Update(t.Context(), fail); err == nil || exists(t, s, "bad") {
				t.Error("alone:", err)
			}
			if err := s.Update(t.Context(), adding("c")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCancelled: a request that goes away ends nobody's transaction; its own
// update is either done or, if there was no place in the queue, never.
func TestCancelled(t *testing.T) {
	s := open(t)
	release := hold(t, s)
	var wg sync.WaitGroup
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if err := s.Update(ctx, adding(fmt.Sprint(i))); err != nil {
				t.Error(i, err)
			}
		})
		waiting(t, s, i+1)
		if i%2 == 0 {
			cancel()
		}
		defer cancel()
	}
	queued := make([]*pending, 0, cap(s.writes))
	for len(s.writes) < cap(s.writes) {
		p := &pending{run: func(*Tx) error { return nil }, done: make(chan error, 1)}
		s.writes <- p
		queued = append(queued, p)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Update(ctx, adding("never")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	release()
	wg.Wait()
	for _, p := range queued {
		if err := <-p.done; err != nil {
			t.Error(err)
		}
	}
	for i := range 20 {
		if !exists(t, s, fmt.Sprint(i)) {
			t.Error(i, "is missing")
		}
	}
	if exists(t, s, "never") {
		t.Error("an update that was given up was done")
	}
}

// TestFull: when the disk is full nobody is told that something was kept, and
// all goes on when there is room again.
func TestFull(t *testing.T) {
	s := open(t)
	limit := func(pages int) {
		do(t, s, func(tx *Tx) error {
			_, err := tx.conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
			return err
		})
	}
	limit(1) // SQLite takes what is used already
	big := func(tx *Tx) error {
		_, err := tx.AddOrder(&Order{Key: OrderKey{"2", "big", false}, State: StateNew, Body: noise(1 << 20)}, Event{})
		return err
	}
	errs := togetherBy(t, s, s.Add, adding("a"), big, adding("b"))
	for i, err := range errs {
		if !errors.Is(err, ErrUnavailable) {
			t.Error(i, err)
		}
	}
	if err := s.Update(t.Context(), big); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	for _, id := range []string{"a", "big", "b"} {
		if exists(t, s, id) {
			t.Error(id, "was kept")
		}
	}
	if err := s.Update(t.Context(), adding("outcome")); err != nil { // which needs no room of its own
		t.Error(err)
	}
	limit(1 << 20)
	if err := s.Add(t.Context(), adding("a")); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if err := s.spare.keep(); err != nil {
		t.Fatal(err)
	}
	for i, err := range togetherBy(t, s, s.Add, adding("a"), big, adding("b")) {
		if err != nil {
			t.Error(i, err)
		}
	}
}

// TestClose finishes what was taken and takes no more.
func TestClose(t *testing.T) {
	s := open(t)
	path := s.cfg.Path
	release := hold(t, s)
	const n = 2*defaultBatch + 1
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = s.Update(t.Context(), adding(fmt.Sprint(i))) })
	}
	waiting(t, s, n)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	<-s.quit
	release()
	wg.Wait()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.Update(t.Context(), adding("late")); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	again := open(t, func(c *Config) { c.Path = path })
	for i, err := range errs {
		if err != nil || !exists(t, again, fmt.Sprint(i)) {
			t.Error(i, err)
		}
	}
	if exists(t, again, "late") {
		t.Error("taken after Close")
	}
}

// TestDeletedTogether: of an order and the deletion of its company that share a
// commit, the later one sees the earlier one; nothing of the company is added
// behind its deletion.
func TestDeletedTogether(t *testing.T) {
	deleting := func(tx *Tx) error {
		if states, err := tx.OrdersIn("2", StateNew, StateSending, StateAttention); err != nil || len(states) > 0 {
			return errors.Join(err, ErrStale)
		}
		return tx.DeleteCompany("2")
	}
	rows := map[string]func(*Tx) error{
		"refusal": func(tx *Tx) error { return tx.AddRefusal("2", Refusal{At: time.Now(), Body: []byte("{}")}) },
		"feed":    func(tx *Tx) error { return tx.PutFeed(Feed{Company: "2"}) },
		"alike":   func(tx *Tx) error { return tx.AddLookAlike("2", LookAlike{InSalesID: 1}) },
		"run":     func(tx *Tx) error { return tx.BeginRun(&CatalogRun{Company: "2", BeganAt: time.Now()}) },
		"catalog": func(tx *Tx) error { return tx.PutCatalog(Catalog{Company: "2"}) },
		"alarm":   func(tx *Tx) error { return tx.PutAlarm(Alarm{Company: "2", Kind: "company", Code: "x"}) },
	}
	t.Run("order first", func(t *testing.T) {
		s := open(t)
		errs := together(t, s, adding("A-1"), deleting, adding("A-2"))
		if errs[0] != nil || !errors.Is(errs[1], ErrStale) || errs[2] != nil || !exists(t, s, "A-1") ||
			!exists(t, s, "A-2") {
			t.Error(errs)
		}
	})
	t.Run("deletion first", func(t *testing.T) {
		s := open(t)
		errs := together(t, s, deleting, adding("A-1"), adding("A-2"))
		if errs[0] != nil || !errors.Is(errs[1], ErrNotFound) || !errors.Is(errs[2], ErrNotFound) ||
			exists(t, s, "A-1") || exists(t, s, "A-2") {
			t.Error(errs)
		}
	})
	for name, add := range rows {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			errs := together(t, s, add, deleting, add)
			if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], ErrNotFound) {
				t.Error(errs)
			}
			do(t, s, func(tx *Tx) error { return tx.PutCompany(&Company{ID: "2"}) })
			do(t, s, add)
		})
	}
}
