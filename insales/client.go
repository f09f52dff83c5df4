// Package insales is a client of the InSales admin REST API, as far as the
// connector needs it: account, orders with their change feed, delivery
// variants, payment gateways and custom statuses.
//
// A [Client] sends every request exactly once: it never retries and never
// follows a redirect, because InSales has no idempotency key and only its
// caller knows what a repeated request would do. Each request needs a [Permit]
// from the client's [Window], the one place that knows the rate limit. Each
// failure is an [*Error] that tells whether the request can have reached the
// shop.
//
// What InSales does not document is marked "inferred" where it is relied on.
package insales

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"ineed-insales/internal/retryafter"
	"ineed-insales/internal/weburl"
)

// Limits of one request. InSales itself gives up after 50 s (documented).
const (
	requestTimeout = 60 * time.Second
	connectTimeout = 10 * time.Second
	maxHeader      = 64 << 10 // of an answer, in bytes
)

// A Config is the access to one shop.
type Config struct {
	URL       string // scheme and host
	KeyID     string
	Password  string
	UserAgent string
	Transport http.RoundTripper // nil = a plain one with connectTimeout
	Window    *Window           // shared by all clients of one key; nil = its own
	Room      *Room             // shared by all clients of a process; nil = its own, for any number

	// Marker is a text by which an order that cannot be read may be known as one
	// of the caller's.
	Marker string

	// Observe, if set, is told of every request: the operation, the status code
	// ("error" without one) and how long it took.
	Observe func(operation, code string, took time.Duration)
}

// A Client talks to one shop with one key. Its methods may be called
// concurrently.
type Client struct {
	cfg Config

	mu     sync.Mutex
	date   time.Time // the last Date header that was believed
	dateAt time.Time // when it came, with monotonic time
	leap   time.Time // the first of those that tell of a wholly other time; zero = the last answer did not
	leapAt time.Time // when that came
}

// A clock that was set, even by hours, is believed at once. One that leaps over
// days is not before all answers have agreed on it for a while: a single wrong
// Date must not make everything that the shop says old or young.
const (
	leapOver = 24 * time.Hour
	leapFor  = time.Minute
)

// New makes a client. It does not talk to the shop.
func New(cfg Config) *Client {
	if cfg.Transport == nil {
		cfg.Transport = &http.Transport{DialContext: (&net.Dialer{Timeout: connectTimeout}).DialContext,
			MaxResponseHeaderBytes: maxHeader}
	}
	if cfg.Window == nil {
		cfg.Window = NewWindow()
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	return &Client{cfg: cfg}
}

// Window is the request window of this client's key.
func (c *Client) Window() *Window { return c.cfg.Window }

// ShopTime is the shop's time: its last Date header and what has passed since.
// It is false before the first answer. Our own clock takes no part in it. A Date
// that leaps over days is left out until answers have agreed on it.
func (c *Client) ShopTime() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return time.Time{}, false
	}
	return c.date.Add(time.Since(c.dateAt)), true
}

// ClockLeaps reports whether the shop's last Date was of a wholly other time
// than its answers before: which of them is right shows within a minute, and
// until then ShopTime may be wrong.
func (c *Client) ClockLeaps() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.leap.IsZero()
}

// AdminURL is where a person sees the order (inferred from other clients).
func AdminURL(shopURL string, order int64) string {
	return fmt.Sprintf("%s/admin2/orders/%d", strings.TrimSuffix(shopURL, "/"), order)
}

// ClientURL is where a person sees a client of the shop (inferred from other clients).
func ClientURL(shopURL string, client int64) string {
	return fmt.Sprintf("%s/admin2/clients/%d", strings.TrimSuffix(shopURL, "/"), client)
}

// An Error is any failure of a request.
type Error struct {
	Op         string
	Status     int           // 0 = no answer
	Messages   []string      // the shop's own words, at most a few; may quote what was sent
	RetryAfter time.Duration // 0 = none given
	Limited    bool          // the request window is full
	Reached    bool          // the request may have reached the shop
	MovedTo    string        // the other host that a redirect names; "" without one
	Page       bool          // a page for people came, which the API never writes
	Shielded   bool          // a protection in front of the shop has answered in its stead
	Shield     string        // the name of that, if it is one that we know
	Err        error         // what went wrong without or in spite of an answer
}

// Error leaves the shop's words out: they may hold personal data.
func (e *Error) Error() string {
	switch {
	case e.Status != 0 && e.Err != nil:
		return fmt.Sprintf("%s: status %d: %v", e.Op, e.Status, e.Err)
	case e.Status != 0:
		return fmt.Sprintf("%s: status %d", e.Op, e.Status)
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Forbidden reports whether the shop itself says that the key lacks a right.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden && !e.Shielded }

// Missing reports whether the shop itself says that it has no such thing.
func (e *Error) Missing() bool { return e.Status == http.StatusNotFound && !e.Page }

// A call is one request and where its answer goes.
type call struct {
	op     string
	method string
	path   string
	query  url.Values
	in     any
	most   int64 // bytes of the answer; see body.go
	out    func(body io.Reader) error
	kept   *kept // takes the answer as it came; nil = nobody wants to see it

	head func(status int, h http.Header) // sees what stands before the answer; may be nil
}

// do sends the one request of a call and spends its permit. It uses the bare
// transport: an http.Client would look at redirects even if told not to follow
// them, and quote one that is malformed.
func (c *Client) do(ctx context.Context, p *Permit, k call) error {
	lease, release := c.leaseOf(ctx)
	defer release()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	lease.reads(ctx, stop)
	reached := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached = true }}
	req, err := c.request(httptrace.WithClientTrace(ctx, trace), k)
	if err != nil {
		p.Release()
		return &Error{Op: k.op, Err: err}
	}
	start := time.Now()
	resp, err := c.cfg.Transport.RoundTrip(req)
	if err != nil {
		if reached {
			p.spent(nil)
		} else {
			p.Release()
		}
		c.observe(k.op, "error", start)
		return &Error{Op: k.op, Reached: reached, Err: cause(err)}
	}
	defer resp.Body.Close()
	p.spent(resp)
	c.keepDate(resp.Header)
	c.observe(k.op, fmt.Sprint(resp.StatusCode), start)
	if k.head != nil {
		k.head(resp.StatusCode, resp.Header)
	}
	k.kept.head(resp.Header)
	answer := k.kept.from(newBody(resp.Body, k.most, lease))
	if resp.StatusCode/100 != 2 {
		return answerError(k.op, resp, answer)
	}
	answer, front := peek(resp, answer)
	if front.shut {
		k.kept.rest(answer)
		return &Error{Op: k.op, Status: resp.StatusCode, Reached: true, Page: true, Shielded: true, Shield: front.name,
			Err: errShielded}
	}
	if err := k.out(answer); err != nil {
		k.kept.rest(answer)
		return &Error{Op: k.op, Status: resp.StatusCode, Reached: true, Err: cause(err)}
	}
	return nil
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader
	if k.in != nil {
		text, err := json.Marshal(k.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	u := c.cfg.URL + "/admin/" + k.path + ".json"
	if len(k.query) > 0 {
		u += "?" + k.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, k.method, u, body)
	if err != nil {
		return nil, cause(err)
	}
	req.SetBasicAuth(c.cfg.KeyID, c.cfg.Password)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// cause strips the URL that is wrapped around an error: it is of no use to a
// reader who knows the operation.
func cause(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

func (c *Client) observe(op, code string, start time.Time) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(op, code, time.Since(start))
	}
}

func (c *Client) keepDate(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// The header is cut to the second: what we know already may be later
	// within that second, and shop time must not go back because of it.
	now := time.Now()
	ahead := c.date.Add(now.Sub(c.dateAt)).Sub(date)
	switch {
	case c.date.IsZero():
	case ahead >= 0 && ahead < time.Second:
		c.leap = time.Time{}
		return
	case ahead.Abs() > leapOver && !c.leapt(date, now):
		return
	}
	c.date, c.dateAt, c.leap = date, now, time.Time{}
}

// leapt notes a Date that leaps, and reports whether answers have agreed on it
// for long enough.
func (c *Client) leapt(date, now time.Time) bool {
	agreed := date.Sub(c.leap.Add(now.Sub(c.leapAt))).Abs() < time.Minute
	if c.leap.IsZero() || !agreed {
		c.leap, c.leapAt = date, now
		return false
	}
	return now.Sub(c.leapAt) >= leapFor
}

var errShielded = errors.New("a protection in front of the shop has answered")

// answerError makes the error of an answer that is not 2xx.
func answerError(op string, resp *http.Response, answer io.Reader) *Error {
	body, _ := io.ReadAll(io.LimitReader(answer, maxKept+1)) // a torn error body says less, that is all
	front := shieldOf(resp, body)
	return &Error{
		Op: op, Status: resp.StatusCode, Reached: true,
		Page: front.page, Shielded: front.shut, Shield: front.name,
		Messages:   messages(body),
		RetryAfter: retryafter.Of(resp.Header),
		Limited:    limited(resp),
		MovedTo:    movedTo(resp),
	}
}

// movedTo gives the host of a redirect to another one, and nothing else of its
// address.
func movedTo(resp *http.Response) string {
	if resp.StatusCode/100 != 3 {
		return ""
	}
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Host == "" {
		return ""
	}
	host := weburl.HostOf(u.String())
	if resp.Request != nil && host == weburl.HostOf(resp.Request.URL.String()) {
		return ""
	}
	return host
}

// jsonInto takes the wanted fields of one JSON object and nothing behind it, so
// that a torn or foreign body is an error.
func jsonInto(m *fields, wanted ...string) func(io.Reader) error {
	return func(r io.Reader) error {
		text, err := document(r)
		if err != nil {
			return err
		}
		if *m, err = parse(text, wanted...); err == nil {
			err = m.once()
		}
		if err != nil {
			return fmt.Errorf("decode answer: %w", err)
		}
		return nil
	}
}

// each takes the wanted fields of the objects of a list, of which there may be
// so many, none of them larger than size. An element that is no object has none.
func each(most, size int, wanted []string, add func(fields)) func(io.Reader) error {
	return func(r io.Reader) error {
		n := 0
		err := split(r, size, func(text []byte) error {
			if n++; n > most {
				return ErrTooLarge
			}
			m, err := parse(text, wanted...)
			if err == nil {
				err = m.once()
			}
			if err == nil {
				add(m)
			}
			return err
		}, nil)
		if err != nil {
			return fmt.Errorf("decode answer: %w", err)
		}
		return nil
	}
}
