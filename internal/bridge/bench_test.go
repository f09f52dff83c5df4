package bridge_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
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
	created, reports := make(chan moment, 16), make(chan moment, 16)
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
				reports <- moment{r.URL.Path, time.Now()}
			}
			return nil
		}})
	sender := serveBridge(b, filepath.Join(b.TempDir(), "connector.db"), shop, chat)

	// journey sends one order and gives how long after its 202 it was where.
	journey := func(id string) (inShop, acked time.Duration) {
		a, err := sender.Send(b.Context(), anOrder(id).Body())
		if err != nil || a.Status != http.StatusAccepted {
			b.Fatalf("order %s: %v %d %s", id, err, a.Status, a.Body)
		}
		accepted := time.Now()
		return await(b, created, "[ineed:"+id+":").Sub(accepted), await(b, reports, "/"+id+"/").Sub(accepted)
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
	reports := make(chan moment, 16)
	shop := insalestest.New(insalestest.Config{Limit: 1_000_000, Deliver: deliver(b)})
	shop.Fault(insalestest.Rule{Op: insalestest.OpOrders, Latency: latency})
	chat := ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true,
		OnRequest: func(r *http.Request, p ineedchattest.Phase) error {
			if p == ineedchattest.After {
				body, _ := io.ReadAll(r.Body) // from memory
				reports <- moment{string(body), time.Now()}
			}
			return nil
		}})
	chat.Fault(ineedchattest.Rule{Latency: latency})
	sender := serveBridge(b, filepath.Join(b.TempDir(), "connector.db"), shop, chat)
	if a, err := sender.Send(b.Context(), anOrder("B-1").Body()); err != nil || a.Status != http.StatusAccepted {
		b.Fatalf("%v %d %s", err, a.Status, a.Body)
	}
	await(b, reports, `"status":"new"`)
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
		total += await(b, reports, `"status":"`+status[1]+`"`).Sub(changed)
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(n), "total-ms/op")
	needed := time.Duration(2*n) * latency
	b.ReportMetric(float64((total-needed).Microseconds())/1000/float64(n), "overhead-ms/op")
	b.ReportMetric(float64(total)/float64(needed), "total/needed")
	if v := chat.Violations(); len(v) > 0 {
		b.Errorf("the chat complains: %v", v)
	}
}

// BenchmarkOrderInFile is what an order takes up in the database with its history, from the
// webhook to the end of its way: it is created, sent out and delivered, and the chat knows.
func BenchmarkOrderInFile(b *testing.B) {
	shop := insalestest.New(insalestest.Config{Limit: 1_000_000, Deliver: deliver(b)})
	chat := ineedchattest.New(ineedchattest.Config{Token: chatToken, Secret: chatSecret, AcceptUnknown: true})
	file := filepath.Join(b.TempDir(), "connector.db")
	sender := serveBridge(b, file, shop, chat)
	sent := 0
	bring := func(n int) {
		b.Helper()
		first := sent
		for range n {
			sent++
			if a, err := sender.Send(b.Context(), fullOrder(b, sent)); err != nil || a.Status != http.StatusAccepted {
				b.Fatalf("order %d: %v %d %s", sent, err, a.Status, a.Body)
			}
		}
		told(b, chat, first, sent, "new")
		for _, step := range [...][2]string{{"otgruzhen", "delivering"}, {"dostavlen", "completed"}} {
			for _, o := range shop.Orders()[first:] {
				if err := shop.SetStatus(o.ID, step[0]); err != nil {
					b.Fatal(err)
				}
			}
			told(b, chat, first, sent, step[1])
		}
	}
	for b.Loop() {
		bring(100) // what a table and a company have once is there then
		before := sizeInUse(b, file)
		bring(300)
		b.ReportMetric(float64(sizeInUse(b, file)-before)/300, "B/order")
	}
}

// fullOrder is the contract's example with an id and a phone of its own, and with a comment
// that makes it as large as real ones, 3 KB.
func fullOrder(b *testing.B, n int) []byte {
	b.Helper()
	text, err := os.ReadFile("../../testdata/ineedchat/order_created.json")
	if err != nil {
		b.Fatal(err)
	}
	const comment = "Позвоните за час"
	now := time.Now()
	return []byte(strings.NewReplacer("7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001", fullOrderID(n),
		"2026-11-23T14:59:58", now.Format(time.DateOnly)+"T00:00:00", // what is long past goes to a person
		"2026-11-23T", now.AddDate(0, 0, 1).Format(time.DateOnly)+"T",
		"9990000000", fmt.Sprintf("9%09d", n),
		comment, comment+strings.Repeat(", подъезд со двора", 30)).Replace(string(text)))
}

func fullOrderID(n int) string {
	return fmt.Sprintf("%08x-1f7e-4a57-9b2b-%012x", uint32(n)*0x9e3779b9, n)
}

// told waits until the chat knows such a status of the orders after the first to the last.
func told(b *testing.B, chat *ineedchattest.Chat, first, last int, status string) {
	b.Helper()
	for late := time.Now().Add(time.Minute); first < last; {
		if r, _ := chat.Status(company, fullOrderID(first+1)); r.Status == status {
			first++
			continue
		}
		if time.Now().After(late) {
			b.Fatalf("after a minute the chat does not know that order %d is %s", first+1, status)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// sizeInUse is how many bytes of a database hold something.
func sizeInUse(b *testing.B, file string) (bytes int64) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`SELECT (page_count - freelist_count) * page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&bytes)
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}

// deliver posts a shop's webhooks until the benchmark ends.
func deliver(b *testing.B) func(insalestest.Hook, []byte) {
	var courier insalestest.Courier
	var posting sync.WaitGroup
	ctx, stop := context.WithCancel(b.Context())
	posting.Go(func() { courier.Run(ctx) })
	b.Cleanup(func() { stop(); posting.Wait() })
	return courier.Deliver
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
func serveBridge(b *testing.B, file string, shop, chat http.Handler) ineedchattest.Sender {
	b.Helper()
	store, err := storage.Open(b.Context(), storage.Config{Path: file, SecretKey: storagetest.Key})
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
