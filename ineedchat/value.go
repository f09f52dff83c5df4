package ineedchat

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The names of the rules that `validate` tags use beyond the validator's own.
const (
	RuleID          = "chatid"      // ValidID
	RuleDecimal     = "decimal"     // ValidDecimal
	RulePositive    = "positive"    // a decimal above zero
	RuleNonNegative = "nonnegative" // a decimal, zero or above
	RuleTime        = "rfc3339"     // ValidTime
)

// Rules gives the rules by name, for the caller to register with its validator.
// Each takes the value as text: every type they stand at is a kind of string.
func Rules() map[string]func(value string) bool {
	return map[string]func(string) bool{
		RuleID:      ValidID,
		RuleDecimal: ValidDecimal,
		RulePositive: func(s string) bool {
			d, err := Decimal(s).Decimal()
			return err == nil && d.IsPositive()
		},
		RuleNonNegative: func(s string) bool {
			d, err := Decimal(s).Decimal()
			return err == nil && !d.IsNegative()
		},
		RuleTime: ValidTime,
	}
}

const maxID = 64

// ValidID reports whether s can name a company, an order, an order type, a
// payment type, a product or a variant: 1 to 64 of A-Z a-z 0-9 . _ : and -.
// "." and ".." are refused all the same: ids become segments of URL paths, and
// every proxy on the way would resolve those to another address.
func ValidID(s string) bool {
	if s == "" || len(s) > maxID || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == ':', c == '-':
		default:
			return false
		}
	}
	return true
}

// A Decimal is a sum or a quantity in the sender's own digits. On the wire it
// is a string or a number; a number is taken as text, never through a float.
// Empty means absent.
type Decimal string

// UnmarshalJSON keeps the digits. Whether they are a decimal is ValidDecimal's
// question: here only a value that is no scalar fails.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	s, err := scalar(text, reflect.TypeFor[Decimal]())
	if err == nil {
		*d = Decimal(s)
	}
	return err
}

var errDecimal = errors.New("not a decimal of at most 3 fraction digits")

// Decimal gives the number. The text is checked first: the parser behind it
// takes exponents, with which a few bytes can ask for gigabytes.
func (d Decimal) Decimal() (decimal.Decimal, error) {
	if !ValidDecimal(string(d)) {
		return decimal.Decimal{}, errDecimal
	}
	return decimal.NewFromString(string(d))
}

// number is d, or zero if d is absent or unreadable.
func number(d Decimal) decimal.Decimal {
	n, err := d.Decimal()
	if err != nil {
		return decimal.Zero
	}
	return n
}

const (
	maxDecimal  = 20 // characters: more than any sum, and cheap to calculate with
	maxFraction = 3  // digits: grams of a kilogram
)

// ValidDecimal reports whether s is a decimal number as the contract has it: an
// optional sign, digits, and perhaps a dot and one to three more, at most 20
// characters in all and no exponent.
func ValidDecimal(s string) bool {
	if len(s) > maxDecimal {
		return false
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	if dotted && (!digits(fraction) || len(fraction) > maxFraction) {
		return false
	}
	return digits(whole)
}

// digits reports whether s is one or more of 0-9.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// A Time is a moment as the sender wrote it, with the offset of its place.
// Empty means absent.
type Time string

// UnmarshalJSON keeps the text. Whether it is a time is ValidTime's question.
func (t *Time) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] != '"' && string(text) != "null" {
		return &json.UnmarshalTypeError{Value: kind(text), Type: reflect.TypeFor[Time]()}
	}
	return json.Unmarshal(text, (*string)(t))
}

// Time gives the moment, in a zone of the offset that was written.
func (t Time) Time() (time.Time, error) {
	if len(t) > maxTime {
		return time.Time{}, errTime
	}
	// time.Parse also takes a comma for the fraction and an hour of one digit,
	// after which the colon is not where it has to be.
	at, err := time.Parse(time.RFC3339, string(t))
	if err != nil || t[len("2006-01-02T15")] != ':' || strings.Contains(string(t), ",") {
		return time.Time{}, errTime
	}
	return at, nil
}

// maxTime is far above what nanoseconds need; RFC 3339 knows no end of digits.
const maxTime = 40

var errTime = errors.New("not an RFC 3339 time with an offset")

// ValidTime reports whether s is an RFC 3339 time with an offset.
func ValidTime(s string) bool {
	_, err := Time(s).Time()
	return err == nil
}

// A Scalar is text that a sender may also give as a number, such as a
// coordinate. Nothing is calculated with it.
type Scalar string

// UnmarshalJSON keeps the text of a string or a number.
func (s *Scalar) UnmarshalJSON(text []byte) error {
	v, err := scalar(text, reflect.TypeFor[Scalar]())
	if err == nil {
		*s = Scalar(v)
	}
	return err
}

// scalar is the text of a JSON string or number; null is "". Anything else is a
// type error, of which only this kind gets its path from encoding/json.
func scalar(text []byte, t reflect.Type) (string, error) {
	switch kind(text) {
	case "string":
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	case "number":
		return string(text), nil
	case "null":
		return "", nil
	default:
		return "", &json.UnmarshalTypeError{Value: kind(text), Type: t}
	}
}

// kind names the type of a valid JSON value by its first byte.
func kind(text []byte) string {
	if len(text) == 0 {
		return "nothing"
	}
	switch text[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	default:
		return "number"
	}
}
