package handlers

import (
	"net/http"
	"strings"
	"testing"
)

// A report program is compiled when it is saved, and the error says where it is wrong; a
// token may be as short as the chat has made it, if it is the program's.
func TestSaveReportProgram(t *testing.T) {
	w := newWorld(t)
	save := func(token, wire string) (int, map[string]any) {
		return w.api("PUT", "/companies/2", `{"name":"2","shop":{"url":"https://shop-1.myinsales.ru","key_id":"`+
			strings.Repeat("k", 32)+`","password":"p"},"chat":{"auth":"signature","token":"`+token+`","wire":`+wire+
			`}}`)
	}
	for name, test := range map[string]struct {
		token, wire string
		field       string
		says        string
	}{
		"no jq":                {"12345678", `{"report":"{\n  url: |"}`, "chat.wire.report", "line 2, column 8"},
		"a variable of others": {"12345678", `{"report":"$headers"}`, "chat.wire.report", "$headers"},
		"a short token":        {"1234567", `{"report":"empty"}`, "chat.token", "8"},
		"of the contract":      {"12345678", `{}`, "chat.token", "32"},
		"beside a preset":      {"12345678", `{"preset":"tilda"}`, "chat.token", "32"},
	} {
		code, body := save(test.token, test.wire)
		if message, _ := at(body, "errors.0.message").(string); code != 422 ||
			at(body, "errors.0.field") != test.field ||
			!strings.Contains(message, test.says) {
			t.Errorf("%s: %d %v", name, code, body)
		}
	}
	code, body := save("12345678", `{"report":"{url: [$company], headers: {T: $token}}"}`)
	if code != http.StatusCreated {
		t.Errorf("%d %v", code, body)
	}
	if code, body := w.api("GET", "/companies/2", ""); code != 200 ||
		at(body, "chat.wire.report") != "{url: [$company], headers: {T: $token}}" {
		t.Errorf("%d %v", code, body)
	}
}
