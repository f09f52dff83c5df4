package panel

import (
	"fmt"
	"strings"
	"testing"

	"ineed-insales/internal/ineedchat/wire"
	"ineed-insales/storage"
)

// TestPlaces: what stands in a message is found with its path, as jq reads it; secrets are
// masked, and however much there is, the list is short.
func TestPlaces(t *testing.T) {
	message := func(text string) any {
		t.Helper()
		v, err := wire.Body{Text: []byte(text)}.Input()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const body = `{"a":1,"b c":{"Имя":"Анна \"\\(1)"},"list":[1,2],"empty":[],"none":null,"yes":true,
		"goods":[{"x":{"y":"1.10"},"api_token":"hush"},{"x":2}],"deep":[[{"z":"long \t line"}]],
		"secret":{"inner":"hush"},"key":"our-own-secret"}`
	got := map[string]string{}
	box := wire.NewBox(nil)
	for _, p := range placesOf(message(body), []string{"our-own-secret"}) {
		got[p.path] = p.value
		count := fmt.Sprintf(`{type: "count", data: {n: ([%s] | length)}}`, p.path)
		said, err := box.Translate(t.Context(), count, wire.Delivery{Body: wire.Body{Text: []byte(body)}})
		want := fmt.Sprintf(`"n":%d`, max(p.lines, 1))
		if err != nil || !strings.Contains(fmt.Sprintf("%s", said), want) {
			t.Errorf("%s: %s, %v", p.path, said, err)
		}
	}
	want := map[string]string{".a": "1", `."b c"."Имя"`: `Анна "\(1)`, ".list[0]": "1", ".none": "null", ".yes": "true",
		".goods[]": "", ".goods[0].x.y": "1.10", ".goods[0].api_token": storage.Masked, ".deep[0][]": "",
		".deep[0][0].z": "long line", ".secret.inner": storage.Masked, ".key": storage.Masked}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, text := range []string{
		"[" + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "]",
		`{"` + strings.Repeat("x", 500) + `":1,"a":"` + strings.Repeat("y", 500) + `"}`,
		"a=1" + strings.Repeat("&b[][]=1", 1000),
		"[" + strings.Repeat(`{"a":1},`, 1000) + "1]",
		strings.TrimPrefix(strings.Repeat("&f%d=1", 4000), "&"),
	} {
		if n := strings.Count(text, "%d"); n > 0 {
			numbers := make([]any, n)
			for i := range numbers {
				numbers[i] = i
			}
			text = fmt.Sprintf(text, numbers...)
		}
		size := 0
		s := surveyOf(message(text), ".nothing", nil)
		for _, p := range append(s.whole, s.line...) {
			size += len(p.path) + len(p.value)
		}
		if len(s.whole) > mostPaths || len(s.line) > mostPaths || size > 100<<10 {
			t.Errorf("%.20s: %d and %d places, %d bytes", text, len(s.whole), len(s.line), size)
		}
	}
	for _, test := range []struct{ text, items, from, line string }{
		{`{"a":[{"x":1}],"b":[{"y":2}]}`, "", ".a[]", ".x"},
		{`{"a":[{"x":1}],"b":[{"y":2}]}`, ".b", ".b[]", ".y"},
		{`{"a":[{"x":1}],"b":[{"y":2}]}`, " .b[] ", ".b[]", ".y"},
		{`{"a":[{"x":1}],"b":[{"y":2}]}`, ".c[]", ".a[]", ".x"},
		{`[{"x":[{"y":2}]}]`, "", ".[]", ".x[]"},
		{`[{"x":[{"y":2}]}]`, ".[0].x[]", ".[0].x[]", ".y"},
		{`{"good":[1],"goods":[{"x":1}]}`, "", ".goods[]", ".x"},
	} {
		s := surveyOf(message(test.text), test.items, nil)
		if s.from != test.from || len(s.line) == 0 || s.line[0].path != test.line {
			t.Errorf("%s with %q: %q, %v", test.text, test.items, s.from, s.line)
		}
	}
	if s := surveyOf("text", "", nil); len(s.whole) != 1 || s.whole[0].path != "." || s.from != "" {
		t.Errorf("%+v", s)
	}
}
