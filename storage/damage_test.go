package storage

import (
	"database/sql"
	"os"
	"testing"
)

// TestLookForDamage finds damage in a table while the database is in use, and none in a sound one.
func TestLookForDamage(t *testing.T) {
	s := open(t)
	if err := s.LookForDamage(t.Context()); err != nil {
		t.Fatal(err)
	}
	var page int64
	var size int
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.read.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'journal'").Scan(&page))
	must(s.read.QueryRow("PRAGMA page_size").Scan(&size))
	db, err := sql.Open("sqlite", s.cfg.Path)
	must(err)
	_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	must(err)
	must(db.Close())
	f, err := os.OpenFile(s.cfg.Path, os.O_RDWR, 0)
	must(err)
	_, err = f.WriteAt(make([]byte, size), (page-1)*int64(size))
	must(err)
	must(f.Close())
	if err := s.LookForDamage(t.Context()); !Damaged(err) {
		t.Errorf("damage is not found: %v", err)
	}
}
