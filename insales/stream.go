package insales

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-faster/jx"
)

// These read values out of a stream of JSON with the tolerance of [fields]: a
// value of another type than expected is skipped, never an error. Products are
// read so because a page of them is megabytes; orders, which come by the dozen,
// by fields.

// text gives a string, or a number or boolean as it is written; else "".
func text(d *jx.Decoder) (string, error) {
	switch d.Next() {
	case jx.String:
		return d.Str()
	case jx.Number:
		n, err := d.Num()
		return string(n), err
	case jx.Bool:
		b, err := d.Bool()
		return strconv.FormatBool(b), err
	}
	return "", d.Skip()
}

// integer takes a number or a string of digits; else it is 0.
func integer(d *jx.Decoder) (int64, error) {
	if d.Next() == jx.Number {
		digits, err := d.Num()
		n, plain := strconv.ParseInt(string(digits), 10, 64)
		if plain != nil {
			n, _ = digits.Int64() // of 1.0; 0 for a fraction
		}
		return n, err
	}
	s, err := text(d)
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err
}

func truth(d *jx.Decoder) (bool, error) {
	if d.Next() == jx.Bool {
		return d.Bool()
	}
	s, err := text(d)
	return s == "true" || s == "1", err
}

// maybe is truth, or nil for what is no boolean.
func maybe(d *jx.Decoder) (*bool, error) {
	s, err := text(d)
	if s != "true" && s != "false" && s != "1" && s != "0" {
		return nil, err
	}
	b := s == "true" || s == "1"
	return &b, err
}

// object hands over the fields of an object; anything else has none.
func object(d *jx.Decoder, field func(d *jx.Decoder, key []byte) error) error {
	if d.Next() != jx.Object {
		return d.Skip()
	}
	return d.ObjBytes(field)
}

// list hands over the elements of a list, at most so many; anything else has
// none.
func list(d *jx.Decoder, most int, element func(*jx.Decoder) error) error {
	if d.Next() != jx.Array {
		return d.Skip()
	}
	n := 0
	return d.Arr(func(d *jx.Decoder) error {
		if n++; n > most {
			return d.Skip()
		}
		return element(d)
	})
}

// nothingBehind fails unless the document was all there is.
func nothingBehind(d *jx.Decoder) error {
	if d.Next() == jx.Invalid {
		if err := d.Skip(); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
	}
	return errors.New("something stands behind the document")
}

// tornError keeps the bytes of a body out of an error: the decoder quotes them.
func tornError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
