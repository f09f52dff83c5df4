package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"ineed-insales/internal/atomicfile"
)

// The first versions did not overwrite what they deleted, and those before 2026-11-29 made
// files that could not give room back. Neither can be changed in a file as it is. So the
// first start of this version copies what is not deleted into a new file, and puts that in
// the place of the old one with a single rename: whatever dies meanwhile, one of the two
// is there, and both say the same. A start must not take long, so a large file is left as
// it is, and a try that was cut off or killed is not made again for a week. What such a
// file has freed it still uses again for what comes next.
const (
	overwrites  = "overwrites"    // in meta: everything deleted was overwritten
	rewriteTry  = "rewrite_tried" // in meta: when a rewrite was begun last
	mostRewrite = 1 << 30
	rewriteFor  = 20 * time.Second
	rewriteRest = 7 * 24 * time.Hour
)

var errRewriteTried = errors.New("it was tried within the last week and did not end")

func beforeOverwrites(ctx context.Context, db *sql.DB) bool {
	var one int
	err := db.QueryRowContext(ctx, "SELECT 1 FROM meta WHERE name = ?", overwrites).Scan(&one)
	return errors.Is(err, sql.ErrNoRows)
}

func noteOverwrites(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, x'01') ON CONFLICT DO NOTHING", overwrites)
	return err
}

// rewriteOld rewrites the file if that can be done now. If it cannot, the log says what a
// person can do, and the file is used as it is.
func (s *Store) rewriteOld(ctx context.Context, now time.Time) error {
	begin := time.Now()
	limit, cancel := context.WithTimeout(ctx, rewriteFor)
	defer cancel()
	err := s.rewrite(limit, now)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.cfg.Log.Warn("the file of an older version cannot shrink, and may have in free pages what was erased",
			"err", err, "do", "make an `ineed-insales backup`, stop the connector, and restore that")
		return nil
	}
	s.cfg.Log.Info("the file of an older version was rewritten; it can shrink now",
		"took", time.Since(begin).Round(time.Millisecond).String())
	return nil
}

func (s *Store) rewrite(ctx context.Context, now time.Time) error {
	size, err := s.Size()
	if err != nil {
		return err
	}
	if size > mostRewrite {
		return fmt.Errorf("it has %d MiB", size>>20)
	}
	if err := roomFor(s.cfg.Path, size); err != nil {
		return err
	}
	if err := s.noteRewrite(ctx, now); err != nil {
		return err
	}
	if err := makeOne(ctx, s.cfg.Path); err != nil {
		return err
	}
	fresh := s.cfg.Path + restoreSuffix
	defer removeAll(fresh)
	f, err := s.vacuumInto(ctx, fresh)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	if err := s.noteAndSync(ctx, fresh); err != nil {
		return err
	}
	return atomicfile.Place(fresh, s.cfg.Path)
}

// noteRewrite notes that a rewrite begins, or fails with errRewriteTried.
func (s *Store) noteRewrite(ctx context.Context, now time.Time) error {
	db, err := openDB(s.cfg.Path, 1, "synchronous(FULL)")
	if err != nil {
		return err
	}
	var last int64
	err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", rewriteTry).Scan(&last)
	switch age := now.Sub(fromMS(last)); {
	case errors.Is(err, sql.ErrNoRows):
		err = nil
	case err == nil && age >= 0 && age < rewriteRest:
		err = errRewriteTried
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, CAST(? AS BLOB))
			ON CONFLICT DO UPDATE SET value = excluded.value`, rewriteTry, fmt.Sprint(ms(now)))
	}
	return errors.Join(err, db.Close())
}

func (s *Store) noteAndSync(ctx context.Context, path string) error {
	db, err := openDB(path, 1, "synchronous(FULL)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "DELETE FROM meta WHERE name = ?", rewriteTry)
	if err := errors.Join(err, noteOverwrites(ctx, db), db.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
