package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

var errTorn = errors.New("torn")

// torn gives a part of a text and fails.
func torn() io.Reader { return io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errTorn)) }

// onlyFAT is a link where files have one name.
func onlyFAT(from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
}

// wants compares what lies in a folder, by name and content.
func wants(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want) {
		t.Errorf("%d files: %v, want %v", len(entries), entries, want)
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s: %q %v, want %q", name, got, err, text)
		}
	}
}

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Mode()
}

// TestCreate: a new file is whole or not there, and nothing is ever written over.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if n, err := Create(path, ".a-*", torn()); n != 4 || !errors.Is(err, errTorn) {
		t.Errorf("torn: %d %v", n, err)
	}
	wants(t, dir, nil)
	if n, err := Create(path, ".a-*", strings.NewReader("whole")); n != 5 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %v", m)
	}
	if _, err := Create(path, ".a-*", strings.NewReader("another")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	wants(t, dir, map[string]string{"a": "whole"})
	_, err := Create(filepath.Join(dir, "none", "a"), ".a-*", strings.NewReader(""))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}

// TestWrite: what cannot be written whole leaves nothing, and what was there goes.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, text := range []string{"a long text", "short", ""} {
		if err := Write(path, strings.NewReader(text)); err != nil {
			t.Error(err)
		}
		wants(t, dir, map[string]string{"a": text})
	}
	if err := Write(path, torn()); !errors.Is(err, errTorn) {
		t.Error(err)
	}
	wants(t, dir, nil)
}

// TestPlace: what is there is replaced, and its mode stays.
func TestPlace(t *testing.T) {
	for _, kept := range []fs.FileMode{0o600, 0o640, 0o444} {
		dir := t.TempDir()
		made, path := filepath.Join(dir, "made"), filepath.Join(dir, "a")
		write(t, path, "old", kept)
		write(t, made, "new", 0o600)
		if err := Place(made, path); err != nil {
			t.Fatal(err)
		}
		wants(t, dir, map[string]string{"a": "new"})
		if m := mode(t, path); m != kept {
			t.Errorf("mode %v, want %v", m, kept)
		}
	}
	dir := t.TempDir()
	made, path := filepath.Join(dir, "made"), filepath.Join(dir, "a")
	if err := Place(made, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing made: %v", err)
	}
	write(t, made, "new", 0o600)
	if err := Place(made, path); err != nil {
		t.Errorf("where nothing was: %v", err)
	}
	wants(t, dir, map[string]string{"a": "new"})
}

// TestPlaceNew: with two names or one, what is there stays.
func TestPlaceNew(t *testing.T) {
	for name, link := range map[string]func(from, to string) error{"two names": os.Link, "one name": onlyFAT} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			made, path := filepath.Join(dir, "made"), filepath.Join(dir, "a")
			if err := placeNew(made, path, link); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("nothing made: %v", err)
			}
			write(t, made, "first", 0o600)
			if err := placeNew(made, path, link); err != nil {
				t.Fatal(err)
			}
			wants(t, dir, map[string]string{"a": "first"})
			write(t, made, "second", 0o600)
			if err := placeNew(made, path, link); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over another: %v", err)
			}
			wants(t, dir, map[string]string{"a": "first", "made": "second"})
			if err := os.Symlink("nowhere", filepath.Join(dir, "b")); err != nil {
				t.Fatal(err)
			}
			if err := placeNew(made, filepath.Join(dir, "b"), link); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over a link that leads nowhere: %v", err)
			}
		})
	}
}

// TestSecond: the second name has the same or a copy, never a part, and the
// copy is like what it was made of.
func TestSecond(t *testing.T) {
	for name, link := range map[string]func(from, to string) error{"two names": os.Link, "one name": onlyFAT} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, partly := filepath.Join(dir, "a"), filepath.Join(dir, "partly")
			if err := second(path, filepath.Join(dir, "b"), partly, link); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("of nothing: %v", err)
			}
			write(t, path, "text", 0o640)
			if err := second(path, filepath.Join(dir, "b"), partly, link); err != nil {
				t.Fatal(err)
			}
			if m := mode(t, filepath.Join(dir, "b")); m != 0o640 {
				t.Errorf("mode %v", m)
			}
			write(t, filepath.Join(dir, "c"), "another", 0o600)
			if err := second(path, filepath.Join(dir, "c"), partly, link); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over another: %v", err)
			}
			wants(t, dir, map[string]string{"a": "text", "b": "text", "c": "another"})
		})
	}
}
