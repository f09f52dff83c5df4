package systemd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// manager listens as systemd does, and gives what it is told next.
func manager(t *testing.T, name string) (next func() string) {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return func() string {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		word := make([]byte, 100)
		n, err := c.Read(word)
		if err != nil {
			t.Fatal(err)
		}
		return string(word[:n])
	}
}

func TestRun(t *testing.T) {
	next := manager(t, filepath.Join(t.TempDir(), "s"))
	t.Setenv("WATCHDOG_USEC", "40000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	ctx, cancel := context.WithCancel(t.Context())
	var dead atomic.Bool
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) error {
			if dead.Load() {
				return errors.New("hangs")
			}
			return nil
		})
	}()
	for _, want := range []string{ready, watchdog, watchdog} {
		if got := next(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	dead.Store(true)
	time.AfterFunc(200*time.Millisecond, cancel)
	words := []string{next()}
	for words[len(words)-1] != stopping {
		words = append(words, next())
	}
	<-done
	if alive := slices.DeleteFunc(words, func(w string) bool { return w == stopping }); len(alive) > 1 {
		t.Errorf("it was called alive when it was dead: %q", words)
	}
	if !strings.Contains(log.String(), "hangs") {
		t.Errorf("the log does not say why: %s", &log)
	}
}

// Without a watchdog there is one word at the beginning and one at the end.
func TestRunWithoutWatchdog(t *testing.T) {
	next := manager(t, "@ineed-"+strconv.Itoa(os.Getpid()))
	t.Setenv("WATCHDOG_USEC", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	Run(ctx, slog.New(slog.DiscardHandler), func(context.Context) error { panic("nobody asked") })
	if a, b := next(), next(); a != ready || b != stopping {
		t.Errorf("%q %q", a, b)
	}
}

// Nobody to be told, or nobody there, is no failure.
func TestNobodyToTell(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	Run(t.Context(), nil, nil)
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var log bytes.Buffer
	Run(ctx, slog.New(slog.NewTextHandler(&log, nil)), nil)
	if !strings.Contains(log.String(), "could not be told") {
		t.Errorf("%s", &log)
	}
}

func TestInterval(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"30000000", own, 30 * time.Second}, {"30000000", "", 30 * time.Second}, {"30000000", "1", 0},
		{"", own, 0}, {"0", own, 0}, {"-1", own, 0}, {"x", own, 0}, {"9223372036854775807", own, 0},
	} {
		t.Setenv("WATCHDOG_USEC", test.usec)
		t.Setenv("WATCHDOG_PID", test.pid)
		if got := interval(); got != test.want {
			t.Errorf("%q of %q: %v, want %v", test.usec, test.pid, got, test.want)
		}
	}
}
