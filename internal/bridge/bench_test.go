package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ineed-insales/handlers"
	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat/ineedchattest"
	"ineed-insales/storage"
	"ineed-insales/storage/storagetest"
)

// shopLatency is how long the benchmark's shop takes for a create.
const shopLatency = 20 * time.Millisecond

// BenchmarkAcceptedToCreated is an idle connector over loopback TCP, in real
// time and with a real disk: one signed order at a time, from its 202 to the
// order in the shop, less what the shop itself takes (overhead-ms/op), and to
// the chat's acknowledgement of its status, with it (ack-ms/op).
func BenchmarkAcceptedToCreated(b *testing.B) {
	created, told := make(chan moment, 16), make(chan moment, 16)
	shop := insalestest.New(insalestest.Config{
		Limit: 1_000_000, // the real one would end the benchmark after a few hundred orders
		OnRequest: func(r *http.Request, p insalestest.Phase) error {
			if p == insalestest.After && r.Method == http.MethodPost {
				body, _ := io.ReadAll(r.Body) // from memory
				created <- moment{string(body), time.Now()}
			}
			return nil
		},
	})
	shop.Fault(insalestest.Rule{Op: insalestest.OpOrderCreate, Latency: shopLatency})
	chat := ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true,
		OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
			if p == ineedchattest.After {
				told <- moment{r.URL.Path, time.Now()}
			}
			return nil
		}})
	sender := serveBridge(b, shop, chat)

	// journey sends one order and gives how long after its 202 it was where.
	journey := func(id string) (inShop, acked time.Duration) {
		a, err := sender.Send(b.Context(), anOrder(id).Body())
		if err != nil || a.Status != http.StatusAccepted {
			b.Fatalf("order %s: %v %d %s", id, err, a.Status, a.Body)
		}
		accepted := time.Now()
		return await(b, created, "[ineed:"+id+":").Sub(accepted), await(b, told, "/"+id+"/").Sub(accepted)
	}
	journey("warm-up") // waits for the first pass over the feed and opens the connections
	var overhead, ack time.Duration
	n := 0
	for b.Loop() {
		n++
		inShop, acked := journey(fmt.Sprintf("B-%d", n))
		overhead += inShop - shopLatency
		ack += acked
	}
	b.ReportMetric(float64(overhead.Microseconds())/1000/float64(n), "overhead-ms/op")
	b.ReportMetric(float64(ack.Microseconds())/1000/float64(n), "ack-ms/op")
	if got := len(shop.Orders()); got != n+1 {
		b.Errorf("%d orders in the shop, want %d", got, n+1)
	}
	if v := chat.Violations(); len(v) > 0 {
		b.Errorf("the chat complains: %v", v)
	}
}

// BenchmarkHookToAcknowledged is the way back of an idle connector, likewise
// over loopback and with a real disk: from a change in the shop, whose webhook
// is posted at once, to the chat's acknowledgement of the status. Less the one
// read of the feed and the one report that this takes, it is what the connector
// adds (overhead-ms/op); with them it is total-ms/op.
func BenchmarkHookToAcknowledged(b *testing.B) {
	for _, latency := range []time.Duration{20 * time.Millisecond, 50 * time.Millisecond} {
		b.Run("peers take "+latency.String(), func(b *testing.B) { hookToAcknowledged(b, latency) })
	}
}

func hookToAcknowledged(b *testing.B, latency time.Duration) {
	var courier insalestest.Courier
	told := make(chan moment, 16)
	shop := insalestest.New(insalestest.Config{Limit: 1_000_000, Deliver: courier.Deliver})
	shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Latency: latency})
	chat := ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true,
		OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
			if p == ineedchattest.After {
				body, _ := io.ReadAll(r.Body) // from memory
				told <- moment{string(body), time.Now()}
			}
			return nil
		}})
	chat.Fault(ineedchattest.Rule{Latency: latency})
	var posting sync.WaitGroup
	ctx, stop := context.WithCancel(b.Context())
	posting.Go(func() { courier.Run(ctx) })
	b.Cleanup(func() { stop(); posting.Wait() })
	sender := serveBridge(b, shop, chat)
	if a, err := sender.Send(b.Context(), anOrder("B-1").Body()); err != nil || a.Status != http.StatusAccepted {
		b.Fatalf("%v %d %s", err, a.Status, a.Body)
	}
	await(b, told, `"status":"new"`)
	for len(shop.Hooks()) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	id := shop.Orders()[0].ID

	var total time.Duration
	statuses := [...][2]string{{"otgruzhen", "delivering"}, {"soglasovan", "assembling"}}
	n := 0
	for b.Loop() {
		b.StopTimer()
		time.Sleep(readPace) // so that the reader may read at once, as it may in an idle connector
		b.StartTimer()
		status := statuses[n%len(statuses)]
		n++
		changed := time.Now()
		if err := shop.SetStatus(id, status[0]); err != nil {
			b.Fatal(err)
		}
		total += await(b, told, `"status":"`+status[1]+`"`).Sub(changed)
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(n), "total-ms/op")
	needed := time.Duration(2*n) * latency
	b.ReportMetric(float64((total-needed).Microseconds())/1000/float64(n), "overhead-ms/op")
	b.ReportMetric(float64(total)/float64(needed), "total/needed")
	if v := chat.Violations(); len(v) > 0 {
		b.Errorf("the chat complains: %v", v)
	}
}

// readPace is how often the reader may read in the long run.
const readPace = 2 * time.Second

// A moment is when something was done, and what.
type moment struct {
	what string
	at   time.Time
}

// await gives the time of the first thing done that names the order. Others,
// such as a report that was repeated, are passed over.
func await(b *testing.B, ch <-chan moment, name string) time.Time {
	b.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case m := <-ch:
			if strings.Contains(m.what, name) {
				return m.at
			}
		case <-late:
			b.Fatalf("after 20 s still nothing about %s", name)
		}
	}
}

// serveBridge runs a connector between both sandboxes until the benchmark ends
// and gives the chat's way to send it orders.
func serveBridge(b *testing.B, shop, chat http.Handler) ineedchattest.Sender {
	b.Helper()
	store, err := storage.Open(b.Context(), storage.Config{Path: filepath.Join(b.TempDir(), "connector.db"),
		SecretKey: storagetest.Key})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	connector := httptest.NewUnstartedServer(nil) // its address is known before the bridge that it serves
	b.Cleanup(connector.Close)
	br, err := bridge.New(b.Context(), bridge.Config{Store: store,
		PublicURL:            "http://" + connector.Listener.Addr().String(),
		AllowPrivateNetworks: true, Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- br.Run(ctx) }()
	b.Cleanup(func() { stop(); <-done })
	listen := func(h http.Handler) string {
		s := httptest.NewServer(h)
		b.Cleanup(s.Close)
		return s.URL
	}
	c := settings()
	c.Shop.URL, c.Chat.URL = listen(shop), listen(chat)
	if _, err := br.SaveCompany(b.Context(), c); err != nil {
		var bad *problem.Invalid
		errors.As(err, &bad)
		b.Fatalf("save company: %v %+v", err, bad)
	}
	connector.Config.Handler = handlers.New(handlers.Config{Bridge: br}).Public()
	connector.Start()
	return ineedchattest.Sender{URL: connector.URL, Company: company, Secret: chatSecret}
}
