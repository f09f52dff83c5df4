// Package storage keeps the connector's memory in one SQLite file: companies
// with their sealed secrets, orders with their history, how far each shop's change
// feed was read, and what the chat has of its catalog.
//
// Each type and its statements stand in the file of its noun: order.go and
// order_*.go, company.go, catalog.go, which begins with the story of its tables,
// and so on. How every query is read stands in rows.go, how values become columns
// in column.go, and how everything is written in writer.go.
//
// All writing goes through [Store.Update] and [Store.Add]: one goroutine takes
// what waits, runs it in one transaction, commits once and answers all, so that
// many concurrent webhooks share one fsync. An Update has returned nil only after
// COMMIT did, with synchronous=FULL: what it wrote survives a power cut.
// Reading goes through a pool of connections that cannot write. What can wait, such
// as the removal of old histories, goes through [Store.Tidy] while nobody else waits.
//
// What is deleted is overwritten, in the file at once and in its log before the
// update that erased a person has returned, and the file gives its room back (see
// shrink.go). [Store.Watch] keeps room for the day
// when the disk is full, and notices that the files were taken away.
//
// Storage knows no rules of the business. It refuses lost updates: an order is
// changed only if its state and attempt are still what the caller saw.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that callers tell apart.
var (
	ErrNotFound    = errors.New("not found")
	ErrStale       = errors.New("changed by somebody else meanwhile")
	ErrCursor      = errors.New("not a cursor of this list")
	ErrUnavailable = errors.New("the database cannot be written")
	ErrLocked      = errors.New("another process uses this database")
	ErrWrongKey    = errors.New("the secret key is not the one this database was made with")
	errDamaged     = errors.New("the database is damaged")
	ErrSealed      = errors.New("the stored secrets cannot be opened")
)

// MaxDelay is the longest delay of any due time. A due time further away than
// this counts as due: the clock was set back.
const MaxDelay = time.Hour

// minVersion is the oldest SQLite we trust: before it, a WAL could be reset
// while a checkpoint was under way, and a committed order was lost.
const minVersion = 3_051_003

// readers is how many connections read.
const readers = 4

// busyTimeout is how long a connection waits for another one, in milliseconds.
const busyTimeout = 5000

// A Config says where the store is and how its secrets are sealed.
type Config struct {
	Path      string // the SQLite file; created with mode 0600
	SecretKey []byte // 32 or more bytes; everything sealed or signed derives from it
	Log       *slog.Logger

	// MaxBatch is how many updates may share one commit; 0 = 256. Beyond that
	// a commit costs no less per update, and those that wait would wait longer.
	MaxBatch int

	// UnreadBytes is how much of what no program can read is kept of a company; 0 = 64 MiB.
	UnreadBytes int64

	// Describe reads in an order's webhook who the customer is and what it costs, in hundredths: an older
	// version has kept neither beside it. Nil: that waits for an Open with it.
	Describe func(body []byte) (customer string, hundredths int64)

	// ObserveCommit, if set, is told how long each commit took.
	ObserveCommit func(time.Duration)
}

// A Store is an open database. Its methods may be called concurrently.
type Store struct {
	cfg   Config
	lock  *flock.Flock
	write *sql.DB  // one connection
	read  *sql.DB  // query-only
	stmts sync.Map // of read, by query: *sql.Stmt
	seal  *sealer

	unseen bool                  // the start has not looked for damage in all of it
	damage atomic.Pointer[error] // that was found while it is in use; nil = none

	writes   chan *pending
	chores   chan *pending // see Tidy
	packings chan func()   // see PackBody
	quit     chan struct{} // closed by Close: take no more
	gone     chan struct{} // closed by the writer: it has stopped
	once     sync.Once

	backing sync.Mutex // held while a copy is made or read

	files    []openedFile // the database and its log, as they were opened
	lockFile openedFile
	spare    *spare
	health   health
}

// Open opens or creates the database, brings its schema up to date and holds
// its lock file until Close. It fails with ErrLocked if another process holds
// the lock, with ErrWrongKey if cfg.SecretKey is not the database's own, and with
// ErrTooNew if a newer version of this program has made it.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxBatch == 0 {
		cfg.MaxBatch = defaultBatch
	}
	s := &Store{
		cfg:      cfg,
		lock:     flock.New(cfg.Path+lockSuffix, flock.SetPermissions(0o600)),
		writes:   make(chan *pending, 4*defaultBatch),
		chores:   make(chan *pending),
		quit:     make(chan struct{}),
		gone:     make(chan struct{}),
		packings: make(chan func()),
		spare:    newSpare(cfg.Path),
		health:   health{provenAt: time.Now(), wake: make(chan struct{}, 1)},
	}
	if ok, err := s.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock %s.lock: %w", cfg.Path, err)
	} else if !ok {
		return nil, fmt.Errorf("%s: %w", cfg.Path, ErrLocked)
	}
	tidyBeside(cfg.Path, time.Now())
	_, _ = sqlite.Fdatasync(true) // as SQLite does by itself on Linux; elsewhere it cannot be had
	err := s.open(ctx)
	if noRoom(err) && s.spare.giveBack() { // what is left to be told of sent orders goes on
		_ = s.closeDB()
		err = s.open(ctx)
	}
	if err != nil {
		s.closeFiles()
		if Damaged(err) {
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
		return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	f, err := os.OpenFile(s.cfg.Path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	fi, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if fi.Size() > 0 {
		if err := s.prepare(ctx, time.Now()); err != nil {
			return err
		}
	}
	if s.write, err = openDB(s.cfg.Path, 1, shrinking,
		"synchronous(FULL)", "journal_mode(WAL)", "cache_size(-1500)", "temp_store(MEMORY)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)", "secure_delete(1)"); err != nil {
		return err
	}
	if err := checkVersion(ctx, s.write); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	if s.seal, err = newSealer(s.cfg.SecretKey); err != nil {
		return err
	}
	if err := s.checkKey(ctx); err != nil {
		return err
	}
	if err := s.sealURL(ctx); err != nil {
		return err
	}
	if fi.Size() == 0 {
		if err := noteOverwrites(ctx, s.write); err != nil {
			return err
		}
	}
	if s.read, err = openDB(s.cfg.Path, readers, "query_only(1)", "cache_size(-128)"); err != nil {
		return err
	}
	if err := openAll(ctx, s.read, readers); err != nil {
		return err
	}
	w, err := newWriter(ctx, s)
	if err != nil {
		return err
	}
	if err := s.holdFiles(); err != nil {
		return err
	}
	go w.run()
	for range runtime.GOMAXPROCS(0) {
		go s.packBodies()
	}
	return nil
}

// prepare looks at a database that is there, and makes it ready for this program: an
// older one is copied aside, and one that could not shrink is rewritten.
func (s *Store) prepare(ctx context.Context, now time.Time) error {
	db, err := openDB(s.cfg.Path, 1, "cache_size(-1500)")
	if err != nil {
		return err
	}
	old, err := s.inspect(ctx, db)
	if err == nil {
		err = s.beforeUpgrade(ctx, db, now)
	}
	if err = errors.Join(err, db.Close()); err != nil || !old {
		return err
	}
	return s.rewriteOld(ctx, now)
}

// openDB opens a pool whose every connection has the given pragmas. They stand
// in the name, because a PRAGMA that is executed reaches one connection only.
func openDB(path string, conns int, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// A connection that is opened late must not make an empty database where the
	// file was taken away.
	q := url.Values{
		"mode":    {"rw"},
		"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "foreign_keys(1)"}, pragmas...),
	}
	name := url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// openAll opens all connections of a pool now. One that is opened later might
// find another file under the name, or another log, and read what is not there.
func openAll(ctx context.Context, db *sql.DB, conns int) error {
	var list []*sql.Conn
	var err error
	for range conns {
		var conn *sql.Conn
		if conn, err = db.Conn(ctx); err != nil {
			break
		}
		list = append(list, conn)
		var n int
		if err = conn.QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&n); err != nil { // which opens the files
			break
		}
	}
	for _, conn := range list {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// checkVersion refuses an SQLite older than minVersion.
func checkVersion(ctx context.Context, db *sql.DB) error {
	var text string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&text); err != nil {
		return err
	}
	version := 0
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return fmt.Errorf("sqlite version %q: %w", text, err)
		}
		version = version*1000 + n
	}
	if version < minVersion {
		return fmt.Errorf("sqlite %s is too old: build with 3.51.3 or newer", text)
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	p, err := newMigrations(db)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Size is the size of the database with its log, in bytes.
func (s *Store) Size() (int64, error) {
	file, err := sizeOf(s.cfg.Path)
	log, err2 := sizeOf(s.cfg.Path + "-wal")
	return file + log, errors.Join(err, err2)
}

// Close stops taking writes, finishes those that were taken, and releases the
// lock. Updates that come later fail with ErrUnavailable.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.quit) })
	<-s.gone
	return s.closeFiles()
}

func (s *Store) closeFiles() error { return errors.Join(s.closeDB(), s.lock.Unlock()) }

func (s *Store) closeDB() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

// unavailable reports whether err is the database's own failure, such as a
// full disk, rather than that of one statement.
func unavailable(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return errors.Is(err, sql.ErrConnDone) || errors.Is(err, ErrUnavailable)
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}
