package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A Disk is what the files of the database take up, and what their disk has left.
type Disk struct {
	File, Log int64 // bytes of the database and of the log beside it
	CopyNeeds int64 // bytes that the disk must have left for a copy beside the database

	DiskFree, DiskSize uint64 // bytes of the disk that are left for us, and that it has
	DiskKnown          bool   // some network folders say nothing of themselves
}

// A Usage is a disk, and what the database tells of itself.
type Usage struct {
	Disk
	Free   int64 // bytes of the database that hold nothing and are used again
	Schema int64 // version of the tables
}

// Disk looks at the files and their disk, and asks the database nothing.
func (s *Store) Disk() (Disk, error) {
	var d Disk
	var err, err2 error
	d.File, err = sizeOf(s.cfg.Path)
	d.Log, err2 = sizeOf(s.cfg.Path + "-wal")
	if err = errors.Join(err, err2); err != nil {
		return d, err
	}
	d.CopyNeeds = d.File + d.Log + reserve
	d.DiskFree, d.DiskSize, d.DiskKnown = room(filepath.Dir(s.cfg.Path))
	return d, nil
}

// Usage is Disk with what stands in the head of the database. It costs the same however
// much is stored.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	d, err := s.Disk()
	u := Usage{Disk: d}
	if err != nil {
		return u, err
	}
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
