package insalestest_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// A receiver is an http.Server for webhooks on in-memory connections.
type receiver struct {
	mu     sync.Mutex
	list   []arrival
	status int
	pause  time.Duration
}

type arrival struct {
	at          time.Time
	contentType string
	body        string
	err         error
	header      http.Header
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	r.list = append(r.list,
		arrival{time.Now(), req.Method + " " + req.Header.Get("Content-Type"), string(body), err, req.Header})
	status, pause := r.status, r.pause
	r.mu.Unlock()
	time.Sleep(pause)
	if status != 0 {
		w.WriteHeader(status)
	}
}

func (r *receiver) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// statuses names the orders' statuses in the order of their arrival.
func (r *receiver) statuses(t *testing.T) string {
	t.Helper()
	text := ""
	for _, a := range r.arrivals() {
		text += strings.Trim(string(part(t, []byte(a.body), "fulfillment_status")), `"`) + " "
	}
	return strings.TrimSpace(text)
}

// deliver serves a receiver and runs a courier for it in a bubble, with a shop
// that has one order and a webhook for updates.
func deliver(t *testing.T, f func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: r}
		transport := &http.Transport{DialContext: l.dial}
		c := &insalestest.Courier{Client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
		shop := insalestest.New(insalestest.Config{Deliver: c.Deliver})
		visit(t, shop).register(t, "orders/update", "")
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _ = server.Serve(l) })
		group.Go(func() { c.Run(ctx) })
		t.Cleanup(func() {
			cancel()
			transport.CloseIdleConnections()
			_ = server.Close()
			group.Wait()
		})
		place(t, shop, 1)
		synctest.Wait()
		f(t, shop, c, r)
	})
}

// walk moves the order on, without waiting between the steps.
func walk(t *testing.T, shop *insalestest.Shop, permalinks ...string) {
	t.Helper()
	for _, p := range permalinks {
		if err := shop.SetStatus(insalestest.DefaultFirstOrderID, p); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
}

func TestCourier(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		walk(t, shop, "v-obrabotke", "soglasovan")
		equal(t, "in order", r.statuses(t), "new accepted approved")
		a := r.arrivals()[0]
		equal(t, "request", a.contentType, "POST application/json")
		for name := range a.header {
			if !slices.Contains([]string{"Content-Type", "Content-Length", "Accept-Encoding", "User-Agent"}, name) {
				t.Errorf("header %s", name)
			}
		}
		p := c.Posts()
		equal(t, "posts", fmt.Sprint(len(p), p[2].Status, p[2].Err, p[2].Hook.Topic, c.Waiting()),
			"3 200 <nil>orders/update0")
		equal(t, "body", p[2].Body, r.arrivals()[2].body)
	})
}

func TestCourierTricks(t *testing.T) {
	cases := []struct {
		trick        insalestest.Trick
		now, minutes string // arrivals after three changes, at once and later
	}{
		{insalestest.Lose, "new approved dispatched", ""},
		{insalestest.Twice, "new accepted approved dispatched", "accepted"},
		{insalestest.Late, "new approved dispatched", "accepted"},
		{insalestest.Overtake, "new approved accepted dispatched", ""},
	}
	for _, tc := range cases {
		t.Run(string(tc.trick), func(t *testing.T) {
			deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
				c.Fault(insalestest.Mishap{Topic: "orders/update", Times: 1, Trick: tc.trick, Delay: 3 * time.Minute})
				c.Fault(insalestest.Mishap{Topic: "orders/create", Trick: insalestest.Lose}) // not this one
				walk(t, shop, "v-obrabotke", "soglasovan", "otgruzhen")
				equal(t, "at once", r.statuses(t), tc.now)
				equal(t, "waiting", c.Waiting(), len(strings.Fields(tc.minutes)))
				time.Sleep(3*time.Minute - time.Second)
				synctest.Wait()
				equal(t, "not yet", r.statuses(t), tc.now)
				time.Sleep(time.Second)
				synctest.Wait()
				equal(t, "later", r.statuses(t), strings.TrimSpace(tc.now+" "+tc.minutes))
			})
		})
	}
}

// TestCourierOvertakeAlone: if nothing comes after it, it goes by itself.
func TestCourierOvertakeAlone(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		c.Fault(insalestest.Mishap{Trick: insalestest.Overtake})
		walk(t, shop, "v-obrabotke")
		equal(t, "at once", r.statuses(t), "new")
		time.Sleep(time.Minute)
		synctest.Wait()
		equal(t, "later", r.statuses(t), "new accepted")
	})
}

func TestCourierSpoilsBodies(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		c.Fault(insalestest.Mishap{Times: 1, Trick: insalestest.TornBody})
		c.Fault(insalestest.Mishap{After: 1, Times: 1, Trick: insalestest.HalfBody})
		c.Fault(insalestest.Mishap{After: 2, Times: 1, Trick: insalestest.AsXML})
		for _, p := range []string{"v-obrabotke", "soglasovan", "otgruzhen", "dostavlen"} {
			walk(t, shop, p) // one by one: a connection that was cut is noticed beside the next
		}
		list, posts := r.arrivals()[1:], c.Posts()[1:]
		equal(t, "arrivals", len(list), 4)
		if list[0].err == nil || posts[0].Err == nil || posts[0].Status != 0 {
			t.Errorf("torn: %v, %v, %d", list[0].err, posts[0].Err, posts[0].Status)
		}
		if list[1].err != nil || json.Valid([]byte(list[1].body)) || !strings.HasPrefix(posts[1].Body, list[1].body) {
			t.Errorf("half: %v %d bytes", list[1].err, len(list[1].body))
		}
		equal(t, "XML", list[2].contentType, "POST application/xml")
		var o struct {
			XMLName xml.Name
			ID      int64  `xml:"id"`
			Status  string `xml:"fulfillment-status"`
		}
		if err := xml.Unmarshal([]byte(list[2].body), &o); err != nil {
			t.Fatal(err)
		}
		equal(t, "order", fmt.Sprint(o.XMLName.Local, o.ID, o.Status), "order70000001dispatched")
		equal(t, "whole again", list[3].contentType, "POST application/json")
	})
}

func TestCourierTricksCombine(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		for _, trick := range []insalestest.Trick{insalestest.Late, insalestest.Twice, insalestest.AsXML} {
			c.Fault(insalestest.Mishap{Trick: trick, Delay: time.Duration(len(trick)) * time.Minute})
		}
		start := time.Now()
		walk(t, shop, "v-obrabotke")
		c.ClearFaults()
		walk(t, shop, "soglasovan")
		time.Sleep(time.Hour)
		synctest.Wait()
		got := ""
		for _, a := range r.arrivals()[1:] {
			got += fmt.Sprint(a.at.Sub(start), " ", a.contentType, "; ")
		}
		equal(t, "arrivals", got, "0s POST application/json; 4m0s POST application/xml; 5m0s POST application/xml; ")
	})
}

// TestCourierDoesNotTryAgain: that InSales does is not documented.
func TestCourierDoesNotTryAgain(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		r.mu.Lock()
		r.status, r.pause = 503, 0
		r.mu.Unlock()
		walk(t, shop, "v-obrabotke")
		r.mu.Lock()
		r.status, r.pause = 200, time.Minute // longer than the client's patience
		r.mu.Unlock()
		walk(t, shop, "soglasovan")
		time.Sleep(time.Hour)
		synctest.Wait()
		equal(t, "arrivals", len(r.arrivals()), 3)
		p := c.Posts()
		equal(t, "statuses", fmt.Sprint(p[0].Status, p[1].Status, p[2].Status, p[2].Err != nil), "200 503 0 true")
	})
}

// TestCourierStops, and goes on where it was.
func TestCourierStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &insalestest.Courier{Client: &http.Client{Transport: refusing{}}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.Run(ctx) }()
		synctest.Wait()
		cancel()
		<-done
		c.Deliver(insalestest.Hook{Address: "http://receiver/"}, []byte("{}"))
		c.Deliver(insalestest.Hook{Address: "no address\x00"}, []byte("{}"))
		equal(t, "waiting", c.Waiting(), 2)
		c.Send(t.Context())
		equal(t, "waiting", c.Waiting(), 0)
		for _, p := range c.Posts() {
			if p.Err == nil {
				t.Errorf("%+v", p)
			}
		}
	})
}

// refusing is a network without anybody in it.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, net.ErrClosed }
