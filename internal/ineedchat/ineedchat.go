// Package ineedchat is the wire between the connector and INEED.CHAT, both
// directions of it, and the only place that knows its JSON. The contract is
// ours, public and versioned (v1), so another wire could be put beside it
// without touching anything else.
//
// What comes in is an [Envelope] around an [Order], an [OrderPaid] or an
// [OrderCancelled]. [Decode] says only whether the text is JSON of the right
// types, with names that match to the letter (see read.go); what a value must
// look like stands in the `validate` tags, whose own rules are [Rules]; valid.go says it
// once more for what comes most often. The validator itself runs in package handlers.
// Whether the sender is INEED.CHAT at all is a [Proof]'s or [VerifyToken]'s to say, over
// the raw bytes and before anything is decoded.
//
// What goes out is a [Status], sent by a [Client].
//
// Guarantees: money, quantities and times stay the text that was received and
// never pass through a float; unknown fields and enum values never fail; an
// unknown company costs the time of a known one; no error carries a secret or
// the path and user of a URL, and none of what comes in a customer's data.
//
// The package never retries, never follows a redirect, keeps no state and logs
// nothing: what a failure means is decided in package bridge.
package ineedchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Version is the version of the wire that this package speaks.
const Version = "1"

// MaxBody is the largest webhook, in bytes. It is the caller's to enforce,
// while reading.
const MaxBody = 256 << 10

// The envelope types that are handled. The set is open: other types are
// acknowledged and ignored.
const (
	TypeOrderCreated   = "order.created"
	TypeOrderPaid      = "order.paid"
	TypeOrderCancelled = "order.cancelled"
	TypePing           = "ping"
)

// An Envelope is what every webhook has in common.
type Envelope struct {
	Type      string `json:"type" validate:"required"`
	Version   string `json:"version" validate:"required,eq=1"`
	Timestamp Time   `json:"timestamp,omitempty" validate:"omitempty,rfc3339"` // of the event; decides nothing
	CompanyID string `json:"company_id" validate:"required,chatid" wire:"id"`  // must equal the company in the path

	// Test marks an order that is checked, recorded and shown, and never sent
	// to the shop.
	Test bool            `json:"test,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}

// A SyntaxError says that a body is no JSON text at all. The sender is answered
// 400.
type SyntaxError struct {
	Offset int64 // where reading stopped; 0 = unknown
	Err    error
}

// Error names the place, not the body.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON at byte %d: %v", e.Offset, e.Err)
}

// Unwrap gives what the reader of JSON said.
func (e *SyntaxError) Unwrap() error { return e.Err }

// A FieldError says that a value of the body has the wrong JSON type, that it
// stands there twice, or that data is missing. The sender is answered 422.
type FieldError struct {
	Field string // path, "data.items[2].price"; "" = the body itself

	// Rule is what is wanted there: "string", "boolean", "array", "object",
	// "required", ruleRepeated or the name of one of Rules.
	Rule string
}

// ruleRepeated is the rule that a name stands in an object once, or says the
// same each time.
const ruleRepeated = "repeated"

// Error names the field and the rule, not the value: it may be personal data.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return "body: " + e.Rule
	}
	return e.Field + ": " + e.Rule
}

var errNotUTF8 = errors.New("invalid UTF-8")

// byteOrderMark may stand before a document. It says nothing.
const byteOrderMark = "\ufeff"

// Decode decodes the envelope of a webhook and leaves its data as it is, a part of
// the body, which must not change. The error is a *SyntaxError or a *FieldError.
func Decode(body []byte) (*Envelope, error) {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	// Bad bytes would be replaced silently: two different order ids could become
	// one, and the body we store is not the one that was signed.
	if !utf8.Valid(body) {
		return nil, &SyntaxError{Err: errNotUTF8}
	}
	var e Envelope
	if _, err := read(body, &e, "", 0); err != nil {
		return nil, err
	}
	return &e, nil
}

// Order decodes the data of an order.created. The error is a *FieldError whose
// field begins with "data".
func (e *Envelope) Order() (*Order, error) {
	o := new(Order)
	var err error
	if o.Rounded, err = e.data(o); err != nil {
		return nil, err
	}
	return o, nil
}

// Paid decodes the data of an order.paid; errors as of Order.
func (e *Envelope) Paid() (*OrderPaid, error) {
	p := new(OrderPaid)
	var err error
	if p.Rounded, err = e.data(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Cancelled decodes the data of an order.cancelled; errors as of Order.
func (e *Envelope) Cancelled() (*OrderCancelled, error) {
	c := new(OrderCancelled)
	if _, err := e.data(c); err != nil {
		return nil, err
	}
	return c, nil
}

// data decodes what the envelope carries. A type without data (ping) never gets
// here, so absent data is an error.
func (e *Envelope) data(v any) ([]Rounded, error) {
	if len(e.Data) == 0 || string(e.Data) == "null" {
		return nil, &FieldError{Field: "data", Rule: "required"}
	}
	return read(e.Data, v, "data", maxItems)
}

// join makes one path of two. An index joins without a dot.
func join(at, field string) string {
	if at != "" && field != "" {
		at += "."
	}
	return strings.ReplaceAll(at+field, ".[", "[")
}

// index is the part of a path that names the n-th element of a list.
func index(n int) string { return "[" + strconv.Itoa(n) + "]" }

// wanted names the JSON type, or the rule, that a value of Go type t answers to.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Decimal]():
		return ruleDecimal
	case reflect.TypeFor[Time]():
		return ruleTime
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	case reflect.Struct:
		return "object"
	default:
		return "string"
	}
}
