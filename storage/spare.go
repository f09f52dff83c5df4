package storage

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"ineed-insales/internal/atomicfile"
)

// A spare is room on the disk that is kept for what must not be lost when there
// is none any more: what has become of the orders that were sent. It is a file of
// nothing beside the database. When a write finds the disk full the file is given
// back, and while it is not there nothing new is taken.
type spare struct {
	path string
	size int64

	mu   sync.Mutex
	kept bool // the room is there, as far as we know
	used bool // a write needed it; until it is there again the disk counts as full
}

// How large a spare is: a sixteenth of the disk within these bounds.
const (
	leastSpare = 1 << 20
	mostSpare  = 8 << 20
)

func newSpare(database string) *spare {
	sp := &spare{path: database + spareSuffix, size: mostSpare}
	if _, total, known := room(filepath.Dir(database)); known {
		sp.size = int64(max(min(total/16, mostSpare), leastSpare))
	}
	fi, err := os.Lstat(sp.path)
	sp.kept = err == nil && fi.Mode().IsRegular() && fi.Size() > 0
	return sp
}

// low reports whether so little room is left that nothing new is taken.
func (sp *spare) low() bool {
	free, _, known := room(filepath.Dir(sp.path))
	return known && free < uint64(sp.size)/2
}

// full reports whether new orders have to wait for room.
func (sp *spare) full() bool {
	sp.mu.Lock()
	used := sp.used
	sp.mu.Unlock()
	return used || sp.low()
}

// giveBack frees the room, and reports whether there was any to free.
func (sp *spare) giveBack() bool {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	had := sp.kept
	sp.kept, sp.used = false, true
	return os.Remove(sp.path) == nil && had
}

// keep sees to it that the room is there. Whether there is any is found out by
// taking it: a quota is not to be seen in any other way. While little is left
// nothing is taken: the database is to have that.
func (sp *spare) keep() error {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	fi, err := os.Lstat(sp.path)
	if err == nil && fi.Mode().IsRegular() && fi.Size() >= sp.size {
		sp.kept, sp.used = true, false
		return nil
	}
	if free, _, known := room(filepath.Dir(sp.path)); known && free < uint64(sp.size)*2 {
		return ErrFull
	}
	// Nothing that a file system could store in less room than it says.
	noise := io.LimitReader(rand.NewChaCha8([32]byte{}), sp.size)
	if err := atomicfile.Write(sp.path, noise); err != nil {
		return err
	}
	sp.kept, sp.used = true, false
	return nil
}

// noRoom reports whether a write failed for want of room: of disk, of quota, or
// for the shared memory of the log.
func noRoom(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE:
		return true
	}
	return false
}
