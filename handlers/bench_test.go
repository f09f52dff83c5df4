package handlers

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// BenchmarkWebhook is the intake as INEED.CHAT sees it: signed orders of 3 KB
// over TCP, each answered after its durable commit, by the number of
// connections; as it is (group), and with a commit for each order (single).
func BenchmarkWebhook(b *testing.B) {
	for _, connections := range []int{1, 16, 64, 256} {
		for name, batch := range map[string]int{"group": 0, "single": 1} {
			b.Run(fmt.Sprintf("%s/connections=%d", name, connections), func(b *testing.B) {
				w := newWorld(b, func(c *storage.Config) { c.MaxBatch = batch })
				w.server.quotas = newQuotas(rate.Inf)
				secret := w.company("signature")
				server := httptest.NewServer(w.server.Public())
				defer server.Close()
				runSenders(b, server.Listener.Addr().String(), secret, connections)
			})
		}
	}
}

// runSenders sends b.N orders over so many connections.
func runSenders(b *testing.B, addr, secret string, connections int) {
	example := exampleOrder(b)
	var n atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				body := bytes.Replace(example, []byte(exampleID), []byte("bench-"+strconv.FormatInt(i, 10)), 1)
				if err := post(conn, answers, secret, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
}

// exampleID is the order id in the contract's example.
const exampleID = "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001"

// exampleOrder is the contract's own example of an order, with a comment that
// makes it as large as real ones.
func exampleOrder(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../testdata/ineedchat/order_created.json")
	if err != nil {
		t.Fatal(err)
	}
	pad := fmt.Sprintf(`"comment": "%s`, strings.Repeat("x", 3<<10-len(body)))
	return bytes.Replace(body, []byte(`"comment": "`), []byte(pad), 1)
}

// post sends one order over a connection and reads its answer. It is not
// http.Client, which would cost as much as the server that is measured.
func post(conn net.Conn, answers *bufio.Reader, secret string, body []byte) error {
	signed, err := ineedchat.Sign(secret, "msg_1", time.Now(), body)
	if err != nil {
		return err
	}
	var request bytes.Buffer
	fmt.Fprintf(&request,
		"POST /webhooks/ineedchat/2 HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"+
			"Content-Length: %d\r\n", len(body))
	for name, values := range signed {
		fmt.Fprintf(&request, "%s: %s\r\n", name, values[0])
	}
	request.WriteString("\r\n")
	request.Write(body)
	if _, err := conn.Write(request.Bytes()); err != nil {
		return err
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s %s", res.Status, text)
	}
	return err
}

// BenchmarkStranger is what a webhook costs that is not believed, of a company
// that exists and has many settings, and of one that does not: a stranger must not
// be able to tell them apart. Both are measured in turn, so that what else the
// machine does befalls both; the ratio of the medians is reported.
func BenchmarkStranger(b *testing.B) {
	w := newWorld(b)
	w.company("signature")
	c, err := w.bridge.Company(b.Context(), "2")
	if err != nil {
		b.Fatal(err)
	}
	c.Orders.Statuses = map[string]string{}
	for i := range 200 {
		c.Orders.Statuses["own-status-"+strconv.Itoa(i)] = "accepted"
	}
	if _, err := w.bridge.SaveCompany(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	body := string(exampleOrder(b))
	for name, header := range map[string]string{"unsigned": "X: 1", "forged": "Webhook-Signature: v1," +
		strings.Repeat("A", 43) + "="} {
		b.Run(name, func(b *testing.B) {
			took := map[string][]time.Duration{}
			for b.Loop() {
				for _, company := range []string{"2", "9"} {
					r := httptest.NewRequestWithContext(b.Context(), "POST", "/webhooks/ineedchat/"+company,
						strings.NewReader(body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set(ineedchat.HeaderID, "m")
					r.Header.Set(ineedchat.HeaderTimestamp, strconv.FormatInt(time.Now().Unix(), 10))
					key, value, _ := strings.Cut(header, ": ")
					r.Header.Set(key, value)
					res := httptest.NewRecorder()
					start := time.Now()
					w.server.Public().ServeHTTP(res, r)
					took[company] = append(took[company], time.Since(start))
					if res.Code != http.StatusUnauthorized {
						b.Fatalf("%s: %d", company, res.Code)
					}
				}
			}
			known, unknown := median(took["2"]), median(took["9"])
			b.ReportMetric(float64(known.Nanoseconds())/1000, "known-µs")
			b.ReportMetric(float64(unknown.Nanoseconds())/1000, "unknown-µs")
			b.ReportMetric(float64(known)/float64(unknown), "known/unknown")
		})
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
