//go:build torture && linux

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A hostile stands between the connector and a sandbox, on the sandbox's side
// of the wire: it decides what becomes of each request and of each answer.
type hostile struct {
	inner   http.Handler
	dice    *dice
	tally   *tally
	names   []string     // of the faults that may happen
	weather atomic.Int64 // how many of a hundred requests go wrong
	skew    atomic.Int64 // seconds by which the Date header lies
	// prompt says that nothing is carried out after its sender has given up: the
	// chat would otherwise get an older report after a newer one, and complain.
	prompt bool

	// before, if set, may take a request over; it returns true if it has.
	before func(x *exchange) bool
}

// An exchange is one request, read whole, and the way to its answer.
type exchange struct {
	h    *hostile
	w    http.ResponseWriter
	r    *http.Request
	body []byte
}

// ServeHTTP implements http.Handler.
func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		panic(http.ErrAbortHandler) // killed in the middle of its request
	}
	x := &exchange{h: h, w: w, r: r, body: body}
	if h.before != nil && h.before(x) {
		return
	}
	if len(h.names) == 0 || h.dice.IntN(100) >= int(h.weather.Load()) {
		x.send(x.carryOut())
		return
	}
	name := h.names[h.dice.IntN(len(h.names))]
	h.tally.add(name)
	peerFaults[name](x)
}

// carryOut lets the sandbox do what it was asked for, and returns its answer.
func (x *exchange) carryOut() *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r := x.r.Clone(x.r.Context())
	r.Body = io.NopCloser(bytes.NewReader(x.body))
	x.h.inner.ServeHTTP(rec, r)
	if off := x.h.skew.Load(); off != 0 {
		if date, err := http.ParseTime(rec.Header().Get("Date")); err == nil {
			rec.Header().Set("Date", date.Add(time.Duration(off)*time.Second).Format(http.TimeFormat))
		}
	}
	return rec
}

// send gives the connector an answer as it is.
func (x *exchange) send(a *httptest.ResponseRecorder) { x.sendAs(a, a.Body.Bytes()) }

func (x *exchange) sendAs(a *httptest.ResponseRecorder, body []byte) {
	maps.Copy(x.w.Header(), a.Header())
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(a.Code)
	_, _ = x.w.Write(body)
}

// say answers with something made up.
func (x *exchange) say(status int, kind, text string, headers ...string) {
	x.w.Header().Set("Content-Type", kind)
	for i := 0; i+1 < len(headers); i += 2 {
		x.w.Header().Set(headers[i], headers[i+1])
	}
	x.w.WriteHeader(status)
	_, _ = io.WriteString(x.w, text)
}

// reset ends the connection as a broken one ends: with RST, without a word.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// wait lets time pass, also if the connector gives up meanwhile.
func (x *exchange) wait(most time.Duration) { time.Sleep(x.h.dice.upTo(most)) }

const htmlPage = "<!DOCTYPE html>\n<html><body><h1>Ведутся технические работы</h1></body></html>\n"

// peerFaults is all that a peer does badly, by name. What carries the request
// out does so once.
var peerFaults = map[string]func(x *exchange){
	"reset_before": func(x *exchange) { x.reset() },
	"reset_after":  func(x *exchange) { x.carryOut(); x.reset() },
	"late_commit": func(x *exchange) {
		x.wait(20 * time.Second)
		if x.h.prompt && x.r.Context().Err() != nil {
			x.reset()
			return
		}
		x.send(x.carryOut())
	},
	"late_answer": func(x *exchange) { a := x.carryOut(); x.wait(20 * time.Second); x.send(a) },
	"torn": func(x *exchange) {
		a := x.carryOut()
		maps.Copy(x.w.Header(), a.Header())
		x.w.Header().Set("Content-Length", strconv.Itoa(a.Body.Len()))
		x.w.WriteHeader(a.Code)
		_, _ = x.w.Write(a.Body.Bytes()[:a.Body.Len()/2])
		_ = http.NewResponseController(x.w).Flush()
		x.reset()
	},
	"half":      func(x *exchange) { a := x.carryOut(); x.sendAs(a, a.Body.Bytes()[:a.Body.Len()/2]) },
	"empty":     func(x *exchange) { x.sendAs(x.carryOut(), nil) },
	"duplicate": func(x *exchange) { a := x.carryOut(); x.sendAs(a, bytes.Repeat(a.Body.Bytes(), 2)) },
	"honest_gzip": func(x *exchange) { // no fault at all: what proxies do
		a := x.carryOut()
		a.Header().Set("Content-Encoding", "gzip")
		x.sendAs(a, compress(func(w io.Writer) { _, _ = w.Write(a.Body.Bytes()) }))
	},
	"bomb": func(x *exchange) {
		a := x.carryOut()
		a.Header().Set("Content-Encoding", "gzip")
		x.sendAs(a, bombs()[x.h.dice.IntN(len(bombs()))])
	},
	"huge": func(x *exchange) {
		x.carryOut()
		_, _ = io.WriteString(x.w, "[")
		for range 8 << 20 / 64 {
			if _, err := io.WriteString(x.w, `{"id":1,"title":"Очень много одинаковых товаров"},`); err != nil {
				return
			}
		}
		_, _ = io.WriteString(x.w, "{}]")
	},
	"deep": func(x *exchange) {
		x.carryOut()
		x.say(http.StatusOK, "application/json", strings.Repeat(`{"order":`, 2<<20/9))
	},
	"headers": func(x *exchange) {
		a := x.carryOut()
		for i := range 300 {
			a.Header().Set(fmt.Sprintf("X-Noise-%d", i), strings.Repeat("n", 3000))
		}
		x.send(a)
	},
	"html_before": func(x *exchange) { x.say(http.StatusOK, "text/html; charset=utf-8", htmlPage) },
	"html_after":  func(x *exchange) { x.carryOut(); x.say(http.StatusOK, "text/html; charset=utf-8", htmlPage) },
	"gateway_before": func(x *exchange) {
		x.say([]int{500, 502, 503, 504}[x.h.dice.IntN(4)], "text/html", htmlPage)
	},
	"gateway_after": func(x *exchange) { x.carryOut(); x.say(http.StatusGatewayTimeout, "text/html", htmlPage) },
	"limited": func(x *exchange) {
		x.say(http.StatusTooManyRequests, "application/json", `{"error":"limit"}`, "Retry-After", "1",
			"API-Usage-Limit", "500/500")
	},
	"moved": func(x *exchange) {
		x.say(http.StatusFound, "text/html", "", "Location", "http://127.0.0.1:1/elsewhere")
	},
	"protection": func(x *exchange) { x.say(http.StatusForbidden, "text/html", "<html>Checking your browser</html>") },
}

func compress(write func(io.Writer)) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write(z)
	_ = z.Close()
	return b.Bytes()
}

// bombs are small answers that unpack to 48 MB each: blanks before a document,
// arrays in arrays, a million keys, a list of rows, one order with a huge text.
var bombs = sync.OnceValue(func() [][]byte {
	const size = 48 << 20
	repeat := func(begin, text, end string) []byte {
		return compress(func(w io.Writer) {
			_, _ = io.WriteString(w, begin)
			chunk := []byte(strings.Repeat(text, 1+4096/len(text)))
			for n := 0; n < size; n += len(chunk) {
				_, _ = w.Write(chunk)
			}
			_, _ = io.WriteString(w, end)
		})
	}
	keys := compress(func(w io.Writer) {
		_, _ = io.WriteString(w, `{"id":1`)
		for i := range size / 14 {
			_, _ = fmt.Fprintf(w, `,"k%07d":1`, i)
		}
		_, _ = io.WriteString(w, "}")
	})
	return [][]byte{
		repeat("", " ", "{}"), repeat("", "[", ""), keys,
		repeat("[{}", `,{"id":1,"topic":"orders/update","address":"http://127.0.0.1/x"}`, "]"),
		repeat(`[{"id":1,"updated_at":"2026-11-28T12:00:00.000+03:00","comment":"`, "я", `"}]`),
	}
})

// A tally counts what has happened, by name.
type tally struct {
	mu   sync.Mutex
	of   map[string]int
	last []string // the latest few, oldest first, with their times
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[name]++
	if name == strangerRequests {
		return
	}
	c.last = append(c.last[max(0, len(c.last)-15):], time.Now().Format("05.0 ")+name)
}

// recent tells what has happened of late.
func (c *tally) recent() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.last, ", ")
}

func (c *tally) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.of)
}
