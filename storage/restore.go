package storage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"ineed-insales/internal/atomicfile"
)

// A restore goes in four steps, and a crash between any two of them leaves a
// database under its name. The backup is written out beside the database, as one
// file that is synced. It is checked there as a whole: our tables, our key, a
// version that we know. What is there is merged with its log and given a second
// name. Then one rename puts the new file under the old one's name. What a crash
// leaves beside the database is removed by the next start (tidyBeside).

// Restore puts a backup in the place of the database of cfg, which no process
// may have open (ErrLocked). What was there is kept beside it, whole and in one
// file, under the name that is returned ("" if there was nothing). A backup that
// is torn or not ours, of another secret key (ErrWrongKey) or too
// new for this program (ErrBackupTooNew) changes nothing. A copy of a database
// file that was in use is not whole without its log (ErrNoLog); with it, it is.
func Restore(ctx context.Context, cfg Config, backup, log io.Reader, now time.Time) (kept string, err error) {
	lock, err := Lock(cfg.Path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	fresh := cfg.Path + restoreSuffix
	defer removeAll(fresh)
	if err := unpackBackup(ctx, fresh, backup, log); err != nil {
		return "", fmt.Errorf("restore: %w", cmp.Or(ctx.Err(), err))
	}
	if err := checkBackup(ctx, fresh, cfg.SecretKey); err != nil {
		return "", fmt.Errorf("restore: %w", cmp.Or(ctx.Err(), err))
	}
	if _, err := os.Lstat(cfg.Path); err == nil {
		kept = keptName(cfg.Path, now)
		if err := keepAside(ctx, cfg.Path, kept); err != nil {
			return "", fmt.Errorf("restore: keep what is there: %w", err)
		}
	}
	if err := atomicfile.Place(fresh, cfg.Path); err != nil {
		return kept, fmt.Errorf("restore: put in place: %w", err)
	}
	return kept, nil
}

// Lock takes the lock of a database, or fails with ErrLocked.
func Lock(path string) (*flock.Flock, error) {
	lock := flock.New(path+lockSuffix, flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock %s%s: %w", path, lockSuffix, err)
	} else if !ok {
		return nil, fmt.Errorf("%s: %w", path, ErrLocked)
	}
	return lock, nil
}

// What lies beside a database.
const (
	lockSuffix    = ".lock"
	spareSuffix   = "-spare"   // room for when there is none
	backupSuffix  = "-backup"  // a copy on its way out
	restoreSuffix = "-restore" // a copy on its way in
	keepSuffix    = "-keep"    // what was there, on its way aside
	schemaSuffix  = "-schema"  // an empty database to compare with
	keptInfix     = "-before-" // what was there before a restore, and when that was
	keptTime      = "20060102T150405Z"
	keptFor       = 30 * 24 * time.Hour
)

// removeAll removes a database file with what SQLite makes beside it.
func removeAll(path string) {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		os.Remove(path + suffix)
	}
}

// tidyBeside removes copies that a crash has left, and those that were kept
// long ago: they hold customers' data.
func tidyBeside(path string, now time.Time) {
	for _, suffix := range []string{backupSuffix, restoreSuffix, keepSuffix, schemaSuffix} {
		removeAll(path + suffix)
	}
	// Without a database, or beside one that nobody has written for so long, they may be the
	// last ones, or our clock may be wrong: they wait for the next start.
	if fi, err := os.Stat(path); err != nil || now.Sub(fi.ModTime()) > keptFor {
		return
	}
	for name, at := range kept(path) {
		if now.Sub(at) > keptFor {
			removeAll(name)
		}
	}
}

// kept gives when each database was kept that lies beside this one.
func kept(path string) map[string]time.Time {
	times := map[string]time.Time{}
	list, _ := filepath.Glob(path + keptInfix + "*Z") // an odd name of the folder leaves them there
	for _, name := range list {
		if at, err := time.Parse(keptTime, strings.TrimPrefix(name, path+keptInfix)); err == nil {
			times[name] = at
		}
	}
	return times
}

// keptLately counts those of the last day, and of the day to come: the clock may have been
// set meanwhile.
func keptLately(path string, now time.Time) (n int) {
	for _, at := range kept(path) {
		if now.Sub(at).Abs() < 24*time.Hour {
			n++
		}
	}
	return n
}

// unpackBackup writes a backup, and merges it with its log if it has one.
func unpackBackup(ctx context.Context, path string, backup, log io.Reader) error {
	if err := atomicfile.Write(path, backup); err != nil {
		return err
	}
	raw, err := hasLog(path)
	switch {
	case err != nil || !raw:
		return err
	case log == nil:
		return ErrNoLog
	}
	if err := atomicfile.Write(path+"-wal", log); err != nil {
		return err
	}
	if err := makeOne(ctx, path); err != nil {
		return errNoBackup
	}
	return nil
}

// hasLog reports whether a database file says that it has a log beside it, as
// one in use does (documented: the versions at bytes 18 and 19).
func hasLog(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [20]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || !bytes.HasPrefix(head[:], []byte("SQLite format 3\x00")) {
		return false, errNoBackup
	}
	return head[18] == 2 && head[19] == 2, nil
}

// makeOne merges a database with its log, so that the file alone is whole.
func makeOne(ctx context.Context, path string) error {
	db, err := openDB(path, 1)
	if err != nil {
		return err
	}
	var mode string
	err = db.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode)
	if err = errors.Join(err, db.Close()); err == nil && mode != "delete" {
		err = fmt.Errorf("its log stays %s", mode)
	}
	return err
}

// keptName is a name that nothing has: two restores within a second keep both.
func keptName(path string, now time.Time) string {
	for {
		name := path + keptInfix + now.UTC().Format(keptTime)
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		now = now.Add(time.Second)
	}
}

// keepAside gives the database another name, and leaves its own until the
// restored one takes it. One that cannot be made one file is kept with its log.
func keepAside(ctx context.Context, path, kept string) error {
	if inUse, err := hasLog(path); err == nil && inUse {
		_ = makeOne(ctx, path)
	}
	for _, suffix := range []string{"", "-wal"} {
		err := atomicfile.Second(path+suffix, kept+suffix, path+keepSuffix)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
	}
	os.Remove(path + "-wal") // which would be taken for that of the backup
	os.Remove(path + "-shm")
	return nil
}

// checkBackup tells whether a file can take the database's place.
func checkBackup(ctx context.Context, path string, key []byte) error {
	seal, err := newSealer(key)
	if err != nil {
		return err
	}
	db, err := openDB(path, 1, "query_only(1)", "cache_size(-256)")
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return errNoBackup
	}
	switch fits, err := seal.fits(ctx, db); {
	case err != nil:
		return errNoBackup
	case !fits:
		return ErrWrongKey
	}
	version, known, err := versionsOf(ctx, db)
	if err != nil || version == 0 {
		return errNoBackup
	}
	if version > known {
		return ErrBackupTooNew
	}
	return checkSchema(ctx, db, path+schemaSuffix, version)
}
