package ineedchattest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"ineed-insales/internal/ineedchat/ineedchattest"
)

// answers is a connector that answers from a list, and a transport to it that
// needs no connection, so that virtual time works.
type answers struct {
	list    []int
	headers []http.Header
	paths   []string
	bodies  []string
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a.headers, a.paths, a.bodies = append(a.headers, r.Header), append(a.paths, r.URL.Path), append(a.bodies,
		string(body))
	status := a.list[min(len(a.headers), len(a.list))-1]
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	if status == 429 {
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":%d}`, status)
	return w.Result(), nil
}

func TestSendSigns(t *testing.T) {
	connector := &answers{list: []int{202}}
	s := ineedchattest.Sender{
		URL: "http://connector/", Company: "2", Secret: ineedchattest.DefaultSecret,
		Client: &http.Client{Transport: connector},
	}
	body := ineedchattest.OrderSpec{Company: "2", ID: "A-1"}.Body()
	a, err := s.SendWithID(t.Context(), "msg_1", body)
	if err != nil || !a.OK() || string(a.Body) != `{"status":202}` {
		t.Fatalf("%v %d %s", err, a.Status, a.Body)
	}
	w, err := webhook.NewWebhook(ineedchattest.DefaultSecret)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Verify([]byte(connector.bodies[0]), connector.headers[0]); err != nil {
		t.Error(err)
	}
	if connector.headers[0].Get("webhook-id") != "msg_1" || connector.paths[0] != "/webhooks/ineedchat/2" {
		t.Errorf("%v %v", connector.headers[0], connector.paths)
	}
}

func TestSendTokens(t *testing.T) {
	connector := &answers{list: []int{202}}
	s := ineedchattest.Sender{
		URL: "http://connector", Company: "2", Token: "T", PathToken: "P", NoHeader: true,
		Client: &http.Client{Transport: connector},
	}
	if _, err := s.Send(t.Context(), ineedchattest.PingBody("2")); err != nil {
		t.Fatal(err)
	}
	h := connector.headers[0]
	if h.Get("Authorization") != "Bearer T" || h.Get("webhook-id") != "" ||
		connector.paths[0] != "/webhooks/ineedchat/2/P" {
		t.Errorf("%v %v", h, connector.paths)
	}
}

func TestDeliverRetriesUnderOneID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connector := &answers{list: []int{0, 503, 429, 202}}
		s := ineedchattest.Sender{
			URL: "http://connector", Company: "2", Secret: ineedchattest.DefaultSecret,
			Client: &http.Client{Transport: connector},
		}
		start := time.Now()
		a, err := s.Deliver(t.Context(), []byte(`{}`))
		if err != nil || a.Status != 202 {
			t.Fatalf("%v %d", err, a.Status)
		}
		if took := time.Since(start); took != 63*time.Second {
			t.Errorf("took %v", took)
		}
		var ids []string
		for _, h := range connector.headers {
			ids = append(ids, h.Get("webhook-id"))
		}
		if len(ids) != 4 || len(slices.Compact(ids)) != 1 {
			t.Errorf("ids %v", ids)
		}
	})
}

func TestDeliverGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ineedchattest.Sender{URL: "http://connector", Company: "2",
			Client: &http.Client{Transport: &answers{list: []int{503}}}}
		if a, err := s.Deliver(t.Context(), nil); err != nil || a.Status != 503 {
			t.Errorf("%v %d", err, a.Status)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := s.Deliver(ctx, nil); err == nil {
			t.Error("went on after its context")
		}
	})
}

// message is what the contract says of an order, as far as the builder fills it.
type message struct {
	Type, Version string
	CompanyID     string `json:"company_id"`
	Test          bool
	Data          struct {
		ID, Currency, Total string
		ItemsTotal          string    `json:"items_total"`
		CreatedAt           time.Time `json:"created_at"`
		Amount              string
		Items               []struct {
			SKU, Quantity, Price, Total string
		}
		Payment struct {
			TypeID string `json:"type_id"`
			Paid   bool
			Amount string
		}
	}
}

func parse(t *testing.T, body []byte) message {
	t.Helper()
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOrderBody(t *testing.T) {
	spec := ineedchattest.OrderSpec{
		Company: "2", ID: "A-1", Test: true, Paid: true, Discount: "100", DeliveryTotal: "300",
		Items: []ineedchattest.Item{
			{SKU: "TS-1-0", Quantity: "2"}, {VariantID: "500000005", Quantity: "0.35", Price: "2000.10"},
		},
		DesiredFrom: time.Now(), Address: map[string]string{"text": "Тюмень"},
	}
	m := parse(t, spec.Body())
	d := m.Data
	got := fmt.Sprint(m.Type, m.Version, m.CompanyID, m.Test, d.ItemsTotal, d.Total, d.Items[1].Total, d.Payment.TypeID,
		d.Payment.Amount)
	if want := fmt.Sprint("order.created", "1", "2", true, "2680.04", "2880.04", "700.04", "cash",
		"2880.04"); got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if d.Currency != "RUB" || d.CreatedAt.IsZero() || d.Items[0].SKU != "TS-1-0" {
		t.Errorf("%+v", d)
	}
	if paid := parse(t, spec.PaidBody(time.Now())); paid.Type != "order.paid" || paid.Data.Amount != "2880.04" {
		t.Errorf("%+v", paid)
	}
	if cancelled := parse(t, spec.CancelledBody(time.Now(), "передумал")); cancelled.Type != "order.cancelled" ||
		cancelled.Data.ID != "A-1" {
		t.Errorf("%+v", cancelled)
	}
}

// TestOrderBodyHasOnlyContractFields compares the names with the contract's own
// example.
func TestOrderBodyHasOnlyContractFields(t *testing.T) {
	sample, err := os.ReadFile("../../../testdata/ineedchat/order_created.json")
	if err != nil {
		t.Fatal(err)
	}
	spec := ineedchattest.OrderSpec{
		Company: "2", ID: "A-1", Number: "1", Email: "a@example.test", Channel: "telegram", Delivery: "delivery",
		DeliveryTotal: "300", Discount: "1", Comment: "c", URL: "https://x.test",
		Items: []ineedchattest.Item{{VariantID: "1", SKU: "S", Title: "T", Comment: "c"}},
	}
	var want, got map[string]any
	if json.Unmarshal(sample, &want) != nil || json.Unmarshal(spec.Body(), &got) != nil {
		t.Fatal("not JSON")
	}
	strangers(t, "", want, got)
}

func strangers(t *testing.T, at string, want, got map[string]any) {
	t.Helper()
	for name, value := range got {
		w, known := want[name]
		if !known {
			t.Errorf("%s.%s is not in the contract's example", at, name)
		}
		if inner, is := value.(map[string]any); is && known {
			strangers(t, at+"."+name, w.(map[string]any), inner)
		}
	}
}
