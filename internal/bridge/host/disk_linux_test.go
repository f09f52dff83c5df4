package host

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
	"ineed-insales/storage/storagetest/smalldisk"
)

// TestDiskAlertsCanFire: DiskLow before the disk is full, DiskFull when it is, both over when
// there is room again; and then nothing was asked that says that all is well.
func TestDiskAlertsCanFire(t *testing.T) {
	dir := smalldisk.Open(t, 64<<20)
	if dir == "" {
		return
	}
	store, err := storage.Open(t.Context(),
		storage.Config{Path: filepath.Join(dir, "connector.db"), SecretKey: storagetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	m := New(Config{Store: store, Log: slog.New(slog.DiscardHandler), Ready: store.Health})
	wrong := func() string {
		m.lookDue(t.Context())
		return firing(t, m)
	}
	if got := wrong(); got != "" {
		t.Errorf("at first %s", got)
	}
	grow := func(name string, mib int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, mib<<20), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		return path
	}
	some := grow("some", 35)
	if got := wrong(); got != "disk_low" {
		t.Errorf("less than a copy needs is left: %q", got)
	}
	rest := grow("rest", 64)
	if got := wrong(); got != "store_full disk_low" {
		t.Errorf("nothing is left: %q", got)
	}
	if err := errors.Join(os.Remove(some), os.Remove(rest)); err != nil {
		t.Fatal(err)
	}
	if got := wrong(); got != "" {
		t.Errorf("there is room again: %q", got)
	}
}

// firing gives the kinds of machine_problem that a scrape shows as 1.
func firing(t *testing.T, m *Monitor) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	on := map[string]bool{}
	for _, f := range families {
		if f.GetName() != "ineed_insales_machine_problem" {
			continue
		}
		for _, s := range f.GetMetric() {
			on[s.GetLabel()[0].GetValue()] = s.GetGauge().GetValue() == 1
		}
	}
	var list []string
	for _, kind := range kinds() {
		if on[kind] {
			list = append(list, kind)
		}
	}
	return strings.Join(list, " ")
}

// TestBackupAlertCanFire: what the room of the copies finds wrong is shown.
func TestBackupAlertCanFire(t *testing.T) {
	store, err := storage.Open(t.Context(),
		storage.Config{Path: filepath.Join(t.TempDir(), "connector.db"), SecretKey: storagetest.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var wg sync.WaitGroup
	m := New(Config{Store: store, Log: slog.New(slog.DiscardHandler), Ready: store.Health,
		Backups: func() *storage.Problem { return &storage.Problem{Code: "backup_old"} }})
	ctx, stop := context.WithCancel(t.Context())
	defer func() { stop(); wg.Wait() }()
	m.Run(ctx, &wg)
	for deadline := time.Now().Add(10 * time.Second); firing(t, m) != "backup_old"; {
		if time.Now().After(deadline) {
			t.Fatalf("shows %q", firing(t, m))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
