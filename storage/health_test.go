package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"modernc.org/sqlite"
)

// contents are the files of a store, together.
func contents(t *testing.T, s *Store) []byte {
	t.Helper()
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(s.cfg.Path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// person adds an order with somebody's name in all that is kept of it.
func person(t *testing.T, s *Store, id, name string) Order {
	t.Helper()
	o := add(t, s, id, func(o *Order) {
		o.State, o.Phone = StateSent, "+7"+name
		o.Body = []byte(`{"customer":{"name":"` + name + `"},"filler":"` + strings.Repeat(name+" ", len(id)*40) + `"}`)
	})
	said := map[string]string{"message": "name " + name + " is taken"}
	do(t, s, func(tx *Tx) error {
		now, err := tx.Order(o.Key)
		if err != nil {
			return err
		}
		return tx.AddEvent(&now, Event{At: time.Now(), Kind: EventProblem, Args: said})
	})
	return o
}

// packedBodies are the bodies of all orders as they lie in the file, unless that
// has torn them apart.
func packedBodies(t *testing.T, s *Store) (list [][]byte) {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), "SELECT body FROM bodies ORDER BY order_seq")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			t.Fatal(err)
		}
		list = append(list, body)
	}
	return list
}

// TestErasedIsOverwritten: when the update that erases somebody has returned, the
// name is nowhere in the file and its log, however the rows have moved before.
func TestErasedIsOverwritten(t *testing.T) {
	s := open(t)
	do(t, s, func(tx *Tx) error { return tx.PutCompany(&Company{ID: "2"}) })
	var orders []Order
	for i := range 300 {
		orders = append(orders, person(t, s, fmt.Sprintf("%0*d", 1+i%9, i), fmt.Sprintf("Person%04dX", i)))
		if i%3 == 0 {
			do(t, s, func(tx *Tx) error {
				return tx.AddRefusal("2",
					Refusal{At: time.Now().Add(-time.Hour), OrderID: "R", ContentType: fmt.Sprintf("Refused%04dX", i),
						Body: fmt.Appendf(nil, "Refused%04dX", i)})
			})
		}
	}
	before := contents(t, s)
	bodies := packedBodies(t, s)
	if len(bodies) != len(orders) {
		t.Fatalf("%d bodies", len(bodies))
	}
	if !bytes.Contains(before, []byte("Person0299X")) || !bytes.Contains(before, []byte("Refused0297X")) {
		t.Fatal("nothing to look for")
	}
	for i, o := range orders {
		if i%2 == 0 {
			continue
		}
		do(t, s, func(tx *Tx) error {
			now, err := tx.Order(o.Key)
			if err != nil {
				return err
			}
			now.Phone = ""
			return errors.Join(tx.ErasePerson(&now), tx.PutOrder(&now, now.State, now.Attempt))
		})
		if i > 10 && i < 290 {
			continue // reading all of it takes a while
		}
		if text := contents(t, s); bytes.Contains(text, fmt.Appendf(nil, "Person%04dX", i)) {
			t.Errorf("%d is there still", i)
		}
	}
	do(t, s, func(tx *Tx) error { return tx.DropRefusals("2", time.Now()) })
	text, kept := contents(t, s), 0
	for i := range orders {
		if got := bytes.Contains(text, fmt.Appendf(nil, "Person%04dX", i)); got != (i%2 == 0) {
			t.Errorf("person %d: %v", i, got)
		}
		if found := bytes.Contains(text, bodies[i]); found && i%2 != 0 {
			t.Errorf("body %d is there still", i)
		} else if found {
			kept++
		}
		if bytes.Contains(text, fmt.Appendf(nil, "Refused%04dX", i)) {
			t.Errorf("refusal %d is there still", i)
		}
	}
	if kept < 100 {
		t.Errorf("only %d bodies of others are to be found", kept)
	}
}

// TestErasedWhileRead: a reader holds the log up for a moment only.
func TestErasedWhileRead(t *testing.T) {
	s := open(t)
	o := person(t, s, "1", "PersonX")
	rows, err := s.read.QueryContext(t.Context(), "SELECT chat_id FROM orders")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	do(t, s, func(tx *Tx) error {
		o.Phone = ""
		return errors.Join(tx.ErasePerson(&o), tx.PutOrder(&o, o.State, o.Attempt))
	})
	add(t, s, "2")
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(time.Minute)
	for bytes.Contains(contents(t, s), []byte("PersonX")) {
		if time.Now().After(end) {
			t.Fatal("the name stays in the log")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestOldPagesAreOverwritten: what a version before had deleted is gone after the
// first start of this one; all else is there.
func TestOldPagesAreOverwritten(t *testing.T) {
	s := open(t)
	cfg := s.cfg
	for i := range 50 {
		person(t, s, fmt.Sprint(i), "PersonX")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openDB(cfg.Path, 1, "journal_mode(WAL)", "secure_delete(0)")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"DELETE FROM meta WHERE name = 'overwrites'", "DELETE FROM bodies", "DELETE FROM events",
		"UPDATE orders SET phone = ''"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(cfg.Path); err != nil || !bytes.Contains(text, []byte("PersonX")) {
		t.Fatal("nothing to look for", err)
	}
	s = restored(t, cfg)
	if bytes.Contains(contents(t, s), []byte("PersonX")) {
		t.Error("a deleted name is there still")
	}
	if !exists(t, s, "49") {
		t.Error("an order is missing")
	}
	if fi, err := os.Stat(cfg.Path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Error(fi, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	restored(t, cfg)
	if after, err := os.Stat(cfg.Path); err != nil || !os.SameFile(before, after) {
		t.Error("it is copied at each start")
	}
}

// TestLogIsMerged: without its log the file has everything but the last minute,
// and while nothing is written nothing is done.
func TestLogIsMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		size := func() int64 {
			fi, err := os.Stat(s.cfg.Path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			return fi.Size()
		}
		for range 3 {
			add(t, s, fmt.Sprint(time.Now().UnixNano()))
			if size() == 0 {
				t.Fatal("there is no log")
			}
			time.Sleep(mergeEvery + time.Second)
			synctest.Wait()
			if n := size(); n != 0 {
				t.Errorf("the log has %d bytes after a minute", n)
			}
			time.Sleep(10 * time.Minute)
		}
	})
}

// TestTakenAway: nothing new is taken into a file without its name, and that is
// said, until the file is back.
func TestTakenAway(t *testing.T) {
	exchange := func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Rename(path, path+".away"), os.WriteFile(path, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, path string) {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, suffix string
		take         func(*testing.T, string)
		want         error
		taken        bool // new orders are
	}{
		{"database removed", "", remove, ErrLost, false},
		{"database exchanged", "", exchange, ErrLost, false},
		{"log removed", "-wal", remove, ErrLost, false},
		{"log exchanged", "-wal", exchange, ErrLost, false},
		{"lock removed", ".lock", remove, ErrNoLock, true},
		{"lock exchanged", ".lock", exchange, ErrNoLock, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &logged{}
				s := open(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				go func() { _ = s.Watch(ctx) }()
				time.Sleep(time.Minute)
				if err := s.Health(); err != nil {
					t.Fatal(err)
				}
				test.take(t, s.cfg.Path+test.suffix)
				if err := s.Health(); !errors.Is(err, test.want) {
					t.Error(err)
				}
				if err := s.Add(ctx, adding("1")); errors.Is(err, test.want) == test.taken ||
					test.taken != (err == nil) {
					t.Errorf("a new order: %v", err)
				}
				if err := s.Update(ctx, adding("2")); test.taken != (err == nil) {
					t.Errorf("an outcome: %v", err)
				}
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if text := log.String(); strings.Count(text, "not all right") == 0 || !strings.Contains(text, "do=") {
					t.Errorf("within a minute the log says %q", text)
				}
				path := s.cfg.Path + test.suffix
				if err := os.Rename(path+".away", path); err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				if err := s.Health(); err != nil {
					t.Errorf("put back: %v", err)
				}
				if err := s.Add(ctx, adding("3")); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// logged is written by the store's watch and read by a test.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestFailingDisk: a write that failed is told until one of an order's size goes
// through, which is tried again and again.
func TestFailingDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var commits int
		s := open(t, func(c *Config) { c.ObserveCommit = func(time.Duration) { commits++ } })
		s.health.wrote(errors.New("input/output error"), false)
		if err := s.Health(); !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
		do(t, s, func(*Tx) error { return nil })
		if err := s.Health(); err == nil {
			t.Error("a small write proves nothing")
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = s.Watch(ctx) }()
		time.Sleep(10 * time.Second)
		if err := s.Health(); err != nil {
			t.Error(err)
		}
		commits = 0
		for range 1000 {
			if err := s.Health(); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if commits < 8 || commits > 11 {
			t.Errorf("%d commits in ten minutes without orders", commits)
		}
	})
}

// TestDamageIsFound: a torn page is found, whatever it was: at the start, or by the look that goes on after it.
func TestDamageIsFound(t *testing.T) {
	s := open(t)
	for i := range 200 {
		person(t, s, fmt.Sprint(i), "PersonX")
	}
	cfg := s.cfg
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, hurt := range map[string]func([]byte) []byte{
		"header":  func(b []byte) []byte { copy(b, "not a database"); return b },
		"a page":  func(b []byte) []byte { copy(b[len(b)/2&^4095:], bytes.Repeat([]byte{0xa5}, 4096)); return b },
		"zeros":   func(b []byte) []byte { clear(b[len(b)/3&^4095 : len(b)/3&^4095+8192]); return b },
		"cut off": func(b []byte) []byte { return b[:len(b)/2] },
	} {
		if err := os.WriteFile(cfg.Path, hurt(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), cfg)
		if err == nil {
			if !s.LookedThrough() { // a busy machine's start has not come so far
				err = s.LookForDamage(t.Context())
			}
			s.Close()
		}
		if !errors.Is(err, errDamaged) || !strings.Contains(Remedy(err), "restore") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRemedies: what a person can do is said of every failure that has a remedy.
func TestRemedies(t *testing.T) {
	s := open(t)
	_, err := s.read.ExecContext(t.Context(), "DELETE FROM orders")
	if _, ok := errors.AsType[*sqlite.Error](err); !ok || Remedy(err) != "" || Damaged(err) {
		t.Error(err)
	}
	for err, want := range map[error]string{
		fmt.Errorf("x: %w", errDamaged): "restore", ErrLost: "put the files back", ErrNoLock: "restart",
		ErrFull: "make room",
	} {
		if got := Remedy(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q", err, got)
		}
	}
}

// TestRestoreSchema: a backup that lacks something of its version, or has more,
// changes nothing.
func TestRestoreSchema(t *testing.T) {
	for query, want := range map[string]string{
		"DROP TABLE exchanges":                                                  "no table exchanges",
		"DROP INDEX refusals_of_company":                                        "no index refusals_of_company",
		"ALTER TABLE bodies RENAME n TO m":                                      "another table bodies",
		"ALTER TABLE orders ADD COLUMN x TEXT":                                  "another table orders",
		"CREATE VIEW v AS SELECT 1":                                             "unknown view v",
		"CREATE TABLE mine (x)":                                                 "unknown table mine",
		"CREATE UNIQUE INDEX i ON bodies (body)":                                "unknown index i",
		"CREATE TRIGGER t AFTER INSERT ON orders BEGIN DELETE FROM orders; END": "unknown trigger t",
		"DELETE FROM goose_db_version WHERE version_id = 3":                     "steps",
		"CREATE TABLE _litestream_mine (x)":                                     "unknown table _litestream_mine",
		"CREATE VIEW _litestream_seq AS SELECT 1":                               "unknown view _litestream_seq",
		"CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); CREATE TABLE _litestream_lock (id INTEGER)": "",
		"ANALYZE": "",
	} {
		s := open(t)
		add(t, s, "1")
		do(t, s, func(tx *Tx) error {
			_, err := tx.conn.ExecContext(t.Context(), query)
			return err
		})
		text := backup(t, s)
		cfg := Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: testKey}
		_, err := Restore(t.Context(), cfg, bytes.NewReader(text), nil, time.Now())
		if want == "" {
			if err != nil || !has(t, cfg, cfg.Path, "1") {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		if !errors.Is(err, errSchema) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", query, err)
		}
		if got := names(t, cfg); len(got) != 1 {
			t.Errorf("%s leaves %v", query, got)
		}
	}
}
