package insales

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-faster/jx"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"
)

// fields are the fields of a JSON object that a reader wants, decoded one by
// one, because the types InSales sends vary between shops, versions and
// resources: numbers come as strings, objects as empty strings, anything as
// null. Names match to the letter. A wanted name that stands there twice with
// two values is never guessed at: the object is unreadable (see once). What is
// not wanted is not kept, however much of it there is.
//
// The values are parts of the text that was parsed.
type fields struct {
	raw   map[string]jx.Raw
	twice string // a wanted name that stands there twice and says two things; "" = none does
}

var errNoObject = errors.New("not an object")

// parse takes the wanted fields of an object and reads the whole text, behind
// which nothing may stand. Null has none.
func parse(text []byte, wanted ...string) (fields, error) {
	d := jx.DecodeBytes(text)
	m := fields{raw: make(map[string]jx.Raw, len(wanted))}
	var err error
	switch d.Next() {
	case jx.Null:
		err = d.Null()
	case jx.Object:
		err = m.read(d, wanted)
	default:
		return fields{}, errNoObject
	}
	if err == nil {
		err = nothingBehind(d)
	}
	if err != nil {
		return fields{}, tornError(err)
	}
	return m, nil
}

func (m *fields) read(d *jx.Decoder, wanted []string) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) error {
		if !slices.Contains(wanted, string(key)) {
			return d.Skip()
		}
		d.Next() // moves to the value
		raw, err := d.Raw()
		if before, there := m.raw[string(key)]; there && !alike(before, raw) {
			m.twice = string(key)
		}
		m.raw[string(key)] = raw
		return err
	})
}

// alike reports whether two values of a name say the same: the same JSON, but
// for blanks between its parts.
func alike(a, b jx.Raw) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// once fails if a wanted name stands there twice with two values.
func (m fields) once() error {
	if m.twice != "" {
		return fmt.Errorf("%s stands there twice", m.twice)
	}
	return nil
}

// has reports whether there is a field of the name, if only with null.
func (m fields) has(name string) bool { return m.raw[name] != nil }

// text gives a string, or a number or boolean as it is written; else "".
func (m fields) text(name string) string {
	raw := m.raw[name]
	switch raw.Type() {
	case jx.String:
		s, _ := jsontext.AppendUnquote(nil, raw) // what is no UTF-8 becomes U+FFFD
		return string(s)
	case jx.Number, jx.Bool:
		return string(raw)
	}
	return ""
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

// object gives the wanted fields of an object; what is none has none.
func (m fields) object(name string, wanted ...string) fields {
	o, err := parse(m.raw[name], wanted...)
	if err != nil {
		return fields{}
	}
	return o
}

// objects gives the wanted fields of the objects of a list, at most so many, and
// skips what else stands in it.
func (m fields) objects(name string, most int, wanted ...string) []fields {
	raw := m.raw[name]
	if raw.Type() != jx.Array {
		return nil
	}
	var list []fields
	// The text was read before, so it is well-formed.
	_ = jx.DecodeBytes(raw).Arr(func(d *jx.Decoder) error {
		if len(list) >= most || d.Next() != jx.Object {
			return d.Skip()
		}
		element, err := d.Raw()
		if err != nil {
			return err
		}
		o, err := parse(element, wanted...)
		list = append(list, o)
		return err
	})
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
