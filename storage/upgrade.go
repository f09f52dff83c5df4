package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"ineed-insales/internal/atomicfile"
	"ineed-insales/migrations"
)

// The tables of a database only go forward. Each step is a file of package migrations and
// runs in a transaction; a file that has been on main is never changed (a test compares
// them with a list). A program that meets tables of a later version than it knows refuses
// the database before it touches a byte of it: it would take orders and understand half of
// what stands there. Before a step is taken the database is copied aside, because there
// is no way back but that copy.

// ErrTooNew says that the database was made by a newer version of this program.
var ErrTooNew = errors.New("the database was made by a newer version of this program")

// SchemaVersion is the newest version of a database's tables that this program knows.
func SchemaVersion() int64 {
	names, _ := migrations.FS.ReadDir(".") // which is part of the program
	var last int64
	for _, file := range names {
		if n, err := goose.NumericComponent(file.Name()); err == nil {
			last = max(last, n)
		}
	}
	return last
}

// How long the copy before an upgrade may take, and how many of them are made within a day:
// a service manager starts a program anew that does not come up, and as many copies as
// that would fill the disk.
const (
	copyAsideFor = time.Minute
	mostAside    = 3
)

// versionsOf gives the version of a database's tables, 0 without any, and the last one that
// this program knows.
func versionsOf(ctx context.Context, db *sql.DB) (have, known int64, err error) {
	known = SchemaVersion()
	var made int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
		goose.DefaultTablename).Scan(&made)
	if err != nil || made == 0 {
		return 0, known, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+goose.DefaultTablename+
		" WHERE is_applied = 1").Scan(&have)
	return have, known, err
}

// beforeUpgrade looks at a database before anything of it is touched. It fails with
// ErrTooNew, and copies one aside that has steps to take. Without room for a copy, or if it
// takes so long that whoever waits for the start might kill it, it goes
// on: a connector that does not start takes no orders, and there are the copies of each night.
func (s *Store) beforeUpgrade(ctx context.Context, db *sql.DB, now time.Time) error {
	have, known, err := versionsOf(ctx, db)
	switch {
	case err != nil:
		return err
	case have > known:
		return fmt.Errorf("%w: its tables are of version %d, this one knows those up to %d", ErrTooNew, have, known)
	case have == 0 || have == known:
		return nil
	}
	if err := s.checkTables(ctx, have); err != nil {
		return err
	}
	if n := keptLately(s.cfg.Path, now); n >= mostAside {
		s.cfg.Log.Warn("no more copies of the database are made before it goes to a newer version: the last starts"+
			" have made some and did not come up", "copies", n, "from", have, "to", known)
		return nil
	}
	limit, cancel := context.WithTimeout(ctx, copyAsideFor)
	defer cancel()
	path := keptName(s.cfg.Path, now)
	if err := s.copyAside(limit, path); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.cfg.Log.Warn("no copy of the database was made before it goes to a newer version", "err", err,
			"from", have, "to", known)
		return nil
	}
	s.cfg.Log.Info("the database goes to a newer version; a copy of it is kept for a month", "copy", path,
		"from", have, "to", known)
	return nil
}

// copyAside copies the database whole, and on disk before it returns. What a kill leaves
// of a copy has another name, and the next start removes it.
func (s *Store) copyAside(ctx context.Context, path string) error {
	part := s.cfg.Path + keepSuffix
	defer removeAll(part)
	size, err := s.Size()
	if err != nil {
		return err
	}
	if err := roomFor(part, size); err != nil {
		return err
	}
	f, err := s.vacuumInto(ctx, part)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close(), atomicfile.Like(part, s.cfg.Path))
	}
	if err != nil {
		return err
	}
	return atomicfile.PlaceNew(part, path)
}

// checkTables fails with errSchema if the tables are not those that the steps of their
// version make. Such files were made by builds of a few days in which steps were edited
// after they had been taken; docs/operations.md lists them. None was released.
func (s *Store) checkTables(ctx context.Context, version int64) error {
	db, err := openDB(s.cfg.Path, 1, "query_only(1)")
	if err != nil {
		return err
	}
	err = checkSchema(ctx, db, s.cfg.Path+schemaSuffix, version)
	return errors.Join(err, db.Close())
}
