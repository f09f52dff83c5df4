// Command pack puts the files of a folder into an archive, a .zip or a .tar.gz by its name:
//
//	go -C .ci run ./pack ARCHIVE FOLDER SECONDS
//
// All files get the time SECONDS after 1970, nobody's name and one of two modes, and stand in
// the order of their names, so that the same files make the same bytes on any machine.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// An adder writes one file into an archive.
type adder func(name string, fi fs.FileInfo, from io.Reader) error

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("say ARCHIVE FOLDER SECONDS")
	}
	seconds, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	out, err := os.Create(args[0])
	if err != nil {
		return err
	}
	defer out.Close() // a second time, if all goes well
	open := tarball
	if strings.HasSuffix(args[0], ".zip") {
		open = zipped
	}
	add, end := open(out, time.Unix(seconds, 0).UTC())
	if err := addAll(args[1], add); err != nil {
		return err
	}
	return errors.Join(end(), out.Close())
}

// addAll adds the files of a folder below the folder's own name, in the order of their names.
func addAll(folder string, add adder) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		from, err := os.Open(path)
		if err != nil {
			return err
		}
		defer from.Close()
		name, err := filepath.Rel(filepath.Dir(folder), path)
		if err != nil {
			return err
		}
		return add(filepath.ToSlash(name), fi, from)
	})
}

// mode is what of a file's mode is the same everywhere: whether it is a program.
func mode(fi fs.FileInfo) fs.FileMode {
	if fi.Mode()&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

func tarball(out io.Writer, at time.Time) (adder, func() error) {
	packed, _ := gzip.NewWriterLevel(out, gzip.BestCompression)
	w := tar.NewWriter(packed)
	add := func(name string, fi fs.FileInfo, from io.Reader) error {
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: fi.Size(), Mode: int64(mode(fi)),
			ModTime: at, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = io.Copy(w, from)
		}
		return err
	}
	return add, func() error { return errors.Join(w.Close(), packed.Close()) }
}

func zipped(out io.Writer, at time.Time) (adder, func() error) {
	w := zip.NewWriter(out)
	add := func(name string, fi fs.FileInfo, from io.Reader) error {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
		h.SetMode(mode(fi))
		to, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.Copy(to, from)
		}
		return err
	}
	return add, w.Close
}
