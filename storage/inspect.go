package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ineed-insales/internal/atomicfile"
)

// How long the start may take to look for damage. A check reads the whole file,
// 100 MiB to 800 MiB of it a second; what has not ended well is worth more.
const (
	inspectFor       = 3 * time.Second
	inspectUncleanly = 20 * time.Second
)

// inspect looks for damage before the database is used. It fails with errDamaged.
func (s *Store) inspect(ctx context.Context) error {
	most := inspectFor
	if _, err := os.Stat(s.cfg.Path + "-wal"); err == nil { // a clean end leaves none
		most = inspectUncleanly
	}
	db, err := openDB(s.cfg.Path, 1, "cache_size(-1500)")
	if err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, most)
	var verdict string
	err = db.QueryRowContext(limit, "PRAGMA quick_check(1)").Scan(&verdict)
	late := limit.Err() != nil
	cancel()
	old := err == nil && verdict == "ok" && beforeOverwrites(ctx, db)
	closed := db.Close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case late:
		s.cfg.Log.Info("a large database: only a part of it was looked through for damage", "for", most)
	case err != nil:
		return err
	case verdict != "ok":
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	case closed != nil:
		return closed
	case old:
		if err := s.rewrite(ctx); err != nil {
			s.cfg.Log.Warn("what an older version has erased may still be in free pages of the database",
				"err", err, "do", "make an `ineed-insales backup`, which has none of it, and restore that")
		}
	}
	return nil
}

// Versions before this one did not overwrite what they deleted. The first start
// of this one copies what is not deleted, unless that would take too long.
const (
	overwrites  = "overwrites" // in meta: everything deleted was overwritten
	mostRewrite = 1 << 30
)

func beforeOverwrites(ctx context.Context, db *sql.DB) bool {
	var one int
	err := db.QueryRowContext(ctx, "SELECT 1 FROM meta WHERE name = ?", overwrites).Scan(&one)
	return errors.Is(err, sql.ErrNoRows)
}

func noteOverwrites(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, x'01') ON CONFLICT DO NOTHING", overwrites)
	return err
}

// rewrite copies the database without its free pages and puts the copy in its
// place. Whatever dies meanwhile, one of the two is there, and both say the same.
func (s *Store) rewrite(ctx context.Context) error {
	size, err := s.Size()
	if err != nil {
		return err
	}
	if size > mostRewrite {
		return fmt.Errorf("it has %d MiB", size>>20)
	}
	if free, _, known := room(filepath.Dir(s.cfg.Path)); known && free < uint64(size)+reserve {
		return ErrNoRoom
	}
	if err := makeOne(ctx, s.cfg.Path); err != nil {
		return err
	}
	fresh := s.cfg.Path + restoreSuffix
	defer removeAll(fresh)
	if err := atomicfile.Write(fresh, strings.NewReader("")); err != nil { // for its owner alone
		return err
	}
	db, err := openDB(s.cfg.Path, 1, "cache_size(-1500)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", fresh)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := s.noteAndSync(ctx, fresh); err != nil {
		return err
	}
	return atomicfile.Place(fresh, s.cfg.Path)
}

func (s *Store) noteAndSync(ctx context.Context, path string) error {
	db, err := openDB(path, 1, "synchronous(FULL)")
	if err != nil {
		return err
	}
	if err := errors.Join(noteOverwrites(ctx, db), db.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
