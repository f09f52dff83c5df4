package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestSurvey: a database is looked through while a store has it open and while none has;
// what is damaged, missing or from a later version is told apart.
func TestSurvey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "connector.db")
	if _, err := Survey(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no database: %v", err)
	}
	s, err := Open(t.Context(), Config{Path: path, SecretKey: []byte("a-key-of-thirty-two-characters-or-more")})
	if err != nil {
		t.Fatal(err)
	}
	look := func(name string) {
		t.Helper()
		x, err := Survey(t.Context(), path)
		if err != nil || !x.Whole || x.Damage != "" || x.Bytes == 0 || x.Schema != SchemaVersion() {
			t.Errorf("%s: %+v %v", name, x, err)
		}
	}
	look("in use")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	look("at rest")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if x, err := Survey(over, path); err != nil || x.Whole {
		t.Errorf("without time: %+v %v", x, err)
	}
	db, err := openDB(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if x, err := Survey(t.Context(), path); !errors.Is(err, ErrTooNew) || x.Schema != 99999 {
		t.Errorf("a later version: %+v %v", x, err)
	}
	if err := os.WriteFile(path, []byte("This is no database, and was never one; something has written over it."),
		0o600); err != nil {
		t.Fatal(err)
	}
	if x, err := Survey(t.Context(), path); err != nil || x.Damage == "" {
		t.Errorf("damaged: %+v %v", x, err)
	}
	if free, total, known := Room(path); known && (free == 0 || total < free) {
		t.Errorf("room: %d of %d", free, total)
	}
}
