package handlers

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	runtimemetrics "runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fill lets the feed show so many offers.
func (w *world) fill(n int) {
	w.t.Helper()
	const batch = 1000
	for from := 1; from <= n; from += batch {
		w.show(from, min(batch, n-from+1), strings.Repeat("Товар ", 10), from+batch > n)
	}
}

// A memoryWriter throws away what it is given and looks, now and then, how much memory is
// in use.
type memoryWriter struct {
	header        http.Header
	every, writes int
	bytes         int64
	most          uint64
}

func (w *memoryWriter) Header() http.Header { return w.header }
func (w *memoryWriter) WriteHeader(int)     {}
func (w *memoryWriter) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	if w.writes++; w.writes%w.every == 0 {
		w.most = max(w.most, liveMemory())
	}
	return len(p), nil
}

// liveMemory is how much is in use, without garbage.
func liveMemory() uint64 {
	runtime.GC()
	sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtimemetrics.Read(sample)
	return sample[0].Value.Uint64()
}

// stream fetches the feed, of so many offers, and gives what it took beside what was in use
// before.
func (w *world) stream(n int, encoding string) (took int64, out *memoryWriter) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), "GET", w.feedPath(), nil)
	r.Header.Set("Accept-Encoding", encoding)
	out = &memoryWriter{header: http.Header{}, every: max(n/500, 1)} // each look collects all garbage
	h := w.server.Public()
	h.ServeHTTP(&memoryWriter{header: http.Header{}, every: 1 << 30}, r) // what stays is made once
	before := liveMemory()
	h.ServeHTTP(out, r)
	return int64(out.most) - int64(before), out
}

// TestFeedMemory: a hundred times as many offers take no more memory.
func TestFeedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills a feed of 100,000 offers")
	}
	small, large := newWorld(t), newWorld(t)
	small.feed()
	small.fill(1000)
	large.feed()
	large.fill(100_000)
	for _, encoding := range []string{"identity", "gzip"} {
		few, _ := small.stream(1000, encoding)
		many, out := large.stream(100_000, encoding)
		t.Logf("%s: 1,000 offers take %d KiB, 100,000 take %d KiB of a document of %d KiB",
			encoding, few>>10, many>>10, out.bytes>>10)
		if many > few*3/2+256<<10 {
			t.Errorf("%s: 1,000 offers take %d bytes, 100,000 take %d", encoding, few, many)
		}
	}
}

// BenchmarkFeed streams a feed of FEED_OFFERS offers, 100,000 if it is not set.
func BenchmarkFeed(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("FEED_OFFERS"))
	if err != nil {
		n = 100_000
	}
	for _, encoding := range []string{"identity", "gzip"} {
		b.Run(fmt.Sprintf("%s/offers=%d", encoding, n), func(b *testing.B) {
			w := newWorld(b)
			path := w.feed()
			w.fill(n)
			size, err := w.store.Size()
			if err != nil {
				b.Fatal(err)
			}
			r := httptest.NewRequestWithContext(b.Context(), "GET", path, nil)
			r.Header.Set("Accept-Encoding", encoding)
			h := w.server.Public()
			before := liveMemory()
			for b.Loop() {
				out := &memoryWriter{header: http.Header{}, every: max(n/5000, 1)}
				h.ServeHTTP(out, r)
				b.ReportMetric(float64(int64(out.most)-int64(before))/(1<<20), "MiB-live")
				b.ReportMetric(float64(out.bytes)/(1<<20), "MiB-sent")
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "offers/s")
			b.ReportMetric(float64(size)/float64(n), "disk-B/offer")
		})
	}
}

// pipeListener hands over one end of a pipe for each dial.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// TestFeedSlowReaders: who reads slowly but reads gets all of it, however long that takes; who
// stands still is cut off, and takes no place any more.
func TestFeedSlowReaders(t *testing.T) {
	for _, test := range []struct {
		rate  int // bytes a second
		whole bool
	}{{64 << 10, true}, {17 << 10, true}, {4 << 10, false}, {1, false}} {
		t.Run(fmt.Sprint(test.rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				path := w.feed()
				w.fill(4000)
				l := &pipeListener{make(chan net.Conn), make(chan struct{})}
				server := &http.Server{Handler: w.server.Public(), WriteTimeout: time.Minute}
				served := make(chan struct{})
				go func() { defer close(served); _ = server.Serve(l) }()
				defer func() { _ = server.Close(); <-served }()
				ours, theirs := net.Pipe()
				defer ours.Close()
				l.conns <- theirs
				_, err := fmt.Fprintf(ours, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path)
				if err != nil {
					t.Fatal(err)
				}
				text, took := readAt(ours, test.rate)
				whole := strings.HasSuffix(text, "0\r\n\r\n")
				if whole != test.whole || whole && took < time.Duration(len(text)/test.rate)*time.Second {
					t.Errorf("%d bytes in %v, whole %t", len(text), took, whole)
				}
				if !whole && took > 2*time.Minute {
					t.Errorf("cut off only after %v", took)
				}
				synctest.Wait()
				w.server.feeds.mu.Lock()
				defer w.server.feeds.mu.Unlock()
				if w.server.feeds.taken != 0 {
					t.Error("its place is still taken")
				}
			})
		})
	}
}

// readAt reads to the end, so many bytes a second.
func readAt(c net.Conn, rate int) (text string, took time.Duration) {
	start := time.Now()
	var all strings.Builder
	part := make([]byte, max(rate/10, 1))
	for {
		n, err := c.Read(part)
		all.Write(part[:n])
		if err != nil {
			return all.String(), time.Since(start)
		}
		time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
	}
}
