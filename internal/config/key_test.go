package config

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/api"
	"ineed-insales/storage"
)

const goodKey = "bm8gbWVyY2hhbnQgaGFzIHRoaXMga2V5IGFueXdoZXJl"

// TestKeyFile: what editors and shells put around a key is no part of it, and a
// file that is something else is told.
func TestKeyFile(t *testing.T) {
	utf16 := func(text, mark string) string {
		var b strings.Builder
		b.WriteString(mark)
		for _, c := range []byte(text) {
			b.WriteString(string([]byte{c, 0}))
		}
		return b.String()
	}
	for text, want := range map[string]string{
		goodKey:                             "",
		"\ufeff" + goodKey:                  "",
		"\ufeff" + goodKey + "\r\n":         "",
		goodKey + " \t\n":                   "",
		" " + goodKey + "\u00a0":            "",
		goodKey[:20] + " " + goodKey[20:]:   "is damaged",
		goodKey[:20] + "\u200b" + goodKey:   "is damaged",
		goodKey + "й":                       "is damaged",
		utf16(goodKey, "\xff\xfe"):          "UTF-16",
		utf16(goodKey, ""):                  "UTF-16",
		"\xfe\xff\x00" + utf16(goodKey, ""): "UTF-16",
	} {
		cfg := Config{DB: filepath.Join(t.TempDir(), "connector.db")}
		if err := os.WriteFile(cfg.KeyPath(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := cfg.StoredKey()
		if want == "" && (err != nil || string(key) != goodKey) || want != "" &&
			(err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %q %v", text, key, err)
		}
		if err != nil && strings.Contains(err.Error(), goodKey[:10]) {
			t.Errorf("the error has the key: %v", err)
		}
	}
}

// TestKeyIsMadeAlone: no key is made beside somebody who has the database and may
// make one.
func TestKeyIsMadeAlone(t *testing.T) {
	cfg := Config{DB: filepath.Join(t.TempDir(), "connector.db")}
	lock, err := storage.Lock(cfg.DB)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.OpenKey(); err == nil || !strings.Contains(err.Error(), "another ineed-insales") {
		t.Errorf("while somebody else has the database: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if key, err := cfg.OpenKey(); err != nil || read(t, cfg.KeyPath()) != string(key) {
		t.Error(string(key), err)
	}
}

// TestFolderIsTidied: what a kill has left goes, what only looks like it stays.
func TestFolderIsTidied(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * api.LongestBackup)
	for _, name := range []string{".key-1", ".key-4294967295", ".write-test-7", ".key-", ".key-mine", "key-1",
		".key-1.bak", ".backup-5", ".backup-6"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, ".backup-5"), old, old); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".s1", ".s2", ".s3/kept", ".key-9", ".shadow"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, ".s1", "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	(&Config{DB: filepath.Join(dir, "connector.db")}).TidyFolder(time.Now())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{".backup-6", ".key-", ".key-1.bak", ".key-9", ".key-mine", ".s3", ".shadow",
		"key-1"}; !slices.Equal(left, want) {
		t.Errorf("left: %v", left)
	}
}

// TestOpenKeyIsNamed: a key that others can read is named at the start, with what
// to do.
func TestOpenKeyIsNamed(t *testing.T) {
	for mode, warned := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o644: true,
		0o660: true} {
		var log bytes.Buffer
		cfg := Config{DB: filepath.Join(t.TempDir(), "connector.db")}
		for _, file := range []string{cfg.KeyPath(), filepath.Join(filepath.Dir(cfg.DB), "secret")} {
			if err := errors.Join(os.WriteFile(file, []byte(goodKey), 0o600), os.Chmod(file, mode)); err != nil {
				t.Fatal(err)
			}
			log.Reset()
			cfg.WarnOfKey(slog.New(slog.NewJSONHandler(&log, nil)))
			if got := strings.Contains(log.String(), "chmod 600 "+file); got != warned || warned &&
				!strings.Contains(log.String(), "others than its owner") {
				t.Errorf("%v: %s", mode, &log)
			}
			cfg.SecretKey, cfg.keyFile = goodKey, filepath.Join(filepath.Dir(cfg.DB), "secret")
		}
	}
}

// TestKeyWithBlanks: a database that was made with a blank behind its key goes on
// with it.
func TestKeyWithBlanks(t *testing.T) {
	db := filepath.Join(t.TempDir(), "connector.db")
	// the key as it is kept by the first, and by the second start
	for _, given := range []string{longKey + " ", longKey} {
		cfg, _, err := Load([]string{"CONNECTOR_SECRET_KEY=" + given, "CONNECTOR_DB=" + db}, nil)
		if err != nil || cfg.SecretKey != longKey {
			t.Fatalf("%v %q", err, cfg.SecretKey)
		}
		if key, err := cfg.StoredKey(); err != nil || string(key) != longKey {
			t.Errorf("a new database with %q: %v %q", given, err, key)
		}
	}
	store, err := storage.Open(t.Context(), storage.Config{Path: db, SecretKey: []byte(longKey + "\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{longKey + "\n": longKey + "\n", longKey: longKey,
		longKey + " ": longKey} {
		cfg, _, err := Load([]string{"CONNECTOR_SECRET_KEY=" + given, "CONNECTOR_DB=" + db}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if key, err := cfg.StoredKey(); err != nil || string(key) != want {
			t.Errorf("an old database with %q: %v %q", given, err, key)
		}
	}
}

// TestOddSigns: what cannot be seen in a secret is told at the start, all of it at
// once, by the setting's name and never with the secret.
func TestOddSigns(t *testing.T) {
	db := filepath.Join(t.TempDir(), "connector.db")
	tests := []struct {
		environ []string
		want    []string // settings that are told
	}{
		{[]string{"CONNECTOR_API_TOKEN=" + longToken + "\n", "CONNECTOR_ADMIN_PASSWORD= пароль с пробелами\r\n"}, nil},
		{[]string{"CONNECTOR_API_TOKEN=\ufeff" + longToken, "CONNECTOR_API_TOKEN_FILE="}, nil},
		{[]string{"CONNECTOR_API_TOKEN_FILE=" + valueFile(t, "\ufeff"+longToken+" \r\n\r\n")}, nil},
		{[]string{"CONNECTOR_ADDR_FILE=" + valueFile(t, "\ufeff :8080\n")}, nil},
		{[]string{"CONNECTOR_API_TOKEN=" + longToken + "\u200b" + longToken,
			"CONNECTOR_SECRET_KEY=" + longKey + "ё" + longKey,
			"CONNECTOR_ADMIN_PASSWORD=a pass\u200bword", "CONNECTOR_POLL_INTERVAL=never"},
			[]string{"CONNECTOR_ADMIN_PASSWORD", "CONNECTOR_API_TOKEN", "CONNECTOR_POLL_INTERVAL",
				"CONNECTOR_SECRET_KEY"}},
		{[]string{"CONNECTOR_API_TOKEN=" + longToken + " " + longToken}, []string{"CONNECTOR_API_TOKEN"}},
		{[]string{"CONNECTOR_API_TOKEN_FILE=" + valueFile(t, longToken+"\n"+longToken)},
			[]string{"CONNECTOR_API_TOKEN"}},
		{[]string{"CONNECTOR_API_TOKEN_FILE=" + valueFile(t, "\xff\xfea\x00b\x00")},
			[]string{"CONNECTOR_API_TOKEN_FILE"}},
		{[]string{"CONNECTOR_ADMIN_PASSWORD=a\u00a0password-of-mine"}, []string{"CONNECTOR_ADMIN_PASSWORD"}},
	}
	for _, test := range tests {
		cfg, _, err := Load(append(test.environ, "CONNECTOR_DB="+db), nil)
		var told []string
		if bad, ok := errors.AsType[Problems](err); ok {
			for _, line := range bad {
				name, _, _ := strings.Cut(line, ":")
				told = append(told, name)
			}
		} else if err != nil {
			t.Error(err)
		}
		if !slices.Equal(told, test.want) {
			t.Errorf("%q: %v", test.environ, err)
		}
		if err != nil && (strings.Contains(err.Error(), longToken) || strings.Contains(err.Error(), longKey) ||
			strings.Contains(err.Error(), "pass\u200b")) {
			t.Errorf("a secret is printed: %v", err)
		}
		if len(test.want) == 0 && cfg.APIToken != "" && cfg.APIToken != longToken {
			t.Errorf("%q: %q", test.environ, cfg.APIToken)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSecretKeyIsMadeOnce(t *testing.T) {
	cfg := Config{DB: filepath.Join(t.TempDir(), "connector.db")}
	path := filepath.Join(filepath.Dir(cfg.DB), "connector.key")
	key, err := cfg.OpenKey()
	if err != nil || len(key) < minSecret || read(t, path) != string(key) {
		t.Fatalf("%v %d", err, len(key))
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode() != 0o600 {
		t.Errorf("%v %v", fi, err)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 2 { // the database's lock is the other
		t.Errorf("left in the folder: %v %v", list, err)
	}
	again, err := cfg.OpenKey()
	if err != nil || !bytes.Equal(again, key) {
		t.Errorf("%v, the key has changed: %v", err, !bytes.Equal(again, key))
	}
	if _, err := cfg.makeKey(); !errors.Is(err, fs.ErrExist) || read(t, path) != string(key) {
		t.Errorf("a key was replaced: %v", err)
	}
	if other, err := (&Config{DB: filepath.Join(t.TempDir(), "connector.db")}).OpenKey(); err != nil ||
		bytes.Equal(other, key) {
		t.Errorf("%v, or two installations have the same key", err)
	}
	cfg.SecretKey = longKey
	if key, err := cfg.OpenKey(); err != nil || string(key) != longKey {
		t.Errorf("%v: the configured key is not the first", err)
	}
}

func TestSecretKeyRefusals(t *testing.T) {
	const good = "bm8gbWVyY2hhbnQgaGFzIHRoaXMga2V5IGFueXdoZXJl"
	tests := []struct {
		name, key string // "" = no file
		db        bool
		want      string
	}{
		{"no key for a database", "", true, "put the key back, or set CONNECTOR_SECRET_KEY"},
		{"damaged", good[:minSecret-1], true, "is damaged: put the right one back"},
		{"damaged, no database", good[:minSecret-1], false, "is damaged"},
		{"blank", strings.Repeat("\n", 50), true, "is damaged"},
		{"good", good, true, ""},
		{"put back with an editor", good + "\n", true, ""},
	}
	for _, test := range tests {
		cfg := Config{DB: filepath.Join(t.TempDir(), "connector.db")}
		path := filepath.Join(filepath.Dir(cfg.DB), "connector.key")
		for name, text := range map[string]string{path: test.key, cfg.DB: map[bool]string{true: "data"}[test.db]} {
			if text != "" {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		key, err := cfg.OpenKey()
		switch {
		case test.want == "":
			if err != nil || string(key) != good {
				t.Errorf("%s: %v %q", test.name, err, key)
			}
		case err == nil || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		case test.key == "":
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s: a key was made", test.name)
			}
		}
	}
}
