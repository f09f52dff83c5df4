package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"ineed-insales/internal/config"
	"ineed-insales/internal/ineedchat/wire"
)

// describedMetrics gives the names of all that /metrics can show, without what Go's own
// library adds.
func describedMetrics(t *testing.T) []string {
	t.Helper()
	cfg, _, err := config.Load([]string{"CONNECTOR_DB=" + filepath.Join(t.TempDir(), "connector.db")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &connector{cfg: cfg, log: slog.New(slog.DiscardHandler), box: wire.NewBox(nil)}
	commits := newCommitHistogram()
	if err := c.open(t.Context(), commits); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.store.Close() })
	if _, err := c.wire(t.Context(), commits); err != nil {
		t.Fatal(err)
	}
	descs := make(chan *prometheus.Desc)
	go func() { c.shown.Describe(descs); close(descs) }()
	named := regexp.MustCompile(`fqName: "ineed_insales_([^"]+)"`)
	var names []string
	for d := range descs {
		if m := named.FindStringSubmatch(d.String()); m != nil {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

// TestMetricsDocument: docs/metrics.md lists what is shown, and nothing else.
func TestMetricsDocument(t *testing.T) {
	text, err := os.ReadFile("docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], " **") {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			listed = append(listed, m[1])
		}
	}
	slices.Sort(listed)
	shown := describedMetrics(t)
	for _, name := range shown {
		if !slices.Contains(listed, name) {
			t.Errorf("%s is not in docs/metrics.md", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(shown, name) {
			t.Errorf("docs/metrics.md lists %s, which is not shown", name)
		}
	}
}
