package insales

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const small = `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","manager_comment":"m","total_price":"990.0",` +
	`"order_lines":[{"variant_id":1,"quantity":1}]}`

// TestRepeatedInOrders: which of two ids, times, comments or sums of an order
// counts is never guessed. What is not read, or says the same, does not matter.
func TestRepeatedInOrders(t *testing.T) {
	add := func(what string) string { return strings.Replace(small, `{"id":7,`, `{"id":7,`+what+`,`, 1) }
	for _, good := range []string{
		small, add(`"id":7`), add(`"total_price":"990.0"`), add(`"ID":8`), add(`"Manager_Comment":"x"`),
		add(`"Total_Price":1,"TOTAL_PRICE":2`),
		add(`"x":1,"x":2`), add(`"client":{ "phone":"1"},"client":{"phone": "1"}`),
		add(`"fields_values":[{"id":1,"id":2}]`), "\ufeff" + small,
	} {
		var o Order
		err := orderInto(&o)(newBody(strings.NewReader(good), maxOrder, nil))
		if err != nil || o.ID != 7 || o.ManagerComment != "m" || o.Total.Decimal.String() != "990" ||
			len(o.Lines) != 1 {
			t.Errorf("%s: %+v %v", good, o, err)
		}
	}
	for _, bad := range []string{
		add(`"id":8`), add(`"id":"7"`), add(`"updated_at":"2026-11-23T12:00:01+03:00"`), add(`"manager_comment":""`),
		add(`"manager_comment":null`),
		add(`"total_price":"450.0"`), add(`"total_price":990.0`), add(`"order_lines":[]`),
		add(`"fulfillment_status":"new","fulfillment_status":"declined"`),
		add(`"custom_status":{"permalink":"a","permalink":"b"}`),
		strings.Replace(small, `"quantity":1`, `"quantity":1,"quantity":2`, 1),
	} {
		if o, err := decodeOrder([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, o)
		}
		var page Page
		err := page.decode(strings.NewReader("["+small+","+bad+"]"), "manager")
		if err != nil || len(page.Orders) != 1 || len(page.Unreadable) != 1 || !page.Unreadable[0].Marked ||
			page.Len != 2 {
			t.Errorf("%s: %+v %v", bad, page, err)
		}
	}
}

// TestRepeatedElsewhere: the same of the other documents.
func TestRepeatedElsewhere(t *testing.T) {
	var m fields
	for text, good := range map[string]bool{`{"id":1}`: true, `{"id":1,"ID":2}`: true, `{"id":1,"x":1,"x":2}`: true,
		`{"id":1,"id":1}`: true, `{"id":1,"id":2}`: false,
		"\ufeff" + `{"id":1}`: true, `{"id":1`: false, `{"id":1}{}`: false, `[]`: false} {
		err := jsonInto(&m, "id")(newBody(strings.NewReader(text), maxSmall, nil))
		if id, _ := m.integer("id"); (err == nil) != good || good && id != 1 {
			t.Errorf("%s: %v", text, err)
		}
	}
	const product = `{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","title":"x","variants":[{"id":1,"price":"9"}]}`
	for old, as := range map[string]string{`"id":7`: `"id":7,"id":8`, `"price":"9"`: `"price":"9","price":"4"`,
		`"title":"x"`:  `"title":"x","title":"y"`,
		`"variants":[`: `"variants":[],"variants":[`, `"id":1,`: `"id":1,"id":2,`} {
		var page ProductPage
		text := "[" + strings.Replace(product, old, as, 1) + "," + strings.Replace(product, `"title":"x"`,
			`"title":"x","Title":"y","PRICE":1,"x":1,"x":2`, 1) + "]"
		var titles []string
		err := page.decode(strings.NewReader(text), ProductQuery{PerPage: 250, Price: "price"},
			func(p Product) { titles = append(titles, p.Title) })
		if err != nil || page.Unreadable != 1 || page.Len != 2 || !slices.Equal(titles, []string{"x"}) {
			t.Errorf("%s: %+v %q %v", as, page, titles, err)
		}
	}
}

// TestOrderTooLarge: an order that is larger than any can be is one that cannot
// be read, whether our marker stands in it is found out all the same, and the
// others of the page are read.
func TestOrderTooLarge(t *testing.T) {
	const marker = "[ineed:"
	pad := func(n int) string { return strings.Repeat(`x\"]},{[`, n/8) }
	huge := func(before, behind string) string {
		return `{"id":8,"a":"` + pad(before2(before)) + before + `","b":[{"c":"` + pad(maxOrder) + `\\"}],"d":"` +
			behind + `"}`
	}
	for _, test := range []struct {
		text   string
		id     int64
		marked bool
	}{
		{huge("", ""), 8, false},
		{huge(marker, ""), 8, true},
		{huge("", marker), 8, true},
		{`{"a":"` + pad(maxOrder) + marker + `","id":8}`, 0, true},
		{`{"a":"` + pad(maxOrder) + `","id":8}`, 0, false},
		{`"` + pad(maxOrder+8) + `"`, 0, false},
		{`{"id":8,"a":"` + strings.Repeat(`\\`, maxOrder) + `"}`, 8, false},
	} {
		for _, sizes := range [][]int{{1 << 20}, {7}, {4096, 1, 33}} {
			if sizes[0] == 7 && testing.Short() {
				continue
			}
			var page Page
			err := page.decode(&pieces{"[" + small + "," + test.text + " , " + small + "]", sizes}, marker)
			if err != nil || len(page.Orders) != 2 || page.Len != 3 || len(page.Unreadable) != 1 {
				t.Fatalf("%.40s: %d orders, %v", test.text, len(page.Orders), err)
			}
			if u := page.Unreadable[0]; u.ID != test.id || u.Marked != test.marked || u.Reason == "" {
				t.Errorf("%.40s: %+v", test.text, u)
			}
		}
	}
}

// before2 puts what stands before a text at a place that is no multiple of what
// is read at once.
func before2(text string) int { return 8 * (1000 + len(text)) }

// TestBodyBounds: exactly the most is read, a byte more is an error, and a torn
// body stays one.
func TestBodyBounds(t *testing.T) {
	for n, want := range map[int]error{0: nil, 1: nil, 2: nil, 3: nil, 99: nil, 100: nil, 101: ErrTooLarge,
		1000: ErrTooLarge} {
		text, err := io.ReadAll(newBody(strings.NewReader(strings.Repeat("x", n)), 100, nil))
		if !errors.Is(err, want) || want == nil && len(text) != n {
			t.Errorf("%d: %d %v", n, len(text), err)
		}
	}
	for text, want := range map[string]string{"\ufeff{}": "{}", "\ufeff\ufeff{}": "\ufeff{}", "\xef\xbb": "\xef\xbb",
		"": ""} {
		got, err := io.ReadAll(newBody(strings.NewReader(text), 100, nil))
		if err != nil || string(got) != want {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}

// TestHeaders: headers are bounded, too, if the transport is our own.
func TestHeaders(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 100 {
			w.Header().Add("X-Long", strings.Repeat("x", 1000+i))
		}
		_, _ = io.WriteString(w, `{"id":1}`)
	}))
	defer server.Close()
	c := New(Config{URL: server.URL})
	defer c.cfg.Transport.(*http.Transport).CloseIdleConnections()
	if _, err := c.Account(t.Context(), permit(t, c)); err == nil {
		t.Error("100 KB of headers were read")
	}
}

// trickle gives a large answer, and then a byte a second for ever.
type trickle struct {
	ctx  context.Context
	left int
}

func (r *trickle) Read(p []byte) (int, error) {
	n := min(len(p), r.left)
	if n == 0 {
		select {
		case <-time.After(time.Second):
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
		n = 1
	}
	r.left -= min(n, r.left)
	for i := range p[:n] {
		p[i] = ' '
	}
	return n, nil
}

func (r *trickle) Close() error { return nil }

// TestRoom: a large answer waits for a place, a small one does not, and one that
// trickles loses its place after a while.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := NewRoom(1)
		client := func(size int, rest string) *Client {
			return client(t, Config{URL: "http://shop.test", Room: room,
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					var body io.ReadCloser = &trickle{r.Context(), size}
					if rest != "" {
						body = io.NopCloser(strings.NewReader(strings.Repeat(" ", size) + rest))
					}
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
				})})
		}
		slow, large, little := client(freeBytes*2, ""), client(freeBytes*2, "[]"), client(10, "[]")
		start := time.Now()
		ended := make(chan error)
		go func() { _, err := slow.Orders(t.Context(), permit(t, slow), start, 0, PageSize); ended <- err }()
		synctest.Wait()
		if _, err := little.Orders(t.Context(), permit(t, little), start, 0, PageSize); err != nil ||
			time.Since(start) > 0 {
			t.Errorf("the small one: %v after %v", err, time.Since(start))
		}
		through := make(chan struct{}) // of its own: both may end in the same moment
		go func() {
			if _, err := large.Orders(t.Context(), permit(t, large), start, 0, PageSize); err != nil ||
				time.Since(start) != placeTime {
				t.Errorf("the large one: %v after %v", err, time.Since(start))
			}
			close(through)
		}()
		if err := <-ended; !errors.Is(err, ErrTooLarge) || errors.Is(err, context.Canceled) {
			t.Errorf("the slow one: %v", err)
		}
		<-through

		// A place that is held stays taken until it is released.
		held, release := room.Hold(t.Context())
		if _, err := large.Orders(held, permit(t, large), start, 0, PageSize); err != nil {
			t.Error(err)
		}
		start = time.Now()
		go func() { time.Sleep(5 * time.Second); release() }()
		if _, err := large.Orders(t.Context(), permit(t, large), start, 0, PageSize); err != nil ||
			time.Since(start) != 5*time.Second {
			t.Errorf("behind it: %v after %v", err, time.Since(start))
		}
		if len(room.places) != 0 {
			t.Errorf("%d places are taken", len(room.places))
		}
	})
}
