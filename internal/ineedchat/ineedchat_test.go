package ineedchat_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat"
)

// golden reads one of the contract's examples.
func golden(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "ineedchat", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decodeEnvelope decodes body or ends the test.
func decodeEnvelope(t *testing.T, body []byte) *ineedchat.Envelope {
	t.Helper()
	e, err := ineedchat.Decode(body)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return e
}

func TestDecodeEnvelope(t *testing.T) {
	for _, test := range []struct {
		file string
		want ineedchat.Envelope
	}{
		{"order_created.json", ineedchat.Envelope{Type: "order.created", Version: "1",
			Timestamp: "2026-11-23T12:00:00.000Z", CompanyID: "2"}},
		{"order_created_min.json", ineedchat.Envelope{Type: "order.created", Version: "1",
			Timestamp: "2026-11-23T12:00:00Z", CompanyID: "2"}},
		{"order_paid.json", ineedchat.Envelope{Type: "order.paid", Version: "1", Timestamp: "2026-11-23T12:05:00.000Z",
			CompanyID: "2"}},
		{"order_cancelled.json", ineedchat.Envelope{Type: "order.cancelled", Version: "1",
			Timestamp: "2026-11-23T12:07:00.000Z", CompanyID: "2"}},
	} {
		t.Run(test.file, func(t *testing.T) {
			got := decodeEnvelope(t, golden(t, test.file))
			if len(got.Data) == 0 {
				t.Error("no data")
			}
			got.Data = nil
			if !reflect.DeepEqual(*got, test.want) {
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
			if problems := check(t, got); len(problems) > 0 {
				t.Errorf("the contract's example is invalid: %v", problems)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct {
		name, body string
		field      string // of the FieldError; "syntax" = a SyntaxError
		rule       string
	}{
		{"empty", "", "syntax", ""},
		{"not JSON", "<order/>", "syntax", ""},
		{"cut", `{"type":"order.created"`, "syntax", ""},
		{"trailing brace", `{"type":"ping"}}`, "syntax", ""},
		{"second document", `{"type":"ping"} {"type":"ping"}`, "syntax", ""},
		{"byte order mark inside", `{"type":` + "\ufeff" + `"ping"}`, "syntax", ""},
		{"two byte order marks", "\ufeff\ufeff{}", "syntax", ""},
		{"invalid UTF-8", "{\"type\":\"\xff\"}", "syntax", ""},
		{"invalid UTF-8 in an unknown field", "{\"x\":\"\xc3\x28\"}", "syntax", ""},
		{"too deep", strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "syntax", ""},
		{"array", `[]`, "", "object"},
		{"string", `"order"`, "", "object"},
		{"type", `{"type":1}`, "type", "string"},
		{"version", `{"version":1}`, "version", "string"},
		{"timestamp", `{"timestamp":1795435200}`, "timestamp", "rfc3339"},
		{"company", `{"company_id":true}`, "company_id", "string"},
		{"a type before what is torn", `{"type":1,"data":{`, "syntax", ""},
		{"test", `{"test":"true"}`, "test", "boolean"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ineedchat.Decode([]byte(test.body))
			if test.field == "syntax" {
				if syntax, ok := errors.AsType[*ineedchat.SyntaxError](err); !ok || syntax.Unwrap() == nil ||
					syntax.Error() == "" {
					t.Fatalf("got %#v, want a SyntaxError", err)
				}
				return
			}
			wantFieldError(t, err, test.field, test.rule)
		})
	}
}

func TestDecodeIsTolerant(t *testing.T) {
	for _, body := range []string{
		`null`,
		`{}`,
		` {"type":"ping"} ` + "\n",
		`{"type":"order.moved","data":[1,2,3]}`,
		`{"type":null,"version":null,"timestamp":null,"company_id":null,"test":null,"data":null}`,
		`{"type":"a","type":"a","new_field":{"x":[]},"new_field":7}`,
		"\ufeff" + `{"type":"ping"}`,
	} {
		if _, err := ineedchat.Decode([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestDataMissing(t *testing.T) {
	for _, body := range []string{`{}`, `{"data":null}`, `{"data": null }`} {
		e := decodeEnvelope(t, []byte(body))
		_, err := e.Order()
		wantFieldError(t, err, "data", "required")
		_, err = e.Paid()
		wantFieldError(t, err, "data", "required")
		_, err = e.Cancelled()
		wantFieldError(t, err, "data", "required")
	}
}

func TestFieldErrorText(t *testing.T) {
	for want, e := range map[string]*ineedchat.FieldError{
		"body: object":        {Rule: "object"},
		"data.total: decimal": {Field: "data.total", Rule: "decimal"},
	} {
		if e.Error() != want {
			t.Errorf("got %q, want %q", e.Error(), want)
		}
	}
}

func wantFieldError(t *testing.T, err error, field, rule string) {
	t.Helper()
	got, ok := errors.AsType[*ineedchat.FieldError](err)
	if !ok {
		t.Fatalf("got %#v, want a FieldError at %q", err, field)
	}
	if got.Field != field || got.Rule != rule {
		t.Errorf("got %q %q, want %q %q", got.Field, got.Rule, field, rule)
	}
}

// FuzzDecode looks for bodies that panic, that fail in a way without an answer,
// or that change when they are stored and read again.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"order_created.json", "order_created_min.json", "order_paid.json",
		"order_cancelled.json"} {
		f.Add(golden(f, name))
	}
	for _, body := range []string{
		`null`, `[]`, `{"data":[]}`, `{"data":{"items":[null,{"price":1e3}]}}`, `{"data":{"items":[{"price":{}}]}}`,
		`{"data":{"items":{},"total":-0.000}}`, "{\"type\":\"\xff\"}", `{"DATA":{"Total":"1","total":null}}`,
		`{"type":"order.created","TYPE":"ping","data":{"id":77,"ID":"78","total":989.9999999999999,"Total":"1",` +
			`"items":[{"price":"990.00","Price":"450.00"}]}}`,
		`{"data":{"items":[{"price":"990.00","price":990.0},{"price":1,"price":2}],"items":[]}}`,
		`{"data":{"total":9.9e2,"amount":1e-400}}`,
		`{"data":{"id":-0,"channel_user_id":1e999999999,"total":1E+3,"comment":"\ud800\u0000"}}`, "\ufeff{\"data\":{}}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := ineedchat.Decode(body)
		if err != nil {
			wantAnswerable(t, err)
			return
		}
		if _, err := e.Paid(); err != nil {
			wantAnswerable(t, err)
		}
		if _, err := e.Cancelled(); err != nil {
			wantAnswerable(t, err)
		}
		order, err := e.Order()
		if err != nil {
			wantAnswerable(t, err)
			return
		}
		order.SumDiffers()
		order.Rounded = nil // it is said of what was sent, and what is taken is right
		text, err := json.Marshal(order)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		again, err := (&ineedchat.Envelope{Data: text}).Order()
		if err != nil {
			t.Fatalf("decode again: %v\n%s", err, text)
		}
		if !reflect.DeepEqual(order, again) {
			t.Fatalf("changed by a round trip:\n%+v\n%+v", order, again)
		}
	})
}

// wantAnswerable fails on errors that handlers would have to answer with 500.
func wantAnswerable(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*ineedchat.SyntaxError](err); ok {
		return
	}
	if field, ok := errors.AsType[*ineedchat.FieldError](err); !ok || field.Rule == "" {
		t.Fatalf("neither a SyntaxError nor a FieldError: %#v", err)
	}
}
