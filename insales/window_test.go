package insales

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// kinds are all kinds of work with the requests of a window of 500 that each
// may use.
var kinds = map[Work]int{Catalog: 350, Rereading: 400, Sending: 450, Reading: 500}

// says is an answer with a usage header, or without if used is 0.
func says(status, used int, retryAfter ...string) *http.Response {
	h := http.Header{}
	if used > 0 {
		h.Set("API-Usage-Limit", fmt.Sprintf("%d/%d", used, WindowLimit))
	}
	for _, s := range retryAfter {
		h.Set("Retry-After", s)
	}
	return &http.Response{StatusCode: status, Header: h}
}

// take takes a permit and tells how long that took.
func take(t *testing.T, w *Window, work Work) (*Permit, time.Duration) {
	t.Helper()
	start := time.Now()
	p, err := w.Take(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	return p, time.Since(start)
}

// now takes a permit that must be there at once.
func now(t *testing.T, w *Window, work Work) *Permit {
	t.Helper()
	p, took := take(t, w, work)
	if took != 0 {
		t.Fatalf("work %d waited %v", work, took)
	}
	return p
}

// refused reports whether work has to wait at this moment.
func refused(w *Window, work Work) bool {
	p, _, _ := w.try(work)
	if p != nil {
		p.Release()
	}
	return p == nil
}

// spend sends so many requests that the shop counts on from before.
func spend(t *testing.T, w *Window, before, n int) {
	t.Helper()
	for i := range n {
		now(t, w, Reading).spent(says(200, before+i+1))
	}
}

func TestCeilings(t *testing.T) {
	for work, most := range kinds {
		synctest.Test(t, func(t *testing.T) {
			w := NewWindow()
			n := 0
			for ; !refused(w, work); n++ {
				now(t, w, work).spent(says(200, n+1))
			}
			if n != most {
				t.Errorf("work %d: %d requests, want %d", work, n, most)
			}
			for other, ceiling := range kinds {
				if refused(w, other) != (ceiling <= most) {
					t.Errorf("at %d work %d is refused: %v", most, other, ceiling > most)
				}
			}
		})
	}
}

// TestFlying counts permits that are given out and not yet settled.
func TestFlying(t *testing.T) {
	for work, most := range kinds {
		synctest.Test(t, func(t *testing.T) {
			w := NewWindow()
			var last *Permit
			for range most {
				last = now(t, w, work)
			}
			if !refused(w, work) || w.Used() != float64(most)/WindowLimit {
				t.Errorf("work %d: %d fly, used %v", work, most, w.Used())
			}
			last.Release()
			last.Release()
			p := now(t, w, work)
			if !refused(w, work) {
				t.Errorf("work %d: releasing twice gave two", work)
			}
			p.spent(says(200, 1))
			p.Release()
			if !refused(w, work) {
				t.Errorf("work %d: a spent permit was released", work)
			}
		})
	}
}

func TestHeaderBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		now(t, w, Reading).spent(says(200, 400)) // somebody else uses the key
		if w.Used() != 0.8 || !refused(w, Rereading) || refused(w, Sending) {
			t.Errorf("used %v", w.Used())
		}
		resp := says(200, 0)
		resp.Header.Set("API-Usage-Limit", " 401 / 1000 ") // another limit
		now(t, w, Reading).spent(resp)
		if w.Used() != 0.401 || refused(w, Catalog) {
			t.Errorf("used %v of 1000", w.Used())
		}
	})
}

// TestWithoutHeader counts answers without a count, and requests without an
// answer, because the shop may have counted them.
func TestWithoutHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		spend(t, w, 0, 10)
		time.Sleep(time.Minute)
		now(t, w, Sending).spent(says(502, 0))
		now(t, w, Sending).spent(nil)
		if w.Used() != 12.0/WindowLimit {
			t.Errorf("used %v", w.Used())
		}
		// The shop has counted neither: that is no new window.
		now(t, w, Sending).spent(says(200, 11))
		if w.Used() != 12.0/WindowLimit || w.Left() != 4*time.Minute {
			t.Errorf("used %v, left %v", w.Used(), w.Left())
		}
	})
}

// TestOutOfOrder: answers come in another order than the shop has counted.
func TestOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		spend(t, w, 0, 1)
		for round := range 3 {
			time.Sleep(time.Minute)
			before := 1 + 8*round
			var flying []*Permit
			for range 8 {
				flying = append(flying, now(t, w, Sending))
			}
			for i, p := range flying {
				p.spent(says(200, before+8-i))
				if got := w.used; got != before+8 {
					t.Errorf("round %d, answer %d: used %d, want %d", round, i, got, before+8)
				}
			}
			if got, want := w.Left(), WindowLength-time.Duration(round+1)*time.Minute; got != want {
				t.Errorf("round %d: left %v, want %v", round, got, want)
			}
		}
	})
}

// TestNewWindow: a lower count than was known when the request was sent is of a
// new window, and whoever waits goes on.
func TestNewWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		spend(t, w, 0, 460)
		straggler := now(t, w, Reading)
		time.Sleep(3 * time.Minute)
		gone := make(chan time.Duration, 1)
		go func() {
			p, took := take(t, w, Sending)
			p.Release()
			gone <- took
		}()
		time.Sleep(30 * time.Second)
		now(t, w, Reading).spent(says(200, 1))
		if took := <-gone; took != 30*time.Second {
			t.Errorf("the waiting one went on after %v", took)
		}
		if w.used != 1 || w.Left() != WindowLength {
			t.Errorf("used %d, left %v", w.used, w.Left())
		}
		straggler.spent(says(200, 461)) // of the window before
		if w.used != 2 || w.Left() != WindowLength {
			t.Errorf("after the straggler: used %d, left %v", w.used, w.Left())
		}
	})
}

// TestOwnRoll: without any answer the window ends five minutes after its first
// answer, never earlier.
func TestOwnRoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		p := now(t, w, Reading)
		time.Sleep(20 * time.Second) // the request is slow
		p.spent(says(200, 350))
		time.Sleep(time.Minute)
		spend(t, w, 350, 100)
		p, took := take(t, w, Sending)
		if took != 4*time.Minute {
			t.Errorf("waited %v", took)
		}
		if w.used != 0 || w.Left() != WindowLength {
			t.Errorf("used %d, left %v", w.used, w.Left())
		}
		time.Sleep(time.Minute) // the new window begins with its first answer
		p.spent(says(200, 1))
		if w.used != 1 || w.Left() != WindowLength {
			t.Errorf("used %d, left %v", w.used, w.Left())
		}
	})
}

// TestFull: after the shop has said "full" nobody goes before Retry-After.
func TestFull(t *testing.T) {
	for name, test := range map[string]struct {
		resp *http.Response
		want time.Duration
	}{
		"429":             {says(429, 501, "30"), 30 * time.Second},
		"429 alone":       {says(429, 0), fullRetry},
		"429 zero":        {says(429, 501, "0"), fullRetry},
		"429 nonsense":    {says(429, 501, "soon"), fullRetry},
		"429 endless":     {says(429, 501, "9223372036854775807"), time.Hour},
		"503 with usage":  {says(503, 501, "5"), 5 * time.Second},
		"503 of a proxy":  {says(503, 0, "30"), 0},
		"504":             {says(504, 2, "30"), 0},
		"200 with header": {says(200, 2, "30"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWindow()
				now(t, w, Reading).spent(test.resp)
				if _, took := take(t, w, Reading); took != test.want {
					t.Errorf("waited %v, want %v", took, test.want)
				}
			})
		})
	}
}

// TestTrial: after Retry-After exactly one request tries, whatever comes of it,
// and only its success lets the others go.
func TestTrial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		straggler := now(t, w, Sending)
		now(t, w, Sending).spent(says(429, 501, "60"))
		permits := make(chan *Permit, 20)
		for i := range 20 {
			go func() {
				if p, err := w.Take(t.Context(), Work(i%4)); err == nil {
					permits <- p
				}
			}()
		}
		one := func(after time.Duration) *Permit {
			t.Helper()
			if after > 0 {
				time.Sleep(after - 1)
				synctest.Wait()
				if n := len(permits); n != 0 {
					t.Fatalf("%d went before the time", n)
				}
				time.Sleep(time.Nanosecond)
			}
			synctest.Wait()
			if n := len(permits); n != 1 {
				t.Fatalf("%d went, want 1", n)
			}
			time.Sleep(10 * time.Minute) // nobody follows, however long it takes
			synctest.Wait()
			if n := len(permits); n != 1 {
				t.Fatalf("%d went behind the one that tries", n-1)
			}
			return <-permits
		}
		p := one(time.Minute)
		straggler.spent(says(200, 480)) // it was admitted before: it shows nothing
		synctest.Wait()
		if n := len(permits); n != 0 {
			t.Fatalf("a straggler let %d go", n)
		}
		p.spent(says(429, 502, "10"))
		p = one(10 * time.Second)
		p.spent(nil) // no answer: another may try
		p = one(0)
		p.Release() // not used: another may try
		p = one(0)
		p.spent(says(200, 1))
		synctest.Wait()
		if n := len(permits); n != 16 {
			t.Errorf("%d went after the success, want 16", n)
		}
	})
}

// TestFullWhileFlying: a later "full" counts, also over the one that tried.
func TestFullWhileFlying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		slow := now(t, w, Sending)
		now(t, w, Sending).spent(says(429, 501, "10"))
		p, _ := take(t, w, Reading)
		slow.spent(says(429, 502, "60"))
		p.spent(says(200, 1))
		if _, took := take(t, w, Reading); took != time.Minute {
			t.Errorf("waited %v, want 1m", took)
		}
	})
}

// TestFullAndAPage: behind "full" an answer of something in front of the shop, or none,
// says nothing of the shop's room, and the next request tries. It was taken for room that
// the count then denied, for five minutes.
func TestFullAndAPage(t *testing.T) {
	for name, resp := range map[string]*http.Response{"a page": says(200, 0), "a redirect": says(302, 0), "none": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWindow()
				now(t, w, Reading).spent(says(200, 300))
				now(t, w, Reading).spent(says(429, 500, "1"))
				for n := range 3 {
					p, took := take(t, w, Reading)
					if want := map[bool]time.Duration{true: time.Second}[n == 0]; took != want {
						t.Fatalf("try %d: waited %v, want %v", n, took, want)
					}
					if !refused(w, Reading) {
						t.Error("two try at once")
					}
					p.spent(resp)
				}
				p, _ := take(t, w, Reading)
				p.spent(says(200, 1))
				if refused(w, Catalog) {
					t.Error("there is room, and nobody may go")
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // a shop that never counts
		w := NewWindow()
		now(t, w, Reading).spent(says(429, 0, "1"))
		p, _ := take(t, w, Reading)
		p.spent(says(200, 0))
		if refused(w, Catalog) {
			t.Error("there is room, and nobody may go")
		}
	})
}

func TestReleaseWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		spend(t, w, 0, 449)
		held := now(t, w, Sending)
		time.AfterFunc(7*time.Second, held.Release)
		if _, took := take(t, w, Sending); took != 7*time.Second {
			t.Errorf("waited %v", took)
		}
	})
}

func TestContextEndsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		spend(t, w, 0, 500)
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		start := time.Now()
		p, err := w.Take(ctx, Reading)
		if p != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 9*time.Second {
			t.Errorf("got %v, %v after %v", p, err, time.Since(start))
		}
		if w.Used() != 1 {
			t.Errorf("used %v", w.Used())
		}
	})
}

// TestWindowUnderLoad lets eight senders and a reader work for an hour against
// a shop that counts in fixed windows and answers in any order: it never has to
// say "full", and the windows are used as far as they may be.
func TestWindowUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow()
		var used, served, limited atomic.Int64
		var ends atomic.Int64
		serve := func() *http.Response {
			if at := time.Now().UnixNano(); at >= ends.Load() {
				ends.Store(at + int64(WindowLength))
				used.Store(0)
			}
			n := used.Add(1)
			if n > WindowLimit {
				limited.Add(1)
				return says(429, int(n), strconv.FormatInt((ends.Load()-time.Now().UnixNano())/1e9+1, 10))
			}
			served.Add(1)
			return says(200, int(n))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		work := func(kind Work, i int) {
			for n := i; ; n++ {
				p, err := w.Take(ctx, kind)
				if err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
				resp := serve()
				time.Sleep(time.Duration(n*7919%400) * time.Millisecond)
				p.spent(resp)
			}
		}
		for i := range 8 {
			go work(Sending, i)
		}
		go work(Catalog, 9)
		<-ctx.Done()
		synctest.Wait()
		if n := limited.Load(); n != 0 {
			t.Errorf("the shop said full %d times", n)
		}
		if n := served.Load(); n < 11*450 || n > 13*450 {
			t.Errorf("%d requests in an hour, want about %d", n, 12*450)
		}
	})
}

func TestUsage(t *testing.T) {
	for text, want := range map[string]string{
		"2/500": "2 500 true", " 501 / 500 ": "501 500 true", "0/500": "0 500 true",
		"": "0 0 false", "500": "0 0 false", "a/500": "0 500 false", "5/": "5 0 false",
		"5/0": "5 0 false", "-1/500": "-1 500 false", "5/-500": "5 -500 false", "1/2/3": "1 0 false",
	} {
		used, limit, ok := usage(http.Header{"Api-Usage-Limit": {text}})
		if got := fmt.Sprint(used, limit, ok); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
