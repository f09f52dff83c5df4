package storage

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

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
// orders that came over HTTP; each is named by the version of its tables.
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
			if err != nil || len(companies) != 1 || companies[0].Sealed || companies[0].Chat.Auth != AuthPath ||
				len(companies[0].Chat.Secrets) != 1 {
				t.Errorf("%+v %v", companies, err)
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
