package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
)

const testToken = "T0ken:of/the+chat"

// aReport is a report of an order with what its chat has posted; nil = nothing.
func aReport(program string, received any) Report {
	r := Report{Program: program, Company: "2", Token: testToken,
		Status: ineedchat.Status{OrderID: "A-1", Status: "delivering", StatusTitle: "Отправлен", PaymentStatus: "paid",
			ChangedAt: time.Date(2026, 11, 29, 12, 0, 0, 0, time.FixedZone("", 3*3600)), Revision: 1796900000123,
			Total: "1990.00", InSales: &ineedchat.InSales{OrderID: "77", OrderNumber: "1001"}}}
	if received != nil {
		text, err := json.Marshal(received)
		if err != nil {
			panic(err) // of plain values
		}
		r.Received = &Body{Text: text}
	}
	return r
}

// line is a request as one line, for tests.
func line(r *Request) string {
	if r == nil {
		return "nothing"
	}
	text := r.Call.Method + " " + r.Call.Path
	if r.Call.Query != "" {
		text += "?" + r.Call.Query
	}
	for _, name := range []string{"Authorization", "Content-Type", "X-Id"} {
		if v := r.Call.Header.Get(name); v != "" {
			text += " " + name + ":" + v
		}
	}
	if len(r.Call.Body) > 0 {
		text += " " + string(r.Call.Body)
	}
	if r.Accepted != "" {
		text += " if " + r.Accepted
	}
	return text
}

// fault is where and how a program fails, for tests.
func fault(err error) string {
	e, is := errors.AsType[*ReportError](err)
	if !is {
		return fmt.Sprint(err)
	}
	return strings.TrimSuffix(string(e.Kind)+" "+e.Field, " ")
}

// Each form of a request, with what it is not.
func TestReportForms(t *testing.T) {
	b := NewBox(nil)
	const asJSON = " Content-Type:application/json "
	for program, want := range map[string]string{
		`empty`:                                  "nothing",
		`null`:                                   "nothing",
		`null, {}`:                               "POST ",
		`{}, {}`:                                 "request",
		`{}`:                                     "POST ",
		`7`:                                      "request",
		`[{}]`:                                   "request",
		`{method: "put"}`:                        "PUT ",
		`{method: "GET", query: {}}`:             "GET ",
		`{method: "PATCH"}`:                      "PATCH ",
		`{method: "DELETE"}`:                     "request method",
		`{method: "HEAD"}`:                       "request method",
		`{method: 1}`:                            "request method",
		`{metod: "PUT"}`:                         "request",
		`{request: {url: "a"}}`:                  "POST a",
		`{request: {url: "a"}, accepted: ".ok"}`: "POST a if .ok",
		`{request: {}, accepted: null}`:          "POST ",
		`{request: {}, accepted: ".ok |"}`:       "syntax accepted",
		`{request: {}, accepted: "$token"}`:      "syntax accepted",
		`{request: {}, accepted: true}`:          "request accepted",
		`{accepted: ".ok"}`:                      "request request",
		`{request: [], accepted: ".ok"}`:         "request request",
		`{request: {}, accepted: ".", url: "a"}`: "request",
		`{url: "a", accepted: ".ok"}`:            "request",

		`{json: {o: .order_id, r: .revision, t: .total, n: .received.price, e: "<&>"}}`: "POST " + asJSON +
			`{"e":"<&>","n":1.50,"o":"A-1","r":1796900000123,"t":"1990.00"}`,
		`{json: [1]}`:                  "POST " + asJSON + "[1]",
		`{json: "x"}`:                  "POST " + asJSON + `"x"`,
		`{json: false}`:                "POST " + asJSON + "false",
		`{json: 12345678901234567890}`: "POST " + asJSON + "12345678901234567890",
		`{json: 1, headers: {"content-type": "application/vnd.x+json"}}`: "POST " +
			" Content-Type:application/vnd.x+json 1",
		`{json: 1, form: {}}`:           "request form",
		`{form: {}, body: ""}`:          "request body",
		`{method: "GET", json: 1}`:      "request json",
		`{method: "GET", form: {a: 1}}`: "request form",
		`{body: "a=\(.order_id)"}`:      "POST  Content-Type:text/plain; charset=utf-8 a=A-1",
		`{body: {}}`:                    "request body",
		`{form: [1]}`:                   "request form",
		`{form: {id: .order_id, n: null, yes: true, q: .received.price, t: "а б&="}}`: "POST " +
			" Content-Type:application/x-www-form-urlencoded " +
			"id=A-1&q=1.50&t=%D0%B0+%D0%B1%26%3D&yes=true",
		`{form: {goods: [{id: 1}, {id: 2, tags: ["a"]}], user: {name: "x"}, none: [], no: {}}}`: "POST  Content-Type:" +
			"application/x-www-form-urlencoded goods%5B0%5D%5Bid%5D=1&goods%5B1%5D%5Bid%5D=2&" +
			"goods%5B1%5D%5Btags%5D%5B0%5D=a&user%5Bname%5D=x",
		`{form: {a: (reduce range(40) as $i (1; [.]))}}`: "request form",
		`{form: {a: [range(6000)]}}`:                     "request form",

		`{headers: {"X-Id": 7}}`:               "POST  X-Id:7",
		`{headers: {"x-id": "a", none: null}}`: "POST  X-Id:a",
		`{headers: {Authorization: ("Bearer " + $token)}}`: "POST  Authorization:Bearer " +
			testToken,
		`{headers: []}`:                                                         "request headers",
		`{headers: {"X-Id": {}}}`:                                               "request headers",
		`{headers: {"X-Id": "a\r\nHost: b"}}`:                                   "request headers",
		`{headers: {"X-Id": "a\u0000"}}`:                                        "request headers",
		`{headers: {"X-Id": "имя"}}`:                                            "request headers",
		`{headers: {"X-Id: a\r\nY": "b"}}`:                                      "request headers",
		`{headers: {"X Id": "b"}}`:                                              "request headers",
		`{headers: {"": "b"}}`:                                                  "request headers",
		`{headers: {"X-Id": "a", "x-id": "b"}}`:                                 "request headers",
		`{headers: {("X-" + "a" * 62): "b"}}`:                                   "POST ",
		`{headers: {("X-" + "a" * 63): "b"}}`:                                   "request headers",
		`{headers: {"X-A": ("b" * 4096)}}`:                                      "POST ",
		`{headers: {"X-A": ("b" * 4097)}}`:                                      "request headers",
		`{headers: ([range(32) | {key: "X-\(.)", value: "1"}] | from_entries)}`: "POST ",
		`{headers: ([range(33) | {key: "X-\(.)", value: "1"}] | from_entries)}`: "request headers",
		`{headers: {host: "evil.test"}}`:                                        "request headers",
		`{headers: {"Content-Length": "1"}}`:                                    "request headers",
		`{headers: {"transfer-encoding": "chunked"}}`:                           "request headers",
		`{headers: {Connection: "close"}}`:                                      "request headers",
		`{headers: {"User-Agent": "x"}}`:                                        "request headers",
		`{headers: {"Proxy-Authorization": "x"}}`:                               "request headers",
		`{headers: {"Accept-Encoding": "gzip"}}`:                                "request headers",

		`error("no")`:          "program",
		`.order_id | tonumber`: "program",
		`"x" * 3000000`:        "output",
		`{`:                    "syntax",
		`$query`:               "syntax",
		`{json: .version}`:     "POST " + asJSON + `"1"`,
		`{json: [$company, .received.user.name, .status, .insales.order_number]}`: "POST " + asJSON +
			`["2","Анна","delivering","1001"]`,
	} {
		r, err := b.Report(t.Context(), aReport(program, map[string]any{"price": json.Number("1.50"),
			"user": map[string]any{"name": "Анна"}}))
		got := line(r)
		if err != nil {
			got = fault(err)
		}
		if got != want {
			t.Errorf("%s\n gives %s (%v)\n  want %s", program, got, err, want)
		}
	}
}

// What an order says never changes where a request goes: neither the host nor the path of
// the chat's URL, and no parameter that the program did not name.
func TestReportURLs(t *testing.T) {
	b := NewBox(nil)
	for program, want := range map[string]string{
		`"orders/7"`: "orders/7", `"/orders/7/"`: "orders/7/", `""`: "", `"/"`: "/", `"?a=1&b=%20"`: "?a=1&b=%20",
		`"orders?a=б c"`: "orders?a=%D0%B1%20c", `"заказы/7"`: "%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7%D1%8B/7", `null`: "",
		`"a%2Fb"`: "a%2Fb", `"/tg:7"`: "tg:7", `"a@b/c"`: "a@b/c", `"..."`: "...", `".well-known/x"`: ".well-known/x",
		`"http://evil.test/"`: "!", `"https:evil.test"`: "!", `"//evil.test/x"`: "!", `"///evil.test"`: "!",
		`"/\\evil.test"`:  "!",
		`"\\\\evil.test"`: "!", `"user@evil.test:80/x"`: "!", `"javascript:1"`: "!", `"a//b"`: "!", `"a#b"`: "!",
		`"a?b#c"`: "!",
		`".."`:    "!", `"../x"`: "!", `"a/../b"`: "!", `"a/.."`: "!", `"./a"`: "!", `"a/%2e%2e/b"`: "!",
		`"a/%2E./b"`: "!",
		`"a/..%2fb"`: "!", `"a/..%5Cb"`: "!", `"a/%252e%252e/b"`: "!", `"a%00"`: "!", `"a\nb"`: "!",
		`"a%0d%0aHost: b"`: "!",
		`"a%"`:             "!", `"a%zz"`: "!", `"a?b%"`: "!", `"a\u0000"`: "!", `7`: "!", `{}`: "!", `true`: "!",

		`["orders", .order_id, "status"]`: "orders/A-1/status", `[]`: "",
		`["заказ", 7, true]`:                                 "%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7/7/true",
		`["a/b", "c?d", "e#f", "g%h", "i\\j", "k;l", "m n"]`: "a%2Fb/c%3Fd/e%23f/g%25h/i%5Cj/k%3Bl/m%20n",
		`["http://evil.test"]`:                               "http:%2F%2Fevil.test", `["a:b"]`: "a:b",
		`["", "a"]`: "!", `[null]`: "!", `[[]]`: "!", `[{}]`: "!",
		`[".."]`: "!", `["."]`: "!", `["../../x"]`: "!", `["a/../b"]`: "!", `["..\\x"]`: "!", `["%2e%2e"]`: "!",
		`["%2e%2e/x"]`: "!",
		`["..."]`:      "...", `["a..b"]`: "a..b", `["100%"]`: "100%25", `["a\r\nb"]`: "!", `["\u0000"]`: "!",
	} {
		r, err := b.Report(t.Context(), aReport(`{url: `+program+`}`, nil))
		got := ""
		switch {
		case err != nil && strings.HasPrefix(fault(err), "request url"):
			got = "!"
		case err != nil:
			got = fault(err)
		default:
			got = strings.TrimPrefix(line(r), "POST ")
		}
		if got != want {
			t.Errorf("%s gives %q, want %q (%v)", program, got, want, err)
		}
	}
}

// Values of an order that stand in an address, by the form in which a program puts them
// there: none of them makes another path or parameter.
func TestReportHostileValues(t *testing.T) {
	b := NewBox(nil)
	safe := []string{
		`{url: ["orders", .received.id, "status"]}`,
		`{url: @uri "orders/\(.received.id)/status"}`,
	}
	careless := []string{
		`{url: "orders/\(.received.id)/status"}`,
		`{url: ("orders/" + .received.id + "/status")}`,
		`{url: "\(.received.id)"}`,
		`{url: "set?id=\(.received.id)"}`,
	}
	for _, id := range []string{"../../x", "..", "a?b", "a#b", "a/b", "a%2Fb", "%2e%2e", "..%2f..%2fx", `..\x`,
		"//evil.test/",
		"http://evil.test/", "7&status=paid", "7;a", "a b?c", "+7", "a=b", "%", "/x", "x/", "7\r\nHost: evil.test/",
		"https:evil.test", "?", "#"} {
		for _, program := range safe {
			r, err := b.Report(t.Context(), aReport(program, map[string]any{"id": id}))
			if err != nil && fault(err) != "request url" && fault(err) != "request url[1]" {
				t.Errorf("%q in %s: %v", id, program, err)
			}
			if err != nil {
				continue
			}
			if parts := strings.Split(r.Call.Path, "/"); len(parts) != 3 || parts[0] != "orders" ||
				parts[2] != "status" ||
				r.Call.Query != "" {
				t.Errorf("%q in %s became %s", id, program, line(r))
			}
		}
		for _, program := range careless {
			r, err := b.Report(t.Context(), aReport(program, map[string]any{"id": id}))
			if err == nil && strings.ContainsAny(id, special) && len(id) > 1 {
				t.Errorf("%q in %s became %s", id, program, line(r))
			}
		}
	}
	r, err := b.Report(t.Context(), aReport(`{url: "set", query: {id: .received.id, q: {a: [1]}}}`,
		map[string]any{"id": "7&a=b#?/"}))
	if err != nil || line(r) != "POST set?id=7%26a%3Db%23%3F%2F&q%5Ba%5D%5B0%5D=1" {
		t.Errorf("a query: %s %v", line(r), err)
	}
	r, err = b.Report(t.Context(), aReport(`{url: "set?t=1", query: {a: 1}}`, nil))
	if err != nil || line(r) != "POST set?t=1&a=1" {
		t.Errorf("two queries: %s %v", line(r), err)
	}
	if _, err = b.Report(t.Context(), aReport(`{query: [1]}`, nil)); fault(err) != "request query" {
		t.Errorf("a list: %v", err)
	}
	for _, id := range []string{"7", "A-1", "a:b", "заказ"} {
		if _, err := b.Report(t.Context(), aReport(careless[0], map[string]any{"id": id})); err != nil {
			t.Errorf("%q is harmless: %v", id, err)
		}
	}
}

// A form that a program writes reads as the form that it meant.
func TestReportFormIsReadBack(t *testing.T) {
	r, err := NewBox(nil).Report(t.Context(), aReport(
		`{form: {a: "б & в", goods: [{n: .received.price}, {n: "x[y]"}], o: {p: {q: "="}}}}`,
		map[string]any{"price": json.Number("1.50")}))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Body{ContentType: r.Call.Header.Get("Content-Type"), Text: r.Call.Body}.Input()
	if err != nil || fmt.Sprint(v) != "map[a:б & в goods:[map[n:1.50] map[n:x[y]]] o:map[p:map[q:=]]]" {
		t.Errorf("%v %v", v, err)
	}
}

// What counts as an acknowledgement.
func TestAccepted(t *testing.T) {
	b := NewBox(nil)
	for name, test := range map[string]struct {
		program string
		status  int
		text    string
		want    string
	}{
		"a field":         {".ok", 200, `{"ok":true}`, "true"},
		"false":           {".ok", 200, `{"ok":false}`, "false"},
		"missing":         {".ok", 200, `{}`, "false"},
		"zero is true":    {".ok", 200, `{"ok":0}`, "true"},
		"a text":          {`. == "OK"`, 200, `OK`, "true"},
		"another text":    {`. == "OK"`, 200, `ERROR`, "false"},
		"the code":        {`$status == 202`, 202, `x`, "true"},
		"another code":    {`$status == 202`, 200, `x`, "false"},
		"no body":         {`. == ""`, 204, ``, "true"},
		"a page":          {`test("принято")`, 200, `<html>принято</html>`, "true"},
		"an unknown form": {`.ok`, 200, `<html>`, "false, in words"},
		"it says no":      {`error("wrong")`, 200, `{}`, "false, in words"},
		"nothing":         {`empty`, 200, `{}`, "false"},
		"the first":       {`false, true`, 200, `{}`, "false"},
		"broken":          {`.ok |`, 200, `{}`, "syntax accepted"},
		"much":            {`"x" * 3000000`, 200, `{}`, "output accepted"},
		"a large number":  {`.n == 12345678901234567890`, 200, `{"n":12345678901234567890}`, "true"},
	} {
		ok, why, err := b.Accepted(t.Context(), test.program, test.status, []byte(test.text))
		got := fmt.Sprint(ok)
		if why != "" {
			got += ", in words"
		}
		if err != nil {
			got = fault(err)
		}
		if got != test.want {
			t.Errorf("%s: %s %q %v, want %s", name, got, why, err, test.want)
		}
	}
}

// Which program tells a chat of statuses.
func TestReportProgram(t *testing.T) {
	for name, test := range map[string]struct {
		s    Settings
		want string // "" = the contract's
	}{
		"the contract":      {Settings{}, ""},
		"by name":           {Settings{Preset: "contract"}, ""},
		"learn":             {Settings{Preset: "learn"}, ""},
		"a program":         {Settings{Receive: "."}, ""},
		"a table":           {Settings{Fields: map[string]string{"id": ".id"}}, ""},
		"a preset":          {Settings{Preset: "tilda"}, "empty"},
		"another":           {Settings{Preset: "botobot", Receive: "."}, "empty"},
		"its own":           {Settings{Preset: "taplink", Report: "{}"}, "{}"},
		"of the contract":   {Settings{Report: "{}"}, "{}"},
		"no preset of ours": {Settings{Preset: "x"}, ""},
	} {
		if got, is := test.s.ReportProgram(); got != test.want || is != (test.want != "") {
			t.Errorf("%s: %q %v", name, got, is)
		}
	}
	if err := CheckReport("{url: $token, json: $company}"); err != nil {
		t.Error(err)
	}
	for program, want := range map[string]string{"{\n  url: |": "line 2, column 8: ", "$headers": "headers"} {
		if err := CheckReport(program); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", program, err)
		}
	}
}

// The programs run in a process of their own, and a hostile one ends with its own report.
func TestReportInABox(t *testing.T) {
	b := box(t)
	r, err := b.Report(t.Context(), aReport(`{method: "PUT", json: .revision}`, nil))
	if err != nil || r.Call.Method != http.MethodPut || string(r.Call.Body) != "1796900000123" {
		t.Errorf("%v %v", line(r), err)
	}
	if _, err = b.Report(t.Context(), aReport(`last(range(1e12))`, nil)); fault(err) != "time" {
		t.Error(err)
	}
	if _, err = b.Report(t.Context(), aReport(`[range(1e9)]`, nil)); fault(err) != "memory" && fault(err) != "time" {
		t.Error(err)
	}
	for text, want := range map[string]string{`{"a":{"b":1.50}}`: `{"a":{"b":1.50}}`, "a[b]=1": `{"a":{"b":"1"}}`,
		"{": "null"} {
		report := aReport(`{json: [.received]}`, nil)
		report.Received = &Body{Text: []byte(text)}
		if r, err = b.Report(t.Context(), report); err != nil || string(r.Call.Body) != "["+want+"]" {
			t.Errorf("%q: %s %v", text, line(r), err)
		}
	}
	if ok, _, err := b.Accepted(t.Context(), ".ok", 200, []byte(`{"ok":1}`)); !ok || err != nil {
		t.Error(ok, err)
	}
}

// Whatever a text or a segment is made of, what is let through stays below the chat's URL,
// also for a server that undoes escapes, takes backslashes for slashes and cleans paths.
func TestReportURLsAtRandom(t *testing.T) {
	base, err := url.Parse("https://chat.test/own/api")
	if err != nil {
		t.Fatal(err)
	}
	parts := []string{".", "..", "/", `\`, "%2e", "%2E", "%2f", "%5c", "%25", "2e", "2f", "%", "?", "#", "a", "б", ":",
		"@",
		"//", "http:", "evil.test", ";", " ", "\n", "%00", "+"}
	random := rand.New(rand.NewPCG(1, 2))
	let := 0
	for range 50000 {
		var text string
		for range 1 + random.IntN(6) {
			text += parts[random.IntN(len(parts))]
		}
		value, err := json.Marshal([]any{text, []string{"x", text}}[random.IntN(2)])
		if err != nil {
			t.Fatal(err)
		}
		out := &Request{}
		if err := (members{"url": value}).place(out); err != nil {
			continue
		}
		let++
		to := base.JoinPath(out.Call.Path)
		to.RawQuery = out.Call.Query
		if to, err = url.Parse(to.String()); err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		seen := to.EscapedPath()
		for range 4 {
			if plain, err := url.PathUnescape(seen); err == nil {
				seen = plain
			}
			seen = strings.ReplaceAll(seen, `\`, "/")
			if cleaned := path.Clean(seen); cleaned != "/own/api" && !strings.HasPrefix(cleaned, "/own/api/") {
				t.Fatalf("%s leads to %s", value, to)
			}
		}
		if to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil || to.Fragment != "" {
			t.Fatalf("%s leads to %s", value, to)
		}
	}
	if let < 5000 {
		t.Errorf("only %d were let through", let)
	}
}
