package panel

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// request is one of a person who reads Russian.
func request() echo.Context { return echo.New().NewContext(httptest.NewRequest("GET", "/", nil), nil) }

// TestLegibleArgs: sums, days and kinds are written as people write them; what
// others have said stays as it is.
func TestLegibleArgs(t *testing.T) {
	got := legibleArgs("ru", map[string]string{"created": "1290.00", "asked": "2026-12-27", "price": "price2",
		"kind": "DeliveryVariant::Fixed",
		"type": "PaymentGateway::New", "paid_till": "2026-12-31", "message": "990.00 DeliveryVariant::Fixed",
		"id": "7000001"})
	for name, v := range got {
		got[name] = strings.ReplaceAll(v, "\u00a0", " ")
	}
	want := map[string]string{"created": "1 290 ₽", "asked": "27.12.2026", "price": "price2",
		"kind": "фиксированная стоимость",
		"type": "New", "paid_till": "31.12.2026", "message": "990.00 DeliveryVariant::Fixed", "id": "7000001"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if kindOf("ru", "PaymentGateway::External") == kindOf("ru", "DeliveryVariant::External") {
		t.Error("an external payment is no external delivery")
	}
}
