package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"ineed-insales/migrations"
)

// Errors of backups.
var (
	ErrBackupRuns   = errors.New("a backup is being made already")
	ErrNoBackup     = errors.New("not a whole backup of this program's database")
	ErrNoRoom       = errors.New("no room for a backup beside the database")
	ErrBackupTooNew = errors.New("the backup was made by a newer version of this program")
)

// A Backup is a copy of the database that was made to be read once.
type Backup struct {
	*os.File
	Size  int64
	store *Store
}

// Backup copies the database as it is at one moment, while it is in use. The
// copy lies beside the database until it is closed; there is one at a time, else
// the error is ErrBackupRuns, and ErrNoRoom if the disk is full. It has everything but the secret key.
func (s *Store) Backup(ctx context.Context) (*Backup, error) {
	if !s.backing.TryLock() {
		return nil, ErrBackupRuns
	}
	path := s.backupPath()
	f, err := s.vacuumInto(ctx, path)
	if err == nil {
		var fi fs.FileInfo
		if fi, err = f.Stat(); err == nil {
			return &Backup{f, fi.Size(), s}, nil
		}
		f.Close()
	}
	os.Remove(path)
	s.backing.Unlock()
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqlite3.SQLITE_FULL {
		return nil, ErrNoRoom
	}
	return nil, fmt.Errorf("backup: %w", err)
}

func (s *Store) backupPath() string { return s.cfg.Path + "-backup" }

func (s *Store) vacuumInto(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) // one may be left from a crash
	if err != nil {
		return nil, err
	}
	db, err := openDB(s.cfg.Path, 1, "cache_size(-1500)")
	if err == nil {
		_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close removes the copy.
func (b *Backup) Close() error {
	defer b.store.backing.Unlock()
	return errors.Join(b.File.Close(), os.Remove(b.store.backupPath()))
}

// Restore puts a backup in the place of the database of cfg, which no process
// may have open (ErrLocked). What was there is kept beside it, under the name
// that is returned ("" if there was nothing). A backup that is torn or not ours
// (ErrNoBackup), of another secret key (ErrWrongKey) or too new for this program
// (ErrBackupTooNew) changes nothing.
func Restore(ctx context.Context, cfg Config, backup io.Reader, now time.Time) (kept string, err error) {
	lock := flock.New(cfg.Path+".lock", flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil {
		return "", fmt.Errorf("lock %s.lock: %w", cfg.Path, err)
	} else if !ok {
		return "", fmt.Errorf("%s: %w", cfg.Path, ErrLocked)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	fresh := cfg.Path + "-restore"
	defer os.Remove(fresh)
	if err := writeFile(fresh, backup); err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	if err := checkBackup(ctx, fresh, cfg.SecretKey); err != nil {
		return "", fmt.Errorf("restore: %w", cmp.Or(ctx.Err(), err))
	}
	if _, err := os.Lstat(cfg.Path); err == nil {
		// With its log, which would be taken for that of the backup.
		kept = cfg.Path + "-before-" + now.UTC().Format("20060102T150405Z")
		for _, suffix := range []string{"-wal", "-shm", ""} {
			if err := os.Rename(cfg.Path+suffix, kept+suffix); err != nil && !(suffix != "" && errors.Is(err, fs.ErrNotExist)) {
				return "", fmt.Errorf("restore: %w", err)
			}
		}
	}
	if err := os.Rename(fresh, cfg.Path); err != nil {
		return kept, fmt.Errorf("restore: %w", err)
	}
	dir, err := os.Open(filepath.Dir(cfg.Path))
	if err != nil {
		return kept, err
	}
	return kept, errors.Join(dir.Sync(), dir.Close())
}

func writeFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// checkBackup tells whether a file can take the database's place.
func checkBackup(ctx context.Context, path string, key []byte) error {
	seal, err := newSealer(key)
	if err != nil {
		return err
	}
	db, err := openDB(path, 1, "query_only(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return ErrNoBackup
	}
	var have []byte
	if err := db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'key_fingerprint'").Scan(&have); err != nil {
		return ErrNoBackup
	}
	if string(have) != string(seal.fingerprint()) {
		return ErrWrongKey
	}
	ours, err := goose.NewProvider(goose.DialectSQLite3, db, fs.FS(migrations.FS), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	sources := ours.ListSources()
	var version int64
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM "+goose.DefaultTablename).Scan(&version); err != nil {
		return ErrNoBackup
	}
	if version > sources[len(sources)-1].Version {
		return ErrBackupTooNew
	}
	return nil
}
