package ineedchat

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The names of the rules that `validate` tags use beyond the validator's own.
const (
	ruleID          = "chatid"      // ValidID
	ruleDecimal     = "decimal"     // validDecimal
	rulePositive    = "positive"    // a decimal above zero
	ruleNonNegative = "nonnegative" // a decimal, zero or above
	ruleTime        = "rfc3339"     // validTime
)

// Rules gives the rules by name, for the caller to register with its validator.
// Each takes the value as text: every type they stand at is a kind of string.
func Rules() map[string]func(value string) bool {
	return map[string]func(string) bool{
		ruleID:          ValidID,
		ruleDecimal:     validDecimal,
		rulePositive:    positive,
		ruleNonNegative: nonNegative,
		ruleTime:        validTime,
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
// is a string or a number; a number is taken as text, never through a float, and
// freed of the noise of the sender's. Empty means absent.
type Decimal string

var errDecimal = errors.New("not a decimal of at most 3 fraction digits")

// Decimal gives the number. The text is checked first: the parser behind it
// takes exponents, with which a few bytes can ask for gigabytes.
func (d Decimal) Decimal() (decimal.Decimal, error) {
	if !validDecimal(string(d)) {
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

// validDecimal reports whether s is a decimal number as the contract has it: an
// optional sign, digits, and perhaps a dot and one to three more, at most 20
// characters in all and no exponent.
func validDecimal(s string) bool {
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

// positive reports whether s is a decimal above zero, and nonNegative whether it is none
// below. A zero may have any sign.
func positive(s string) bool    { return validDecimal(s) && s[0] != '-' && !zero(s) }
func nonNegative(s string) bool { return validDecimal(s) && (s[0] != '-' || zero(s)) }

func zero(decimal string) bool { return !strings.ContainsAny(decimal, "123456789") }

// A Rounded is a number that was sent with the noise of a float, such as
// 989.9999999999999, and what it was taken for.
type Rounded struct {
	Field       string // its path, as in a FieldError
	Sent, Taken string
}

// The most that a number with noise may look like. What a float of 64 bits is
// written as has no more than 17 digits and an exponent, or, without one, so
// many zeros before them as its size asks for.
const (
	maxNoisy    = 40
	maxExponent = 30
)

// noise is how far from a decimal a float's may lie.
var noise = decimal.New(1, -6)

// denoise gives the decimal of so many fraction digits that a JSON number stands
// for, and reports whether it is another number than was sent. It is one that
// the contract has as it is, or one that is written in another way (9.9e2,
// 990.0000), or one with the noise of a float. What is none of these stays as it
// is, for validDecimal to refuse. Its length and its exponent are looked at
// before anything is calculated: a few bytes can name a number of gigabytes.
func denoise(text string, fraction int32) (taken string, rounded bool) {
	if validDecimal(text) || len(text) > maxNoisy {
		return text, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		if n, err := strconv.Atoi(exponent); err != nil || n < -maxExponent || n > maxExponent {
			return text, false
		}
	}
	sent, err := decimal.NewFromString(text)
	if err != nil {
		return text, false
	}
	near := sent.Round(fraction)
	if sent.Sub(near).Abs().GreaterThan(noise) {
		return text, false
	}
	return near.StringFixed(fraction), !near.Equal(sent)
}

// digits reports whether s is one or more of 0-9.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// A Time is a moment as the sender wrote it, with the offset of its place.
// Empty means absent.
type Time string

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

// validTime reports whether s is an RFC 3339 time with an offset.
func validTime(s string) bool {
	_, err := Time(s).Time()
	return err == nil
}

// A Scalar is text that a sender may also give as a number, such as a
// coordinate. Nothing is calculated with it.
type Scalar string
