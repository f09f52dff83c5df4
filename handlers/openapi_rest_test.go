package handlers

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/storage"
)

// TestAnswersThatOnlyCommandsRead asks for what the command line asks for and no other test of this
// package does, so that these answers, too, are held against openapi.yaml.
func TestAnswersThatOnlyCommandsRead(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	for _, id := range []string{"1", "2"} {
		if res := w.send(secret, fresh(id)); res.Code != http.StatusAccepted {
			t.Fatalf("%d %s", res.Code, res.Body)
		}
	}
	w.asks("GET", "/companies/2/orders/1/preview", "", 200)
	w.asks("POST", "/companies/2/orders/preview", fresh("3"), 200)
	w.asks("POST", "/companies/2/orders/reread", `{"since":"`+time.Now().Add(-time.Hour).Format(time.RFC3339)+`"}`, 202)
	w.asks("POST", "/companies/2/orders/retry", `{"problem":"payment_unmapped"}`, 200)
	w.asks("POST", "/companies/2/secrets", `{"of":"insales"}`, 204)
	w.asks("POST", "/companies/2/orders/1/cancel", "", 200)
	w.asks("POST", "/companies/2/orders/1/erase", "", 200)
	local := httptest.NewServer(w.server.Local())
	t.Cleanup(local.Close)
	w.asksOver(local, "POST", "/api/v1/backup")
}

// asksOver asks over a connection, for what must be able to set deadlines.
func (w *world) asksOver(server *httptest.Server, method, path string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := server.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	out := httptest.NewRecorder()
	for name, values := range res.Header {
		out.Header()[name] = values
	}
	out.WriteHeader(res.StatusCode)
	if _, err := io.Copy(out, res.Body); err != nil || out.Code != 200 || out.Body.Len() == 0 {
		w.t.Errorf("%s %s: %d, %d bytes, %v", method, path, out.Code, out.Body.Len(), err)
	}
	holdToDescription(w.t, req, "", out)
}

// asks asks the API, and fails the test for another answer than the wanted one.
func (w *world) asks(method, path, body string, want int) {
	w.t.Helper()
	if code, answer := w.api(method, path, body); code != want {
		w.t.Errorf("%s %s: %d %v", method, path, code, answer)
	}
}

// TestAnswersOfAShop does what a person can do only while a shop and a chat answer.
func TestAnswersOfAShop(t *testing.T) {
	w, shop, secret := withShop(t)
	chat := httptest.NewServer(http.NotFoundHandler()) // knows no order, so that a person has to say it again
	t.Cleanup(chat.Close)
	_, c := w.api("GET", "/companies/2", "")
	c["chat"].(map[string]any)["url"], c["chat"].(map[string]any)["token"] = chat.URL, strings.Repeat("t", 32)
	changed, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	w.asks("PUT", "/companies/2", string(changed), 200)
	w.works()
	until := func(id, path string, want any) {
		t.Helper()
		var o map[string]any
		for range 400 {
			if _, o = w.api("GET", "/companies/2/orders/"+id, ""); at(o, path) == want {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("%s of order %s is not %s: %v", path, id, want, o)
	}
	w.send(secret, fresh("1"))
	until("1", "events.3.kind", "reporterror")
	w.asks("POST", "/companies/2/orders/1/refresh", "", 200)
	w.asks("POST", "/companies/2/orders/1/report", "", 200)

	w.send(secret, strings.Replace(fresh("1"), "+79990000000", "+79990000002", 1))
	w.asks("POST", "/companies/2/orders/1/accept", `{}`, 200)

	w.send(secret, strings.Replace(fresh("2"), `"cash"`, `"sbp"`, 1))
	until("2", "state", "attention")
	byHand, err := shop.PlaceOrder(insalestest.Placement{Phone: "+79990000001",
		Lines: []insalestest.PlacedLine{{VariantID: 500000001, Quantity: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.asks("POST", "/companies/2/orders/2/link", fmt.Sprintf(`{"insales_id":%d}`, byHand.ID), 200)
	until("2", "state", "sent")

	w.asks("GET", "/companies/2/probe", "", 404)
	w.asks("POST", "/companies/2/probe", `{"write":false}`, 202)
	w.asks("GET", "/companies/2/probe", "", 200)
}

// TestAnswersOfDecisions says what only a person can know: that it is another account, and that
// many orders are gone.
func TestAnswersOfDecisions(t *testing.T) {
	w, shop, secret := withShop(t)
	one, err := w.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 21 {
		id := fmt.Sprint("g", i)
		w.send(secret, fresh(id))
		w.change(storage.OrderKey{Company: "2", ID: id}, func(o *storage.Order) {
			o.State, o.InSalesID, o.AccountID = storage.StateSent, int64(i+1), one.AccountID
			o.GoneAt, o.Status = time.Now().Add(-time.Hour), &storage.Status{Status: "new", PaymentStatus: "pending"}
		})
	}
	w.asks("POST", "/companies/2/orders/gone/confirm", "", 200)
	shop.SetAccountID(100777)
	w.asks("POST", "/companies/2/account/confirm", "", 200)
}
