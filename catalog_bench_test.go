package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/ineedchattest"
)

// BenchmarkCatalog syncs a whole catalog with the real program in a process of
// its own, and reports what that process has cost: CPU seconds, the most memory
// it had resident, and how long it took. The shop admits any number of
// requests; the sandboxes run in the benchmark's own process. The size of the
// last one is CATALOG_PRODUCTS.
func BenchmarkCatalog(b *testing.B) {
	sizes := []int{1000, 100_000}
	if n, err := strconv.Atoi(os.Getenv("CATALOG_PRODUCTS")); err == nil && n > 0 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("products=%d", n), func(b *testing.B) {
			for b.Loop() {
				benchmarkCatalog(b, n)
			}
		})
	}
}

func benchmarkCatalog(b *testing.B, products int) {
	dir, err := os.MkdirTemp("", "ineed")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	shop := insalestest.New(insalestest.Config{Catalog: insalestest.Catalog{Products: products, Seed: 1},
		Limit: 1 << 30})
	chat := ineedchattest.New(ineedchattest.Config{Secret: ineedchattest.DefaultSecret, CatalogCounts: true})
	shopServer, chatServer := httptest.NewServer(shop), httptest.NewServer(chat)
	defer shopServer.Close()
	defer chatServer.Close()
	cmd, ended := startBuilt(b, dir, chatServer.URL)
	socket := filepath.Join(dir, "connector.sock")
	call := func(method, path, body string, out any) error {
		return api.Client{Socket: socket}.Call(b.Context(), method, path, []byte(body), out)
	}
	waitFor(b, 20*time.Second, func() bool { return call(http.MethodGet, "/companies", "", nil) == nil })
	settings, err := json.Marshal(api.Company{
		Name: "Компания",
		Shop: api.Shop{URL: shopServer.URL, KeyID: insalestest.DefaultKeyID, Password: insalestest.DefaultPassword},
		Chat: api.Chat{Auth: "signature", Secrets: []string{ineedchattest.DefaultSecret},
			Token: ineedchattest.DefaultToken},
		Catalog: api.CatalogSync{Enabled: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := call(http.MethodPut, "/companies/2", string(settings), nil); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	run := waitForRun(b, call, 1)
	took := time.Since(start)
	if run.Outcome != "done" || run.Seen < products*97/100 {
		b.Fatalf("%+v", run)
	}
	// An unchanged shop, read by a run of our own and none of the timer's.
	var own api.Run
	waitFor(b, time.Minute, func() bool {
		return call(http.MethodPost, "/companies/2/catalog/sync", "{}", &own) == nil
	})
	idle := waitForRun(b, call, own.ID)
	if idle.Changed != 0 || idle.Removed != 0 {
		b.Fatalf("an unchanged shop: %+v", idle)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	if v := chat.Violations(); len(v) > 0 {
		b.Fatalf("the chat complains: %v", v[:min(len(v), 5)])
	}
	reportUsage(b, cmd.ProcessState)
	b.ReportMetric(took.Seconds(), "wall-s")
	b.ReportMetric(float64(run.Requests), "requests")
	b.ReportMetric(float64(idle.Requests), "idle-requests")
	b.ReportMetric(0, "ns/op") // the whole iteration with both sandboxes says nothing
}

// startBuilt builds the program as the image has it and starts it on a database in
// dir. The channel gives what it ends with.
func startBuilt(b *testing.B, dir, chatURL string) (*exec.Cmd, <-chan error) {
	b.Helper()
	program := filepath.Join(dir, "ineed-insales")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(b.Context(), program, "serve")
	cmd.Env = []string{
		"CONNECTOR_ADDR=127.0.0.1:0", "CONNECTOR_DB=" + filepath.Join(dir, "connector.db"),
		"CONNECTOR_CHAT_URL=" + chatURL, "CONNECTOR_ALLOW_PRIVATE_NETWORKS=true",
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return cmd, ended
}

// reportUsage reports what a process that has ended took of the machine.
func reportUsage(b *testing.B, ended *os.ProcessState) {
	b.Helper()
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("no usage")
	}
	b.ReportMetric((ended.UserTime() + ended.SystemTime()).Seconds(), "cpu-s")
	b.ReportMetric(float64(usage.Maxrss)/1024, "MiB")
}

// waitForRun waits until a run of the company has ended, and gives it.
func waitForRun(b *testing.B, call func(method, path, body string, out any) error, id int64) (run api.Run) {
	b.Helper()
	waitFor(b, time.Hour, func() bool {
		var list api.Page[api.Run]
		if err := call(http.MethodGet, "/companies/2/catalog/runs", "", &list); err != nil {
			return false
		}
		i := slices.IndexFunc(list.Items, func(r api.Run) bool { return r.ID == id && r.EndedAt != nil })
		if i >= 0 {
			run = list.Items[i]
		}
		return i >= 0
	})
	return run
}

func waitFor(b *testing.B, most time.Duration, cond func() bool) {
	b.Helper()
	for start := time.Now(); !cond(); time.Sleep(50 * time.Millisecond) {
		if time.Since(start) > most {
			b.Fatalf("not within %v", most)
		}
	}
}
