package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// How the file gives its room back.
//
// What is deleted leaves pages free. SQLite uses them again, but the file keeps its size
// unless its last pages are moved into the free ones and cut off. That is done by the
// writer, a few pages at a time while nothing else is to be written, so that no order
// waits for it by more than some milliseconds. Some free pages stay: they are needed again
// soon, and moving pages to and fro would help nobody. Each step is a transaction, so a
// crash in the middle loses no more than what was not yet cut off.
const (
	shrinkPages = 64                    // in one step
	shrinkPause = 20 * time.Millisecond // between two steps
	shrinkLater = time.Minute           // while a copy is being made, which reads the log
	leastFree   = 256                   // pages that stay free, or a part of all if that is more
	freePart    = 32
)

// shrinking lets a new file, or a copy, keep what is needed to move its pages. In a file
// that was made without, it changes nothing.
const shrinking = "auto_vacuum(2)"

// An asked is a database, or one connection to it.
type asked interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// canShrink reports whether a file can give room back; one that cannot be asked is not
// to be rewritten either.
func canShrink(ctx context.Context, db asked) bool {
	var mode int
	return db.QueryRowContext(ctx, "PRAGMA auto_vacuum").Scan(&mode) != nil || mode == 2
}

// freePages is how many pages the file has in all, how many of them are free, and how
// many may stay so.
func (w *writer) freePages() (all, free, stay int, err error) {
	ctx := context.Background()
	if err = w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&all); err == nil {
		err = w.conn.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free)
	}
	return all, free, max(leastFree, all/freePart), err
}

// lookForFree lets the file shrink if a good part of it is free.
func (w *writer) lookForFree() {
	if w.shrink != nil || !w.shrinks {
		return
	}
	if _, free, stay, err := w.freePages(); err == nil && free > 2*stay {
		w.shrink = time.After(shrinkPause)
	}
}

// giveBack takes one step. The file itself becomes shorter when the log is merged.
func (w *writer) giveBack() {
	w.shrink = nil
	if w.s.spare.full() { // the log would need room
		return
	}
	if !w.s.backing.TryLock() {
		w.shrink = time.After(shrinkLater)
		return
	}
	defer w.s.backing.Unlock()
	_, free, stay, err := w.freePages()
	if err == nil && free > stay {
		err = w.cutPages(min(shrinkPages, free-stay))
	}
	switch {
	case err != nil:
		if !noRoom(err) {
			w.s.cfg.Log.Warn("the database does not shrink", "err", err, "do", Remedy(err))
		}
	case free-shrinkPages > stay:
		w.shrink = time.After(shrinkPause)
	default:
		w.mergeLog()
	}
}

// cutPages moves the last pages into free ones and cuts them off. SQLite does one with
// each row that is read.
func (w *writer) cutPages(n int) error {
	rows, err := w.conn.QueryContext(context.Background(), fmt.Sprintf("PRAGMA incremental_vacuum(%d)", n))
	return each(rows, err, func(scanner) error { return nil })
}
