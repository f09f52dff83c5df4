package storage

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

// How long a start may take to look for damage. A check reads the whole file, 100 MiB to
// 800 MiB of it a second. What it does not reach is looked through while the database is in
// use (LookForDamage). It may take longer after an end that was none, and before a file
// is rewritten, because no damage is to be copied.
const (
	inspectFor       = 40 * time.Millisecond
	inspectUncleanly = 2 * time.Second
	inspectRewritten = 20 * time.Second
)

// inspect looks for damage before the database is used. It fails with errDamaged, and
// reports whether the file is of a kind that is to be rewritten.
func (s *Store) inspect(ctx context.Context, db *sql.DB) (old bool, err error) {
	most := inspectFor
	if _, err := os.Stat(s.cfg.Path + "-wal"); err == nil { // a clean end leaves none
		most = inspectUncleanly
	}
	if old = beforeOverwrites(ctx, db) || !canShrink(ctx, db); old {
		most = inspectRewritten
	}
	limit, cancel := context.WithTimeout(ctx, most)
	var verdict string
	err = db.QueryRowContext(limit, "PRAGMA quick_check(1)").Scan(&verdict)
	s.unseen = limit.Err() != nil
	cancel()
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case s.unseen:
		return false, nil
	case err != nil:
		return false, err
	case verdict != "ok":
		return false, fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return old, nil
}

// LookedThrough reports whether the start has looked for damage in all of the database.
func (s *Store) LookedThrough() bool { return !s.unseen }
