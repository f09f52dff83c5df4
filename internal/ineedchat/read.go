package ineedchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// This is how a document of the wire becomes a struct. It is done here, token by
// token, because no decoder that we know keeps all that the contract promises:
//
//   - A name matches to the letter. "Price" beside "price" is an unknown field,
//     and unknown fields are skipped wherever they stand, be they repeated or not.
//   - A known name that stands twice in one object is taken if both say the same,
//     and is an error that names the field if they do not: one of two prices is
//     never guessed. They say the same if the reader makes the same of both: the
//     same text, truth or number, so "990.00", 990.00 and 990 are one sum, and
//     null is the same as an empty text.
//   - A number in the place of an id is its text; a number in the place of a sum
//     or a quantity is freed of the noise of a float (see denoise).
//   - A value of another type is an error with the path to it.
//
// Nesting costs a few bytes a level and no recursion, but for the few levels
// that the structs have.

// The values of the tag `wire`.
const (
	wireID       = "id"       // a number is taken too, as its text
	wireQuantity = "quantity" // a number is rounded to wholes of a thousandth, not of a hundredth
)

// A reader reads one document.
type reader struct {
	d       *jsontext.Decoder
	most    int // elements of a list
	fields  map[reflect.Type]map[string]member
	rounded []Rounded
}

// A member is a field of a struct that has a name on the wire.
type member struct {
	index int
	wire  string // of its tag
}

var errBehind = errors.New("something stands behind the document")

// newReader reads from bytes that stay as they are. Bad UTF-8 is [Decode]'s to
// refuse; half a surrogate pair, which has no UTF-8, becomes U+FFFD.
func newReader(text []byte, most int) *reader {
	d := jsontext.NewDecoder(bytes.NewBuffer(text), tolerant()...)
	return &reader{d: d, most: most, fields: map[reflect.Type]map[string]member{}}
}

// wellFormed fails unless text is one JSON document and nothing else.
func wellFormed(text []byte) error {
	d := newReader(text, 0).d
	err := d.SkipValue()
	if err == nil {
		switch _, err = d.ReadToken(); {
		case err == io.EOF:
			return nil
		case err == nil:
			err = errBehind
		}
	}
	return syntaxError(err, d)
}

// syntaxError keeps the place and the reason, and leaves out the names that the
// decoder puts around them.
func syntaxError(err error, d *jsontext.Decoder) *SyntaxError {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return &SyntaxError{Offset: e.ByteOffset, Err: e.Err}
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &SyntaxError{Offset: d.InputOffset(), Err: err}
}

// read reads well-formed text into the struct v points to; of a list it takes no
// more than one element above the most. The error is a *FieldError whose path
// begins with at.
func read(text []byte, v any, at string, most int) ([]Rounded, error) {
	r := newReader(text, most)
	err := r.value(reflect.ValueOf(v).Elem(), "")
	if e, ok := errors.AsType[*FieldError](err); ok {
		e.Field = join(at, e.Field)
		return nil, e
	}
	if err != nil {
		return nil, syntaxError(err, r.d)
	}
	for i := range r.rounded {
		r.rounded[i].Field = join(at, r.rounded[i].Field)
	}
	return r.rounded, nil
}

// value reads the next value into v. Null is absent.
func (r *reader) value(v reflect.Value, wire string) error {
	kind := r.d.PeekKind()
	if kind == 'n' {
		v.SetZero()
		return r.d.SkipValue()
	}
	switch v.Type() {
	case reflect.TypeFor[json.RawMessage]():
		raw, err := r.d.ReadValue()
		v.SetBytes(bytes.Clone(raw))
		return err
	case reflect.TypeFor[Decimal]():
		return r.decimal(v, kind, wire)
	case reflect.TypeFor[Scalar]():
		return r.text(v, kind, true)
	}
	switch {
	case v.Kind() == reflect.String:
		return r.text(v, kind, wire == wireID)
	case v.Kind() == reflect.Bool && (kind == 't' || kind == 'f'):
		token, err := r.d.ReadToken()
		v.SetBool(err == nil && token.Bool())
		return err
	case v.Kind() == reflect.Struct && kind == '{':
		return r.object(v)
	case v.Kind() == reflect.Slice && kind == '[':
		return r.list(v)
	}
	return r.mismatch(v)
}

// text reads a string, or a number as it is written where that is taken.
func (r *reader) text(v reflect.Value, kind jsontext.Kind, numbers bool) error {
	if kind != '"' && (kind != '0' || !numbers) {
		return r.mismatch(v)
	}
	token, err := r.d.ReadToken()
	if err == nil {
		v.SetString(token.String())
	}
	return err
}

// decimal reads a sum or a quantity. A string is taken as it is: only a number
// can have been through somebody's float.
func (r *reader) decimal(v reflect.Value, kind jsontext.Kind, wire string) error {
	if err := r.text(v, kind, true); err != nil || kind != '0' {
		return err
	}
	digits := int32(2)
	if wire == wireQuantity {
		digits = maxFraction
	}
	sent := v.String()
	taken, rounded := denoise(sent, digits)
	v.SetString(taken)
	if rounded {
		r.rounded = append(r.rounded, Rounded{Sent: sent, Taken: taken})
	}
	return nil
}

// mismatch is a value of another type than v's, or the reason why none could be
// read.
func (r *reader) mismatch(v reflect.Value) error {
	if err := r.d.SkipValue(); err != nil {
		return err
	}
	return &FieldError{Rule: wanted(v.Type())}
}

// object reads the members that v has fields for.
func (r *reader) object(v reflect.Value) error {
	if _, err := r.d.ReadToken(); err != nil {
		return err
	}
	fields := r.fieldsOf(v.Type())
	seen := make([]bool, v.NumField())
	for r.d.PeekKind() == '"' {
		token, err := r.d.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		f, known := fields[name]
		if !known {
			err = r.d.SkipValue()
		} else {
			err = r.named(v.Field(f.index), f.wire, name, seen[f.index])
			seen[f.index] = true
		}
		if err != nil {
			return err
		}
	}
	_, err := r.d.ReadToken()
	return err
}

// named reads the value of a name into v. One that was there before stays, if
// this one says the same.
func (r *reader) named(v reflect.Value, wire, name string, again bool) error {
	into, before := v, len(r.rounded)
	if again {
		into = reflect.New(v.Type()).Elem()
	}
	if err := r.value(into, wire); err != nil {
		return below(name, err)
	}
	switch {
	case again && !same(v, into):
		return &FieldError{Field: name, Rule: ruleRepeated}
	case again:
		r.rounded = r.rounded[:before]
	}
	for i := range r.rounded[before:] {
		r.rounded[before+i].Field = join(name, r.rounded[before+i].Field)
	}
	return nil
}

// list reads the elements, and stops after the first one too many, which is
// enough to refuse them all: a body of nothing but "{}" does not become
// megabytes of lines.
func (r *reader) list(v reflect.Value) error {
	if _, err := r.d.ReadToken(); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // an empty list is not an absent one
	for n := 0; r.d.PeekKind() != ']'; n++ {
		if n > r.most {
			if err := r.d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		before := len(r.rounded)
		v.Grow(1)
		v.SetLen(n + 1)
		if err := r.value(v.Index(n), ""); err != nil {
			return below(index(n), err)
		}
		for i := range r.rounded[before:] {
			r.rounded[before+i].Field = join(index(n), r.rounded[before+i].Field)
		}
	}
	_, err := r.d.ReadToken()
	return err
}

// fieldsOf gives the fields of a struct by their names on the wire.
func (r *reader) fieldsOf(t reflect.Type) map[string]member {
	if known, ok := r.fields[t]; ok {
		return known
	}
	fields := map[string]member{}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = member{i, f.Tag.Get("wire")}
		}
	}
	r.fields[t] = fields
	return fields
}

// below puts a name before the path of a FieldError.
func below(name string, err error) error {
	if e, ok := errors.AsType[*FieldError](err); ok {
		e.Field = join(name, e.Field)
	}
	return err
}

// same reports whether two values say the same.
func same(a, b reflect.Value) bool {
	switch a.Type() {
	case reflect.TypeFor[Decimal]():
		x, err := Decimal(a.String()).Decimal()
		y, err2 := Decimal(b.String()).Decimal()
		if err == nil && err2 == nil {
			return x.Equal(y)
		}
	case reflect.TypeFor[json.RawMessage]():
		x, y := jsontext.Value(bytes.Clone(a.Bytes())), jsontext.Value(bytes.Clone(b.Bytes()))
		// What cannot be compacted is compared as it is.
		_, _ = x.Compact(tolerant()...), y.Compact(tolerant()...)
		return bytes.Equal(x, y)
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// tolerant lets pass what the reader judges for itself, or does not look at.
func tolerant() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}
