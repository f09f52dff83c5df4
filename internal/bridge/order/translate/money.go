package translate

import (
	"encoding/json"

	"github.com/shopspring/decimal"

	"ineed-insales/internal/ineedchat"
)

// sum is a validated decimal of the chat; absent is zero.
func sum(d ineedchat.Decimal) decimal.Decimal {
	v, err := d.Decimal()
	if err != nil {
		return decimal.Zero
	}
	return v
}

// money writes a sum with its kopecks.
func money(d decimal.Decimal) string { return d.StringFixed(2) }

// amount gives a decimal of the chat as a JSON number, which is exact where a float is
// not; nil if there is none.
func amount(d ineedchat.Decimal) *json.Number {
	v, err := d.Decimal()
	if d == "" || err != nil {
		return nil
	}
	n := json.Number(v.String())
	return &n
}

// kopeck is the smallest step of a price.
var kopeck = decimal.New(1, -2)
