package storage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// copyAfter is after how many updates the log is copied into the database beside the
// writer: the more of them, the more pages have changed twice and are copied once. SQLite
// does it by itself within a commit once the log has four thousand pages, and those who wait
// for that commit wait longer than for anything else; now it finds little left to do.
const copyAfter = 512

// copyLog copies what the log has so far into the database, while the writer goes on.
func (w *writer) copyLog(updates int) {
	if w.kept += updates; w.kept < copyAfter || !w.copying.TryLock() {
		return
	}
	w.kept = 0
	w.beside.Go(func() {
		defer w.copying.Unlock()
		// A failure is no news: the writer meets it again, and says so.
		_, _ = w.s.read.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
	})
}

// How often the log is merged into the database: a file without its log has
// everything but the last minute. What was erased is in the log until then.
const (
	mergeEvery = time.Minute
	mergeAgain = time.Second // if somebody was reading from the log
	mergeWait  = 200         // milliseconds, for the readers
)

// mergeLog copies what the log has into the database and empties it. While
// somebody reads it cannot be emptied; then it is tried again. On a full disk it
// keeps its size and begins anew: what it takes up is ours.
func (w *writer) mergeLog() {
	w.copying.Lock()
	defer w.copying.Unlock()
	w.merge = nil
	w.lookForBlocks()
	mode := "TRUNCATE"
	if w.s.spare.full() {
		mode = "RESTART"
	}
	ctx := context.Background()
	_, err := w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", mergeWait))
	var busy, frames, copied int
	if err == nil {
		err = w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &copied)
	}
	_, again := w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout))
	if err = errors.Join(err, again); err != nil && !noRoom(err) {
		w.s.cfg.Log.Warn("log not merged into the database", "err", err, "do", Remedy(err))
	}
	switch {
	case err != nil:
		w.merge = time.After(mergeEvery)
	case busy != 0:
		w.merge = time.After(mergeAgain)
	default:
		w.lookForFree()
	}
}
