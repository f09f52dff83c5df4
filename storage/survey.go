package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// A Surveyed is what there is to see of a database from outside, whether a store has it
// open or not.
type Surveyed struct {
	Bytes  int64
	Schema int64  // version of its tables
	Damage string // what is damaged; "" = nothing was found
	Whole  bool   // all of it was looked through before the context ended
}

// Survey looks through a database for damage, as long as the context lasts, and changes
// nothing of what it holds. It fails with fs.ErrNotExist if there is no database, and with
// ErrTooNew if this program does not know its tables.
func Survey(ctx context.Context, path string) (Surveyed, error) {
	var x Surveyed
	fi, err := os.Stat(path)
	if err != nil {
		return x, err
	}
	x.Bytes = fi.Size()
	db, err := openDB(path, 1, "query_only(1)", "cache_size(-1500)")
	if err != nil {
		return x, err
	}
	have, known, err := versionsOf(ctx, db)
	if x.Schema = have; err == nil && have > known {
		err = ErrTooNew
	}
	if err == nil {
		var verdict string
		err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
		x.Whole = err == nil
		if x.Whole && verdict != "ok" {
			x.Damage = verdict
		}
	}
	switch {
	case ctx.Err() != nil:
		err = nil
	case Damaged(err):
		x.Damage, err = err.Error(), nil
	}
	return x, errors.Join(err, db.Close())
}

// Room is how many bytes the disk below a path has for us and in all, if that is known.
func Room(path string) (free, total uint64, known bool) { return room(filepath.Dir(path)) }
