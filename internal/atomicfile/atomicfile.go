// Package atomicfile puts files in place whole or not at all.
//
// Whatever dies meanwhile, the program or the machine, under a file's name is
// what was there before or the whole new file: the bytes are on disk before the
// file gets its name, and the folder with the name is on disk before the call
// returns. What is in the way is replaced only by [Place], which keeps its owner
// and its mode.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes a file for its owner alone; its bytes are on disk when it returns.
// A kill may leave a part of it there: it is meant for a file that gets its real
// name later, by Place or PlaceNew.
func Write(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = fill(f, r); err != nil {
		os.Remove(path)
	}
	return err
}

// fill writes what r gives, sees it on disk and closes the file.
func fill(f *os.File, r io.Reader) (int64, error) {
	n, err := io.Copy(f, r)
	return n, errors.Join(err, f.Sync(), f.Close())
}

// Create makes a new file of what r gives, for its owner alone, and tells how long
// it is. If something has that name the error is fs.ErrExist. Until the file is
// whole it lies beside, under a name that is made of temp as os.CreateTemp does; a
// kill leaves it there.
func Create(path, temp string, r io.Reader) (int64, error) {
	f, err := os.CreateTemp(filepath.Dir(path), temp)
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	n, err := fill(f, r)
	if err != nil {
		return n, err
	}
	return n, PlaceNew(f.Name(), path)
}

// Place gives a file that is on disk another name of the same folder. What has
// that name is replaced, and the new file is its owner's, with its mode.
func Place(made, path string) error {
	err := Like(made, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(made, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// PlaceNew gives a file that is on disk another name of the same folder, if nothing
// has that name; else the error is fs.ErrExist. Where a file cannot have two names,
// on FAT and in some folders of networks and of Docker, only a lock of the caller's
// keeps others from taking the name at the same moment.
func PlaceNew(made, path string) error { return placeNew(made, path, os.Link) }

func placeNew(made, path string, link func(from, to string) error) error {
	err := link(made, path)
	switch {
	case err == nil:
		err = os.Remove(made)
	case !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist):
		err = renameNew(made, path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// renameNew looks first, because renaming replaces what is there.
func renameNew(made, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(made, path)
}

// Second gives a file a second name, or a copy under that name where it cannot
// have two. The copy is made under the name partly, which is gone afterwards. If
// something has the second name the error is fs.ErrExist.
func Second(path, other, partly string) error { return second(path, other, partly, os.Link) }

func second(path, other, partly string, link func(from, to string) error) error {
	err := link(path, other)
	if err == nil {
		return syncFolder(filepath.Dir(other))
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = Write(partly, f)
	if err == nil {
		err = Like(partly, path)
	}
	if err == nil {
		err = placeNew(partly, other, link)
	}
	if err != nil {
		os.Remove(partly)
	}
	return err
}

// Like gives a file the mode of another one and, when it runs as root, its owner:
// whoever starts the program as root once must not take files from its user.
func Like(path, other string) error {
	want, err := os.Stat(other)
	if err != nil {
		return err
	}
	have, err := os.Stat(path)
	if err == nil && have.Mode() != want.Mode() { // some file systems refuse any change
		err = os.Chmod(path, want.Mode().Perm())
	}
	return errors.Join(err, chown(path, want))
}
