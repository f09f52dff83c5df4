package gate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// state tells what a gate holds.
func (g *Gate) state() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprintf("%d strangers, %d known, %d bytes", g.strangers.Len(), g.known.Len(), g.held)
}

// serve serves at a gate: /known proves its sender, /open does not; both read
// their body and answer with its length. /held proves, says so and waits.
func serve(t *testing.T, cfg Config) (*Gate, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := New(cfg)
	srv := g.Server(handler(nil, nil))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(g.Listen(l)) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return g, l.Addr().String()
}

func handler(begun chan<- struct{}, held <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/known", "/held":
			Proven(r.Context())
		}
		body, err := io.ReadAll(r.Body)
		switch {
		case errors.Is(err, ErrCrowded):
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if r.URL.Path == "/held" {
			begun <- struct{}{}
			<-held
		}
		fmt.Fprint(w, len(body))
	})
}

// dial opens a connection and sends the beginning of something.
func dial(t *testing.T, at, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends one request on a connection of its own and gives the answer.
func ask(t *testing.T, at, path, body string) (int, string) {
	t.Helper()
	c := dial(t, at, post(path, len(body))+body)
	defer c.Close()
	return answer(t, c)
}

func post(path string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", path, length)
}

func answer(t *testing.T, c net.Conn) (int, string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// isClosed waits until the other side has closed a connection.
func isClosed(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

// TestStrangersKeepNobodyOut: however many connections strangers hold, and
// whatever they have sent on them, whoever comes is answered, and who works goes on
// working.
func TestStrangersKeepNobodyOut(t *testing.T) {
	for name, text := range map[string]string{
		"silent":           "",
		"half a header":    "POST /open HTTP/1.1\r\nHost: x\r\nX-Half: ",
		"a stalled body":   post("/open", 100) + "half",
		"a stalled form":   "POST /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
		"idle, once asked": "GET /open HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/2":           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			g, at := serve(t, Config{Places: 8})
			idle := dial(t, at, post("/known", 0))
			if code, _ := answer(t, idle); code != 200 {
				t.Fatal(code)
			}
			var first net.Conn
			for i := range 20 {
				c := dial(t, at, text)
				if i == 0 {
					first = c
				}
				if i%10 == 9 {
					if code, body := ask(t, at, "/known", "an order"); code != 200 || body != "8" {
						t.Fatalf("after %d: %d %s", i, code, body)
					}
				}
			}
			isClosed(t, first)
			if g.countAll() > 8 {
				t.Errorf("%s", g.state())
			}
			// One that has proven itself and rests has not been closed for them: the
			// others of its address have only half of the places.
			if _, err := io.WriteString(idle, post("/known", 2)+"ok"); err != nil {
				t.Fatal(err)
			}
			if code, body := answer(t, idle); code != 200 || body != "2" {
				t.Errorf("%d %s", code, body)
			}
		})
	}
}

func (g *Gate) countAll() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.strangers.Len() + g.known.Len()
}

// TestWorkIsNotClosed: those who have proven themselves and are at work keep
// their places; the next one waits for one of them.
func TestWorkIsNotClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, held := make(chan struct{}), make(chan struct{})
	var log lines
	// Of one address, but a proxy's: one is not enough of a burst.
	g := New(Config{Places: 3, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log: slog.New(slog.NewTextHandler(&log, nil))})
	srv := g.Server(handler(begun, held))
	go srv.Serve(g.Listen(l))
	t.Cleanup(func() { srv.Close() })
	at := l.Addr().String()
	var working []net.Conn
	for range 3 {
		working = append(working, dial(t, at, post("/held", 1)+"x"))
	}
	for range working { // all have begun
		<-begun
	}
	late := dial(t, at, post("/known", 1)+"x")
	close(held)
	for _, c := range append(working, late) {
		if code, body := answer(t, c); code != 200 || body != "1" {
			t.Errorf("%d %s", code, body)
		}
	}
	for range 20 {
		dial(t, at, "")
	}
	if code, _ := ask(t, at, "/known", ""); code != 200 {
		t.Error(code)
	}
	if n := strings.Count(log.String(), "all connections are taken"); n > 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

// TestAnswerLeavesFirst: a connection whose answer is under way is not closed for
// the next one, however slowly it is taken.
func TestAnswerLeavesFirst(t *testing.T) {
	for _, path := range []string{"/known", "/open"} {
		t.Run(path, func(t *testing.T) {
			inBubble(t, Config{Places: 1}, func(t *testing.T, p *pipes) {
				first := p.dial()
				if _, err := io.WriteString(first, post(path, 1)+"x"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // the handler has returned, nobody has read what it says
				second := make(chan net.Conn)
				go func() { second <- p.dial() }()
				time.Sleep(workTime / 2)
				if code, body := answer(t, first); code != 200 || body != "1" {
					t.Errorf("%d %s", code, body)
				}
				c := <-second
				if _, err := io.WriteString(c, post("/known", 2)+"ok"); err != nil {
					t.Fatal(err)
				}
				if code, body := answer(t, c); code != 200 || body != "2" {
					t.Errorf("%d %s", code, body)
				}
			})
		})
	}
}

// lines is a log that may be written and read at once.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestBodiesShareMemory: strangers' bodies never take more than there is for
// them; the oldest is given up, one that is proven never.
func TestBodiesShareMemory(t *testing.T) {
	g, at := serve(t, Config{Stock: 64 << 10})
	part := strings.Repeat("x", 20<<10)
	known := dial(t, at, post("/known", len(part)+1)+part)
	var stalled []net.Conn
	for range 40 {
		stalled = append(stalled, dial(t, at, post("/open", len(part)+1)+part))
		if g.bytes() > 64<<10 {
			t.Fatal(g.state())
		}
	}
	g.allBegun(t) // what begins later is younger than what is asked for below
	if code, body := ask(t, at, "/open", "an order"); code != 200 || body != "8" {
		t.Errorf("a small one: %d %s", code, body)
	}
	if code, body := ask(t, at, "/open", strings.Repeat("x", 60<<10)); code != 200 || body != "61440" {
		t.Errorf("a large one: %d %s", code, body)
	}
	// All are read by now; most were given up, of the others the rest is taken.
	given := 0
	for _, c := range stalled {
		_, _ = io.WriteString(c, "x") // who was given up may have been closed
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode == 503 {
			given++
		}
	}
	if given < 36 {
		t.Errorf("of 40 only %d were given up", given)
	}
	if _, err := io.WriteString(known, "x"); err != nil {
		t.Fatal(err)
	}
	if code, body := answer(t, known); code != 200 || body != fmt.Sprint(len(part)+1) {
		t.Errorf("a proven one: %d %s", code, body)
	}
	if g.bytes() != 0 {
		t.Error(g.state())
	}
}

// allBegun waits until a request has begun on each connection of a stranger.
func (g *Gate) allBegun(t *testing.T) {
	t.Helper()
	begun := func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		for e := g.strangers.Front(); e != nil; e = e.Next() {
			if !e.Value.(*conn).busy {
				return false
			}
		}
		return true
	}
	for end := time.Now().Add(10 * time.Second); !begun(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(g.state())
		}
	}
}

func (g *Gate) bytes() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held
}

// pipes is a listener whose connections live in a bubble of virtual time.
type pipes struct {
	next chan net.Conn
	errs chan error
	done chan struct{}
}

func newPipes() *pipes {
	return &pipes{next: make(chan net.Conn), errs: make(chan error), done: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.next:
		return c, nil
	case err := <-p.errs:
		return nil, err
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial() net.Conn {
	a, b := net.Pipe()
	p.next <- b
	return a
}

// inBubble serves within virtual time.
func inBubble(t *testing.T, cfg Config, f func(t *testing.T, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p, g := newPipes(), New(cfg)
		srv := g.Server(handler(nil, nil))
		done := make(chan error, 1)
		go func() { done <- srv.Serve(g.Listen(p)) }()
		f(t, p)
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
}

// TestTimes: a body that comes slowly is taken, one that stands still is not, and
// nothing is held open for ever.
func TestTimes(t *testing.T) {
	for _, test := range []struct {
		name        string
		length      int
		chunk       int
		every       time.Duration
		code        int
		least, most time.Duration // until the answer
	}{
		{"at once", 1000, 1000, 0, 200, 0, 0},
		{"slow, but above the rate", 200 << 10, 20 << 10, time.Second, 200, 9 * time.Second, 11 * time.Second},
		{"nothing comes", 1000, 0, 0, 400, patience, patience},
		{"it stops", 1 << 20, 16 << 10, 0, 400, patience + time.Second, patience + time.Second},
		{"a byte a second", 1000, 1, time.Second, 400, patience, patience + time.Second},
	} {
		for _, path := range []string{"/open", "/known"} {
			inBubble(t, Config{}, func(t *testing.T, p *pipes) {
				c := p.dial()
				defer c.Close()
				begun, sent := time.Now(), make(chan struct{})
				go func() {
					defer close(sent)
					_, _ = io.WriteString(c, post(path, test.length))
					for n := 0; n < test.length && test.chunk > 0; n += test.chunk {
						if test.name == "it stops" && n > 0 {
							return
						}
						if _, err := c.Write(make([]byte, min(test.chunk, test.length-n))); err != nil {
							return
						}
						time.Sleep(test.every)
					}
				}()
				code, _ := answer(t, c)
				if took := time.Since(begun); code != test.code || took < test.least || took > test.most {
					t.Errorf("%s at %s: %d after %v", test.name, path, code, took)
				}
				c.Close()
				<-sent
			})
		}
	}
	for name, test := range map[string]struct {
		text string
		most time.Duration
	}{
		"silent":         {"", idleTime},
		"half a header":  {"GET / HT", headerTime},
		"a large header": {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", headerSize+8<<10), 0},
	} {
		inBubble(t, Config{}, func(t *testing.T, p *pipes) {
			c := p.dial()
			defer c.Close()
			begun := time.Now()
			go func() { _, _ = io.WriteString(c, test.text) }()
			_, _ = io.Copy(io.Discard, c)
			if took := time.Since(begun); took > test.most+time.Second {
				t.Errorf("%s: open for %v", name, took)
			}
		})
	}
}

// TestUsedUp: when the system has no more descriptors, that is told once, and
// connections are taken as soon as it has some again.
func TestUsedUp(t *testing.T) {
	var log lines
	inBubble(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, p *pipes) {
		stranger := p.dial()
		time.Sleep(time.Second) // it is no newcomer any more
		for range 50 {
			p.errs <- &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
		}
		if _, err := stranger.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the stranger keeps his descriptor: %v", err)
		}
		c := p.dial()
		defer c.Close()
		go func() { _, _ = io.WriteString(c, post("/known", 1)+"x") }()
		if code, _ := answer(t, c); code != 200 {
			t.Error(code)
		}
		if n := strings.Count(log.String(), "no connection can be taken"); n != 1 ||
			strings.Count(log.String(), "taken again") != 1 {
			t.Errorf("logged %d times:\n%s", n, log.String())
		}
	})
}

func TestWhose(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for text, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1", "[::ffff:192.0.2.1]:1": "192.0.2.1", "[2001:db8::1]:1": "2001:db8::/64",
		"10.1.2.3:1": "",
	} {
		if got := whose(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)), trusted); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := whose(&net.UnixAddr{Name: "@"}, trusted); got != "" {
		t.Errorf("the socket: %q", got)
	}
}
