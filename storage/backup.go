package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"ineed-insales/internal/atomicfile"
)

// Errors of backups.
var (
	ErrBackupRuns   = errors.New("a backup is being made already")
	ErrNoLog        = errors.New("a copy of a database file that was in use, without its log (-wal)")
	errNoBackup     = errors.New("not a whole backup of this program's database")
	ErrNoRoom       = errors.New("no room on the disk for a copy of the database")
	errSchema       = errors.New("the tables are not those of their version")
	ErrBackupTooNew = errors.New("the backup was made by a newer version of this program")
)

// A Backup is a copy of the database that was made to be read once.
type Backup struct {
	*os.File
	Size  int64
	store *Store
}

// reserve is what a backup leaves of the disk, for the database itself.
const reserve = 32 << 20

// Backup copies the database as it is at one moment, while it is in use. The
// copy lies beside the database until it is closed; there is one at a time, else
// the error is ErrBackupRuns, and ErrNoRoom if the disk is full. It has everything but the secret key.
func (s *Store) Backup(ctx context.Context) (*Backup, error) {
	if !s.backing.TryLock() {
		return nil, ErrBackupRuns
	}
	path := s.backupPath()
	f, err := s.copyTo(ctx, path)
	if err == nil {
		var fi fs.FileInfo
		if fi, err = f.Stat(); err == nil {
			return &Backup{f, fi.Size(), s}, nil
		}
		f.Close()
	}
	removeAll(path)
	s.backing.Unlock()
	return nil, fmt.Errorf("backup: %w", err)
}

// SaveBackup copies the database into a file as Backup does, and gives its size. The file
// is there whole or not at all: it takes its name when it is on the disk and was read
// again, and found to be a database of this version and of our key. What a crash leaves
// is by the name that PartOf gives.
func (s *Store) SaveBackup(ctx context.Context, path string) (size int64, err error) {
	if !s.backing.TryLock() {
		return 0, ErrBackupRuns
	}
	defer s.backing.Unlock()
	part := PartOf(path)
	defer removeAll(part)
	f, err := s.copyTo(ctx, part)
	if err == nil {
		var fi fs.FileInfo
		if fi, err = f.Stat(); err == nil {
			size = fi.Size()
		}
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = checkBackup(ctx, part, s.cfg.SecretKey)
	}
	if err == nil {
		err = atomicfile.Like(part, s.cfg.Path)
	}
	if err != nil {
		return 0, fmt.Errorf("backup %s: %w", path, cmp.Or(ctx.Err(), err))
	}
	return size, atomicfile.Place(part, path)
}

// PartOf is the name of a copy until it is whole.
func PartOf(path string) string { return path + ".part" }

// copyTo copies the database into a file, unless that would leave too little room.
func (s *Store) copyTo(ctx context.Context, path string) (*os.File, error) {
	size, err := s.Size()
	if err == nil {
		err = s.filesLost()
	}
	if err == nil {
		err = roomFor(path, size)
	}
	if err != nil {
		return nil, err
	}
	f, err := s.vacuumInto(ctx, path)
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqlite3.SQLITE_FULL {
		err = ErrNoRoom
	}
	return f, err
}

// roomFor fails with ErrNoRoom if a file of that size would leave too little of the disk.
func roomFor(path string, size int64) error {
	if free, _, known := room(filepath.Dir(path)); known && free < uint64(size)+reserve {
		return ErrNoRoom
	}
	return nil
}

func (s *Store) backupPath() string { return s.cfg.Path + backupSuffix }

// vacuumInto lets SQLite write a copy without free pages, as of one moment, while
// others write. The copy is one file without a log.
func (s *Store) vacuumInto(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) // one may be left from a crash
	if err != nil {
		return nil, err
	}
	db, err := openDB(s.cfg.Path, 1, "cache_size(-256)")
	if err == nil {
		if !canShrink(ctx, db) { // in a file that can, this would wait for its turn to write
			_, err = db.ExecContext(ctx, "PRAGMA auto_vacuum = 2")
		}
		if err == nil {
			_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
		}
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
