package translate

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestSpreadDiscount(t *testing.T) {
	for _, tt := range []struct {
		lines    string // price*quantity …
		discount string
		prices   string
		rest     string
	}{
		{"990*1", "0", "990", "0"},
		{"990*1", "90", "900", "0"},
		{"990*1 990*1", "100", "940 940", "0"},
		{"100*1 300*1", "100", "75 225", "0"},
		{"100*3", "10", "96.67", "0.01"},
		{"100*3 50*1", "10", "97.14 48.58", "0"},
		{"0*5 100*1", "10", "0 90", "0"},
		{"100*1", "150", "0", "50"},
		{"0*1", "10", "0", "10"},
		{"33.33*3 33.33*3", "0.01", "33.33 33.33", "0.01"},
		{"99.995*1", "10", "89.995", "0"},
		{"500*0.35", "17.5", "450", "0"},
	} {
		var lines []priced
		for f := range strings.FieldsSeq(tt.lines) {
			price, quantity, _ := strings.Cut(f, "*")
			lines = append(lines, priced{dec(price), dec(quantity)})
		}
		prices, rest := spreadDiscount(lines, dec(tt.discount))
		var got []string
		for _, p := range prices {
			got = append(got, p.String())
		}
		if s := strings.Join(got, " "); s != tt.prices || rest.String() != tt.rest {
			t.Errorf("%s minus %s: %s, rest %s; want %s, rest %s", tt.lines, tt.discount, s, rest, tt.prices, tt.rest)
		}
	}
}

// Nothing is lost or invented, no price becomes negative or dearer, and with a
// line of one piece that can bear it nothing remains.
func TestSpreadDiscountAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []priced
		var sum decimal.Decimal
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			l := priced{decimal.New(rapid.Int64Range(0, 500_000).Draw(t, "price"), -2),
				decimal.New(rapid.Int64Range(1, 40_000).Draw(t, "quantity"), -3)}
			if rapid.Bool().Draw(t, "pieces") {
				l.Quantity = decimal.NewFromInt(rapid.Int64Range(1, 50).Draw(t, "n"))
			}
			lines = append(lines, l)
			sum = sum.Add(l.Price.Mul(l.Quantity))
		}
		discount := decimal.New(rapid.Int64Range(0, 1_000_000).Draw(t, "discount"), -2)
		prices, rest := spreadDiscount(lines, discount)
		taken := sum
		one := false
		for i, p := range prices {
			if p.IsNegative() || p.GreaterThan(lines[i].Price) {
				t.Fatalf("price %s became %s", lines[i].Price, p)
			}
			taken = taken.Sub(p.Mul(lines[i].Quantity))
			one = one || lines[i].Quantity.Equal(decimal.NewFromInt(1)) && p.IsPositive()
		}
		if rest.IsNegative() || !taken.Add(rest).Equal(discount) {
			t.Fatalf("%s of %s taken, rest %s", taken, discount, rest)
		}
		if one && rest.GreaterThanOrEqual(kopeck) {
			t.Fatalf("rest %s, although a line of one piece could take it", rest)
		}
	})
}
