package translate

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A new order of the shop is new to the chat, an unknown status leaves what the
// chat believes, and the merchant's own map wins over both.
func TestStatusOf(t *testing.T) {
	own := map[string]string{"packed": "assembling", "novyy": "accepted", "lost": "cancelled"}
	for _, tt := range []struct {
		fulfillment, custom string
		archived            bool
		last                string // what the chat was told last; empty = nothing
		want                string
		notices             string
	}{
		{"new", "", false, "", "new", ""},
		{"accepted", "", false, "", "accepted", ""},
		{"approved", "", false, "new", "assembling", ""},
		{"dispatched", "", false, "new", "delivering", ""},
		{"delivered", "", false, "delivering", "completed", ""},
		{"declined", "", false, "new", "cancelled", ""},
		{"returned", "", false, "completed", "returned", ""},
		{"new", "", false, "completed", "new", ""}, // a manager may take a step back

		{"new", "novyy", false, "", "accepted", ""},
		{"dispatched", "packed", false, "", "assembling", ""},
		{"invented", "packed", false, "", "assembling", ""},
		{"", "lost", false, "new", "cancelled", ""},
		{"dispatched", "no-override", false, "", "delivering", ""},

		{"invented", "", false, "delivering", "delivering", "status_unknown value=invented"},
		{"invented", "no-override", false, "", "new", "status_unknown value=invented"},
		{"", "", false, "assembling", "assembling", "status_unknown value="},
		{"New", "", false, "assembling", "assembling", "status_unknown value=New"},
		{strings.Repeat("ы", 70), "", false, "", "new", "status_unknown value=" + strings.Repeat("ы", 64) + "…"},

		{"dispatched", "", true, "new", "new", ""},
		// both since the last read: no reason to tell "cancelled"
		{"delivered", "", true, "delivering", "completed", ""},
		{"returned", "", true, "completed", "returned", ""},
		{"declined", "", true, "delivering", "cancelled", ""},
		{"new", "lost", true, "new", "cancelled", ""},
		{"new", "packed", true, "", "new", ""},
		{"invented", "", true, "completed", "completed", ""},
	} {
		c := mapped()
		c.Orders.Statuses = own
		var o storage.Order
		if tt.last != "" {
			o.Status = &storage.Status{Status: tt.last}
		}
		body := insales.Order{FulfillmentStatus: tt.fulfillment, CustomStatus: tt.custom, Archived: tt.archived}
		s, list := Status(c, &o, body)
		if s.Status != tt.want || notices(list) != tt.notices {
			t.Errorf("%+v: got %q with %q", tt, s.Status, notices(list))
		}
		if !ineedchat.ValidStatus(s.Status) {
			t.Errorf("%+v: %q is no status of the wire", tt, s.Status)
		}
		if (tt.last == "") != (o.Status == nil) || len(o.Notices) != 0 {
			t.Errorf("%+v: the order was changed", tt)
		}
	}
}

// Every system status of the shop has a word of the chat of its own.
func TestStatusMap(t *testing.T) {
	shop := []string{"new", "accepted", "approved", "dispatched", "delivered", "declined", "returned"}
	for i, want := range ineedchat.Statuses() {
		if got, ok := ChatStatus(shop[i]); !ok || got != want {
			t.Errorf("%s: %q, %v; want %q", shop[i], got, ok, want)
		}
	}
	for _, s := range []string{"", "New", "assembling", "novyy", "paid"} {
		if got, ok := ChatStatus(s); ok {
			t.Errorf("%q is taken for %q", s, got)
		}
	}
}

// The rest of the document is what the shop shows, and complete.
func TestStatusDocument(t *testing.T) {
	body := insales.Order{
		ID: 70000001, Number: "2001", FulfillmentStatus: "dispatched", FinancialStatus: "paid",
		CustomStatus: "otgruzhen", CustomTitle: "Передан курьеру",
		Total: decimal.NewNullDecimal(decimal.RequireFromString("3180.5")),
	}
	full := storage.Status{Status: "delivering", StatusTitle: "Передан курьеру", PaymentStatus: "paid",
		Total:       "3180.50",
		OrderNumber: "2001", CustomStatus: "otgruzhen", FulfillmentStatus: "dispatched", FinancialStatus: "paid"}
	for name, tt := range map[string]struct {
		body func(*insales.Order)
		want func(*storage.Status)
	}{
		"all": {func(*insales.Order) {}, func(*storage.Status) {}},
		"pending": {func(b *insales.Order) { b.FinancialStatus = "pending" },
			func(s *storage.Status) { s.FinancialStatus, s.PaymentStatus = "pending", "pending" }},
		"partly paid": {func(b *insales.Order) { b.FinancialStatus = "partial" },
			func(s *storage.Status) { s.FinancialStatus, s.PaymentStatus = "partial", "pending" }},
		"no payment": {func(b *insales.Order) { b.FinancialStatus = "" },
			func(s *storage.Status) { s.FinancialStatus, s.PaymentStatus = "", "pending" }},
		"no total": {func(b *insales.Order) { b.Total.Valid = false }, func(s *storage.Status) { s.Total = "" }},
		"free": {func(b *insales.Order) { b.Total.Decimal = decimal.Zero },
			func(s *storage.Status) { s.Total = "0.00" }},
		"no own status": {func(b *insales.Order) { b.CustomStatus, b.CustomTitle = "", "" },
			func(s *storage.Status) { s.CustomStatus, s.StatusTitle = "", "" }},
	} {
		b, want := body, full
		tt.body(&b)
		tt.want(&want)
		if got, list := Status(mapped(), &storage.Order{}, b); got != want || len(list) != 0 {
			t.Errorf("%s: %+v with %q, want %+v", name, got, notices(list), want)
		}
	}
	full.ChangedAt = time.Date(2026, 11, 23, 12, 20, 11, 0, time.UTC)
	o := storage.Order{Key: storage.OrderKey{Company: "2", ID: "A-1"}, InSalesID: 70000001, Revision: 1795435211000,
		Status: &full}
	got := Report(&o)
	in := got.InSales
	got.InSales = nil
	if want := (ineedchat.Status{OrderID: "A-1", Status: "delivering", StatusTitle: "Передан курьеру",
		PaymentStatus: "paid",
		ChangedAt:     full.ChangedAt, Revision: 1795435211000, Total: "3180.50"}); got != want {
		t.Errorf("the report is %+v, want %+v", got, want)
	}
	if want := (ineedchat.InSales{OrderID: "70000001", OrderNumber: "2001", CustomStatus: "otgruzhen",
		FulfillmentStatus: "dispatched", FinancialStatus: "paid"}); in == nil || *in != want {
		t.Errorf("its part on the shop is %+v, want %+v", in, want)
	}
}
