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

// A form is how a value is written, and what the reader makes of it.
type form int

const (
	formText     form = iota // a text
	formID                   // a text, or a number as it is written
	formSum                  // a decimal, of a number to wholes of a hundredth
	formQuantity             // a decimal, of a number to wholes of a thousandth
	formTruth                // true or false
	formObject
	formList
	formRaw // anything, as it stands there
)

// A shape says how the values of one Go type are read, by the type and its tags.
type shape struct {
	form    form
	members map[string]member // of an object, by their names on the wire
	element *shape            // of a list
}

// A member is a field of a struct that has a name on the wire.
type member struct {
	name  string
	index int
	*shape
}

// wellKnown are the shapes of what every webhook is read into. Any other shape is made when
// it is needed.
var wellKnown = map[reflect.Type]*shape{
	reflect.TypeFor[Envelope]():       shapeOf(reflect.TypeFor[Envelope](), ""),
	reflect.TypeFor[Order]():          shapeOf(reflect.TypeFor[Order](), ""),
	reflect.TypeFor[OrderPaid]():      shapeOf(reflect.TypeFor[OrderPaid](), ""),
	reflect.TypeFor[OrderCancelled](): shapeOf(reflect.TypeFor[OrderCancelled](), ""),
}

// shapeOf gives the shape of a Go type whose field has this tag `wire`.
func shapeOf(t reflect.Type, wire string) *shape {
	switch t {
	case reflect.TypeFor[json.RawMessage]():
		return &shape{form: formRaw}
	case reflect.TypeFor[Decimal]():
		if wire == wireQuantity {
			return &shape{form: formQuantity}
		}
		return &shape{form: formSum}
	case reflect.TypeFor[Scalar]():
		return &shape{form: formID}
	}
	switch {
	case t.Kind() == reflect.Bool:
		return &shape{form: formTruth}
	case t.Kind() == reflect.Slice:
		return &shape{form: formList, element: shapeOf(t.Elem(), "")}
	case t.Kind() == reflect.Struct:
		members := map[string]member{}
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
				members[name] = member{name, i, shapeOf(f.Type, f.Tag.Get("wire"))}
			}
		}
		return &shape{form: formObject, members: members}
	case wire == wireID:
		return &shape{form: formID}
	}
	return &shape{form: formText}
}

// A reader reads one document.
type reader struct {
	d       *jsontext.Decoder
	text    string // the document, of which values are parts; "" = they are texts of their own
	most    int    // elements of a list
	rounded []Rounded
}

var errBehind = errors.New("something stands behind the document")

// newDecoder reads from bytes that stay as they are. Bad UTF-8 is the caller's to
// refuse or to replace, and stays in what is read; half a surrogate pair, which has no
// UTF-8, becomes U+FFFD.
func newDecoder(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(text), tolerant()...)
}

// wellFormed fails unless text is one JSON document and nothing else.
func wellFormed(text []byte) error {
	d := newDecoder(text)
	err := d.SkipValue()
	if err == nil {
		err = ends(d)
	}
	if err != nil {
		return syntaxError(err, d)
	}
	return nil
}

// ends fails unless nothing stands behind the value that was read.
func ends(d *jsontext.Decoder) error {
	switch _, err := d.ReadToken(); err {
	case io.EOF:
		return nil
	case nil:
		return errBehind
	default:
		return err
	}
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

// read reads a document into the struct v points to; of a list it takes no more
// than one element above the most. The error is a *SyntaxError, or a *FieldError
// whose path begins with at. What is no JSON at its end is a *SyntaxError, whatever
// stands before.
func read(text []byte, v any, at string, most int) ([]Rounded, error) {
	into := reflect.ValueOf(v).Elem()
	shape, known := wellKnown[into.Type()]
	if !known {
		shape = shapeOf(into.Type(), "")
	}
	r := &reader{d: newDecoder(text), most: most}
	if most > 0 { // there is much to read
		r.text = string(text)
	}
	err := r.value(into, shape)
	if err == nil {
		err = ends(r.d)
	}
	if err != nil {
		if bad := wellFormed(text); bad != nil {
			return nil, bad
		}
		if e, ok := errors.AsType[*FieldError](err); ok {
			e.Field = join(at, e.Field)
		}
		return nil, err
	}
	for i := range r.rounded {
		r.rounded[i].Field = join(at, r.rounded[i].Field)
	}
	return r.rounded, nil
}

// value reads the next value into v. Null is absent.
func (r *reader) value(v reflect.Value, s *shape) error {
	kind := r.d.PeekKind()
	if kind == 'n' {
		v.SetZero()
		return r.d.SkipValue()
	}
	switch {
	case s.form == formObject && kind == '{':
		return r.object(v, s)
	case s.form == formList && kind == '[':
		return r.list(v, s)
	case s.form == formTruth && (kind == 't' || kind == 'f'):
		v.SetBool(kind == 't')
		return r.d.SkipValue()
	case s.form == formRaw:
		raw, err := r.d.ReadValue()
		v.SetBytes(raw) // a part of what is read
		return err
	case kind == '"' && s.form <= formQuantity:
		text, err := r.string()
		v.SetString(text)
		return err
	case kind == '0' && formID <= s.form && s.form <= formQuantity:
		return r.number(v, s.form)
	}
	return r.mismatch(v)
}

// string reads a text. Mostly that is a part of the document as it stands there.
func (r *reader) string() (string, error) {
	raw, err := r.d.ReadValue()
	if err != nil {
		return "", err
	}
	said, escaped := unquoted(raw)
	if escaped || r.text == "" {
		return string(said), nil
	}
	end := int(r.d.InputOffset()) - 1
	return r.text[end-len(said) : end], nil
}

// unquoted is what a JSON string says, and whether it is written with escapes. Half a
// surrogate pair has become U+FFFD.
func unquoted(raw jsontext.Value) (said []byte, escaped bool) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], false
	}
	said, _ = jsontext.AppendUnquote(nil, raw) // it was read already
	return said, true
}

// number reads a number in the place of a text. In a sum or a quantity it is freed of
// noise: a string is taken as it is, and only a number can have been through somebody's
// float.
func (r *reader) number(v reflect.Value, form form) error {
	raw, err := r.d.ReadValue()
	if err != nil {
		return err
	}
	sent, digits := string(raw), int32(2)
	if form == formID {
		v.SetString(sent)
		return nil
	}
	if form == formQuantity {
		digits = maxFraction
	}
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
func (r *reader) object(v reflect.Value, s *shape) error {
	if _, err := r.d.ReadToken(); err != nil {
		return err
	}
	var seen uint64 // a bit for each field
	for r.d.PeekKind() == '"' {
		raw, err := r.d.ReadValue()
		if err != nil {
			return err
		}
		name, _ := unquoted(raw)
		m, known := s.members[string(name)]
		if !known {
			err = r.d.SkipValue()
		} else {
			bit := uint64(1) << m.index
			err = r.named(v.Field(m.index), m, seen&bit != 0)
			seen |= bit
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
func (r *reader) named(v reflect.Value, m member, again bool) error {
	into, before := v, len(r.rounded)
	if again {
		into = reflect.New(v.Type()).Elem()
	}
	if err := r.value(into, m.shape); err != nil {
		return below(m.name, err)
	}
	switch {
	case again && !same(v, into):
		return &FieldError{Field: m.name, Rule: ruleRepeated}
	case again:
		r.rounded = r.rounded[:before]
	}
	for i := range r.rounded[before:] {
		r.rounded[before+i].Field = join(m.name, r.rounded[before+i].Field)
	}
	return nil
}

// list reads the elements, and stops after the first one too many, which is
// enough to refuse them all: a body of nothing but "{}" does not become
// megabytes of lines.
func (r *reader) list(v reflect.Value, s *shape) error {
	if _, err := r.d.ReadToken(); err != nil {
		return err
	}
	const few = 4                              // as many as most lists have
	v.Set(reflect.MakeSlice(v.Type(), 0, few)) // an empty list is not an absent one
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
		if err := r.value(v.Index(n), s.element); err != nil {
			return below(index(n), err)
		}
		for i := range r.rounded[before:] {
			r.rounded[before+i].Field = join(index(n), r.rounded[before+i].Field)
		}
	}
	_, err := r.d.ReadToken()
	return err
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
