package insales

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// fields is a JSON object whose fields are decoded one by one, because the
// types InSales sends vary between shops, versions and resources: numbers come
// as strings, objects as empty strings, anything as null.
type fields map[string]json.RawMessage

// text gives a string, or a number or boolean as it is written; else "".
func (m fields) text(name string) string {
	raw := bytes.TrimSpace(m[name])
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// integer takes a number or a string of digits.
func (m fields) integer(name string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(m.text(name)), 10, 64)
	return n, err == nil
}

func (m fields) boolean(name string) bool {
	switch m.text(name) {
	case "true", "1":
		return true
	}
	return false
}

// amount takes a number or a string.
func (m fields) amount(name string) (decimal.Decimal, bool) {
	return parseAmount(strings.TrimSpace(m.text(name)))
}

// parseAmount reads a decimal. Very long ones are refused before they are
// parsed: their exponent could cost any amount of memory.
func parseAmount(s string) (decimal.Decimal, bool) {
	if s == "" || len(s) > 32 || strings.ContainsAny(s, "eE") {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}

func (m fields) object(name string) fields {
	var o fields
	if json.Unmarshal(m[name], &o) != nil {
		return nil
	}
	return o
}

// objects gives the objects of a list, at most so many, and skips what else
// stands in it.
func (m fields) objects(name string, most int) []fields {
	d := json.NewDecoder(bytes.NewReader(m[name]))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	var list []fields
	for d.More() && len(list) < most {
		var o fields
		if d.Decode(&o) == nil && o != nil {
			list = append(list, o)
		}
	}
	return list
}

// timeLayouts are the forms in which InSales writes times, each seen in a real
// document. All carry an offset, so all are instants.
var timeLayouts = [...]string{
	time.RFC3339Nano, // 2023-12-22T14:43:53.000+03:00, with or without a fraction
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 -07:00",
	"2006-01-02 15:04:05 UTC", // no other zone by name: Go would take it for UTC
}

func (m fields) time(name string) (time.Time, bool) { return parseTime(m.text(name)) }

// parseTime reads any of the forms. Milliseconds are kept, what is finer is
// cut off: the same time must be equal to itself after it was stored.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 && t.Year() < 3000 {
			return t.UTC().Truncate(time.Millisecond), true
		}
	}
	return time.Time{}, false
}

// zoneOffset gives the offset that a time is written with.
func zoneOffset(s string) time.Duration {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			_, seconds := t.Zone()
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}
