package storage

import (
	"database/sql"
	"errors"
	"os"
	"testing"
)

// TestLookForDamage finds damage in a table while the database is in use, and none in a sound
// one. Then nothing new is taken.
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
	must(s.Health())
	if err := s.LookForDamage(t.Context()); !Damaged(err) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("damage is not found: %v", err)
	}
	if err := s.Health(); !Damaged(err) {
		t.Errorf("it is in good health: %v", err)
	}
	if err := s.Add(t.Context(), func(*Tx) error { return nil }); !Damaged(err) {
		t.Errorf("something new was taken: %v", err)
	}
	if err := s.Update(t.Context(), func(*Tx) error { return nil }); err != nil {
		t.Errorf("what becomes of orders that were sent cannot be written: %v", err)
	}
}
