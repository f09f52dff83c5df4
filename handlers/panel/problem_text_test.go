package panel

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// request is one of a person who reads Russian.
func request() echo.Context { return echo.New().NewContext(httptest.NewRequest("GET", "/", nil), nil) }

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
	c := request()
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

func TestWhen(t *testing.T) {
	s := &Server{timeZone: time.FixedZone("MSK", 3*60*60)}
	for at, want := range map[time.Time]string{{}: "", time.Date(2020, 1, 2, 22, 30, 0, 0, time.UTC): "03.01.2020, 01:30"} {
		if got := s.when(request(), at); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

func TestRoubles(t *testing.T) {
	c := request()
	for text, want := range map[string]string{"": "", "0": "0 ₽", "990.00": "990 ₽", "3180": "3 180 ₽", "1234567.50": "1 234 567,50 ₽", "-3180.5": "-3 180,50 ₽", "-100": "-100 ₽"} {
		if got := strings.ReplaceAll(roubles(c, text), "\u00a0", " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
