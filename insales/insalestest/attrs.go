package insalestest

import (
	"encoding/json"
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

// checked is text that may come from a check box, which is stored as 1 or 0.
func (a attrs) checked(name string) *string {
	b, is := a[name].(bool)
	if !is {
		return a.text(name)
	}
	t := "0"
	if b {
		t = "1"
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

// copy takes named attributes over as they are; a null clears.
func (a attrs) copy(to object, names ...string) {
	for _, name := range names {
		if a.present(name) {
			to[name] = a[name]
		}
	}
}

// setText takes a text over if it is there at all; a null clears it.
func (a attrs) setText(name string, to **string) {
	if a.present(name) {
		*to = a.text(name)
	}
}

// set is setText for what has no null.
func (a attrs) set(name string, to *string) {
	if a.present(name) {
		*to = a.plain(name)
	}
}

// setFlag takes a boolean over if it is there and not null.
func (a attrs) setFlag(name string, to *bool) {
	if a.given(name) {
		*to = a.flag(name)
	}
}

// decimal takes a decimal over as the API writes it, "200.0"; a null clears it.
// What is no number or is below zero is a complaint.
func (a attrs) decimal(name string, to *string, bad invalid) {
	if !a.given(name) {
		a.set(name, to)
		return
	}
	d, good := a.number(name)
	if !good || d.IsNegative() {
		bad.add(name, "имеет неверное значение")
		return
	}
	*to = decimalText(d)
}

// flag reads a boolean as Rails does.
func (a attrs) flag(name string) bool {
	b, _ := a[name].(bool)
	t := a.plain(name)
	return b || t == "1" || t == "true"
}
