// Package storagetest makes databases for tests of other packages. An empty one is made
// once by the program's own migrations, which would be a good part of many tests' work,
// and is then the same bytes for all.
package storagetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"ineed-insales/storage"
)

// Key is the secret key of the databases.
var Key = []byte(strings.Repeat("k", 32))

// Write makes an empty database at a path where there is none.
func Write(path string) error { return os.WriteFile(path, empty(), 0o600) }

var empty = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "connector.db")
	store, err := storage.Open(context.Background(), storage.Config{Path: path, SecretKey: Key})
	if err != nil {
		panic(err)
	}
	if err := store.Close(); err != nil {
		panic(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return data
})
