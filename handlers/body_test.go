package handlers

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/failure"
	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat"
)

// readAs reads a body with the given headers; length < 0 means that the sender
// does not tell it.
func readAs(t *testing.T, body io.Reader, length int64, limit int64, header http.Header) ([]byte, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
	r.ContentLength = length
	r.Header = header
	return readBody(echo.New().NewContext(r, httptest.NewRecorder()), limit)
}

func TestReadBody(t *testing.T) {
	json := http.Header{"Content-Type": {"application/json"}}
	ten := strings.Repeat("x", 10)
	tests := []struct {
		name   string
		body   string
		length int64
		header http.Header
		want   error
	}{
		{"fits", ten, 10, json, nil},
		{"fits, length not told", ten, -1, json, nil},
		{"too long", ten + "x", 11, json, failure.ErrTooLarge},
		{"too long, length not told", ten + "x", -1, json, failure.ErrTooLarge},
		{"huge announcement", "", 1 << 40, json, failure.ErrTooLarge},
		{"size is judged before type", "", 11, http.Header{}, failure.ErrTooLarge},
		{"no type", ten, 10, http.Header{}, failure.ErrMediaType},
		{"text", ten, 10, http.Header{"Content-Type": {"text/json"}}, failure.ErrMediaType},
		{"a form", ten, 10, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, failure.ErrMediaType},
		{"charset", ten, 10, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, nil},
		{"suffix", ten, 10, http.Header{"Content-Type": {"Application/CloudEvents+JSON"}}, nil},
		{"broken type", ten, 10, http.Header{"Content-Type": {"application/json; ="}}, failure.ErrMediaType},
		{"compressed", ten, 10, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
			failure.ErrMediaType},
		{"identity", ten, 10, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity"}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAs(t, strings.NewReader(test.body), test.length, 10, test.header)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && string(got) != test.body {
				t.Errorf("read %q", got)
			}
		})
	}
}

func TestTornBody(t *testing.T) {
	torn := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := readAs(t, torn, 100, 1000, http.Header{"Content-Type": {"application/json"}})
	if !errors.Is(err, failure.ErrIncomplete) {
		t.Errorf("error %v", err)
	}
}

func TestDecodeStrict(t *testing.T) {
	tests := []struct {
		name, body string
		want       string // the error; "" = none
	}{
		{"empty object", `{}`, ""},
		{"all of it", `{"id":"2","name":"x","shop":{"url":"u"},"chat":{"secrets":["a"]},` +
			`"orders":{"payments":{"any name":1}}}`, ""},
		{"what GET adds", `{"account_id":1,"problem":null,"chat_problem":null,"notices":[],"webhook_path":"/"}`, ""},
		{"null", `null`, "invalid:  (type)"},
		{"array", `[]`, "invalid:  (type)"},
		{"text", `"x"`, "invalid:  (type)"},
		{"unknown", `{"nmae":"x"}`, "invalid: nmae (unknown_field)"},
		{"other case", `{"Name":"x"}`, "invalid: Name (unknown_field)"},
		{"several, nested", `{"shop":{"pasword":""},"orders":{"enable":true}}`,
			"invalid: orders.enable (unknown_field) shop.pasword (unknown_field)"},
		{"wrong type", `{"orders":{"payments":{"cash":"1"}}}`, "invalid: orders.payments (type)"},
		{"wrong type of an object", `{"shop":"x"}`, "invalid: shop (type)"},
		{"wrong type in a list", `{"chat":{"secrets":["a",7]}}`, "invalid: chat.secrets (type)"},
		{"a fraction", `{"orders":{"payments":{"cash":1.5}}}`, "invalid: orders.payments (type)"},
		{"an endless number", `{"orders":{"payments":{"cash":1e999999999}}}`, "invalid: orders.payments (type)"},
		{"twice", `{"name":"x","name":"y"}`, "invalid: name (repeated)"},
		{"twice the same", `{"name":"x","name":"x"}`, "invalid: name (repeated)"},
		{"twice, nested", `{"shop":{"url":"a","url":"b"}}`, "invalid: shop.url (repeated)"},
		{"twice in a map", `{"orders":{"payments":{"cash":1,"cash":2}}}`, "invalid: orders.payments.cash (repeated)"},
		{"two cases in a map", `{"orders":{"payments":{"cash":1,"Cash":2}}}`, ""},
		{"a part of it in another case", `{"orders":{"Paused":true}}`, "invalid: orders.Paused (unknown_field)"},
		{"byte order mark", "\ufeff" + `{"name":"x"}`, ""},
		{"half a surrogate pair", `{"name":"\ud800"}`, ""},
		{"deep", `{"name":` + strings.Repeat("[", 20_000), "not JSON at byte 10007: exceeded max depth"},
		{"broken", `{"name":`, "not JSON at byte 8: unexpected EOF"},
		{"two documents", `{} {}`, "not JSON at byte 3: invalid character '{' after top-level value"},
		{"not UTF-8", "{\"name\":\"\xff\"}", "not JSON at byte 0: invalid UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var in api.Company
			err := decodeStrict([]byte(test.body), &in)
			if got := text(err); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestBrokenSettingsAre400(t *testing.T) {
	err := decodeStrict([]byte(`{`), &api.Company{})
	if _, ok := errors.AsType[*ineedchat.SyntaxError](err); !ok {
		t.Errorf("%T", err)
	}
}
