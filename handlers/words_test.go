package handlers

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestLegibleArgs: sums, days and kinds are written as people write them; what
// others have said stays as it is.
func TestLegibleArgs(t *testing.T) {
	got := legibleArgs("ru", map[string]string{"created": "1290.00", "asked": "2026-12-27", "price": "price2", "kind": "DeliveryVariant::Fixed",
		"type": "PaymentGateway::New", "paid_till": "2026-12-31", "message": "990.00 DeliveryVariant::Fixed", "id": "7000001"})
	for name, v := range got {
		got[name] = strings.ReplaceAll(v, "\u00a0", " ")
	}
	want := map[string]string{"created": "1 290 ₽", "asked": "27.12.2026", "price": "price2", "kind": "фиксированная стоимость",
		"type": "New", "paid_till": "31.12.2026", "message": "990.00 DeliveryVariant::Fixed", "id": "7000001"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if kindOf("ru", "PaymentGateway::External") == kindOf("ru", "DeliveryVariant::External") {
		t.Error("an external payment is no external delivery")
	}
}

func TestLasting(t *testing.T) {
	c := New(Config{}).public.NewContext(httptest.NewRequest("GET", "/", nil), nil)
	for d, want := range map[time.Duration]string{-time.Second: "меньше секунды", 300 * time.Millisecond: "меньше секунды", 2 * time.Second: "2 с", 90 * time.Second: "1 мин.", 47 * time.Hour: "47 ч", 50 * time.Hour: "2 дн."} {
		if got := lasting(c, d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := ago(c, time.Now()); got != "только что" {
		t.Error(got)
	}
	if got := ago(c, time.Now().Add(-time.Hour)); got != "1 ч назад" {
		t.Error(got)
	}
}
