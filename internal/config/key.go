package config

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"ineed-insales/internal/atomicfile"
	"ineed-insales/storage"
)

// OpenKey gives the configured key, or the one beside the database. It is
// made at the first start only: a new key for an old database would make its
// secrets and markers worthless.
func (c *Config) OpenKey() ([]byte, error) {
	key, err := c.StoredKey()
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(c.DB); err == nil {
		return nil, fmt.Errorf("the database %s is there, but its key %s is not: put the key back,"+
			" or set CONNECTOR_SECRET_KEY", c.DB, c.KeyPath())
	}
	return c.makeKey()
}

// KeyPath is where the key lies that is made at the first start.
func (c *Config) KeyPath() string { return filepath.Join(c.Folder(), "connector.key") }

// StoredKey gives the configured key, or the one beside the database. Versions
// before this one took blanks around a configured key for a part of it; a
// database that was made with those keeps them.
func (c *Config) StoredKey() ([]byte, error) {
	if c.SecretKey != "" {
		if c.keyAsGiven != "" && storage.KeyFits(context.Background(), c.DB, []byte(c.keyAsGiven)) {
			return []byte(c.keyAsGiven), nil
		}
		return []byte(c.SecretKey), nil
	}
	text, err := os.ReadFile(c.KeyPath())
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("the secret key: %w: it belongs to somebody else: %s", err, chown(c.Folder()))
	}
	if err != nil {
		return nil, fmt.Errorf("the secret key: %w", err)
	}
	// An editor adds a line break, or a mark at the beginning, to a key put back by hand.
	key, err := plainText(text)
	if err != nil {
		return nil, fmt.Errorf("the secret key %s: %w", c.KeyPath(), err)
	}
	if len(key) < minSecret || oddSign(key) != 0 {
		return nil, fmt.Errorf("the secret key %s is damaged: put the right one back", c.KeyPath())
	}
	return []byte(key), nil
}

// makeKey makes a key file whole or not at all, and never over another. The lock
// of the database keeps others from making a key meanwhile.
func (c *Config) makeKey() (key []byte, err error) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails (documented)
	key = []byte(base64.StdEncoding.EncodeToString(raw))
	lock, err := storage.Lock(c.DB)
	if err != nil {
		return nil, c.Remedy(err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if _, err := atomicfile.Create(c.KeyPath(), ".key-*", bytes.NewReader(key)); err != nil {
		return nil, fmt.Errorf("make the secret key: %w", err)
	}
	return key, nil
}

// WarnOfKey says that others than its owner can read the key.
func (c *Config) WarnOfKey(log *slog.Logger) {
	if path, mode, open := c.OpenKeyFile(); open {
		log.Warn("others than its owner can read the secret key",
			"file", path, "mode", mode.String(), "do", "chmod 600 "+path)
	}
}

// OpenKeyFile gives the file with the key if others than its owner can read it.
func (c *Config) OpenKeyFile() (path string, mode fs.FileMode, open bool) {
	path = c.KeyPath()
	if c.SecretKey != "" {
		path = c.keyFile
	}
	// What Docker puts below /run/secrets is the container's alone, whatever its mode.
	if path == "" || runtime.GOOS == "windows" || strings.HasPrefix(path, "/run/secrets/") {
		return path, 0, false
	}
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm()&0o077 == 0 {
		return path, 0, false
	}
	return path, fi.Mode().Perm(), true
}
