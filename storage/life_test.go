package storage

import (
	"database/sql"
	"os"
	"testing"
	"time"
)

// TestLives: a start after a stop is told from one after a crash, and few times are kept.
func TestLives(t *testing.T) {
	s := open(t)
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	begin := func() Lives {
		do(t, s, func(tx *Tx) error { return tx.BeginLife(now) })
		l, err := s.Lives(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := begin(); l.AfterStop != 1 || l.AfterCrash != 0 || !l.Running {
		t.Errorf("the first: %+v", l)
	}
	do(t, s, func(tx *Tx) error { return tx.EndLife() })
	if l := begin(); l.AfterStop != 2 || l.AfterCrash != 0 {
		t.Errorf("after a stop: %+v", l)
	}
	for range 30 {
		now = now.Add(time.Minute)
		begin()
	}
	l, err := s.Lives(t.Context())
	if err != nil || l.AfterStop != 2 || l.AfterCrash != 30 || len(l.Crashed) != mostCrashes ||
		!l.Crashed[mostCrashes-1].Equal(now) {
		t.Errorf("after crashes: %+v %v", l, err)
	}
}

// TestExamine finds damage in a table while the database is in use, and none in a sound one.
func TestExamine(t *testing.T) {
	s := open(t)
	if err := s.Examine(t.Context()); err != nil {
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
	if err := s.Examine(t.Context()); !Damaged(err) {
		t.Errorf("damage is not found: %v", err)
	}
}
