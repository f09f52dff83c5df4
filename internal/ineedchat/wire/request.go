package wire

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	jsonexp "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of a request's headers.
const (
	maxHeaders     = 32
	maxHeaderName  = 64
	maxHeaderValue = 4 << 10
)

// members are the members of an object of a program's, by their names.
type members map[string]jsontext.Value

// requestOf reads what a program yields: a request, or one with a word on its answer.
func requestOf(yield jsontext.Value) (*Request, error) {
	m, err := membersOf("", yield)
	if err != nil {
		return nil, err
	}
	if m["accepted"] == nil && m["request"] == nil {
		return m.request()
	}
	if err := m.only("request", "accepted"); err != nil {
		return nil, err
	}
	accepted, err := m.text("accepted")
	if err != nil {
		return nil, err
	}
	if _, err := compile(accepted, []string{"$status"}, nil); err != nil && accepted != "" {
		return nil, reportError("accepted", err)
	}
	inner, err := membersOf("request", m["request"])
	if err != nil {
		return nil, err
	}
	out, err := inner.request()
	if err == nil && accepted != "" {
		out.Accepted, out.Call.Judged = accepted, true
	}
	return out, err
}

// membersOf takes an object apart. Members that are null count as absent.
func membersOf(at string, text jsontext.Value) (m members, err error) {
	if text.Kind() != '{' || jsonexp.Unmarshal(text, &m) != nil {
		return nil, badRequest(at, "not an object")
	}
	maps.DeleteFunc(m, func(_ string, value jsontext.Value) bool { return value.Kind() == 'n' })
	return m, nil
}

// only fails if there are other members than these.
func (m members) only(names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(names, name) {
			return badRequest("", "a member that no request has: "+name)
		}
	}
	return nil
}

func (m members) request() (*Request, error) {
	if err := m.only("method", "url", "query", "headers", "json", "form", "body"); err != nil {
		return nil, err
	}
	out := &Request{}
	for _, part := range []func(*Request) error{m.method, m.place, m.headers, m.body} {
		if err := part(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// text is a member that has to be a text; "" if it is absent.
func (m members) text(name string) (string, error) {
	value := m[name]
	if value == nil {
		return "", nil
	}
	if value.Kind() != '"' {
		return "", badRequest(name, "not a text")
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return "", badRequest(name, "not a text")
	}
	return string(text), nil
}

func (m members) method(out *Request) error {
	method, err := m.text("method")
	if err != nil {
		return err
	}
	if method == "" {
		method = http.MethodPost
	}
	if out.Call.Method = strings.ToUpper(method); !methods[out.Call.Method] {
		return badRequest("method", "none of GET, POST, PUT, PATCH")
	}
	return nil
}

// headers reads the headers. Those that say how the request is sent, and our own name, are
// not the program's.
func (m members) headers(out *Request) error {
	out.Call.Header = http.Header{}
	if m["headers"] == nil {
		return nil
	}
	object, err := decode(m["headers"])
	list, is := object.(map[string]any)
	if err != nil || !is {
		return badRequest("headers", "not an object")
	}
	if len(list) > maxHeaders {
		return badRequest("headers", "more than 32")
	}
	for name, v := range list {
		if v == nil {
			continue
		}
		text, err := textOf(v)
		value, _ := text.(string)
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case err != nil:
			return badRequest("headers", "a value that is neither a text nor a number")
		case len(name) > maxHeaderName || !token(name):
			return badRequest("headers", "a name that no header has")
		case reserved[canonical] || strings.HasPrefix(canonical, "Proxy-"):
			return badRequest("headers", canonical+" is not the program's to set")
		case len(value) > maxHeaderValue:
			return badRequest("headers", "a value of more than 4 KiB")
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' }):
			return badRequest("headers", "a value with a line break or with other than letters of ASCII")
		case out.Call.Header[canonical] != nil:
			return badRequest("headers", "one name stands twice")
		}
		out.Call.Header.Set(name, value)
	}
	return nil
}

var reserved = map[string]bool{"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Connection": true,
	"Keep-Alive": true, "Te": true, "Trailer": true, "Upgrade": true, "Expect": true, "Accept-Encoding": true,
	"User-Agent": true}

// body reads the one of json, form and body that there is. JSON stays as the program has
// written it, numbers and all; a type is set unless the program has set one.
func (m members) body(out *Request) error {
	kind := ""
	for _, name := range []string{"json", "form", "body"} {
		if m[name] == nil {
			continue
		}
		if kind != "" {
			return badRequest(name, "there is "+kind+" already, and a request has one body")
		}
		kind = name
	}
	if kind == "" {
		return nil
	}
	if out.Call.Method == http.MethodGet {
		return badRequest(kind, "a GET has no body: use query")
	}
	var text, contentType string
	var err error
	switch kind {
	case "json":
		text, contentType = string(m["json"]), "application/json"
	case "form":
		contentType = "application/x-www-form-urlencoded"
		text, err = formText("form", m["form"])
	case "body":
		contentType = "text/plain; charset=utf-8"
		text, err = m.text("body")
	}
	if out.Call.Header.Get("Content-Type") == "" {
		out.Call.Header.Set("Content-Type", contentType)
	}
	out.Call.Body = []byte(text)
	return err
}
