package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/cli"
)

// TestServeTellsSystemd: the program is Type=notify, as its unit says.
func TestServeTellsSystemd(t *testing.T) {
	if unit := read(t, "deploy/ineed-insales.service"); !strings.Contains(unit, "\nType=notify\n") ||
		!strings.Contains(unit, "\nWatchdogSec=") {
		t.Error("the unit does not want to hear what it is told")
	}
	dir := shortDir(t)
	name := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", name)
	t.Setenv("WATCHDOG_USEC", "2000000")
	hear := func() string {
		t.Helper()
		word := make([]byte, 100)
		_ = manager.SetReadDeadline(time.Now().Add(30 * time.Second))
		n, err := manager.Read(word)
		if err != nil {
			t.Fatal(err)
		}
		return string(word[:n])
	}
	stop := serveInProcess(t, filepath.Join(dir, "connector.db"))
	for _, want := range []string{"READY=1", "WATCHDOG=1"} {
		if got := hear(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if code, log := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
	got := hear()
	for got == "WATCHDOG=1" {
		got = hear()
	}
	if got != "STOPPING=1" {
		t.Errorf("%q at the end", got)
	}
}
