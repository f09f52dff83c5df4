//go:build deploy

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// mayBeEmpty are queries of the dashboard that rightly give nothing while all is well, or in
// the demo, by the metric that they are about.
func mayBeEmpty() map[string]string {
	return map[string]string{
		"company_problem":                       "nothing stops the demo's company",
		"machine_problem == 1":                  "nothing is wrong with the machine",
		"plan_end_timestamp_seconds":            "the sandbox shop does not say when its plan ends",
		"ping_last_success_timestamp_seconds":   "the demo names no address to ask",
		"webhooks_refused_total":                "nobody is refused",
		"backup_last_success_timestamp_seconds": "the demo has made no copy yet",
		"backup_size_bytes":                     "the demo has made no copy yet",
		"feed_requests_total":                   "the demo's chat takes the catalog in batches",
	}
}

// A heard is what a program writes while others look at it.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(part []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(part)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// TestDashboard lets Debian's Prometheus, with our rules, scrape the demo at work, and
// evaluates each query of the dashboard there. All of it is on loopback and ends by itself.
func TestDashboard(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	var out heard
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"ineed-insales", "demo", "--lang", "en"}, nil, strings.NewReader(""), &out, io.Discard)
	}()
	defer func() { stop(); <-done }()
	metrics := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/metrics`)
	p := &prometheusServer{t: t, addr: mustFreeAddr(t)}
	until(t, time.Minute, "the demo tells where its metrics are", func() bool {
		m := metrics.FindStringSubmatch(out.String())
		if m != nil {
			p.target = m[1]
		}
		return m != nil
	})
	p.checkExposition()
	p.start(ctx)
	until(t, time.Minute, "Prometheus has scraped for a while", func() bool {
		return p.value("count_over_time(ineed_insales_ready[5m])") >= 8
	})
	queries := 0
	for _, panel := range readDashboard(t).Panels {
		for _, target := range panel.Targets {
			queries++
			p.expectSeries(panel.Title, target.Expr)
		}
	}
	for _, r := range alertRules(t) {
		queries++
		if _, err := p.ask(r.Expr); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
	}
	if n := p.value(`count(ALERTS{alertstate="firing"}) or vector(0)`); n != 0 {
		t.Errorf("%v alerts fire in the demo", n)
	}
	t.Logf("%d queries evaluated", queries)
	if queries < 80 {
		t.Error("these are not all")
	}
}

// A prometheusServer is one of Debian's that scrapes one address.
type prometheusServer struct {
	t            *testing.T
	addr, target string
}

// checkExposition lets promtool judge what a scrape gets.
func (p *prometheusServer) checkExposition() {
	p.t.Helper()
	resp, err := http.Get("http://" + p.target + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	cmd := exec.CommandContext(p.t.Context(), "promtool", "check", "metrics")
	cmd.Stdin = resp.Body
	if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
		p.t.Errorf("promtool check metrics: %v\n%s", err, text)
	}
}

// start runs the server until the test ends.
func (p *prometheusServer) start(ctx context.Context) {
	p.t.Helper()
	dir := p.t.TempDir()
	rules, err := filepath.Abs("deploy/prometheus/alerts.yml")
	if err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [%q]\n"+
		"scrape_configs: [{ job_name: ineed-insales, static_configs: [{ targets: [%q] }] }]\n", rules, p.target)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+p.addr)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var log heard
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if p.t.Failed() {
			p.t.Log(log.String())
		}
	})
}

// ask evaluates an expression now, and gives the values of its series.
func (p *prometheusServer) ask(expr string) ([]string, error) {
	resp, err := http.Get("http://" + p.addr + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var out struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []struct {
				Value [2]any `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.UnmarshalRead(resp.Body, &out); err != nil {
		return nil, err
	}
	if out.Status != "success" {
		return nil, fmt.Errorf("%s", out.Error)
	}
	var list []string
	for _, r := range out.Data.Result {
		list = append(list, fmt.Sprint(r.Value[1]))
	}
	return list, nil
}

// value is that of the one series of an expression; -1 while there is none.
func (p *prometheusServer) value(expr string) float64 {
	list, err := p.ask(expr)
	var v float64
	if err != nil || len(list) != 1 {
		return -1
	}
	if _, err := fmt.Sscan(list[0], &v); err != nil {
		return -1
	}
	return v
}

// expectSeries evaluates a query of the dashboard as Grafana would, with all companies.
func (p *prometheusServer) expectSeries(title, query string) {
	p.t.Helper()
	expr := strings.NewReplacer("$__rate_interval", "1m", "$company", ".*", "$job", ".*").Replace(query)
	list, err := p.ask(expr)
	if err != nil {
		p.t.Errorf("%q: %s: %v", title, query, err)
		return
	}
	empty := ""
	for about, why := range mayBeEmpty() {
		if strings.Contains(query, "ineed_insales_"+about) {
			empty = why
		}
	}
	switch {
	case len(list) == 0 && empty == "":
		p.t.Errorf("%q: %s gives nothing", title, query)
	case len(list) == 0:
		p.t.Logf("%q is empty, because %s", title, empty)
	}
}
