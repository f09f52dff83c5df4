package handlers

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/api"
	"ineed-insales/storage"
)

// A report is tried with a program and an order: the request is shown without the token,
// what is wrong with its place, and nothing is sent.
func TestTryReport(t *testing.T) {
	w := newWorld(t)
	const token = "secret-of-the/chat&x"
	settings := `{"name":"2","shop":{"url":"https://shop-1.myinsales.ru","key_id":"` + strings.Repeat("k", 32) +
		`","password":"p"},"chat":{"url":"https://chat.test/own/","auth":"signature","token":"` + token +
		`","wire":{"report":"{url: [\"orders\", .order_id], json: {s: .status}}"}}}`
	if code, body := w.api("PUT", "/companies/2", settings); code != http.StatusCreated {
		t.Fatal(code, body)
	}
	add := func(id string, status *storage.Status) {
		t.Helper()
		err := w.store.Update(t.Context(), func(tx *storage.Tx) error {
			o := storage.Order{Key: storage.OrderKey{Company: "2", ID: id}, State: storage.StateSent, AccountID: 1,
				InSalesID: int64(id[0]), Status: status, Revision: 5, AcceptedAt: time.Now()}
			_, err := tx.AddOrder(&o, storage.Event{At: time.Now(), Kind: storage.EventReceived})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add("A-1", &storage.Status{Status: "delivering", PaymentStatus: "paid"})
	add("new", nil)
	for name, test := range map[string]struct {
		in    api.WireTrial
		want  string // of the request, in one line; "" = none
		field string // at which it fails
		rule  string
	}{
		"the company's own": {api.WireTrial{Order: "A-1"},
			`POST https://chat.test/own/orders/A-1 Content-Type=application/json {"s":"delivering"}`, "", ""},
		"another": {api.WireTrial{Order: "A-1",
			Report: `{method: "GET", url: ["set"], query: {t: $token, r: .revision}}`},
			"GET https://chat.test/own/set?r=5&t=••• ", "", ""},
		"a header": {api.WireTrial{Order: "A-1",
			Report: `{headers: {"X-T": "a \($token)"}, body: ("b" + ($token | @base64))}`},
			"POST https://chat.test/own Content-Type=text/plain; charset=utf-8 X-T=a ••• •••", "", ""},
		"the order's body": {api.WireTrial{Order: "A-1", Report: `{url: "/", json: .received}`},
			"POST https://chat.test/own/ ", "", ""},
		"nothing to tell": {api.WireTrial{Order: "A-1", Report: "empty"}, "", "", ""},
		"no jq":           {api.WireTrial{Order: "A-1", Report: "{\n url: |"}, "", "report", "wire_syntax"},
		"it fails": {api.WireTrial{Order: "A-1", Report: `error("not " + $token)`}, "", "report",
			"wire_program"},
		"it never ends": {api.WireTrial{Order: "A-1", Report: `last(repeat(1))`}, "", "report", "wire_time"},
		"another host": {api.WireTrial{Order: "A-1", Report: `{url: "//evil.test"}`}, "", "report.url",
			"wire_request"},
		"no body with GET": {api.WireTrial{Order: "A-1", Report: `{method: "GET", json: 1}`}, "", "report.json",
			"wire_request"},
		"two": {api.WireTrial{Order: "A-1", Report: `{}, {}`}, "", "report", "wire_request"},
	} {
		body, err := json.Marshal(test.in)
		if err != nil {
			t.Fatal(err)
		}
		res := request(t, w.server.Public(), "POST", "/api/v1/companies/2/wire/try", string(body),
			"Authorization: Bearer "+apiToken)
		var out api.WireResult
		if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || res.Code != 200 {
			t.Fatalf("%s: %d %s", name, res.Code, res.Body)
		}
		got := ""
		if r := out.Request; r != nil {
			got = r.Method + " " + r.URL + " "
			for _, h := range slices.Sorted(maps.Keys(r.Headers)) {
				got += h + "=" + r.Headers[h] + " "
			}
			got += r.Body
		}
		if got != test.want || strings.Contains(res.Body.String(), "secret-of") ||
			(len(out.Errors) > 0) != (test.field != "") {
			t.Errorf("%s: %q, want %q: %s", name, got, test.want, res.Body)
			continue
		}
		if test.field != "" && (out.Errors[0].Field != test.field || out.Errors[0].Rule != test.rule ||
			out.Errors[0].Message == "" || out.Errors[0].Message == test.rule) {
			t.Errorf("%s: %+v", name, out.Errors)
		}
	}
	for body, want := range map[string]int{`{"order":"none"}`: 404, `{"order":"new"}`: 409, `{"report":"."}`: 422} {
		if code, out := w.api("POST", "/companies/2/wire/try", body); code != want {
			t.Errorf("%s: %d %v", body, code, out)
		}
	}
	if code, _ := w.api("POST", "/companies/9/wire/try", `{"order":"A-1"}`); code != 404 {
		t.Errorf("another company: %d", code)
	}
	contract := strings.Replace(settings, `"wire":{"report":"{url: [\"orders\", .order_id], json: {s: .status}}"}`,
		`"wire":{}`, 1)
	contract = strings.Replace(contract, token, strings.Repeat("t", 32), 1)
	if code, body := w.api("PUT", "/companies/2", contract); code != http.StatusOK {
		t.Fatal(code, body)
	}
	if code, body := w.api("POST", "/companies/2/wire/try", `{"order":"A-1"}`); code != 200 ||
		at(body, "errors.0.rule") != "wire_none" || at(body, "errors.0.field") != "report" {
		t.Errorf("the contract: %d %v", code, body)
	}
	if code, body := w.api("POST", "/companies/2/wire/try", `{"order":"A-1","report":"empty"}`); code != 200 ||
		at(body, "request") != nil {
		t.Errorf("a program beside the contract: %d %v", code, body)
	}
}

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
