package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
)

// maxSettings is the largest body of the JSON API.
const maxSettings = 64 << 10

// firstRead is how much memory a body gets before it has sent anything. What a
// sender announces is not yet a reason to spend memory.
const firstRead = 8 << 10

// Rules of our own about a request's values; the others are the validator's
// tags and the bridge's codes.
const (
	ruleType     = "type"     // of another JSON type
	ruleDuration = "duration" // not a Go duration
	ruleTime     = "rfc3339"  // not a time with an offset
	ruleMismatch = "mismatch" // differs from the path
)

// readBody reads a JSON body of at most limit bytes. It judges size and type
// before it reads. With an error it gives what it has read of the body, which
// may be one byte more than the limit, so that the rest can be read on.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, failure.ErrTooLarge
	}
	if !isJSON(r.Header) {
		return nil, failure.ErrMediaType
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(r.ContentLength, 0), firstRead)) + bytes.MinRead)
	// The limit holds for what really comes, whatever was announced.
	_, err := buf.ReadFrom(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return buf.Bytes(), fmt.Errorf("%w: %w", failure.ErrIncomplete, err)
	}
	if int64(buf.Len()) > limit {
		return buf.Bytes(), failure.ErrTooLarge
	}
	return buf.Bytes(), nil
}

// plainCoding reports whether a body comes as it is. Nothing is unpacked: a small body must
// not become a large one.
func plainCoding(h http.Header) bool {
	enc := h.Get("Content-Encoding")
	return enc == "" || strings.EqualFold(enc, "identity")
}

// isJSON reports whether the headers promise JSON that is not compressed.
func isJSON(h http.Header) bool {
	if !plainCoding(h) {
		return false
	}
	const plain = "application/json"
	if h.Get("Content-Type") == plain { // as nearly all have it
		return true
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false
	}
	return kind == plain ||
		strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// readStrict reads a JSON object of the API into the struct v points to. A field
// that v does not have is an error that names the field: a setting that is
// misspelt must not be ignored in silence.
func readStrict(c echo.Context, v any) error { return readStrictOf(c, v, maxSettings) }

// readStrictOf is readStrict for a body of another greatest size.
func readStrictOf(c echo.Context, v any, most int64) error {
	body, err := readBody(c, most)
	if err != nil {
		return err
	}
	return decodeStrict(body, v)
}

// decodeStrict decodes twice: once as it stands, to find what v has no field
// for, and once into v. That is affordable because settings are small and rare.
// Names match to the letter, and a name that stands twice in an object is an
// error, whatever it says: whoever has put it there meant one of the two.
func decodeStrict(body []byte, v any) error {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	// Replacement characters would be stored where bad bytes were.
	if !utf8.Valid(body) {
		return &ineedchat.SyntaxError{Err: errors.New("invalid UTF-8")}
	}
	// Half a surrogate pair is no bad byte: it becomes U+FFFD.
	halves := jsontext.AllowInvalidUTF8(true)
	var tree any
	if err := json.Unmarshal(body, &tree, halves); err != nil {
		return strictError(err, reflect.TypeOf(v).Elem())
	}
	if _, ok := tree.(map[string]any); !ok {
		return failure.Wrong("", ruleType, map[string]string{"want": "object"})
	}
	if list := unknownFields(tree, reflect.TypeOf(v).Elem(), ""); len(list) > 0 {
		return &failure.Invalid{Fields: list}
	}
	if err := json.Unmarshal(body, v, halves); err != nil {
		return strictError(err, reflect.TypeOf(v).Elem())
	}
	return nil
}

// strictError makes the error of a body that does not fit into t.
func strictError(err error, t reflect.Type) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return failure.Wrong(memberPath(e.JSONPointer, t), ruleType, map[string]string{"want": jsonType(e.GoType)})
	}
	e, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case !ok:
		return &ineedchat.SyntaxError{Err: err}
	case e.Err == jsontext.ErrDuplicateName:
		return failure.Wrong(strings.Join(slices.Collect(e.JSONPointer.Tokens()), "."), problem.FieldRepeated, nil)
	}
	return &ineedchat.SyntaxError{Offset: e.ByteOffset, Err: e.Err}
}

// memberPath is the path to a value as far as it goes through fields of t. The
// keys of a map and the places in a list are the caller's own, so the path ends
// there.
func memberPath(at jsontext.Pointer, t reflect.Type) string {
	var path []string
	for name := range at.Tokens() {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			break
		}
		f, ok := fieldOf(t, name)
		if !ok {
			break
		}
		path, t = append(path, name), f.Type
	}
	return strings.Join(path, ".")
}

// unknownFields lists the members of tree that t has no field for, sorted.
func unknownFields(tree any, t reflect.Type, at string) []api.FieldError {
	// What is no object here is either right or decoding's error to name; the
	// keys of a map are the caller's own.
	members, ok := tree.(map[string]any)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if !ok || t.Kind() != reflect.Struct {
		return nil
	}
	var list []api.FieldError
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if f, ok := fieldOf(t, name); ok {
			list = append(list, unknownFields(members[name], f.Type, at+name+".")...)
		} else {
			list = append(list, failure.NewField(at+name, problem.FieldUnknown, nil))
		}
	}
	return list
}

// fieldOf is the field of t whose JSON name is name, to the letter.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if jsonName(f) == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// jsonName is what a field is called on the wire.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// jsonType names the JSON type that a value of Go type t is written as.
func jsonType(t reflect.Type) string {
	if t == nil {
		return "string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Slice:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	default:
		return "string"
	}
}
