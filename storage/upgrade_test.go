package storage

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oldKey is the secret key of the databases in testdata/storage/old.
var oldKey = []byte(strings.Repeat("k", 32))

// unzipped puts an old database into a folder of its own.
func unzipped(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "connector.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOldDatabases: a database that an old program has made comes up whole, and a copy of
// it as it was lies beside it. The files were made by these programs themselves, with
// orders that came over HTTP; each is named by the version of its tables. That of 21 is of
// bff2bf0, that of 24 of bcc68a6.
func TestOldDatabases(t *testing.T) {
	files, err := filepath.Glob("../testdata/storage/old/*.db.gz")
	if err != nil || len(files) == 0 {
		t.Fatal("no old databases", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := unzipped(t, name)
			s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
			if err != nil {
				t.Fatal(err)
			}
			companies, err := s.Companies(t.Context())
			if err != nil || len(companies) == 0 || companies[0].Sealed || companies[0].Chat.Auth != AuthPath ||
				len(companies[0].Chat.Secrets) != 1 {
				t.Errorf("%+v %v", companies, err)
			}
			if len(companies) == 2 {
				checkWire(t, s, companies[1])
			}
			orders, err := s.Orders(t.Context(), "2", OrderFilter{Limit: 10})
			if err != nil || len(orders.Orders) != 3 {
				t.Errorf("%d orders, %v", len(orders.Orders), err)
			}
			if o, err := s.Order(t.Context(), OrderKey{Company: "2", ID: "1002"}); err != nil || o.State != StateNew ||
				!bytes.Contains(o.Body, []byte("+79990000000")) || o.Duplicates != 1 || len(o.Notices) != 1 {
				t.Errorf("%+v %v", o, err)
			}
			if list, _, err := s.Refusals(t.Context(), "2", "", 10); err != nil || len(list) != 1 {
				t.Errorf("%d refusals, %v", len(list), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			copies, _ := filepath.Glob(path + keptInfix + "*Z")
			if len(copies) != 1 {
				t.Fatalf("copies: %v", copies)
			}
			old, now := versionOfFile(t, copies[0]), versionOfFile(t, path)
			if old >= now || !strings.HasPrefix(filepath.Base(name), strconv.FormatInt(old, 10)+".") {
				t.Errorf("the copy is of version %d, the database of %d", old, now)
			}
			again, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
			if err != nil {
				t.Fatal(err)
			}
			again.Close()
			if more, _ := filepath.Glob(path + keptInfix + "*Z"); len(more) != 1 {
				t.Errorf("the next start makes copies, too: %v", more)
			}
		})
	}
}

// checkWire looks at the second company of an old database: its chat has a wire of its own
// and fetches the catalog as a feed. One delivery was read, two are unread still.
func checkWire(t *testing.T, s *Store, c Company) {
	t.Helper()
	if c.ID != "3" || c.Sealed || c.Chat.Wire == nil || c.Chat.Wire.Preset != "botobot" || c.FeedAddress.Token == "" ||
		c.Shop.Password == "" || c.Chat.Token == "" {
		t.Errorf("%+v", c)
	}
	unread, _, err := s.Unread(t.Context(), "3", "", 10)
	if err != nil || len(unread) != 2 || string(unread[0].Body) != "order 2003 of nobody" || unread[1].Failure == nil {
		t.Errorf("%+v %v", unread, err)
	}
	key := OrderKey{Company: "3", ID: "2001"}
	if o, err := s.Order(t.Context(), key); err != nil || o.State != StateSent || o.InSalesID != 70000001 {
		t.Errorf("%+v %v", o, err)
	}
	if r, err := s.ReceivedOf(t.Context(), key); err != nil || r.Wire == "" || !bytes.Contains(r.Body, []byte("TS-1-0")) {
		t.Errorf("%+v %v", r, err)
	}
	if list, err := s.Events(t.Context(), key); err != nil || len(list) < 3 {
		t.Errorf("%+v %v", list, err)
	}
	pages, err := s.OfferPages(t.Context(), "3")
	if err != nil {
		t.Fatal(err)
	}
	offers := 0
	more, err := pages.Next(t.Context(), func(int64, []byte) (bool, error) { offers++; return false, nil })
	if err != nil || more || offers < 12 {
		t.Errorf("%d offers, %v %v", offers, more, err)
	}
	if at, err := s.Catalog(t.Context(), "3"); err != nil || !at.Complete || at.SuccessAt.IsZero() {
		t.Errorf("%+v %v", at, err)
	}
}

// TestOddTables: a database whose tables are not those of its version is refused untouched.
func TestOddTables(t *testing.T) {
	path := unzipped(t, "../testdata/storage/old/24.db.gz")
	db, err := sql.Open("sqlite", "file:"+path)
	if err == nil {
		_, err = db.Exec("ALTER TABLE orders DROP COLUMN left_out")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
	if !errors.Is(err, errSchema) || Remedy(err) == "" || !strings.Contains(err.Error(), "another table orders") {
		t.Errorf("%v %v", s, err)
	}
	if v := versionOfFile(t, path); v != 24 {
		t.Errorf("it went to version %d", v)
	}
}

// TestOldCopiesGo: what was kept before an upgrade or a restore goes after a month, and what
// a kill has left of a copy at once.
func TestOldCopiesGo(t *testing.T) {
	path := unzipped(t, "../testdata/storage/old/21.db.gz")
	kept := func(age time.Duration) string { return path + keptInfix + time.Now().UTC().Add(-age).Format(keptTime) }
	young, old, odd := kept(keptFor-time.Hour), kept(keptFor+time.Hour), path+keptInfix+"my own"
	for _, name := range []string{young, old, old + "-wal", odd, path + keepSuffix} {
		if err := os.WriteFile(name, []byte("a copy"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	there := func(name string) bool { _, err := os.Stat(name); return err == nil }
	if !there(young) || !there(odd) || there(old) || there(old+"-wal") || there(path+keepSuffix) {
		list, _ := filepath.Glob(path + "*")
		t.Error(list)
	}
}

// TestCopiesAsideAreFew: a program that does not come up with the new version is started again
// and again, and does not fill the disk with copies. The next day one is made again.
func TestCopiesAsideAreFew(t *testing.T) {
	path := unzipped(t, "../testdata/storage/old/24.db.gz")
	s := &Store{cfg: Config{Path: path, SecretKey: oldKey, Log: slog.New(slog.DiscardHandler)}}
	now := time.Now()
	starts := func(n int) (copies int) {
		t.Helper()
		for range n {
			now = now.Add(10 * time.Second)
			db, err := openDB(path, 1)
			if err == nil {
				err = errors.Join(s.beforeUpgrade(t.Context(), db, now), db.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		list, err := filepath.Glob(path + keptInfix + "*")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if got := starts(mostAside); got != mostAside {
		t.Errorf("%d copies of %d starts", got, mostAside)
	}
	if got := starts(5); got != mostAside {
		t.Errorf("%d copies, want %d", got, mostAside)
	}
	now = now.Add(24 * time.Hour)
	if got := starts(1); got != mostAside+1 {
		t.Errorf("the next day: %d copies", got)
	}
}

// TestLastCopiesStay: what was kept is not removed where there is no database, or by a clock
// that says that nobody has written it for long.
func TestLastCopiesStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connector.db")
	copied := path + keptInfix + time.Now().UTC().Format(keptTime)
	if err := os.WriteFile(copied, []byte("a copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	wants := func(when string, want bool) {
		t.Helper()
		if _, err := os.Stat(copied); (err == nil) != want {
			t.Errorf("%s: %v", when, err)
		}
	}
	later := time.Now().Add(10 * 365 * 24 * time.Hour)
	tidyBeside(path, later)
	wants("no database", true)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tidyBeside(path, later)
	wants("nobody has written it for ten years", true)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	tidyBeside(path, later)
	wants("it is in use", false)
}

func versionOfFile(t *testing.T, path string) int64 {
	t.Helper()
	db, err := openDB(path, 1, "query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	have, _, err := versionsOf(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return have
}

// TestNewerDatabase: a database of a newer program is refused, and nothing of it is touched.
func TestNewerDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connector.db")
	s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err == nil {
		_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, err := Open(t.Context(), Config{Path: path, SecretKey: oldKey}); !errors.Is(err, ErrTooNew) ||
			!strings.Contains(err.Error(), "9999") {
			t.Errorf("%v %v", s, err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was touched: %v", err)
	}
	if list, _ := filepath.Glob(path + "-*"); len(list) > 1 { // the spare
		t.Errorf("left beside: %v", list)
	}
}

// TestCountsStayInStep: whatever happens to orders, the counts that are kept are those of
// the rows.
func TestCountsStayInStep(t *testing.T) {
	s := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "id")
		company := rapid.SampledFrom([]string{"2", "3"}).Draw(rt, "company")
		state := rapid.SampledFrom(States()).Draw(rt, "state")
		do(t, s, func(tx *Tx) error {
			if err := tx.PutCompany(&Company{ID: company}); err != nil {
				return err
			}
			o := Order{Key: OrderKey{Company: company, ID: id}, State: state}
			added, err := tx.AddOrder(&o, Event{Kind: EventReceived})
			if err != nil || added {
				return err
			}
			if o, err = tx.Order(o.Key); err != nil {
				return err
			}
			was := o.State
			o.State = state
			return tx.PutOrder(&o, was, o.Attempt)
		})
		for _, company := range []string{"2", "3"} {
			kept, err := s.Census(t.Context(), company)
			rows, err2 := s.query(t.Context(), "SELECT state, count(*) FROM orders WHERE company = ? GROUP BY state", company)
			counted, err3 := countBy[State](rows, err2)
			if err := errors.Join(err, err3); err != nil {
				rt.Fatal(err)
			}
			for _, state := range States() {
				if kept.States[state] != counted[state] {
					rt.Fatalf("%s of %s: %d kept, %d counted", state, company, kept.States[state], counted[state])
				}
			}
		}
	})
}
