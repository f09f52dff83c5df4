package handlers

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"ineed-insales/ineedchat"
)

// BenchmarkWebhook is the intake as INEED.CHAT sees it: signed orders over TCP,
// each answered after its durable commit, by the number of connections.
func BenchmarkWebhook(b *testing.B) {
	for _, connections := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			w := newWorld(b)
			w.server.rates = newRates(rate.Inf)
			secret := w.company("signature")
			server := httptest.NewServer(w.server.Public())
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
			defer client.CloseIdleConnections()
			example := exampleOrder(b)
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range connections {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						body := bytes.Replace(example, []byte(exampleID), []byte("bench-"+strconv.FormatInt(i, 10)), 1)
						if err := post(client, server.URL, secret, body); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}

// exampleID is the order id in the contract's example.
const exampleID = "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001"

// exampleOrder is the contract's own example of an order.
func exampleOrder(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../testdata/ineedchat/order_created.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func post(client *http.Client, url, secret string, body []byte) error {
	r, err := http.NewRequest("POST", url+"/webhooks/ineedchat/2", bytes.NewReader(body))
	if err != nil {
		return err
	}
	if r.Header, err = ineedchat.Sign(secret, "msg_1", time.Now(), body); err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("%s %s", res.Status, text)
	}
	return nil
}
