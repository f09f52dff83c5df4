package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"ineed-insales/internal/ineedchat"
)

// A description is handlers/openapi.yaml, read once. Each request that the tests of this
// package send, and each answer, is held against it.
type description struct {
	document map[string]any
	paths    map[string]*regexp.Regexp // with a group for each parameter, by path

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer
	met      map[string]bool               // operations with a success that was held against it
}

// descriptionURL is the document's address for the compiler of schemas.
const descriptionURL = "openapi.json"

var described = sync.OnceValues(func() (*description, error) { return newDescription(openAPI) })

func newDescription(text []byte) (*description, error) {
	var read any
	if err := yaml.Unmarshal(text, &read); err != nil { // two names in one place are an error, too
		return nil, err
	}
	encoded, err := json.Marshal(read)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	d := &description{
		document: document.(map[string]any), paths: map[string]*regexp.Regexp{},
		compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{},
		met: map[string]bool{},
	}
	d.compiler.AssertFormat()
	for name := range d.document["paths"].(map[string]any) {
		form := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(name), `([^/]+)`)
		d.paths[name] = regexp.MustCompile("^" + form + "$")
	}
	return d, d.compiler.AddResource(descriptionURL, document)
}

// A node is a place in the description: what stands there, and its JSON pointer.
type node struct {
	value   map[string]any
	pointer string
}

// child goes down by names and follows references; it is the zero node where there is
// nothing.
func (d *description) child(n node, names ...string) node {
	for _, name := range names {
		below, is := n.value[name].(map[string]any)
		if !is {
			return node{}
		}
		n = node{below, n.pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)}
		if ref, is := below["$ref"].(string); is && len(below) == 1 {
			n = d.child(node{d.document, ""}, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return n
}

// schema compiles the schema at a node, once.
func (d *description) schema(n node) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[n.pointer]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(descriptionURL + "#" + (&url.URL{Path: n.pointer}).EscapedPath())
	if err == nil {
		d.schemas[n.pointer] = s
	}
	return s, err
}

// validate holds a value against the schema of a node, if it has one.
func (d *description) validate(n node, value any) error {
	if n = d.child(n, "schema"); n.value == nil {
		return nil
	}
	s, err := d.schema(n)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// validateBody holds a body against what a content says of its type. Only JSON has a form
// to be held to.
func (d *description) validateBody(content node, kind string, body []byte) error {
	kind, _, _ = mime.ParseMediaType(kind)
	media := d.child(content, kind)
	if media.value == nil {
		media = d.child(content, "*/*")
	}
	switch {
	case media.value == nil:
		return fmt.Errorf("the type %q is not described", kind)
	case !strings.HasSuffix(kind, "json"):
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	if err != nil {
		return err
	}
	return d.validate(media, value)
}

// validateParameters holds what stands in a request's path, query and headers against the
// parameters. In the query, nothing else may stand.
func (d *description) validateParameters(r *http.Request, route, operation node, inPath map[string]string) error {
	query := r.URL.Query()
	var bad []error
	for _, of := range []node{route, operation} {
		list, _ := of.value["parameters"].([]any)
		for i := range list {
			p := d.child(node{map[string]any{"x": list[i]}, of.pointer + "/parameters"}, "x")
			if p.pointer == of.pointer+"/parameters/x" { // written here, not referred to
				p.pointer = of.pointer + "/parameters/" + strconv.Itoa(i)
			}
			name, _ := p.value["name"].(string)
			text, found := inPath[name], true
			switch p.value["in"] {
			case "query":
				text, found = query.Get(name), query.Has(name)
				query.Del(name)
			case "header":
				text, found = r.Header.Get(name), r.Header.Get(name) != ""
			}
			if !found && p.value["required"] != true {
				continue
			}
			if err := d.validate(p, typed(d.child(p, "schema"), text)); err != nil {
				bad = append(bad, fmt.Errorf("the parameter %s: %w", name, err))
			}
		}
	}
	for name := range query {
		bad = append(bad, fmt.Errorf("the parameter %s is not described", name))
	}
	return errors.Join(bad...)
}

// typed gives a parameter the type that its schema has.
func typed(schema node, text string) any {
	if kind := schema.value["type"]; kind == "integer" || kind == "boolean" {
		if value, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
			return value
		}
	}
	return text
}

// find gives the operation that a request asks for, with what stands in its path. Of two paths
// that fit, the one with fewer parameters is meant.
func (d *description) find(r *http.Request) (route, operation node, name string, inPath map[string]string) {
	asked := path.Clean(strings.TrimSpace(r.URL.Path)) // a slash or a blank too many does no harm
	for path, form := range d.paths {
		values := form.FindStringSubmatch(asked)
		if values == nil || name != "" && len(values) > len(inPath) {
			continue
		}
		name, inPath = path, map[string]string{}
		for i, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
			inPath[m[1]] = values[i+1]
		}
	}
	if name == "" {
		return node{}, node{}, "", nil
	}
	route = d.child(node{d.document, ""}, "paths", name)
	return route, d.child(route, strings.ToLower(r.Method)), name, inPath
}

// holdToDescription fails the test if an answer is not as handlers/openapi.yaml says, or if a
// request was taken that it does not allow. What it does not describe, such as the panel's
// pages, is none of its business.
func holdToDescription(t testing.TB, r *http.Request, sent string, res *httptest.ResponseRecorder) {
	t.Helper()
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.hold(r, sent, res); err != nil {
		t.Errorf("%s %s, %d: otherwise than openapi.yaml says: %v", r.Method, r.URL.Path, res.Code, err)
	}
}

func (d *description) hold(r *http.Request, sent string, res *httptest.ResponseRecorder) error {
	route, operation, name, inPath := d.find(r)
	if operation.value == nil {
		return nil
	}
	if res.Code < 300 {
		if err := d.holdRequest(r, sent, route, operation, inPath); err != nil {
			return fmt.Errorf("%s was taken, but is not allowed: %w", name, err)
		}
	}
	code := strconv.Itoa(res.Code)
	answer := d.child(operation, "responses", code)
	if answer.value == nil && res.Code < 300 {
		answer = d.child(operation, "responses", "2XX")
	} else if answer.value == nil && res.Code >= 500 {
		answer = d.child(operation, "responses", "default")
	}
	if answer.value == nil {
		return fmt.Errorf("the answer is not described")
	}
	if res.Code < 300 {
		d.meet(r.Method + " " + name)
	}
	if _, has := answer.value["content"]; !has {
		if res.Body.Len() > 0 {
			return errors.New("no body is described")
		}
		return nil
	}
	content := d.child(answer, "content")
	if err := d.validateBody(content, res.Header().Get("Content-Type"), res.Body.Bytes()); err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(res.Header().Get("Content-Type"))
	return d.undescribed(d.child(content, kind, "schema"), res.Body.Bytes())
}

// meet notes that an operation has succeeded in a test.
func (d *description) meet(operation string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.met[operation] = true
}

// unmet gives the operations that no test has seen succeed.
func (d *description) unmet() (list []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, operation := range d.operations() {
		if !d.met[operation] {
			list = append(list, operation)
		}
	}
	return list
}

// operations gives "METHOD /path" of all that is described, sorted.
func (d *description) operations() (list []string) {
	for path := range d.paths {
		for method := range d.child(node{d.document, ""}, "paths", path).value {
			if method != "parameters" {
				list = append(list, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(list)
	return list
}

// holdRequest holds a request that was taken against its operation. What is posted by a chat
// with a wire of its own may be anything.
func (d *description) holdRequest(r *http.Request, sent string, route, operation node, inPath map[string]string) error {
	webhook := strings.HasPrefix(r.URL.Path, "/webhooks/ineedchat/")
	if webhook && !ineedchat.Names([]byte(sent), inPath["company"]) {
		return nil
	}
	if err := d.validateParameters(r, route, operation, inPath); err != nil && !webhook {
		return err
	}
	body := d.child(operation, "requestBody")
	switch {
	case sent != "" && body.value == nil:
		return errors.New("no body is described")
	case sent != "":
		return d.validateBody(d.child(body, "content"), r.Header.Get("Content-Type"), []byte(sent))
	case body.value["required"] == true:
		return errors.New("a body is required")
	}
	return nil
}
