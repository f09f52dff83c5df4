package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A Usage is what the database takes up, and what its disk has left.
type Usage struct {
	File, Log int64 // bytes of the database and of the log beside it
	Free      int64 // bytes of the database that hold nothing and are used again
	Schema    int64 // version of the tables
	CopyNeeds int64 // bytes that the disk must have left for a copy beside the database

	DiskFree, DiskSize uint64 // bytes of the disk that are left for us, and that it has
	DiskKnown          bool   // some network folders say nothing of themselves
}

// Usage looks at the files, at the head of the database, and at the disk. It costs the same
// however much is stored.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	u := Usage{}
	var err, err2 error
	u.File, err = sizeOf(s.cfg.Path)
	u.Log, err2 = sizeOf(s.cfg.Path + "-wal")
	if err = errors.Join(err, err2); err != nil {
		return u, err
	}
	u.CopyNeeds = u.File + u.Log + reserve
	u.DiskFree, u.DiskSize, u.DiskKnown = room(filepath.Dir(s.cfg.Path))
	err = s.queryRow(ctx, `SELECT (SELECT freelist_count FROM pragma_freelist_count)
		* (SELECT page_size FROM pragma_page_size), (SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1)`).
		Scan(&u.Free, &u.Schema)
	return u, err
}

// sizeOf is the size of a file; one that is not there takes up nothing.
func sizeOf(path string) (int64, error) {
	fi, err := os.Stat(path)
	switch {
	case err == nil:
		return fi.Size(), nil
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	}
	return 0, err
}
