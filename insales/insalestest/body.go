package insalestest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
)

// A shape is what the documentation, the samples and the known clients have in
// a request; nil is a leaf, and * stands for any name.
type shape map[string]shape

// whatever is inside of what the shop only keeps.
var whatever = shape{"*": nil}

// leaves is a shape without inner ones.
func leaves(names ...string) shape {
	s := shape{}
	for _, name := range names {
		s[name] = nil
	}
	return s
}

// with adds an inner shape.
func (s shape) with(name string, inner shape) shape {
	s[name] = inner
	return s
}

// strangers lists the names in v that the shape does not know.
func (s shape) strangers(prefix string, v any) []string {
	var found []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			found = append(found, s.strangers(prefix, e)...)
		}
	case map[string]any:
		for name, value := range v {
			at := strings.TrimPrefix(prefix+"."+name, ".")
			inner, known := s[name]
			if _, all := s["*"]; !known && !all {
				found = append(found, at)
				continue
			}
			found = append(found, inner.strangers(at, value)...)
		}
	}
	return found
}

// attrs reads the body of a write to a resource. The usual root may be missing,
// as one client sends it. What is not an object of JSON is answered with 400.
// A PUT of nothing changes nothing: the vendor's own tests send [] there.
func (s *Shop) attrs(c *call, root string, known shape) (attrs, answer) {
	media, _, _ := mime.ParseMediaType(c.http.Header.Get("Content-Type"))
	if media != "application/json" { // documented since 2026, with these words
		return nil, answer{
			status: http.StatusUnprocessableEntity,
			body:   encode(object{"message": "incorrect Content-Type, should be application/json"}),
		}
	}
	if text := strings.TrimSpace(string(c.body)); c.http.Method == http.MethodPut && (text == "" || text == "[]") {
		return attrs{}, answer{}
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	var body map[string]any
	if d.Decode(&body) != nil || d.Decode(new(any)) != io.EOF || body == nil {
		return nil, failure(http.StatusBadRequest, "Bad request")
	}
	inner, wrapped := body[root]
	if !wrapped {
		inner = body
		s.report(known.strangers(root, body)...)
	} else {
		s.report(shape{root: known}.strangers("", body)...)
	}
	values, isObject := inner.(map[string]any)
	if !isObject {
		return nil, failure(http.StatusBadRequest, "param is missing or the value is empty: "+root)
	}
	if bad := s.badText(values); len(bad) > 0 {
		return nil, bad.answer()
	}
	if s.conf.StripEmoji {
		values, _ = mapText(values, withoutEmoji).(map[string]any)
	}
	return values, answer{}
}

// badText names the fields whose text the shop cannot keep, if it is told to be
// like that: what old MySQL tables do to an emoji, and what a careful program does to
// a control character. Whether InSales has them is not known.
func (s *Shop) badText(a attrs) invalid {
	bad := invalid{}
	for name, v := range a {
		emoji, control := s.conf.RefuseEmoji && holds(v, isEmoji), s.conf.RefuseControl && holds(v, isControl)
		if emoji || control {
			bad.add(name, "содержит недопустимые символы")
		}
	}
	return bad
}

// isEmoji is a character that takes four bytes, isControl one that is not seen.
func isEmoji(r rune) bool { return r > 0xFFFF }

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// holds looks for a character at any depth.
func holds(v any, is func(rune) bool) bool {
	found := false
	mapText(v, func(text string) string {
		found = found || strings.ContainsFunc(text, is)
		return text
	})
	return found
}

func withoutEmoji(text string) string {
	return strings.Map(func(r rune) rune {
		if isEmoji(r) {
			return -1
		}
		return r
	}, text)
}

// mapText changes each text at any depth.
func mapText(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		for i := range v {
			v[i] = mapText(v[i], change)
		}
	case map[string]any:
		for name := range v {
			v[name] = mapText(v[name], change)
		}
	}
	return v
}
