package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"ineed-insales/internal/api"
	"ineed-insales/storage"
)

// Folder is the data folder, in which the database lies.
func (c *Config) Folder() string { return filepath.Dir(c.DB) }

// BackupFolder is where the nightly copies of the database lie; "" = none are made.
func (c *Config) BackupFolder() string {
	if strings.EqualFold(c.BackupDir, "off") {
		return ""
	}
	return c.BackupDir
}

// BackupName is what the names of the nightly copies begin with: that of the database.
func (c *Config) BackupName() string {
	name := filepath.Base(c.DB)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// PrepareFolder makes the data folder if need be and makes sure that files can be
// made in it.
func (c *Config) PrepareFolder() error {
	dir := c.Folder()
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".write-test-"); err == nil {
			return errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the folder %s is not writable: %s", dir, chown(dir))
	}
	return fmt.Errorf("the folder of the database: %w: set CONNECTOR_DB to a file in a folder that can be written", err)
}

// chown is the remedy where files belong to somebody else.
func chown(dir string) string {
	return fmt.Sprintf("run `chown -R %d:%d` on it, in a container on the host's folder that is mounted at %s,"+
		" or start as its owner", os.Getuid(), os.Getgid(), dir)
}

// Remedy adds to a failure to open the database, or something beside it, what to
// do about it.
func (c *Config) Remedy(err error) error {
	switch {
	case errors.Is(err, storage.ErrLocked):
		return fmt.Errorf("another ineed-insales serves the database %s already: stop it first,"+
			" or give this one another CONNECTOR_DB", c.DB)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: what is in the folder of the database belongs to somebody else: %s", err,
			chown(c.Folder()))
	case errors.Is(err, storage.ErrTooNew):
		return fmt.Errorf("%w: run the version that made it, or restore the copy that was kept when it did"+
			" (%s-before-…; `ineed-insales restore FILE`), without what has come since", err, c.DB)
	case errors.Is(err, storage.ErrWrongKey):
		return fmt.Errorf("%w: put the key of %s back (CONNECTOR_SECRET_KEY, or connector.key beside it)", err, c.DB)
	}
	if remedy := storage.Remedy(err); remedy != "" {
		return fmt.Errorf("%w: %s", err, remedy)
	}
	return err
}

// What a kill can leave in a folder, by the exact names that we give. In the
// folder of a database they are nobody's once its lock is held; a backup that is
// still being written is younger than it may take.
var (
	leftFile   = regexp.MustCompile(`^\.(key|write-test)-[0-9]+$`)
	leftSocket = regexp.MustCompile(`^\.s[0-9]+$`)
	leftBackup = regexp.MustCompile(`^\.backup-[0-9]+$`)
)

// TidyFolder removes from the data folder what kills have left. The lock of the
// database must be held. What is something else by the same name stays.
func (c *Config) TidyFolder(now time.Time) {
	dir := c.Folder()
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case leftFile.MatchString(e.Name()) && e.Type().IsRegular():
			os.Remove(path)
		case leftSocket.MatchString(e.Name()) && e.IsDir():
			if fi, err := os.Lstat(filepath.Join(path, "s")); err == nil && fi.Mode()&fs.ModeSocket != 0 {
				os.Remove(filepath.Join(path, "s"))
			}
			os.Remove(path) // unless there is something in it
		}
	}
	TidyBackups(dir, now)
}

// TidyBackups removes halves of backups from a folder: they hold customers' data.
func TidyBackups(dir string, now time.Time) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !leftBackup.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if fi, err := e.Info(); err == nil && now.Sub(fi.ModTime()) > api.LongestBackup {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
