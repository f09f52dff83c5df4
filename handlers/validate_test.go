package handlers

import (
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"
)

// smallOrder is the smallest envelope that the contract allows.
const smallOrder = `{"type":"order.created","version":"1","timestamp":"2026-11-23T12:00:00Z","company_id":"2",
	"data":{"id":"1001","created_at":"2026-11-23T12:00:00Z","currency":"RUB","total":"990.00",
	"customer":{"name":"Иван","phone":"+79990000000"},"delivery":{"type_id":"pickup"},"payment":{"type_id":"cash"},
	"items":[{"variant_id":"500000001","quantity":"1","price":"990.00"}]}}`

// validated runs a body through decoding and validation.
func validated(s *Server, body string) error {
	e, err := ineedchat.Decode([]byte(body))
	if err != nil {
		return err
	}
	if err := s.check(e, ""); err != nil {
		return err
	}
	o, err := e.Order()
	if err != nil {
		return err
	}
	return s.check(o, "data")
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string
	}{
		{"as it is", "", "", ""},
		{"other version", `"version":"1"`, `"version":"2"`, "invalid: version (eq)"},
		{"no type", `"type":"order.created"`, `"type":""`, "invalid: type (required)"},
		{"bad company", `"company_id":"2"`, `"company_id":"a b"`, "invalid: company_id (chatid)"},
		{"no id", `"id":"1001"`, `"id":""`, "invalid: data.id (required)"},
		{"no lines", `"items":[{"variant_id":"500000001","quantity":"1","price":"990.00"}]`, `"items":[]`,
			"invalid: data.items (min)"},
		{"lines are missing", `"items":[{"variant_id":"500000001","quantity":"1","price":"990.00"}]`, `"x":1`,
			"invalid: data.items (required)"},
		{"bad price", `"price":"990.00"`, `"price":"1,5"`, "invalid: data.items[0].price (decimal)"},
		{"too fine a price", `"price":"990.00"`, `"price":"1.2345"`, "invalid: data.items[0].price (decimal)"},
		{"negative price", `"price":"990.00"`, `"price":"-1"`, "invalid: data.items[0].price (nonnegative)"},
		{"number for a price", `"price":"990.00"`, `"price":990.5`, ""},
		{"nothing of it", `"quantity":"1"`, `"quantity":"0"`, "invalid: data.items[0].quantity (positive)"},
		{"no variant, no sku", `"variant_id":"500000001"`, `"x":1`,
			"invalid: data.items[0].variant_id (required_without) data.items[0].sku (required_without)"},
		{"sku only", `"variant_id":"500000001"`, `"sku":"A"`, ""},
		{"nobody", `"name":"Иван","phone":"+79990000000"`, `"x":1`,
			"invalid: data.customer.name (required_without) data.customer.phone (required_without)"},
		{"phone only", `"name":"Иван",`, ``, ""},
		{"no payment", `"payment":{"type_id":"cash"}`, `"payment":{}`, "invalid: data.payment.type_id (required)"},
		{"bad time", `"created_at":"2026-11-23T12:00:00Z"`, `"created_at":"yesterday"`,
			"invalid: data.created_at (rfc3339)"},
		{"wrong type", `"items":[{`, `"items":[{"title":5,`, "data.items[0].title: string"},
		{"long comment", `"currency":"RUB"`, `"currency":"RUB","comment":"` + strings.Repeat("я", 4001) + `"`,
			"invalid: data.comment (max)"},
		{"unknown fields", `"currency":"RUB"`, `"currency":"RUB","new_in_v1":{"a":[1]}`, ""},
	}
	s := New(Config{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := strings.Replace(smallOrder, test.old, test.new, 1)
			if test.old != "" && body == smallOrder {
				t.Fatalf("%q is not in the order", test.old)
			}
			if got := text(validated(s, body)); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
		})
	}
}
