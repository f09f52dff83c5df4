package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const example = "../testdata/ineedchat/order_created.json"

// TestOrders: what is made beforehand is signed, of the right size, and no two have the
// same id, even over several calls.
func TestOrders(t *testing.T) {
	o, err := newOrders(example, 3)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 2 {
		for _, request := range o.make(1000, "127.0.0.1:1", func(company string) string { return "/of/" + company }) {
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || len(body) < 2900 || len(body) > 3200 {
				t.Fatalf("%d bytes, %v", len(body), err)
			}
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "."))
			mac.Write(body)
			got, want := r.Header.Get("Webhook-Signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
			if got != want {
				t.Fatalf("%s, want %s", got, want)
			}
			var message struct {
				CompanyID string `json:"company_id"`
				Data      struct{ ID string }
			}
			if err := json.Unmarshal(body, &message); err != nil {
				t.Fatal(err)
			}
			if r.URL.Path != "/of/"+message.CompanyID || len(message.Data.ID) != 36 || seen[message.Data.ID] {
				t.Fatalf("%s: %+v", r.URL.Path, message)
			}
			seen[message.Data.ID] = true
		}
	}
	if _, err := newOrders("bench_test.go", 1); err == nil {
		t.Error("a file that is no order was taken")
	}
}

// TestLoad: every request is sent once, and every answer is counted, however its body
// comes.
func TestLoad(t *testing.T) {
	var came atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n := came.Add(1); {
		case n%10 == 0:
			w.WriteHeader(http.StatusTooManyRequests)
		case n%2 == 0: // in chunks
			_, _ = io.WriteString(w, strings.Repeat("x", 20_000))
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "y")
		default:
			_, _ = io.WriteString(w, "z")
		}
	}))
	defer server.Close()
	request := []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	requests := make([][]byte, 500)
	for i := range requests {
		requests[i] = request
	}
	addr := server.Listener.Addr().String()
	l, err := load(t.Context(), addr, requests, 7, time.Minute)
	if err != nil || len(l.waited) != 450 || l.other[429] != 50 || came.Load() != 500 {
		t.Errorf("%v: %d taken, %v, %d came", err, len(l.waited), l.other, came.Load())
	}
	if l, err := load(t.Context(), addr, requests, 7, 0); err != nil || len(l.waited) != 0 {
		t.Errorf("without time: %v, %d taken", err, len(l.waited))
	}
	server.Close()
	if _, err := load(t.Context(), addr, requests, 2, time.Second); err == nil {
		t.Error("a server that is away was loaded")
	}
}

func TestReadAnswer(t *testing.T) {
	for text, want := range map[string]int{
		"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok":                        202,
		"HTTP/1.1 204 No Content\r\n\r\n":                                             204,
		"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n": 400,
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok":                              0,
		"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n":                             0,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\n":       0,
		"hello\r\n": 0,
		"":          0,
	} {
		r := bufio.NewReader(strings.NewReader(text))
		switch code, err := readAnswer(r); {
		case want == 0 && err == nil:
			t.Errorf("%q: %d", text, code)
		case want != 0 && (err != nil || code != want || r.Buffered() > 0):
			t.Errorf("%q: %d %v, %d bytes are left", text, code, err, r.Buffered())
		}
	}
}

func TestMedians(t *testing.T) {
	got := medians([]figures{
		{rate: 3, p50: 1, p99: 30, cpu: 5, resident: 7, other: map[int]int{500: 1}},
		{rate: 1, p50: 3, p99: 10, cpu: 9, resident: 8},
		{rate: 2, p50: 2, p99: 20, cpu: 7, resident: 9, other: map[int]int{500: 2, 429: 1}},
	})
	if got.rate != 2 || got.p50 != 2 || got.p99 != 20 || got.cpu != 7 || got.resident != 8 ||
		codes(got.other) != "1 × 429, 3 × 500" {
		t.Errorf("%+v", got)
	}
}

// TestTable: the first row is divided by each, and what did not run is told.
func TestTable(t *testing.T) {
	var out strings.Builder
	f := figures{rate: 3000, p50: 20 * time.Millisecond, p99: 60 * time.Millisecond, cpu: 500 * time.Microsecond,
		resident: 40 << 20}
	slow := figures{rate: 1500, p50: 40 * time.Millisecond, p99: 240 * time.Millisecond, cpu: 250 * time.Microsecond,
		resident: 80 << 20, other: map[int]int{503: 4}}
	printServers(&out, []server{{name: "ours"}, {name: "theirs", lacks: "Nothing."}, {name: "away"}},
		[]outcome{{figures: f}, {figures: slow}, {err: errors.New("npm: no such file")}})
	for _, want := range []string{
		"3000 (1.00)  20.0 (1.00)", "1500 (2.00)  40.0 (0.50)  240.0 (0.25)", "0.250 (2.00)", "80 (0.50)", "4 × 503",
		"away: not run: npm: no such file\n", "theirs: Nothing.\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	out.Reset()
	printServers(&out, []server{{name: "ours"}, {name: "theirs"}}, []outcome{{err: errors.New("x")}, {figures: slow}})
	if !strings.Contains(out.String(), "1500 (-)") {
		t.Errorf("without ours there is no ratio:\n%s", out.String())
	}
	printParts(&out, []part{{what: "a", ratio: 2, detail: "4 and 2 s"}, {what: "b", err: errors.New("why")}})
	if !strings.Contains(out.String(), "a  2.00") || !strings.Contains(out.String(), "b  not run: why") {
		t.Error(out.String())
	}
}

func TestComparisons(t *testing.T) {
	values := readBenchmarks("goos: linux\nBenchmarkA/x=1-2   \t  10\t 5.5 ns/op\t 20 orders/s\n" +
		"BenchmarkB-c 1 4 orders/s\nBenchmarkB-c 1 9 orders/s\nBenchmarkB-c 1 1 orders/s\nBenchmarkNothing\nPASS\n")
	a, b := figure{"BenchmarkA/x=1", "orders/s"}, figure{"BenchmarkB-c", "orders/s"}
	for _, test := range []struct {
		c     comparison
		ratio float64
		wrong bool
	}{
		{comparison{this: a, that: b}, 5, false},
		{comparison{this: a}, 20, false},
		{comparison{this: a, known: 10}, 2, false},
		{comparison{this: a, that: b, known: 10}, 0.5, false},
		{comparison{this: a, that: figure{"BenchmarkC", "orders/s"}}, 0, true},
		{comparison{this: figure{"BenchmarkA/x=1", "MiB"}}, 0, true},
	} {
		if ratio, _, err := test.c.of(values); ratio != test.ratio || (err != nil) != test.wrong {
			t.Errorf("%+v: %v %v", test.c, ratio, err)
		}
	}
}

// TestSuites: what is compared is there, so that a benchmark that is renamed is noticed
// before somebody waits for it.
func TestSuites(t *testing.T) {
	for _, s := range suites() {
		files, err := filepath.Glob(filepath.Join("..", s.pkg, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %v", s.pkg, err)
		}
		var text strings.Builder
		for _, name := range files {
			part, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(part)
		}
		for _, c := range s.comparisons {
			for _, f := range []figure{c.this, c.that} {
				name, _, _ := strings.Cut(f.benchmark, "/")
				if !strings.Contains(text.String(), "func "+name) || !strings.Contains(text.String(), f.unit) {
					t.Errorf("%s has no %s that reports %s", s.pkg, name, f.unit)
				}
			}
		}
	}
}

// TestProcess: what was started can be measured and ends, and what does not become ready
// says what it said.
func TestProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/proc")
	}
	p, err := startProcess(t.TempDir(), nil, []string{"sleep", "100"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := usage(p.cmd.Process.Pid); err != nil {
		t.Error(err)
	}
	if _, resident, err := usage(os.Getpid()); err != nil || resident < 1<<20 || resident > 1<<30 {
		t.Errorf("this test has %d bytes, %v", resident, err)
	}
	p.end()
	if _, _, err := usage(p.cmd.Process.Pid); err == nil {
		t.Error("it has not ended")
	}
	p, err = startProcess(t.TempDir(), nil, []string{"sh", "-c", "echo sorry; exit 3"})
	if err != nil {
		t.Fatal(err)
	}
	err = p.ready(t.Context(), "http://127.0.0.1:1/")
	if err == nil || !strings.Contains(p.complaint(err).Error(), "exit status 3; it said: sorry") {
		t.Error(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	begin := time.Now()
	if _, err := run(ctx, ".", nil, "sh", "-c", "sleep 100 & wait"); err == nil || time.Since(begin) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}
