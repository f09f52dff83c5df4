package ineedchat_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

// exampleStatus is the contract's example.
func exampleStatus() ineedchat.Status {
	return ineedchat.Status{
		Version:       "1",
		OrderID:       "7f1c2a90-1f7e-4a57-9b2b-0c7a1d9e1001",
		Status:        ineedchat.StatusDelivering,
		StatusTitle:   "Передан курьеру",
		PaymentStatus: ineedchat.PaymentPending,
		ChangedAt:     time.Date(2026, 11, 23, 15, 20, 11, 0, time.FixedZone("", 3*60*60)),
		Revision:      1795435211000,
		Total:         "3180.00",
		InSales: &ineedchat.InSales{
			OrderID: "70000001", OrderNumber: "2001",
			CustomStatus: "dispatched", FulfillmentStatus: "dispatched", FinancialStatus: "pending",
		},
	}
}

// TestStatusJSON compares byte by byte: the example is also the order in which
// people read the fields.
func TestStatusJSON(t *testing.T) {
	var want bytes.Buffer
	if err := json.Compact(&want, golden(t, "order_status.json")); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(exampleStatus())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("got  %s\nwant %s", got, want.Bytes())
	}
}

func TestStatusDecodes(t *testing.T) {
	var got ineedchat.Status
	if err := json.Unmarshal(golden(t, "order_status.json"), &got); err != nil {
		t.Fatal(err)
	}
	want := exampleStatus()
	if !got.ChangedAt.Equal(want.ChangedAt) {
		t.Errorf("changed at %v, want %v", got.ChangedAt, want.ChangedAt)
	}
	got.ChangedAt = want.ChangedAt
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestStatusSmallest leaves out what is optional.
func TestStatusSmallest(t *testing.T) {
	got, err := json.Marshal(ineedchat.Status{
		Version: "1", OrderID: "1", Status: "new", PaymentStatus: "paid", Revision: 1,
		ChangedAt: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	})
	const want = `{"version":"1","order_id":"1","status":"new","payment_status":"paid",` +
		`"changed_at":"2026-11-23T12:00:00Z","revision":1,"comment":""}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestStatuses(t *testing.T) {
	final := map[string]bool{"completed": true, "cancelled": true, "returned": true}
	for _, s := range ineedchat.Statuses() {
		if !ineedchat.ValidStatus(s) {
			t.Errorf("%s is not valid", s)
		}
		if ineedchat.FinalStatus(s) != final[s] {
			t.Errorf("%s is final: %v", s, !final[s])
		}
	}
	if n := len(ineedchat.Statuses()); n != 7 {
		t.Errorf("%d statuses, the contract has 7", n)
	}
	for _, s := range []string{"", "New", "declined", "dispatched"} {
		if ineedchat.ValidStatus(s) || ineedchat.FinalStatus(s) {
			t.Errorf("%q is taken for a status", s)
		}
	}
}
