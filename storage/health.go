package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Whether the store still keeps what it is given.
//
// Three things can go wrong with a database that is open. The disk is full: then
// writes fail, and there is a spare to finish what was begun (see spare.go). The
// file or its log was removed or exchanged: then writes succeed and are lost,
// because they go into a file that nobody will find again, so every commit looks
// whether the names still lead to the files. The disk fails: then writes fail until
// somebody mends it, and only a write can tell when that is. Watch makes one as
// large as an order, because on a full disk a small one may go through when an
// order would not.

// How often the disk and the files are looked at.
const (
	watchEvery = 15 * time.Second
	retryEvery = 2 * time.Second // while something is wrong
	sweepEvery = time.Second     // while there is something to remove
	provenFor  = time.Minute     // so long a commit proves that the next one goes through
	probeSize  = 64 << 10        // of an order with many lines
)

// Errors of a store that is open. Each of them wraps ErrUnavailable.
var (
	ErrFull   = fmt.Errorf("%w: the disk is full", ErrUnavailable)
	ErrLost   = fmt.Errorf("%w: the file of the database, or its log, was removed or exchanged", ErrUnavailable)
	ErrNoLock = fmt.Errorf("%w: the lock file was removed or exchanged", ErrUnavailable)
)

// A health is what is known of whether the store keeps what it is given.
type health struct {
	mu       sync.Mutex
	failure  error     // of the last write that failed, until one of an order's size goes through
	provenAt time.Time // when a commit went through last
	told     string    // what the log said last
	toldAt   time.Time
	wake     chan struct{}
}

// wrote notes how a write ended. A small one that goes through proves nothing for
// an order when one has failed.
func (h *health) wrote(err error, large bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err != nil:
		h.failure = err
		h.poke()
	case large:
		h.failure, h.provenAt = nil, time.Now()
	default:
		h.provenAt = time.Now()
	}
}

// poke lets the watch look now.
func (h *health) poke() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *health) state() (provenAt time.Time, failure error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.provenAt, h.failure
}

// An openedFile is a file that was opened, by its name.
type openedFile struct {
	path string
	info fs.FileInfo
}

func opened(path string) (openedFile, error) {
	fi, err := os.Stat(path)
	return openedFile{path, fi}, err
}

// there reports whether the name still leads to the file that is open.
func (f openedFile) there() bool {
	fi, err := os.Stat(f.path)
	return err == nil && os.SameFile(fi, f.info)
}

// holdFiles remembers which files were opened.
func (s *Store) holdFiles() error {
	for _, suffix := range []string{"", "-wal"} {
		h, err := opened(s.cfg.Path + suffix)
		if err != nil {
			return err
		}
		s.files = append(s.files, h)
	}
	var err error
	s.lockFile, err = opened(s.cfg.Path + lockSuffix)
	return err
}

// filesLost is ErrLost if what is written goes into a file that has no name any more.
func (s *Store) filesLost() error {
	for _, h := range s.files {
		if !h.there() {
			return ErrLost
		}
	}
	return nil
}

// Health tells why new orders cannot be kept; nil if they can. It writes nothing:
// it looks at the files, at the room there is, and at how the last writes ended.
func (s *Store) Health() error {
	select {
	case <-s.quit:
		return ErrUnavailable
	default:
	}
	if err := s.Takes(); err != nil {
		return err
	}
	if _, failure := s.health.state(); failure != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, failure)
	}
	if !s.lockFile.there() {
		return ErrNoLock
	}
	return nil
}

// Takes tells why nothing new may be taken; nil if it may.
func (s *Store) Takes() error {
	if err := s.filesLost(); err != nil {
		return err
	}
	if s.spare.full() {
		return ErrFull
	}
	if err := s.damage.Load(); err != nil {
		return *err
	}
	return nil
}

// Watch looks after the database until ctx ends: it keeps some room for when the
// disk is full, notices that a file was taken away, and tries whether writing
// works again when it has failed, or was not done for a minute. It also removes what is
// left of catalog feeds that were given up.
func (s *Store) Watch(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-s.health.wake:
		}
		next := watchEvery
		if s.checkUp(ctx) != nil {
			next = retryEvery
		} else if left, err := s.sweepFeeds(ctx); left && err == nil {
			next = sweepEvery
		}
		timer.Reset(next)
	}
}

// checkUp looks once and says in the log what is wrong: when it begins, and again
// each minute.
func (s *Store) checkUp(ctx context.Context) error {
	provenAt, failure := s.health.state()
	if age := time.Since(provenAt); s.filesLost() == nil && (failure != nil || age > provenFor || age < 0) {
		_ = s.probe(ctx, failure != nil) // the writer has noted how it went
	}
	if s.filesLost() == nil {
		full := func(err error) bool {
			return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
		}
		if err := s.spare.keep(); err != nil && !full(err) {
			s.cfg.Log.Warn("no room kept for a full disk", "err", err)
		}
	}
	err := s.Health()
	s.tell(err)
	return err
}

// probe writes as much as an order needs, or next to nothing.
func (s *Store) probe(ctx context.Context, large bool) error {
	size := 16
	if large {
		size = probeSize
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.update(ctx, large, func(tx *Tx) error {
		text := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(time.Now().UnixNano())}).Read(text)
		_, err := tx.exec(`INSERT INTO meta (name, value) VALUES ('last_check', ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`, text)
		return err
	})
}

func (s *Store) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if text == s.health.told && (text == "" || time.Since(s.health.toldAt) < time.Minute) {
		return
	}
	s.health.told, s.health.toldAt = text, time.Now()
	if err == nil {
		s.cfg.Log.Info("the database is all right again")
		return
	}
	s.cfg.Log.Error("the database is not all right", "err", err, "do", Remedy(err))
}

// Remedy is what a person can do about a failure of the database; "" if that is
// not known.
func Remedy(err error) string {
	switch {
	case Damaged(err):
		return "put a backup in its place with `ineed-insales restore` while no connector runs; it keeps what is there"
	case errors.Is(err, errSchema):
		return "restore a backup of a released version; a build between two versions has made these tables"
	case errors.Is(err, ErrLost):
		return "stop the connector; then put the files back as they were, or a backup with `ineed-insales restore`"
	case errors.Is(err, ErrNoLock):
		return "restart the connector, and see that no second one uses this database"
	case errors.Is(err, ErrFull), noRoom(err):
		return "make room on the disk of the database; it goes on by itself"
	}
	return ""
}

// Damaged reports whether err says that the database is damaged.
func Damaged(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		code := e.Code() & 0xff
		return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
	}
	return errors.Is(err, errDamaged)
}
