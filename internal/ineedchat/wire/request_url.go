package wire

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Where a request goes is relative to the chat's URL: nothing of a program, and nothing of
// a body that a program puts into it, may lead to another host or out of that URL's path.
// A list of segments is the safe form: each is escaped, so a value cannot be more than one.
// A text is taken as it is; it is refused if a value of the order stands in it that should
// have been escaped, which is what a program gets that forgets to.

// place reads url and query.
func (m members) place(out *Request) (err error) {
	switch at := m["url"]; {
	case at == nil:
	case at.Kind() == '"':
		text, err := m.text("url")
		if err != nil {
			return err
		}
		path, query, _ := strings.Cut(text, "?")
		if out.Call.Path, err = literalPath(path); err != nil {
			return err
		}
		if out.Call.Query, err = literal("url", query); err != nil {
			return err
		}
	case at.Kind() == '[':
		if out.Call.Path, err = listedPath(at); err != nil {
			return err
		}
	default:
		return badRequest("url", "neither a text nor a list of segments")
	}
	if m["query"] == nil {
		return nil
	}
	query, err := formText("query", m["query"])
	if err != nil {
		return err
	}
	out.Call.Query = strings.Trim(out.Call.Query+"&"+query, "&")
	return nil
}

// listedPath makes a path of a list of segments.
func listedPath(list jsontext.Value) (string, error) {
	v, err := decode(list)
	segments, is := v.([]any)
	if err != nil || !is {
		return "", badRequest("url", "not a list of segments")
	}
	var path []string
	for n, s := range segments {
		at := fmt.Sprintf("url[%d]", n)
		text, err := textOf(s)
		segment, _ := text.(string)
		if err != nil || segment == "" {
			return "", badRequest(at, "a segment that is empty, or neither a text nor a number")
		}
		if err := stays(at, segment); err != nil {
			return "", err
		}
		path = append(path, url.PathEscape(segment))
	}
	return strings.Join(path, "/"), nil
}

// literalPath looks at a path that is taken as it is. A slash at its beginning changes
// nothing, and alone it is one behind the chat's URL.
func literalPath(text string) (string, error) {
	if strings.HasPrefix(text, "//") {
		return "", badRequest("url", "another host")
	}
	rest, rooted := strings.CutPrefix(text, "/")
	if rest == "" {
		return text, nil
	}
	segments := strings.Split(rest, "/")
	if !rooted && strings.Contains(segments[0], ":") {
		return "", badRequest("url", "an absolute address, or a colon in the first segment: use a list of segments")
	}
	for n, s := range segments {
		if s == "" && n < len(segments)-1 {
			return "", badRequest("url", "an empty segment")
		}
		if err := stays("url", s); err != nil {
			return "", err
		}
	}
	return literal("url", rest)
}

// stays fails if a segment could leave its place in a path, also where a server undoes its
// escapes, or takes a backslash for a slash.
func stays(at, segment string) error {
	for range 4 {
		parts := strings.FieldsFunc(segment, func(r rune) bool { return r == '/' || r == '\\' })
		if slices.Contains(parts, "..") || slices.Contains(parts, ".") {
			return badRequest(at, "a step with dots, which would lead elsewhere")
		}
		if strings.ContainsFunc(segment, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return badRequest(at, "a control character")
		}
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == segment {
			return nil
		}
		segment = plain
	}
	return badRequest(at, "escaped too often")
}

// literal looks at a part of an address that is taken as it is, and escapes what no
// address has.
func literal(at, text string) (string, error) {
	if _, err := url.PathUnescape(text); err != nil {
		return "", badRequest(at, "a % without two digits of hexadecimal")
	}
	var out strings.Builder
	for _, b := range []byte(text) {
		switch {
		case b == '#' || b == '\\' || b < ' ' || b == 0x7f:
			return "", badRequest(at, "a fragment, a backslash or a control character")
		case b > 0x7f || strings.IndexByte(" \"<>^`{|}", b) >= 0:
			fmt.Fprintf(&out, "%%%02X", b)
		default:
			out.WriteByte(b)
		}
	}
	return out.String(), nil
}

// special are the characters that mean something in an address.
const special = "/?#%&=+;\\"

const errUnescaped = "a value of the order stands in the text as it came: use a list of segments, " +
	`or @uri "…", so that it is escaped`

// unescapedIn reports whether a text that the program was given stands in an address with
// characters that mean something there.
func unescapedIn(address string, given any) bool {
	switch v := given.(type) {
	case string:
		return len(v) > 1 && (strings.ContainsAny(v, special) || v == "..") && strings.Contains(address, v)
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return unescapedIn(address, inner) })
	case map[string]any:
		for name, inner := range v {
			if unescapedIn(address, name) || unescapedIn(address, inner) {
				return true
			}
		}
	}
	return false
}

// addressIn is the address in what a program yields, if it is a text.
func addressIn(yield []byte) string {
	v, _ := decode(yield)
	m, _ := v.(map[string]any)
	if inner, is := m["request"].(map[string]any); is {
		m = inner
	}
	address, _ := m["url"].(string)
	return address
}

// formText writes an object as a form: what is nested gets names in brackets, as PHP reads
// them. null is left out; texts and numbers stay as they are.
func formText(at string, object jsontext.Value) (string, error) {
	v, err := decode(object)
	fields, is := v.(map[string]any)
	if err != nil || !is {
		return "", badRequest(at, "not an object")
	}
	f := formWriter{at: at}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := f.write(name, fields[name], 0); err != nil {
			return "", err
		}
	}
	return strings.Join(f.fields, "&"), nil
}

type formWriter struct {
	at     string
	fields []string
}

func (f *formWriter) write(name string, v any, depth int) error {
	if depth > maxNested {
		return badRequest(f.at, "nested too deeply")
	}
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(v)) {
			if err := f.write(name+"["+inner+"]", v[inner], depth+1); err != nil {
				return err
			}
		}
	case []any:
		for n, inner := range v {
			if err := f.write(fmt.Sprintf("%s[%d]", name, n), inner, depth+1); err != nil {
				return err
			}
		}
	default:
		text, is := v.(string)
		if !is {
			text = fmt.Sprint(v) // a number as it was written, true, or false
		}
		if f.fields = append(f.fields, url.QueryEscape(name)+"="+url.QueryEscape(text)); len(f.fields) > maxFields {
			return badRequest(f.at, fmt.Sprintf("more than %d fields", maxFields))
		}
	}
	return nil
}
