package panel

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/api"
	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/internal/locale"
)

// in is a request of somebody who reads a language.
func in(lang string) echo.Context {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", langCookie+"="+lang)
	return echo.New().NewContext(r, httptest.NewRecorder())
}

// TestWireReasons: whatever package wire says is wrong, and what jq says most often, has
// Russian words; a program's own words are quoted.
func TestWireReasons(t *testing.T) {
	files, err := filepath.Glob("../../internal/ineedchat/wire/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?:unreadable\([^,]+, |BodyError\{(?:fmt\.Sprintf\()?|YieldError\{i \+ 1, |` +
		`SyntaxError\{Reason: (?:fmt\.Sprintf\()?)("(?:[^"\\]|\\.)*")`)
	var reasons []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range said.FindAllStringSubmatch(string(text), -1) {
			reason, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			reasons = append(reasons, regexp.MustCompile(`%(\.\d+)?q`).ReplaceAllString(
				strings.ReplaceAll(reason, "%d", "32"), `"x"`))
		}
	}
	if len(reasons) < 25 {
		t.Fatalf("only %d reasons were found: %q", len(reasons), reasons)
	}
	reasons = append(reasons, "not JSON: byte 7: unexpected EOF")
	for _, text := range []string{".a |", ".a ||", `"abc`, "foo(1)", "$x", "{"} {
		_, err := wire.Settings{Receive: text}.Program()
		if err == nil {
			t.Fatal(text)
		}
		reasons = append(reasons, strings.TrimPrefix(err.Error(), "receive: "))
	}
	message := wire.Delivery{Body: wire.Body{Text: []byte(`{"a":"1","b":[]}`)}}
	for _, text := range []string{".a.b", ".a[]", "[.a] | .x", ".a + {}", `.b["x"]`} {
		_, err := wire.NewBox(nil).Translate(t.Context(), text, message)
		failed, is := err.(*wire.Failure)
		if !is {
			t.Fatalf("%s: %v", text, err)
		}
		reasons = append(reasons, failed.Detail)
	}
	c := in(locale.Russian)
	for _, reason := range reasons {
		for _, before := range []string{"", "money: ", "items: items.price: quantity: "} {
			text := wireReason(c, before+reason)
			if strings.Contains(text, "panel.") || !strings.ContainsAny(text, "абвгдеёжзийклмнопрстуфхцчшщыьэюя") ||
				strings.HasPrefix(text, "«") {
				t.Errorf("%q: %q", before+reason, text)
			}
		}
	}
	if text := wireReason(c, "нет такого \u202eмагазина"); text != `«нет такого \u202eмагазина»` {
		t.Error(text)
	}
	for _, f := range wire.Fields() {
		for _, lang := range []string{locale.Russian, locale.English} {
			if text := fieldName(in(lang), f.Name); strings.HasPrefix(text, "panel.") {
				t.Errorf("%s has no name", f.Name)
			}
		}
	}
	for _, preset := range wire.Presets() {
		if text := say(c, "wire.kind_"+preset); strings.HasPrefix(text, "panel.") {
			t.Errorf("%s has no name", preset)
		}
	}
}

// TestFaultText: an error is told at the field that it is about.
func TestFaultText(t *testing.T) {
	c := in(locale.Russian)
	for _, test := range []struct {
		e    api.FieldError
		want string
	}{
		{api.FieldError{Field: "data.customer.phone", Rule: "required_without"},
			"Телефон: нет ни этого, ни того, что его заменяет"},
		{api.FieldError{Field: "envelopes[1].data.id", Rule: "chatid"}, "Номер заказа в чате: не номер"},
		{api.FieldError{Field: "data.items[2].price", Rule: "decimal"}, "Строка: цена за штуку: строка 3: не число"},
		{api.FieldError{Field: "data.items", Rule: "min"}, "Строки заказа: слишком мало"},
		{api.FieldError{Field: "fields.items.price", Rule: "wire_program",
			Args: map[string]string{"reason": "items: items.price: money: no digits"}},
			"Строка: цена за штуку: нет ни одной цифры"},
		{api.FieldError{Field: "fields.id", Rule: "wire_syntax",
			Args: map[string]string{"reason": "line 1, column 2: unexpected EOF"}},
			"Номер заказа в чате: Это не выражение jq: строка 1, знак 2: выражение оборвано"},
		{api.FieldError{Field: "receive", Rule: "wire_time", Args: map[string]string{"reason": ""}},
			"Программа работала"},
		{api.FieldError{Field: "receive", Rule: "wire_program", Args: map[string]string{"reason": "error: нет"}},
			"Программа остановилась: «нет»"},
		{api.FieldError{Field: "preset", Rule: "wire_none", Args: map[string]string{"reason": ""}}, "Читать нечем"},
		{api.FieldError{Field: "yields[0]", Rule: "wire_yield", Args: map[string]string{"reason": "not JSON"}},
			"это не JSON"},
		{api.FieldError{Rule: "wire_busy", Args: map[string]string{"reason": ""}}, "неисправность коннектора"},
		{api.FieldError{Field: "data.nothing", Rule: "required"}, "нет значения"},
	} {
		if got := faultText(c, test.e); !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %q, want %q", test.e.Field, test.e.Rule, got, test.want)
		}
	}
}
