package insalestest

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"
)

// A jsonWriter writes JSON by appending. Products are written this way, and not as maps
// like everything else: a catalogue of a million must not cost the sandbox more
// than it costs the client that reads it.
type jsonWriter struct {
	b    []byte
	zone *time.Location
}

// next puts a comma unless the object or list has just begun.
func (o *jsonWriter) next() {
	if n := len(o.b); n > 0 && o.b[n-1] != '{' && o.b[n-1] != '[' {
		o.b = append(o.b, ',')
	}
}

// key begins a field. Names are plain: nothing in them is escaped.
func (o *jsonWriter) key(name string) {
	o.next()
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

// raw writes a value that is JSON already.
func (o *jsonWriter) raw(name, value string) {
	o.key(name)
	o.b = append(o.b, value...)
}

func (o *jsonWriter) null(name string) { o.raw(name, "null") }

func (o *jsonWriter) number(name string, v int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *jsonWriter) flag(name string, v bool) {
	o.key(name)
	o.b = strconv.AppendBool(o.b, v)
}

// text writes a string; an empty one is null.
func (o *jsonWriter) text(name, v string) {
	if v == "" {
		o.null(name)
		return
	}
	o.key(name)
	o.string(v)
}

// time writes a time as products have it, the milliseconds always .000.
func (o *jsonWriter) time(name string, t time.Time) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = t.Truncate(time.Second).In(o.zone).AppendFormat(o.b, "2006-01-02T15:04:05.000-07:00")
	o.b = append(o.b, '"')
}

// price writes a decimal as products have it: a string with a fraction.
func (o *jsonWriter) price(name string, d decimal.Decimal) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = appendDecimal(o.b, d)
	o.b = append(o.b, '"')
}

// ids writes a list of ids.
func (o *jsonWriter) ids(name string, list []int64) {
	o.key(name)
	o.b = append(o.b, '[')
	for _, id := range list {
		o.next()
		o.b = strconv.AppendInt(o.b, id, 10)
	}
	o.b = append(o.b, ']')
}

// list begins a list; the caller ends it with end.
func (o *jsonWriter) list(name string) {
	o.key(name)
	o.b = append(o.b, '[')
}

// begin begins an object within a list.
func (o *jsonWriter) begin() {
	o.next()
	o.b = append(o.b, '{')
}

func (o *jsonWriter) end(bracket byte) { o.b = append(o.b, bracket) }

// string writes a string; HTML stays readable, and what is no text becomes the
// replacement character.
func (o *jsonWriter) string(v string) {
	o.b, _ = jsontext.AppendQuote(o.b, strings.ToValidUTF8(v, "\uFFFD")) // which cannot fail for text
}

// appendDecimal is decimalText without its garbage for what prices and
// quantities look like.
func appendDecimal(b []byte, d decimal.Decimal) []byte {
	exp := d.Exponent()
	if exp > 0 || exp < -4 || d.NumDigits() > 18 {
		return append(b, decimalText(d)...)
	}
	n := d.CoefficientInt64()
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	scale := int64(1)
	for range -exp {
		scale *= 10
	}
	whole, rest := n/scale, n%scale
	b = strconv.AppendInt(b, whole, 10)
	b = append(b, '.')
	for scale /= 10; scale > 0; scale /= 10 {
		b = append(b, byte('0'+rest/scale%10))
	}
	for len(b) > 2 && b[len(b)-1] == '0' && b[len(b)-2] != '.' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = append(b, '0')
	}
	return b
}
