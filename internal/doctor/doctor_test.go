package doctor

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"ineed-insales/internal/bridge/reach"
	"ineed-insales/internal/config"
	"ineed-insales/internal/locale"
	"ineed-insales/internal/locale/localetest"
	"ineed-insales/storage"
)

const goodKey = "a-key-of-thirty-two-characters-or-more"

// told gives findings as words, and fails for one that has no text.
func told(t *testing.T, list []reach.Finding) string {
	t.Helper()
	var lines []string
	for _, f := range list {
		localetest.Doctor(t, f.Name, f.Reason, f.Args)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Name, f.Result, f.Reason)))
	}
	return strings.Join(lines, ", ")
}

// machine is the settings of a data folder of its own, below a folder that a socket's path
// leaves room for.
func machine(t *testing.T) config.Config {
	t.Helper()
	dir, err := os.MkdirTemp("", "doc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cfg, _, err := config.Load(nil, map[string]string{"db": filepath.Join(dir, "data", "connector.db")})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// installed makes a database with its key there.
func installed(t *testing.T, cfg config.Config) {
	t.Helper()
	if err := cfg.PrepareFolder(); err != nil {
		t.Fatal(err)
	}
	put(t, cfg.KeyPath(), goodKey)
	s, err := storage.Open(t.Context(), storage.Config{Path: cfg.DB, SecretKey: []byte(goodKey)})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listening opens the socket as a connector does.
func listening(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

// withoutDisk leaves out how full the disk of the test is.
func withoutDisk(list []reach.Finding) []reach.Finding {
	var rest []reach.Finding
	for _, f := range list {
		if f.Name != "disk" {
			rest = append(rest, f)
		}
	}
	return rest
}

// TestMachine harms an installation in one way at a time.
func TestMachine(t *testing.T) {
	const whole = "settings ok, folder ok, key ok, database ok, socket ok"
	for _, test := range []struct {
		name string
		harm func(t *testing.T, cfg config.Config)
		want string
	}{
		{"all is well", func(t *testing.T, cfg config.Config) { listening(t, cfg.Socket, 0o600) }, whole},
		{"no connector", func(*testing.T, config.Config) {},
			"settings ok, folder ok, key ok, database ok, socket warning away"},
		{"after a kill", func(t *testing.T, cfg config.Config) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: cfg.Socket, Net: "unix"})
			if err != nil {
				t.Fatal(err)
			}
			l.SetUnlinkOnClose(false)
			l.Close()
		}, "settings ok, folder ok, key ok, database ok, socket warning away"},
		{"a socket for all", func(t *testing.T, cfg config.Config) { listening(t, cfg.Socket, 0o666) },
			"settings ok, folder ok, key ok, database ok, socket problem open"},
		{"a file for a socket", func(t *testing.T, cfg config.Config) { put(t, cfg.Socket, "notes") },
			"settings ok, folder ok, key ok, database ok, socket problem no_socket"},
		{"no key", func(t *testing.T, cfg config.Config) { _ = os.Remove(cfg.KeyPath()) },
			"settings ok, folder ok, key problem missing, database ok, socket warning away"},
		{"another key", func(t *testing.T, cfg config.Config) { put(t, cfg.KeyPath(), strings.Repeat("k", 40)) },
			"settings ok, folder ok, key problem wrong, database ok, socket warning away"},
		{"a damaged key", func(t *testing.T, cfg config.Config) { put(t, cfg.KeyPath(), "k") },
			"settings ok, folder ok, key problem unreadable, database ok, socket warning away"},
		{"a key for all", func(t *testing.T, cfg config.Config) { _ = os.Chmod(cfg.KeyPath(), 0o644) },
			"settings ok, folder ok, key warning open, database ok, socket warning away"},
		{"a damaged database", func(t *testing.T, cfg config.Config) { put(t, cfg.DB, strings.Repeat("no database ", 99)) },
			"settings ok, folder ok, key unchecked unknown, database problem damaged, socket warning away"},
		{"nothing yet", func(t *testing.T, cfg config.Config) { _ = os.RemoveAll(cfg.Folder()) },
			"settings ok, folder warning missing, key unchecked new, database unchecked new, socket warning away"},
		{"a file for a folder", func(t *testing.T, cfg config.Config) {
			_ = os.RemoveAll(cfg.Folder())
			put(t, cfg.Folder(), "notes")
		}, "settings ok, folder problem unwritable, key problem unreadable, database problem unreadable, " +
			"socket problem unreadable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := machine(t)
			installed(t, cfg)
			test.harm(t, cfg)
			if got := told(t, withoutDisk(Machine(t.Context(), cfg, nil))); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// TestSettingsThatAreWrong are a finding each, and nothing is made where they lead.
func TestSettingsThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	cfg, _, err := config.Load([]string{"CONNECTOR_LOG_LEVEL=loud", "CONNECTOR_ADR=:1"},
		map[string]string{"db": filepath.Join(dir, "none", "c.db")})
	got := told(t, withoutDisk(Machine(t.Context(), cfg, err)))
	if !strings.HasPrefix(got, "settings problem wrong, settings problem wrong, folder warning missing") {
		t.Error(got)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("made: %v %v", list, err)
	}
}

// TestLargeDatabase: what was not looked through in time is not called whole.
func TestLargeDatabase(t *testing.T) {
	cfg := machine(t)
	installed(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := told(t, []reach.Finding{database(ctx, &cfg)}); got != "database unchecked late" {
		t.Error(got)
	}
	told(t, Away())
	for _, reason := range []string{"missing", "wrong"} {
		if got := told(t, Running([]reach.Finding{{Name: "key", Result: reach.Problem, Reason: reason}})); got !=
			"key unchecked running" {
			t.Error(got)
		}
	}
	if got := told(t, Running([]reach.Finding{{Name: "key", Result: reach.Warning, Reason: "open"}})); got !=
		"key warning open" {
		t.Error(got)
	}
	for _, reason := range []string{"too_new", "older"} {
		told(t, []reach.Finding{{Name: "database", Reason: reason}})
	}
	for _, reason := range []string{"unknown", "low", "full"} {
		told(t, []reach.Finding{{Name: "disk", Reason: reason}})
	}
	told(t, []reach.Finding{{Name: "socket", Reason: "forbidden"}})
}

// TestNothingYet: of what is not there yet, nothing is said that cannot be known, and the room
// is that of the disk on which it will be made.
func TestNothingYet(t *testing.T) {
	cfg := machine(t)
	if f := disk(&cfg); f.Args["total"] == "" && runtime.GOOS == "linux" {
		t.Errorf("%+v", f)
	}
	f := database(t.Context(), &cfg)
	for _, lang := range []string{locale.Russian, locale.English} {
		if title, _ := locale.Doctor(lang, f.Name, f.Reason, f.Args); !strings.HasSuffix(title, cfg.DB) {
			t.Errorf("%s: %q", lang, title)
		}
	}
	installed(t, cfg)
	f = database(t.Context(), &cfg)
	version := strconv.FormatInt(storage.SchemaVersion(), 10)
	title, _ := locale.Doctor(locale.English, f.Name, f.Reason, f.Args)
	if !strings.HasSuffix(title, "tables of version "+version) {
		t.Errorf("%q", title)
	}
}
