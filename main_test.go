package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ineed-insales/internal/api"
	"ineed-insales/internal/cli"
	"ineed-insales/internal/config"
)

// until waits until cond is true, and fails if it is not within most.
func until(t *testing.T, most time.Duration, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for start := time.Now(); !cond(); <-tick.C {
		if time.Since(start) > most {
			t.Fatalf("after %v not yet: %s", most, what)
		}
	}
}

// shortDir is a folder whose name leaves room for a unix socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ineed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDemoInProcess(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections() // the demo's chat posts with it
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"ineed-insales", "demo", "--once", "--lang", "en"}, nil, strings.NewReader(""),
		&out, &log); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s\n%s", code, &out, &log)
	}
	if !strings.Contains(out.String(), "All of it came true.") || strings.Contains(out.String(), "✗") || log.Len() > 0 {
		t.Errorf("%s\n%s", &out, &log)
	}
}

// serveInProcess runs serve on a database until the returned function stops it,
// which gives the exit code and the log.
func serveInProcess(t *testing.T, db string, flags ...string) (stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	code := make(chan int, 1)
	args := append([]string{"ineed-insales", "serve", "--db", db, "--addr", "127.0.0.1:0", "--log-format", "json"},
		flags...)
	go func() { code <- run(ctx, args, nil, strings.NewReader(""), io.Discard, &log) }()
	until(t, time.Minute, "serve answers on its socket", func() bool {
		return api.Client{Socket: filepath.Join(filepath.Dir(db), "connector.sock")}.Call(ctx, http.MethodGet,
			"/companies", nil,
			nil) == nil
	})
	return func() (int, string) {
		t.Helper()
		cancel()
		select {
		case c := <-code:
			return c, log.String()
		case <-time.After(stopTimeout):
			t.Fatal("serve does not stop")
			return 0, ""
		}
	}
}

func TestServeStopsGracefully(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	db := filepath.Join(shortDir(t), "below", "connector.db")
	metrics := mustFreeAddr(t)
	scrape := func() string {
		resp, err := http.Get("http://" + metrics + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	stop := serveInProcess(t, db, "--metrics-addr", metrics)
	if text := scrape(); !strings.Contains(text, "ineed_insales_build_info") ||
		!strings.Contains(text, "ineed_insales_store_size_bytes") {
		t.Error(text)
	}
	code, log := stop()
	http.DefaultClient.CloseIdleConnections()
	if code != cli.ExitDone || !strings.Contains(log, `"msg":"stopped"`) {
		t.Errorf("exit code %d\n%s", code, log)
	}
	for name, mode := range map[string]fs.FileMode{"connector.db": 0o600, "connector.key": 0o600,
		"connector.sock": 0o600 | fs.ModeSocket} {
		if fi, err := os.Stat(filepath.Join(filepath.Dir(db), name)); err != nil || fi.Mode() != mode {
			t.Errorf("%s: %v %v", name, fi, err)
		}
	}
	// The stop has left everything so that the next start works.
	stop = serveInProcess(t, db, "--metrics-addr", metrics)
	if text := scrape(); !strings.Contains(text, "\nineed_insales_starts_total{after=\"stop\"} 2\n") ||
		!strings.Contains(text, "\nineed_insales_starts_total{after=\"crash\"} 0\n") {
		t.Errorf("a stop counts as a crash: %s", text)
	}
	if code, log := stop(); code != cli.ExitDone {
		t.Errorf("second start: exit code %d\n%s", code, log)
	}
}

func TestServeStoppedBeforeItsStart(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	args := []string{"ineed-insales", "--db", filepath.Join(shortDir(t), "connector.db"), "--addr", "127.0.0.1:0"}
	if code := run(ctx, args, nil, strings.NewReader(""), io.Discard, &log); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, &log)
	}
}

func TestWrongKeyIsRefused(t *testing.T) {
	db := filepath.Join(shortDir(t), "connector.db")
	serveInProcess(t, db)()
	var log bytes.Buffer
	args := []string{"ineed-insales", "--db", db, "--addr", "127.0.0.1:0", "--secret-key",
		"a-secret-key-of-more-than-32-characters"}
	code := run(t.Context(), args, nil, strings.NewReader(""), io.Discard, &log)
	if code != cli.ExitFailed || !strings.Contains(log.String(), "put the key of "+db+" back") {
		t.Errorf("exit code %d\n%s", code, &log)
	}
}

func TestListenSocket(t *testing.T) {
	path := filepath.Join(shortDir(t), "s.sock")
	if err := os.WriteFile(path, []byte("a person's notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenSocket(path); err == nil || !strings.Contains(err.Error(), "set CONNECTOR_SOCKET") {
		t.Errorf("a file: %v", err)
	}
	if read(t, path) != "a person's notes" {
		t.Error("the file was changed")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, life := range []string{"first", "after a kill"} {
		l, err := listenSocket(path)
		if err != nil {
			t.Fatalf("%s: %v", life, err)
		}
		if fi, err := os.Stat(path); err != nil || fi.Mode() != 0o600|fs.ModeSocket {
			t.Errorf("%s: %v %v", life, fi, err)
		}
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatalf("%s: %v", life, err)
		}
		c.Close()
		l.Close() // leaves the socket behind
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s: %v", life, err)
		}
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
		t.Errorf("left in the folder: %v %v", list, err)
	}
}

func TestLogger(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.FixedZone("MSK", 3*60*60))
	for format, want := range map[string]string{
		"json": `{"time":"2026-11-25T09:00:00Z","level":"WARN","msg":"m","at":"`,
		"auto": `{"time":"2026-11-25T09:00:00Z",`, // a buffer is no terminal
		"text": "09:00:00 WRN m at=home",
	} {
		var out bytes.Buffer
		log := newLogger(config.Config{LogFormat: format, LogLevel: slog.LevelInfo}, &out)
		r := slog.NewRecord(at, slog.LevelWarn, "m", 0)
		r.AddAttrs(slog.String("at", "home"))
		if err := log.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		log.Debug("not shown")
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "not shown") ||
			strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s: %s, want %s", format, &out, want)
		}
	}
	// Durations have their unit in both.
	for format, want := range map[string]string{"json": `"took":"1.5s","g":{"wait":"2.000001s"}`,
		"text": "took=1.5s g.wait=2.000001s"} {
		var out bytes.Buffer
		newLogger(config.Config{LogFormat: format}, &out).Info("m", "took", 1500*time.Millisecond,
			slog.Group("g", "wait", 2*time.Second+time.Microsecond+time.Nanosecond))
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %s, want %s", format, &out, want)
		}
	}
	// Only the record's own time is made UTC; an attribute may have its name.
	var out bytes.Buffer
	newLogger(config.Config{LogFormat: "json"}, &out).Info("m", "time", "noon", slog.Group("g", "time", 5))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Errorf("%v: %s", err, &out)
	}
}

// TestRecentWarnings: the panel is shown what the log has warned of lately, no more than a
// few lines, and not the link that sets its password.
func TestRecentWarnings(t *testing.T) {
	var out bytes.Buffer
	r := &recent{}
	log := r.keep(newLogger(config.Config{LogFormat: "json", LogLevel: slog.LevelError}, &out)).With("company", "2")
	log.Info("not shown")
	log.Warn("open this link", "link", "http://localhost/setup/TOKEN", "took", 1500*time.Millisecond)
	log.WithGroup("g").Error("broken", "err", strings.Repeat("я", 1000))
	list := r.last()
	if len(list) != 2 || list[1].Text != `level=WARN msg="open this link" company=2 link=••• took=1.5s` ||
		!strings.HasPrefix(list[0].Text, `level=ERROR msg=broken company=2 g.err=я`) || len(list[0].Text) > keptBytes+3 ||
		time.Since(list[0].At) > time.Minute {
		t.Errorf("%q", list)
	}
	if strings.Contains(out.String(), "open this link") || !strings.Contains(out.String(), "broken") {
		t.Errorf("the log itself: %s", &out)
	}
	for i := range 3 * keptLines {
		log.Warn("again", "n", i)
	}
	if list = r.last(); len(list) != keptLines || !strings.HasSuffix(list[0].Text, "n=149") {
		t.Errorf("%d lines, the newest %q", len(list), list[0].Text)
	}
}

// mustFreeAddr gives a loopback address that nobody listens at.
func mustFreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
