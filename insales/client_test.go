package insales

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
)

const (
	testKeyID    = "00000000000000000000000000000a01"
	testPassword = "00000000000000000000000000000b01"
)

// testOrder is the least that is an order.
const testOrder = `{"id":7,"updated_at":"2026-11-23T12:00:00.000+03:00","manager_comment":null}`

// serve starts a shop and gives a client of it.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return client(t, Config{URL: server.URL})
}

// client makes a client with the test's key and a transport of its own.
func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	if cfg.Transport == nil {
		own := &http.Transport{}
		t.Cleanup(own.CloseIdleConnections)
		cfg.Transport = own
	}
	cfg.KeyID, cfg.Password = testKeyID, testPassword
	return New(cfg)
}

// permit is one for work that is not the matter of the test.
func permit(t *testing.T, c *Client) *Permit {
	t.Helper()
	p, err := c.Window().Take(t.Context(), Reading)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// operations are all requests there are, by name. Each gives only the error.
func operations(t *testing.T) map[string]func(*Client) error {
	quantity := json.Number("0.35")
	since := time.Date(2026, 11, 23, 15, 4, 5, 120e6, time.FixedZone("MSK", 3*3600))
	return map[string]func(*Client) error{
		"account":      func(c *Client) error { _, err := c.Account(t.Context(), permit(t, c)); return err },
		"orders_count": func(c *Client) error { _, err := c.Count(t.Context(), permit(t, c), Orders); return err },
		"deliveries":   func(c *Client) error { _, err := c.Deliveries(t.Context(), permit(t, c)); return err },
		"payments":     func(c *Client) error { _, err := c.Payments(t.Context(), permit(t, c)); return err },
		"orders": func(c *Client) error {
			_, err := c.Orders(t.Context(), permit(t, c), since, 70000001, PageSize)
			return err
		},
		"order":      func(c *Client) error { _, err := c.Order(t.Context(), permit(t, c), 70000001); return err },
		"order_paid": func(c *Client) error { _, _, err := c.SetPaid(t.Context(), permit(t, c), 70000001); return err },
		"order_create": func(c *Client) error {
			_, _, err := c.CreateOrder(t.Context(), permit(t, c), NewOrder{
				Lines:      []NewLine{{VariantID: 1, Quantity: quantity, SalePrice: "990"}},
				Client:     NewClient{Name: "Тест", Consent: true},
				DeliveryID: 2, PaymentID: 3, ManagerComment: "[ineed:A-1:x]",
			})
			return err
		},
	}
}

// TestRequests shows each request as it goes over the wire.
func TestRequests(t *testing.T) {
	wire := map[string]struct{ line, body, answer string }{
		"account":      {"GET /admin/account.json", "", `{"id":1}`},
		"orders_count": {"GET /admin/orders/count.json", "", `{"count":1}`},
		"deliveries":   {"GET /admin/delivery_variants.json", "", `[]`},
		"payments":     {"GET /admin/payment_gateways.json", "", `[]`},
		"orders": {"GET /admin/orders.json?from_id=70000001&page=1&per_page=250" +
			"&updated_since=2026-11-23T12%3A04%3A05.12%2B00%3A00&with_deleted=true",
			"", `[]`},
		"order":      {"GET /admin/orders/70000001.json", "", testOrder},
		"order_paid": {"PUT /admin/orders/70000001.json", `{"order":{"financial_status":"paid"}}`, ``},
		"order_create": {"POST /admin/orders.json",
			`{"order":{"order_lines_attributes":[{"variant_id":1,"quantity":0.35,"sale_price":990}],` +
				`"client":{"name":"Тест","consent_to_personal_data":true},"shipping_address_attributes":{},` +
				`"delivery_variant_id":2,"payment_gateway_id":3,"manager_comment":"[ineed:A-1:x]"}}`, testOrder},
	}
	for op, call := range operations(t) {
		t.Run(op, func(t *testing.T) {
			want := wire[op]
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if line := r.Method + " " + r.RequestURI; line != want.line || string(body) != want.body {
					t.Errorf("got  %s %s\nwant %s %s", line, body, want.line, want.body)
				}
				id, password, ok := r.BasicAuth()
				if !ok || id != testKeyID || password != testPassword {
					t.Errorf("Basic auth %q %q", id, password)
				}
				if typ := r.Header.Get("Content-Type"); (typ == "application/json") != (want.body != "") {
					t.Errorf("Content-Type %q", typ)
				}
				for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} { // net/http would re-send
					if _, ok := r.Header[name]; ok {
						t.Errorf("header %s", name)
					}
				}
				if got := r.Header.Get("User-Agent"); got != "ineed/test" {
					t.Errorf("User-Agent %q", got)
				}
				io.WriteString(w, want.answer)
			})
			c.cfg.UserAgent = "ineed/test"
			var seen []string
			c.cfg.Observe = func(op, code string, _ time.Duration) { seen = append(seen, op+" "+code) }
			if err := call(c); err != nil {
				t.Error(err)
			}
			if want := []string{op + " 200"}; !slices.Equal(seen, want) {
				t.Errorf("observed %q, want %q", seen, want)
			}
			if used := c.Window().used; used != 1 || c.Window().flying != 0 {
				t.Errorf("used %d, flying %d", used, c.Window().flying)
			}
		})
	}
}

// TestFeedTimes: the cursor always has an offset, and milliseconds only if any.
func TestFeedTimes(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.Query().Get("updated_since") + " " + r.URL.Query().Get("from_id")
		io.WriteString(w, "[]")
	})
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for want, cursor := range map[string]struct {
		since time.Time
		id    int64
	}{
		"2026-11-23T12:00:00+00:00 ":      {at, 0},
		"2026-11-23T12:00:00.007+00:00 5": {at.Add(7 * time.Millisecond), 5},
		"2026-11-23T09:00:00+00:00 ":      {time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 3*3600)), 0},
	} {
		if _, err := c.Orders(t.Context(), permit(t, c), cursor.since, cursor.id, PageSize); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// TestNoRedirects follows none, whatever the method and even if the target is
// malformed; and says nothing of the target.
func TestNoRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, target := range []string{"/elsewhere", "https://other.example/secret", "http://[::1", ""} {
			for op, call := range operations(t) {
				var requests atomic.Int32
				c := serve(t, func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					w.Header().Set("Location", target)
					w.WriteHeader(status)
				})
				err := call(c)
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Status != status || !e.Reached || e.Limited {
					t.Errorf("%s %d to %q: %#v", op, status, target, err)
				}
				if n := requests.Load(); n != 1 {
					t.Errorf("%s %d to %q: %d requests", op, status, target, n)
				}
				if want := fmt.Sprintf("%s: status %d", op, status); err != nil && err.Error() != want {
					t.Errorf("error %q, want %q", err, want)
				}
			}
		}
	}
}

// TestMovedTo tells the host of a redirect and nothing else of it.
func TestMovedTo(t *testing.T) {
	tests := []struct {
		status       int
		target, want string
	}{
		{301, "https://other.example/admin/account.json?secret", "other.example"},
		{308, "//id:password@other.example:8443/", "other.example:8443"},
		{302, "https://OTHER.example.:443/login", "other.example"},
		{302, "/elsewhere", ""},
		{302, "HTTPS://$HOST/login", ""},
		{301, "http://[::1", ""},
		{301, "", ""},
		{404, "https://other.example/", ""},
	}
	for _, test := range tests {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", strings.Replace(test.target, "$HOST", r.Host, 1))
			w.WriteHeader(test.status)
		})
		_, err := c.Account(t.Context(), permit(t, c))
		if e, ok := errors.AsType[*Error](err); !ok || e.MovedTo != test.want {
			t.Errorf("%d to %q: %#v, want %q", test.status, test.target, err, test.want)
		}
	}
}

// TestKeepAlive: a server that closes a kept connection upon the second request
// gets a write once. That net/http re-sends a read is of no matter.
func TestKeepAlive(t *testing.T) {
	for _, op := range []string{"order_create", "order_paid"} {
		var first string
		var requests atomic.Int32
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/admin/orders/count.json" && first == "" {
				first = r.RemoteAddr
				io.WriteString(w, `{"count":1}`)
				return
			}
			requests.Add(1)
			if r.RemoteAddr == first {
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, testOrder)
		})
		if _, err := c.Count(t.Context(), permit(t, c), Orders); err != nil {
			t.Fatal(err)
		}
		err := operations(t)[op](c)
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.Reached || e.Status != 0 {
			t.Errorf("%s: %#v", op, err)
		}
		if n := requests.Load(); n != 1 {
			t.Errorf("%s: the server got %d requests", op, n)
		}
	}
}

// TestConcurrent uses one client from many goroutines, for the race detector.
func TestConcurrent(t *testing.T) {
	var n atomic.Int64
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("API-Usage-Limit", fmt.Sprintf("%d/500", n.Add(1)))
		io.WriteString(w, testOrder)
	})
	done := make(chan error)
	for range 20 {
		go func() {
			_, err := c.Order(t.Context(), permit(t, c), 7)
			_, _ = c.ShopTime()
			_ = c.Window().Used()
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if c.Window().used != 20 || c.Window().flying != 0 {
		t.Errorf("used %d, flying %d", c.Window().used, c.Window().flying)
	}
}

// TestCreateFields has the answer of a create read as any order is, whichever 2xx it has.
func TestCreateFields(t *testing.T) {
	codes := []int{http.StatusCreated, http.StatusOK, http.StatusAccepted}
	n := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(codes[n])
		io.WriteString(w, `{"order":{"id":"7","number":"2001","updated_at":"2026-11-23T12:00:00.000+03:00",`+
			`"manager_comment":"m","total_price":"990.0"}}`)
	})
	for n = range codes {
		o, _, err := c.CreateOrder(t.Context(), permit(t, c), NewOrder{})
		if err != nil || o.ID != 7 || o.Number != "2001" || o.ManagerComment != "m" ||
			!o.Total.Decimal.Equal(decimal.NewFromInt(990)) {
			t.Errorf("%d: %+v, %v", codes[n], o, err)
		}
	}
}

// TestShopTime is the shop's Date and what has passed since; our own clock
// takes no part, and it does not go back within a second.
func TestShopTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var date string
		c := client(t, Config{URL: "http://shop.test",
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 500, Header: http.Header{"Date": {date}}, Body: http.NoBody,
					Request: r}, nil
			})})
		if at, ok := c.ShopTime(); ok {
			t.Errorf("known before any answer: %v", at)
		}
		shop := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
		for i, step := range []struct {
			pass time.Duration // before the answer
			date string
			want time.Duration // after shop
		}{
			{0, "soon", -1},
			{0, shop.Format(http.TimeFormat), 0},
			{900 * time.Millisecond, shop.Format(http.TimeFormat), 900 * time.Millisecond},
			{99 * time.Millisecond, shop.Format(http.TimeFormat), 999 * time.Millisecond},
			{time.Hour, "", time.Hour + 999*time.Millisecond},
			// ahead of what we thought
			{0, shop.Add(2 * time.Hour).Format(http.TimeFormat), 2 * time.Hour},
			// the shop's clock was set back
			{0, shop.Add(time.Hour).Format(http.TimeFormat), time.Hour},
			// a second behind: believed
			{time.Second, shop.Add(time.Hour).Format(http.TimeFormat), time.Hour},
			{time.Second, "Tue, 06 May 2031 08:08:11 GMT", time.Hour + 2*time.Second},          // with the usual form
			{500 * time.Millisecond, "Tuesday, 06-May-31 08:08:12 GMT", time.Hour + 3*1e9},     // and an old one
			{0, "Tue, 06 May 2031 08:08:12 +0300", time.Hour + 3*time.Second},                  // no form of HTTP
			{time.Second, "Tue May  6 08:08:13 2031", time.Hour + 4*time.Second},               // asctime
			{1500 * time.Millisecond, "", time.Hour + 4*time.Second + 1500*time.Millisecond},   // none
			{0, shop.Add(time.Hour + 5*time.Second).Format(http.TimeFormat), time.Hour + 55e8}, // cut to the second
		} {
			time.Sleep(step.pass)
			date = step.date
			_, _ = c.Count(t.Context(), permit(t, c), Orders)
			at, ok := c.ShopTime()
			if step.want < 0 && !ok {
				continue
			}
			if got := at.Sub(shop); !ok || got != step.want {
				t.Errorf("step %d: %v, %v, want %v", i, got, ok, step.want)
			}
		}
	})
}

// TestCancelled gives up with its context and spends nothing.
func TestCancelled(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request left") })
	ctx, cancel := context.WithCancel(t.Context())
	p := permit(t, c)
	cancel()
	_, _, err := c.CreateOrder(ctx, p, NewOrder{})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Reached || !errors.Is(err, context.Canceled) || c.Window().used != 0 || c.Window().flying != 0 {
		t.Errorf("%#v, used %v", err, c.Window().Used())
	}
}

func TestAdminURL(t *testing.T) {
	for _, url := range []string{"https://shop-test.myinsales.ru", "https://shop-test.myinsales.ru/"} {
		if got := AdminURL(url, 90000001); got != "https://shop-test.myinsales.ru/admin2/orders/90000001" {
			t.Error(got)
		}
		if strings.HasSuffix(New(Config{URL: url}).cfg.URL, "/") {
			t.Error("a slash stays")
		}
	}
}

// TestClockLeaps: a Date that leaps over days is believed once answers have
// agreed on it for a minute, not before.
func TestClockLeaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var date time.Time
		c := client(t, Config{URL: "http://shop.test",
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				header := http.Header{"Date": {date.Format(http.TimeFormat)}}
				return &http.Response{StatusCode: 500, Header: header, Body: http.NoBody, Request: r}, nil
			})})
		right := time.Now().UTC()
		for i, step := range []struct {
			pass  time.Duration // before the answer
			off   time.Duration // of its Date
			want  time.Duration // how far ShopTime is off
			leaps bool
		}{
			{0, 0, 0, false},
			{time.Minute, 100 * 365 * 24 * time.Hour, 0, true},
			{time.Second, 0, 0, false}, // it was but one
			{time.Second, -30 * 365 * 24 * time.Hour, 0, true},
			{time.Second, 25 * time.Hour, 0, true}, // another one: they do not agree
			{59 * time.Second, 25 * time.Hour, 0, true},
			{time.Second, 25 * time.Hour, 25 * time.Hour, false},
			{time.Second, 23 * time.Hour, 23 * time.Hour, false}, // what a clock may be set by
			{time.Second, 0, 0, false},
		} {
			time.Sleep(step.pass)
			right = right.Add(step.pass)
			date = right.Add(step.off)
			_, _ = c.Count(t.Context(), permit(t, c), Orders)
			at, _ := c.ShopTime()
			if got := at.Sub(right); got != step.want || c.ClockLeaps() != step.leaps {
				t.Errorf("step %d: off by %v, leaps %v, want %v and %v", i, got, c.ClockLeaps(), step.want, step.leaps)
			}
		}
	})
}

// TestByID: a collection and a webhook are those that were asked for.
func TestByID(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/admin/collections/5.json":
			io.WriteString(w, `{"id":"5","parent_id":4,"title":"Чай","is_hidden":false}`)
		case "/admin/collections/6.json":
			io.WriteString(w, `{"id":5}`)
		case "/admin/webhooks/7.json":
			io.WriteString(w, `{"id":7,"address":"https://a.example.test/x","topic":"orders/update",`+
				`"format_type":"json"}`)
		case "/admin/orders/count.json":
			io.WriteString(w, `{"count":`+r.URL.Query().Get("updated_since")[:4]+`}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	if one, err := c.Collection(t.Context(), permit(t, c), 5); err != nil ||
		one != (Collection{ID: 5, ParentID: 4, Title: "Чай"}) {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := c.Collection(t.Context(), permit(t, c), 6); err == nil {
		t.Error("another collection than was asked for")
	}
	if h, err := c.Hook(t.Context(), permit(t, c), 7); err != nil ||
		!h.Ours("https://a.example.test/x", TopicOrderUpdate) || h.ID != 7 {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := c.Hook(t.Context(), permit(t, c), 8); err == nil {
		t.Error("a webhook that is not there")
	}
	n, err := c.CountOrders(t.Context(), permit(t, c), time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
	if n != 2026 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
