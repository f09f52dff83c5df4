//go:build torture && linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"time"
)

// How many connections of one kind strangers hold at a time.
const strangers = 150

// strangerRequests counts what strangers have asked for: no faults, and many.
const strangerRequests = "stranger_requests"

// bother lets strangers do, until ctx ends, what anybody can do who reaches the
// connector's address.
func (x *torture) bother(ctx context.Context, d *dice) {
	kinds := map[string]func(context.Context, *dice){
		"stranger_idle": x.hold, "stranger_slow_body": x.dawdle, "stranger_slow_headers": x.dribble,
		"stranger_unsigned": x.unsigned, "stranger_form": x.forms, "stranger_deep_hook": x.deepHooks,
		"stranger_paths": x.paths,
	}
	if x.on("guess") {
		kinds["stranger_guess"] = x.guess
	}
	names := sortedNames(kinds)
	for ctx.Err() == nil {
		name := names[d.IntN(len(names))]
		x.tally.add(name)
		some, cancel := context.WithTimeout(ctx, 2*time.Second+d.upTo(6*time.Second))
		kinds[name](some, d)
		cancel()
		sleep(ctx, d.upTo(time.Second))
	}
}

// crowd opens many connections, writes text to each and keeps them, feeding
// them with more, until ctx ends. What is answered is read and forgotten.
func (x *torture) crowd(ctx context.Context, text string, more []byte, every time.Duration) {
	var all sync.WaitGroup
	defer all.Wait()
	for range strangers {
		all.Go(func() {
			conn, err := net.DialTimeout("tcp", x.lives.addr, time.Second)
			if err != nil {
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			for ctx.Err() == nil {
				sleep(ctx, every)
				if _, err := conn.Write(more); err != nil {
					return
				}
			}
		})
	}
}

// hold keeps connections on which nothing comes.
func (x *torture) hold(ctx context.Context, _ *dice) { x.crowd(ctx, "", nil, time.Second) }

// dribble sends headers byte by byte.
func (x *torture) dribble(ctx context.Context, _ *dice) {
	x.crowd(ctx, "POST /webhooks/ineedchat/2 HTTP/1.1\r\nHost: x\r\nX-Slow: ", []byte("s"), 300*time.Millisecond)
}

// dawdle stops in the middle of an unsigned body of the largest size.
func (x *torture) dawdle(ctx context.Context, _ *dice) {
	head := fmt.Sprintf("POST /webhooks/ineedchat/2 HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n", x.lives.addr, 256<<10)
	x.crowd(ctx, head+strings.Repeat("x", 255<<10), []byte("x"), time.Second)
}

// forms posts large forms, with and without a length, to what is open to all.
func (x *torture) forms(ctx context.Context, dice *dice) {
	form := "password=" + strings.Repeat("a", 1<<20)
	x.each(ctx, func(int) (*http.Request, error) {
		var body io.Reader = strings.NewReader(form)
		if dice.IntN(2) == 0 {
			body = io.MultiReader(body) // chunked
		}
		path := []string{"/signin", "/setup/abc", "/notify/email", "/companies/2"}[dice.IntN(4)]
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+x.lives.addr+path, body)
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r, err
	})
}

// guess tries passwords.
func (x *torture) guess(ctx context.Context, dice *dice) {
	x.each(ctx, func(int) (*http.Request, error) {
		form := neturl.Values{"password": {fmt.Sprint("guess-", dice.Int64N(1e9))}}.Encode()
		url := "http://" + x.lives.addr + "/signin"
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(form))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", "http://"+x.lives.addr)
		}
		return r, err
	})
}

// unsigned posts orders that nobody has signed, or somebody else.
func (x *torture) unsigned(ctx context.Context, dice *dice) {
	x.each(ctx, func(n int) (*http.Request, error) {
		body := []byte(`{"type":"order.created","version":"1","company_id":"2","data":{"id":"stolen"}}`)
		if n%2 == 0 {
			body = bytes.Repeat([]byte("["), 250<<10)
		}
		nobody := &tenant{id: []string{"2", "nobody", "../2"}[n%3], secrets: []string{freshSecret()}}
		d := delivery{nobody, "msg_x", body}
		r, err := x.request(ctx, d, dice, 0)
		if err == nil && n%5 == 0 {
			r.Header.Del("Webhook-Signature")
		}
		return r, err
	})
}

// deepHooks posts deep documents to the address of the shop's webhooks: with
// its secret, as a shop that has gone mad, and without.
func (x *torture) deepHooks(ctx context.Context, dice *dice) {
	deep := strings.Repeat(`{"order":`, 2<<20/9)
	x.each(ctx, func(n int) (*http.Request, error) {
		address := "http://" + x.lives.addr + "/webhooks/insales/2/" + strings.Repeat("a", 40)
		if hooks := x.regulars[0].shop.Hooks(); len(hooks) > 0 && n%4 == 0 {
			address = hooks[0].Address
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(deep))
		if err == nil {
			r.Header.Set("Content-Type", []string{"application/json", "application/xml"}[dice.IntN(2)])
		}
		return r, err
	})
}

// paths asks for everything that has an address, without any right to it.
func (x *torture) paths(ctx context.Context, _ *dice) {
	list := []string{"/", "/orders", "/companies/2", "/api/v1/companies", "/api/v1/companies/2/orders",
		"/api/v1/backup",
		"/readyz", "/healthz", "/assets/x", "/signin", "/companies/2/orders.csv", "/api/openapi.yaml", "/metrics",
		"/webhooks/insales/2/x"}
	x.each(ctx, func(n int) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, "http://"+x.lives.addr+list[n%len(list)], nil)
	})
}

// each sends requests, sixteen at a time, until ctx ends, and complains if one
// is answered as if it had a right to something.
func (x *torture) each(ctx context.Context, request func(n int) (*http.Request, error)) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 16},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	defer all.Wait()
	for i := range 16 {
		all.Go(func() {
			for n := i; ctx.Err() == nil; n += 16 {
				r, err := request(n)
				if err != nil {
					continue
				}
				resp, err := client.Do(r)
				if err != nil {
					sleep(ctx, 50*time.Millisecond)
					continue
				}
				_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
				_ = resp.Body.Close()
				x.tally.add(strangerRequests)
				if forbidden := r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/webhooks/ineedchat/") ||
					strings.HasPrefix(r.URL.Path, "/api/v1"); forbidden && resp.StatusCode/100 == 2 {
					x.complain("a stranger's %s %s was answered %d", r.Method, r.URL.Path, resp.StatusCode)
				}
				sleep(ctx, 20*time.Millisecond)
			}
		})
	}
}
