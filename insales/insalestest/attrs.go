package insalestest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/shopspring/decimal"
)

// attrs are the attributes of a request. They are read as leniently as Rails
// casts them: numbers may be strings and the other way round.
type attrs map[string]any

// invalid collects the complaints of a 422: field to messages.
type invalid map[string][]string

func (i invalid) add(field, message string) { i[field] = append(i[field], message) }

func (i invalid) answer() answer {
	return answer{status: http.StatusUnprocessableEntity, body: encode(i)}
}

// A shape is what the documentation, the samples and the known clients have in
// a request; nil is a leaf.
type shape map[string]shape

var addressShape = shape{
	"name": nil, "surname": nil, "middlename": nil, "phone": nil, "full_locality_name": nil,
	"country": nil, "state": nil, "city": nil, "zip": nil, "address": nil, "street": nil,
	"house": nil, "flat": nil, "entrance": nil, "doorphone": nil, "floor": nil, "no_delivery": nil,
}

var orderShape = shape{
	"order_lines_attributes": {
		"id": nil, "_destroy": nil, "variant_id": nil, "product_id": nil, "quantity": nil,
		"sale_price": nil, "comment": nil,
	},
	"client": {
		"id": nil, "name": nil, "surname": nil, "middlename": nil, "email": nil, "phone": nil,
		"type": nil, "consent_to_personal_data": nil,
	},
	"shipping_address_attributes": addressShape,
	"shipping_address":            addressShape, // the older spelling
	"fields_values_attributes":    {"id": nil, "field_id": nil, "handle": nil, "value": nil},
	"delivery_variant_id":         nil, "payment_gateway_id": nil, "delivery_price": nil,
	"custom_status_permalink": nil, "fulfillment_status": nil, "financial_status": nil,
	"delivery_date": nil, "delivery_from_hour": nil, "delivery_from_minutes": nil,
	"delivery_to_hour": nil, "delivery_to_minutes": nil, "comment": nil, "manager_comment": nil,
}

// strangers lists the names in v that the shape does not know.
func (s shape) strangers(prefix string, v any) []string {
	var found []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = append(found, s.strangers(prefix, e)...)
		}
	case map[string]any:
		for name, value := range v {
			at := strings.TrimPrefix(prefix+"."+name, ".")
			inner, known := s[name]
			if !known {
				found = append(found, at)
				continue
			}
			found = append(found, inner.strangers(at, value)...)
		}
	}
	return found
}

// orderAttrs reads the body of a write. The usual root may be missing, as one
// client sends it. What is not an object of JSON is answered with 400.
func (s *Shop) orderAttrs(c *call) (attrs, answer) {
	media, _, _ := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if media != "application/json" {
		return nil, failure(http.StatusBadRequest, "Content-Type must be application/json")
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	var body map[string]any
	if d.Decode(&body) != nil || d.Decode(new(any)) != io.EOF || body == nil {
		return nil, failure(http.StatusBadRequest, "Bad request")
	}
	root, wrapped := body["order"]
	if !wrapped {
		s.report(orderShape.strangers("order", body)...)
		return body, answer{}
	}
	s.report(shape{"order": orderShape}.strangers("", body)...)
	order, isObject := root.(map[string]any)
	if !isObject {
		return nil, failure(http.StatusBadRequest, "param is missing or the value is empty: order")
	}
	return order, answer{}
}

// text reads a string; absent, null and what is no scalar give nil.
func (a attrs) text(name string) *string {
	var t string
	switch v := a[name].(type) {
	case string:
		t = v
	case json.Number:
		t = v.String()
	default:
		return nil
	}
	return &t
}

// plain is text with nil as "".
func (a attrs) plain(name string) string {
	if t := a.text(name); t != nil {
		return *t
	}
	return ""
}

// id reads an id; 0 is none.
func (a attrs) id(name string) int64 { return parseID(a.plain(name)) }

// number reads a decimal; an exponent or an endless number is no number.
func (a attrs) number(name string) (decimal.Decimal, bool) {
	t := a.plain(name)
	if t == "" || len(t) > 20 || strings.ContainsAny(t, "eE") {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(t)
	return d, err == nil
}

func (a attrs) given(name string) bool { return a[name] != nil }

// present also counts a null: the caller wants the field cleared.
func (a attrs) present(name string) bool {
	_, is := a[name]
	return is
}

func (a attrs) object(names ...string) attrs {
	for _, name := range names {
		if m, is := a[name].(map[string]any); is {
			return m
		}
	}
	return nil
}

// list reads a list of objects; others are skipped.
func (a attrs) list(name string) []attrs {
	values, _ := a[name].([]any)
	var list []attrs
	for _, v := range values {
		if m, is := v.(map[string]any); is {
			list = append(list, m)
		}
	}
	return list
}

// flag reads a boolean as Rails does.
func (a attrs) flag(name string) bool {
	b, _ := a[name].(bool)
	t := a.plain(name)
	return b || t == "1" || t == "true"
}
