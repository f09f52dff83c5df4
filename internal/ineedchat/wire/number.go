package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Chats write money for people: "1 234,50 ₽", "1,234.50", "990 руб." What can be read in
// two ways is an error.

// unreadable is a failure of one of our functions. It does not say what the value was,
// which may be a person's.
func unreadable(function, why string) error { return fmt.Errorf("%s: %s", function, why) }

// money gives a sum as the contract has it, with two digits of kopecks: "1 234,50 ₽" is
// "1234.50". null and an empty text are null.
func money(v any) (any, error) {
	if whole, fraction, ok := simple(v, 2); ok {
		return whole + "." + (fraction + "00")[:2], nil
	}
	d, err := decimalOf("money", v)
	if d == nil || err != nil {
		return nil, err
	}
	return kopecksOf("money", *d)
}

// kopecks gives a sum that was counted in kopecks: 99000 is "990.00".
func kopecks(v any) (any, error) {
	d, err := decimalOf("kopecks", v)
	if d == nil || err != nil {
		return nil, err
	}
	if !d.IsInteger() {
		return nil, unreadable("kopecks", "not a whole number")
	}
	return kopecksOf("kopecks", d.Shift(-2))
}

// noise is how far from a whole kopeck a float's may lie.
var noise = decimal.New(1, -6)

func kopecksOf(function string, d decimal.Decimal) (any, error) {
	near := d.Round(2)
	if d.Sub(near).Abs().GreaterThan(noise) {
		return nil, unreadable(function, "more than two digits behind the comma")
	}
	return near.StringFixed(2), nil
}

// quantity gives a number of pieces or kilograms, at most three digits behind the comma:
// "2 шт." is "2", "0,350" is "0.35".
func quantity(v any) (any, error) {
	if whole, fraction, ok := simple(v, 0); ok && fraction == "" {
		return whole, nil
	}
	d, err := decimalOf("quantity", v)
	if d == nil || err != nil {
		return nil, err
	}
	near := d.Round(3)
	if d.Sub(near).Abs().GreaterThan(noise) {
		return nil, unreadable("quantity", "more than three digits behind the comma")
	}
	return near.String(), nil
}

// simple takes apart a number as almost all are written: digits, and at most so many behind
// a dot. What is anything else is for the long way.
func simple(v any, most int) (whole, fraction string, ok bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = string(v)
	default:
		return "", "", false
	}
	whole, fraction, dot := strings.Cut(text, ".")
	if whole == "" || len(whole) > 12 || whole[0] == '0' && len(whole) > 1 || len(fraction) > most || dot &&
		fraction == "" {
		return "", "", false
	}
	for _, part := range [2]string{whole, fraction} {
		for i := range len(part) {
			if part[i]-'0' > 9 {
				return "", "", false
			}
		}
	}
	return whole, fraction, true
}

// Bounds of a number: a few bytes can name one of gigabytes.
const (
	maxDigits   = 40
	maxExponent = 30
)

// decimalOf reads a number, or a text that holds one; nil without either.
func decimalOf(function string, v any) (*decimal.Decimal, error) {
	var text string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		var err error
		if text, err = plain(function, v); text == "" || err != nil {
			return nil, err
		}
	case int:
		text = strconv.Itoa(v)
	case *big.Int:
		text = v.String()
	case json.Number:
		text = v.String()
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, unreadable(function, "not a number")
		}
		text = strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return nil, unreadable(function, "neither a number nor a text")
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		if n, err := strconv.Atoi(exponent); err != nil || n < -maxExponent || n > maxExponent {
			return nil, unreadable(function, "not a number of a size that is sold")
		}
	}
	d, err := decimal.NewFromString(text)
	if err != nil || len(text) > maxDigits {
		return nil, unreadable(function, "not a number")
	}
	return &d, nil
}

// units stand behind a number, without a dot that may follow them.
var units = []string{"₽", "рублей", "рубля", "рубль", "руб", "р", "rub", "rur", "шт", "штук", "pcs", "кг", "kg", "г",
	"x", "х"}

// plain makes a number of what people write: without blanks and what stands behind it,
// and with a dot before its fraction.
func plain(function, text string) (string, error) {
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\r', '\u00a0', '\u2009', '\u202f', '\'', '\u2019':
			return -1
		case '\u2212', '\u2013':
			return '-'
		}
		return r
	}, text)
	text = strings.ToLower(text)
	at := strings.LastIndexAny(text, "0123456789")
	if at < 0 {
		if text == "" {
			return "", nil
		}
		return "", unreadable(function, "no digits")
	}
	behind := strings.Trim(text[at+1:], ".,")
	if behind != "" && !known(behind) {
		return "", unreadable(function, "something behind the number that is no unit")
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text[:at+1], "₽"), "+")
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789.,") != "" {
		return "", unreadable(function, "not a number")
	}
	return grouped(function, text)
}

func known(unit string) bool {
	for _, u := range units {
		if unit == u {
			return true
		}
	}
	return false
}

// grouped tells the mark before the fraction from those between thousands. With both a
// comma and a dot the last one stands before the fraction. One mark alone stands there,
// too, unless three digits follow in a sum, which can be read in two ways.
func grouped(function, text string) (string, error) {
	dots, commas := strings.Count(text, "."), strings.Count(text, ",")
	last := strings.LastIndexAny(text, ".,")
	switch {
	case dots+commas == 0:
		return text, nil
	case dots > 0 && commas > 0:
		if mark := text[last : last+1]; strings.Count(text, mark) > 1 {
			return "", unreadable(function, "commas and dots that do not fit together")
		}
	case dots+commas > 1:
		last = len(text) // all stand between thousands
	case function == "money" && len(text)-last == 4:
		return "", unreadable(function, "a mark before three digits: thousands or kopecks?")
	}
	whole := strings.FieldsFunc(text[:min(last, len(text))], func(r rune) bool { return r == '.' || r == ',' })
	for i, group := range whole {
		if i > 0 && len(group) != 3 {
			return "", unreadable(function, "thousands that are not of three digits")
		}
	}
	number := strings.Join(whole, "")
	if last < len(text) {
		number += "." + text[last+1:]
	}
	return number, nil
}
