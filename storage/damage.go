package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// How long the database is read to look for damage while it is in use: all of it, and one
// table or index. As long as one is read, the log cannot be emptied.
const (
	examineFor   = 5 * time.Minute
	examineTable = 30 * time.Second
)

// LookForDamage reads the database table by table and looks for damage, while others use it, and
// for a few minutes at most: what is not reached then is not looked at. An error of damage is
// told by Damaged, and from then on nothing new is taken, as a start with that file would be
// refused.
func (s *Store) LookForDamage(ctx context.Context) error {
	if err := s.filesLost(); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, examineFor)
	defer cancel()
	db, err := openDB(s.cfg.Path, 1, "query_only(1)", "cache_size(-1500)")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(limit, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	names, err := collect(rows, err, value[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := examineOne(limit, db, name); err != nil {
			if Damaged(err) {
				err = fmt.Errorf("%w: %w", ErrUnavailable, err)
				s.damage.Store(&err)
			}
			return err
		}
		if limit.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil && limit.Err() != nil {
		s.cfg.Log.Info("a large database: only a part of it was looked through for damage", "for", examineFor.String())
	}
	return ctx.Err()
}

// examineOne looks through one table with its indexes. One that takes too long is left.
func examineOne(ctx context.Context, db *sql.DB, table string) error {
	limit, cancel := context.WithTimeout(ctx, examineTable)
	defer cancel()
	var verdict string
	err := db.QueryRowContext(limit, "SELECT quick_check FROM pragma_quick_check(?) LIMIT 1", table).Scan(&verdict)
	switch {
	case limit.Err() != nil:
		return nil
	case err != nil:
		return err
	case verdict != "ok":
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return nil
}
