package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"ineed-insales/storage"
)

// secretKey gives the configured key, or the one beside the database. It is
// made at the first start only: a new key for an old database would make its
// secrets and markers worthless.
func secretKey(cfg Config) ([]byte, error) {
	key, err := storedKey(cfg)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(cfg.DB); err == nil {
		return nil, fmt.Errorf("the database %s is there, but its key %s is not: put the key back, or set CONNECTOR_SECRET_KEY", cfg.DB, keyPath(cfg))
	}
	return makeKey(cfg)
}

func keyPath(cfg Config) string { return filepath.Join(filepath.Dir(cfg.DB), "connector.key") }

// storedKey gives the configured key, or the one beside the database. Versions
// before this one took blanks around a configured key for a part of it; a
// database that was made with those keeps them.
func storedKey(cfg Config) ([]byte, error) {
	if cfg.SecretKey != "" {
		if cfg.keyAsGiven != "" && storage.KeyFits(context.Background(), cfg.DB, []byte(cfg.keyAsGiven)) {
			return []byte(cfg.keyAsGiven), nil
		}
		return []byte(cfg.SecretKey), nil
	}
	text, err := os.ReadFile(keyPath(cfg))
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("the secret key: %w: it belongs to somebody else: %s", err, chown(filepath.Dir(cfg.DB)))
	}
	if err != nil {
		return nil, fmt.Errorf("the secret key: %w", err)
	}
	key, err := plainText(text) // an editor adds a line break, or a mark at the beginning, to a key put back by hand
	if err != nil {
		return nil, fmt.Errorf("the secret key %s: %w", keyPath(cfg), err)
	}
	if len(key) < minSecret || oddSign(key) != 0 {
		return nil, fmt.Errorf("the secret key %s is damaged: put the right one back", keyPath(cfg))
	}
	return []byte(key), nil
}

// makeKey makes a key file whole or not at all, and never over another.
func makeKey(cfg Config) ([]byte, error) {
	path := keyPath(cfg)
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	text := []byte(base64.StdEncoding.EncodeToString(raw))
	f, err := os.CreateTemp(filepath.Dir(path), ".key-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = nameKey(cfg, f.Name(), path)
	}
	if err != nil {
		return nil, fmt.Errorf("make the secret key: %w", err)
	}
	return text, nil
}

// nameKey gives a whole file the key's name, unless something has it.
func nameKey(cfg Config, made, path string) error {
	err := os.Link(made, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return renameKey(cfg, made, path) // files have one name here: FAT, some folders of networks and of Docker
}

// renameKey does the same by renaming. The lock of the database keeps others from
// making a key between the look and the renaming.
func renameKey(cfg Config, made, path string) error {
	lock, err := storage.Lock(cfg.DB)
	if err != nil {
		return openProblem(cfg, err)
	}
	if _, err = os.Lstat(path); err == nil {
		err = fmt.Errorf("%s: %w", path, fs.ErrExist)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = storage.PutInPlace(made, path)
	}
	return errors.Join(err, lock.Unlock())
}

// warnOfKey says that others than its owner can read the key.
func warnOfKey(log *slog.Logger, cfg Config) {
	path := keyPath(cfg)
	if cfg.SecretKey != "" {
		path = cfg.keyFile
	}
	if path == "" || runtime.GOOS == "windows" || strings.HasPrefix(path, "/run/secrets/") { // of Docker, of the container alone
		return
	}
	fi, err := os.Stat(path)
	if err == nil && fi.Mode().Perm()&0o077 != 0 {
		log.Warn("others than its owner can read the secret key", "file", path, "mode", fi.Mode().Perm().String(), "do", "chmod 600 "+path)
	}
}

// What a kill can leave in a folder, by the exact names that we give. In the
// folder of a database they are nobody's once its lock is held; a backup that is
// still being written is younger than it may take.
var (
	leftFile   = regexp.MustCompile(`^\.(key|write-test)-[0-9]+$`)
	leftSocket = regexp.MustCompile(`^\.s[0-9]+$`)
	leftBackup = regexp.MustCompile(`^\.backup-[0-9]+$`)
)

// tidyFolder removes what kills have left. What is something else by the same
// name stays.
func tidyFolder(dir string, now time.Time) {
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
	tidyBackups(dir, now)
}

// tidyBackups removes halves of backups: they hold customers' data.
func tidyBackups(dir string, now time.Time) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !leftBackup.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if fi, err := e.Info(); err == nil && now.Sub(fi.ModTime()) > longestBackup {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
