package wire

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// A Body is what a chat has sent, as it came.
type Body struct {
	ContentType string // the header, with its parameters; "" = by the look of the text
	Text        []byte
	Query       string // of the address, without "?"; the input where there is no text
}

// Bounds of a form.
const (
	maxFields = 5000
	maxNested = 32 // brackets of one name
)

// A BodyError says why a body cannot be read at all.
type BodyError struct{ Reason string }

func (e *BodyError) Error() string { return e.Reason }

// Input gives the body as a program takes it: JSON of any shape as it is, with its
// numbers as they were written, and the fields of a form as an object of texts, names in
// brackets unfolded. It fails with a *BodyError.
func (b Body) Input() (any, error) {
	kind, params, err := mime.ParseMediaType(b.ContentType)
	if err != nil {
		kind, params = "", nil
	}
	if len(bytes.TrimSpace(b.Text)) == 0 {
		return form(b.Query, "")
	}
	switch {
	case kind == "multipart/form-data":
		return multipartForm(b.Text, params["boundary"])
	case kind == "application/x-www-form-urlencoded" && !looksLikeJSON(b.Text):
		return form(string(bytes.TrimSpace(b.Text)), params["charset"])
	case kind == "application/json", strings.HasSuffix(kind, "+json"), looksLikeJSON(b.Text):
		return decodeJSON(b.Text, params["charset"])
	case kind == "", kind == "text/plain":
		return form(string(bytes.TrimSpace(b.Text)), params["charset"])
	}
	return nil, &BodyError{fmt.Sprintf("a body of the type %.100q is not understood", kind)}
}

// looksLikeJSON tells that a text is JSON rather than a form: some chats send it under the
// form's type.
func looksLikeJSON(text []byte) bool {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, utf8BOM))
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

var utf8BOM = []byte("\xef\xbb\xbf")

func decodeJSON(text []byte, encoding string) (any, error) {
	decoded, err := utf8Of(text, encoding)
	if err != nil {
		return nil, err
	}
	v, err := decode([]byte(decoded))
	if err != nil {
		return nil, &BodyError{"not JSON: " + err.Error()}
	}
	return v, nil
}

// utf8Of decodes a text of an encoding; without one it is UTF-8. It drops a byte order
// mark.
func utf8Of(text []byte, encoding string) (string, error) {
	if encoding == "" || strings.EqualFold(encoding, "utf-8") || strings.EqualFold(encoding, "utf8") {
		return strings.ToValidUTF8(string(bytes.TrimPrefix(text, utf8BOM)), "\ufffd"), nil
	}
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return "", &BodyError{fmt.Sprintf("the encoding %.50q is not known", encoding)}
	}
	decoded, err := e.NewDecoder().Bytes(text)
	if err != nil {
		return "", &BodyError{fmt.Sprintf("the text is not in the encoding %.50q", encoding)}
	}
	return string(decoded), nil
}

// form reads an encoded form.
func form(text, encoding string) (any, error) {
	t := newTree()
	text = strings.TrimPrefix(text, string(utf8BOM))
	for n := 0; text != ""; n++ {
		if n == maxFields {
			return nil, &BodyError{fmt.Sprintf("more than %d fields", maxFields)}
		}
		var field string
		field, text, _ = strings.Cut(text, "&")
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=")
		var parts [2]string
		for i, part := range []string{name, value} {
			raw, err := url.QueryUnescape(part)
			if err != nil {
				return nil, &BodyError{"not a form: a % without two digits of hexadecimal"}
			}
			if parts[i] = raw; encoding != "" || !utf8.ValidString(raw) {
				if parts[i], err = utf8Of([]byte(raw), encoding); err != nil {
					return nil, err
				}
			}
		}
		if err := t.put(parts[0], parts[1]); err != nil {
			return nil, err
		}
	}
	return t.value(), nil
}

// multipartForm reads the fields of a form in parts. Files are left out.
func multipartForm(text []byte, boundary string) (any, error) {
	if boundary == "" {
		return nil, &BodyError{"a form in parts without a boundary in its type"}
	}
	t := newTree()
	r := multipart.NewReader(bytes.NewReader(text), boundary)
	for n := 0; ; n++ {
		part, err := r.NextPart()
		if err == io.EOF {
			return t.value(), nil
		}
		if err != nil {
			return nil, &BodyError{"not a form in parts, or a torn one"}
		}
		if n == maxFields {
			return nil, &BodyError{fmt.Sprintf("more than %d fields", maxFields)}
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue
		}
		raw, err := io.ReadAll(part) // no longer than the text, which is bounded
		if err != nil {
			return nil, &BodyError{"not a form in parts, or a torn one"}
		}
		_, params, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		value, err := utf8Of(raw, params["charset"])
		if err != nil {
			return nil, err
		}
		if err := t.put(part.FormName(), value); err != nil {
			return nil, err
		}
	}
}
