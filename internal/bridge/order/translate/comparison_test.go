package translate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
)

// What the shop made otherwise than it was asked: two of variant 1, one of
// variant 2, for 990.00. Rounding, a kopeck for each line, is no difference.
func TestCompare(t *testing.T) {
	for _, tt := range []struct{ name, created, total, want string }{
		{"as asked", "1*2 2*1", "990", ""},
		{"in another order", "2*1 1*2", "990.0", ""},
		{"one line in two", "1*1 2*1 1*1", "990", ""},
		{"rounded up", "1*2 2*1", "990.02", ""},
		{"rounded down", "1*2 2*1", "989.98", ""},
		{"total not shown", "1*2 2*1", "", ""},
		{"more than rounding", "1*2 2*1", "990.03", "total_differs asked=990.00 created=990.03"},
		{"less than rounding", "1*2 2*1", "989.97", "total_differs asked=990.00 created=989.97"},
		{"free", "1*2 2*1", "0", "total_differs asked=990.00 created=0.00"},
		{"a line missing", "1*2", "990", "lines_differ missing=2"},
		{"a line and its price missing", "2*1", "490",
			"lines_differ missing=1; total_differs asked=990.00 created=490.00"},
		{"no line", "", "990", "lines_differ missing=1, 2"},
		{"fewer of one", "1*1 2*1", "990", "lines_differ missing=1"},
		{"more of one", "1*3 2*1", "990", ""},
		{"a gift added", "1*2 2*1 9*1", "990", ""},
		{"a gift instead of a line", "1*2 9*1", "990", "lines_differ missing=2"},
		{"a bundle split", "1*2 21*1/7 22*1/7", "990", ""},
		{"a bundle split, not named", "1*2 21*1 22*1", "990", ""},
		{"a bundle split and a line missing", "21*1/7 22*1/7", "990", "lines_differ missing=1, 2"},
		{"a bundle split and fewer of the other", "1*1 21*1/7 22*1/7", "990", "lines_differ missing=1"},
	} {
		asked := insales.NewOrder{Lines: []insales.NewLine{{VariantID: 1, Quantity: "2", SalePrice: "250"},
			{VariantID: 2, Quantity: "1", SalePrice: "490"}}}
		created := insales.Order{Lines: createdLines(tt.created)}
		if tt.total != "" {
			created.Total = decimal.NewNullDecimal(dec(tt.total))
		}
		if got := notices(Compare(asked, created)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// createdLines reads "variant*quantity/bundle …".
func createdLines(text string) (list []insales.Line) {
	for f := range strings.FieldsSeq(text) {
		variant, rest, _ := strings.Cut(f, "*")
		quantity, bundle, _ := strings.Cut(rest, "/")
		l := insales.Line{VariantID: dec(variant).IntPart(), Quantity: dec(quantity)}
		if bundle != "" {
			l.BundleID = dec(bundle).IntPart()
		}
		list = append(list, l)
	}
	return list
}

// Delivery price and date are compared if they were asked for and are shown.
func TestCompareDelivery(t *testing.T) {
	for _, tt := range []struct{ askedPrice, price, askedDate, date, want string }{
		{"", "300", "", "", ""},
		{"300", "", "", "", ""},
		{"300", "300.0", "", "", ""},
		{"300", "300.01", "", "", ""},
		{"300", "250", "", "", "delivery_differs asked=300.00 created=250.00"},
		{"0", "250", "", "", "delivery_differs asked=0.00 created=250.00"},
		{"", "", "2026-11-23", "2026-11-23", ""},
		{"", "", "2026-11-23", "", "time_not_kept asked=2026-11-23"},
		{"", "", "", "2026-11-23", ""},
	} {
		asked, created := insales.NewOrder{DeliveryDate: tt.askedDate}, insales.Order{DeliveryDate: tt.date}
		if tt.askedPrice != "" {
			n := json.Number(tt.askedPrice)
			asked.DeliveryPrice = &n
		}
		if tt.price != "" {
			created.DeliveryPrice = decimal.NewNullDecimal(dec(tt.price))
		}
		if got := notices(Compare(asked, created)); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}
