package handlers

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ineed-insales/storage"
)

// runs lets a world's workers run until the test ends, and waits until they do.
func (w *world) runs() {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.(*testing.T).Context())
	done := make(chan error)
	go func() { done <- w.bridge.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	for deadline := time.Now().Add(5 * time.Second); ; {
		if request(w.t, w.server.Local(), "GET", "/readyz", "").Code == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal("never ready")
		}
	}
}

// TestReady: why we are not ready is told to those who are near or have the token.
func TestReady(t *testing.T) {
	w := newWorld(t)
	for remote, told := range map[string]bool{
		"127.0.0.1:1": true, "10.0.0.1:1": true, "203.0.113.5:1": false, "@": false,
		"203.0.113.5:1\nAuthorization: Bearer " + apiToken: true,
		"203.0.113.5:1\nAuthorization: Bearer x":           false,
		"127.0.0.1:1\nX-Forwarded-For: 203.0.113.5":        false,
		"10.0.0.1:1\nVia: 1.1 proxy":                       false,
	} {
		headers := strings.Split("RemoteAddr: "+remote, "\n")
		res := request(t, w.server.Public(), "GET", "/readyz", "", headers...)
		if res.Code != http.StatusServiceUnavailable || !strings.Contains(res.Body.String(), `"code":"not_ready"`) ||
			strings.Contains(res.Body.String(), "do not run") != told {
			t.Errorf("before the workers run, %s: %d %s, told %v", remote, res.Code, res.Body, told)
		}
	}
	if res := request(t, w.server.Local(), "GET", "/readyz", ""); !strings.Contains(res.Body.String(), "do not run") {
		t.Errorf("on the socket: %s", res.Body)
	}
	w.runs()
}

// TestReadyWritesNothing: whoever asks, however often, costs no commit.
func TestReadyWritesNothing(t *testing.T) {
	commits := 0
	w := newWorld(t, func(c *storage.Config) { c.ObserveCommit = func(time.Duration) { commits++ } })
	w.runs()
	time.Sleep(100 * time.Millisecond) // what begins with the workers
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// The writer alone writes the counter; an update of nothing tells that it has done so.
	counted := func() int {
		var n int
		must(w.store.Update(t.Context(), func(*storage.Tx) error { n = commits; return nil }))
		return n
	}
	before := counted()
	for range 1000 {
		if res := request(t, w.server.Public(), "GET", "/readyz", ""); res.Code != http.StatusOK {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	if after := counted(); after != before+1 { // that of the update before
		t.Errorf("%d commits in a thousand calls", after-before-1)
	}
}

// TestMachineOverview: the API tells how the machine stands, also when the database is gone.
func TestMachineOverview(t *testing.T) {
	w := newWorld(t)
	w.runs()
	code, body := w.api("GET", "/overview", "")
	if size, _ := at(body, "database.size").(float64); code != http.StatusOK || at(body, "ready") != true ||
		len(at(body, "problems").([]any)) != 0 || size <= 0 || at(body, "database.schema").(float64) < 26 {
		t.Errorf("%d %v", code, body)
	}
	if free, _ := at(body, "disk.free").(float64); free <= 0 || free > at(body, "disk.size").(float64) {
		t.Errorf("%v", body)
	}
	if at(body, "companies") == nil {
		t.Errorf("without companies: %v", body)
	}
	rename(t, w.file, w.file+".away")
	code, body = w.api("GET", "/overview", "")
	if code != http.StatusOK || at(body, "ready") != false || at(body, "problems.0.code") != "store_lost" ||
		!strings.Contains(at(body, "problems.0.message").(string), "restore") {
		t.Errorf("%d %v", code, body)
	}
	if res := request(t, w.server.Public(), "GET", "/api/v1/overview", ""); res.Code != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", res.Code)
	}
	if got := w.metric(`ineed_insales_machine_problem{kind="store_lost"}`); got != "1" {
		t.Errorf("the metric says %q", got)
	}
	rename(t, w.file+".away", w.file)
	if got := w.metric(`ineed_insales_machine_problem{kind="store_lost"}`); got != "0" {
		t.Errorf("afterwards the metric says %q", got)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
