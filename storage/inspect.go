package storage

import (
	"context"
	"fmt"
	"os"
	"time"
)

// How long the start may take to look for damage. A check reads the whole file,
// 100 MiB to 800 MiB of it a second; what has not ended well is worth more.
const (
	inspectFor       = 3 * time.Second
	inspectUncleanly = 20 * time.Second
)

// inspect looks for damage before the database is used. It fails with errDamaged, and
// reports whether the file is of a kind that is to be rewritten.
func (s *Store) inspect(ctx context.Context) (old bool, err error) {
	most := inspectFor
	if _, err := os.Stat(s.cfg.Path + "-wal"); err == nil { // a clean end leaves none
		most = inspectUncleanly
	}
	db, err := openDB(s.cfg.Path, 1, "cache_size(-1500)")
	if err != nil {
		return false, err
	}
	limit, cancel := context.WithTimeout(ctx, most)
	var verdict string
	err = db.QueryRowContext(limit, "PRAGMA quick_check(1)").Scan(&verdict)
	late := limit.Err() != nil
	cancel()
	old = err == nil && verdict == "ok" && (beforeOverwrites(ctx, db) || !canShrink(ctx, db))
	closed := db.Close()
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case late:
		s.cfg.Log.Info("a large database: only a part of it was looked through for damage", "for", most)
	case err != nil:
		return false, err
	case verdict != "ok":
		return false, fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return old, closed
}
