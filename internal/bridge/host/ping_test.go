package host

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
)

// asked makes a monitor that asks a server, and counts what reaches that.
func asked(t *testing.T, change func(*Config), answer http.HandlerFunc) (m *Monitor, n *atomic.Int32, log *bytes.Buffer) {
	t.Helper()
	n, log = &atomic.Int32{}, &bytes.Buffer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	store, err := storage.Open(t.Context(),
		storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: storagetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	cfg := Config{Store: store, Log: slog.New(slog.NewTextHandler(log, nil)), Ready: func() error { return nil },
		PingURL: server.URL + "/ping/hunter22?status=up&msg=OK", UserAgent: "ineed-insales-connector/test"}
	if change != nil {
		change(&cfg)
	}
	return New(cfg), n, log
}

// TestPing: the address is asked while all is well, after the first look, and not otherwise.
func TestPing(t *testing.T) {
	var ready error
	var backups *storage.Problem
	m, n, log := asked(t, func(c *Config) {
		c.Ready = func() error { return ready }
		c.Backups = func() *storage.Problem { return backups }
	}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.RequestURI() != "/ping/hunter22?status=up&msg=OK" ||
			!strings.HasPrefix(r.UserAgent(), "ineed-insales-connector/") {
			t.Errorf("%s %s %s", r.Method, r.URL, r.UserAgent())
		}
	})
	if m.pingDue(t.Context()); n.Load() != 0 {
		t.Error("asked before the first look")
	}
	m.lookDue(t.Context())
	if wait := m.pingDue(t.Context()); n.Load() != 1 || wait != time.Minute {
		t.Errorf("asked %d times, again in %v", n.Load(), wait)
	}
	if at := m.ping.last.get(); time.Since(at) > time.Minute {
		t.Errorf("answered at %v", at)
	}
	ready = errors.New("not ready")
	if m.pingDue(t.Context()); n.Load() != 1 {
		t.Error("asked while not ready")
	}
	ready, backups = nil, &storage.Problem{Code: "backup_old"}
	m.lookDue(t.Context())
	if m.pingDue(t.Context()); n.Load() != 1 {
		t.Error("asked although something is wrong")
	}
	backups = nil
	m.lookDue(t.Context())
	if m.pingDue(t.Context()); n.Load() != 2 {
		t.Error("not asked although all is well again")
	}
	if text := log.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "backup_old") {
		t.Errorf("the log: %s", text)
	}
}

// TestPingKeepsItsAddress: whatever the other side does, the address is in no log, and nobody
// else is asked.
func TestPingKeepsItsAddress(t *testing.T) {
	var others atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { others.Add(1) }))
	defer other.Close()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		change func(*Config)
		want   string
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/hunter22", http.StatusFound)
		}, nil, "redirects are not followed"},
		"a redirect to nowhere": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://[half"+r.URL.Path)
			w.WriteHeader(http.StatusFound)
		}, nil, "redirects are not followed"},
		"wrong": {func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "no check "+r.URL.Path, http.StatusNotFound)
		}, nil, "status 404"},
		"cut off":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, "EOF"},
		"nobody there": {nil, func(c *Config) { c.PingURL = "http://127.0.0.1:1/hunter22" }, "refused"},
		"link-local":   {nil, func(c *Config) { c.PingURL = "http://169.254.169.254/hunter22" }, "not"},
		"no URL":       {nil, func(c *Config) { c.PingURL = "http://[hunter22" }, "it is no URL"},
	} {
		m, _, log := asked(t, test.change, test.answer)
		m.lookDue(t.Context())
		m.pingDue(t.Context())
		m.pingDue(t.Context()) // said once
		text := log.String()
		if strings.Count(text, "\n") != 1 || !strings.Contains(text, test.want) || strings.Contains(text, "hunter22") {
			t.Errorf("%s: %s", name, text)
		}
		if !m.ping.last.get().IsZero() {
			t.Errorf("%s: counts as answered", name)
		}
	}
	if others.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// TestPingLargeAnswer: of a large answer only the beginning is read.
func TestPingLargeAnswer(t *testing.T) {
	m, _, log := asked(t, nil, func(w http.ResponseWriter, r *http.Request) {
		for range 10000 {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 1024)); err != nil {
				return
			}
		}
	})
	m.lookDue(t.Context())
	start := time.Now()
	m.pingDue(t.Context())
	if took := time.Since(start); took > 5*time.Second || m.ping.last.get().IsZero() {
		t.Errorf("%v, %s", took, log)
	}
}
