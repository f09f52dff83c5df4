package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// errBehind says that a text holds more than one document.
var errBehind = errors.New("something stands behind the document")

// decode gives a document as programs take it: objects, lists, texts, and numbers as they
// were written. Of a name that stands twice the last value counts, as everywhere where
// jq is; half a letter becomes U+FFFD.
func decode(text []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := value(d)
	if err != nil {
		return nil, syntaxAt(err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, errBehind
	}
	return v, nil
}

// syntaxAt keeps the place and the reason, without the names around it.
func syntaxAt(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("byte %d: %w", e.ByteOffset, e.Err)
	}
	return err
}

// value reads one value. The decoder bounds how deep they are nested.
func value(d *jsontext.Decoder) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		return json.Number(t.String()), nil
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.ReadToken()
		return list, err
	}
	object := map[string]any{}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the next read, which reuses it
		if object[key], err = value(d); err != nil {
			return nil, err
		}
	}
	_, err = d.ReadToken()
	return object, err
}
