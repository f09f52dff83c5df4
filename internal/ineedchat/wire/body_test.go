package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"
)

func TestInput(t *testing.T) {
	cyrillic, err := charmap.Windows1251.NewEncoder().String(`{"a":"Анна"}`)
	if err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	parts := "--b\r\nContent-Disposition: form-data; name=\"a[0][n]\"\r\n\r\nАнна\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\nfile\r\n--b--\r\n"
	for name, test := range map[string]struct {
		body Body
		want string // "" = an error
	}{
		"JSON as it is": {Body{ContentType: "application/json", Text: []byte(`{"a":1.50,"b":[1e2]}`)},
			`{"a":1.50,"b":[1e2]}`},
		"a mark":         {Body{ContentType: "application/json", Text: []byte("\ufeff[1]")}, `[1]`},
		"another JSON":   {Body{ContentType: "application/vnd.api+json", Text: []byte(`{"a":1}`)}, `{"a":1}`},
		"no type":        {Body{Text: []byte(`{"a":1}`)}, `{"a":1}`},
		"plain JSON":     {Body{ContentType: "text/plain", Text: []byte(` {"a":1}`)}, `{"a":1}`},
		"JSON as a form": {Body{ContentType: form, Text: []byte(`{"a":1}`)}, `{"a":1}`},
		"windows-1251": {Body{ContentType: "application/json; charset=windows-1251", Text: []byte(cyrillic)},
			`{"a":"Анна"}`},
		"a form of 1251": {Body{ContentType: form + "; charset=windows-1251", Text: []byte("a=%C0%ED%ED%E0")},
			`{"a":"Анна"}`},
		"brackets": {Body{ContentType: form, Text: []byte("g[0][p]=1&g[1][p]=2&d[t]=x")},
			`{"d":{"t":"x"},"g":[{"p":"1"},{"p":"2"}]}`},
		"a gap": {Body{ContentType: form, Text: []byte("g[10]=b&g[2]=a&g[999999999]=c")},
			`{"g":["a","b","c"]}`},
		"next":       {Body{ContentType: form, Text: []byte("g[]=a&g[]=b")}, `{"g":["a","b"]}`},
		"twice":      {Body{ContentType: form, Text: []byte("a=1&a=2")}, `{"a":"2"}`},
		"both kinds": {Body{ContentType: form, Text: []byte("a=1&a[b]=2")}, `{"a":{"b":"2"}}`},
		"open brackets": {Body{ContentType: form, Text: []byte("a[b=1&[c]=2&d[e]f=3")},
			`{"[c]":"2","a[b":"1","d[e]f":"3"}`},
		"a query": {Body{Query: "id=7&goods[0][price]=1"}, `{"goods":[{"price":"1"}],"id":"7"}`},
		"nothing": {Body{}, `{}`},
		"in parts": {Body{ContentType: "multipart/form-data; boundary=b", Text: []byte(parts)},
			`{"a":[{"n":"Анна"}]}`},
		"no boundary":         {Body{ContentType: "multipart/form-data", Text: []byte(parts)}, ""},
		"torn parts":          {Body{ContentType: "multipart/form-data; boundary=b", Text: []byte(parts[:60])}, ""},
		"torn JSON":           {Body{ContentType: "application/json", Text: []byte(`{"a":`)}, ""},
		"two documents":       {Body{ContentType: "application/json", Text: []byte(`{} {}`)}, ""},
		"XML":                 {Body{ContentType: "application/xml", Text: []byte(`<a/>`)}, ""},
		"a bad escape":        {Body{ContentType: form, Text: []byte("a=%zz")}, ""},
		"an unknown encoding": {Body{ContentType: "application/json; charset=klingon", Text: []byte(`{}`)}, ""},
		"too many fields":     {Body{ContentType: form, Text: []byte(strings.Repeat("a[]=1&", maxFields+1))}, ""},
		"too deep":            {Body{ContentType: form, Text: []byte("a" + strings.Repeat("[b]", 40) + "=1")}, ""},
		"deep JSON":           {Body{ContentType: "application/json", Text: []byte(strings.Repeat("[", 20000))}, ""},
		"half a letter": {Body{ContentType: "application/json", Text: []byte("{\"a\":\"\xd0\"}")},
			`{"a":"` + "\ufffd" + `"}`},
		"a name of two kinds":   {Body{ContentType: form, Text: []byte("g[0]=a&g[x]=b")}, `{"g":{"0":"a","x":"b"}}`},
		"brackets in the query": {Body{Query: "a%5B0%5D=1"}, `{"a":["1"]}`},
	} {
		v, err := test.body.Input()
		if test.want == "" {
			if _, is := err.(*BodyError); !is {
				t.Errorf("%s: %v %v", name, v, err)
			}
			continue
		}
		text, _ := json.Marshal(v)
		if err != nil || string(text) != test.want {
			t.Errorf("%s: %s %v, want %s", name, text, err, test.want)
		}
	}
}

func FuzzInput(f *testing.F) {
	f.Add("application/json", []byte(`{"a":[1]}`), "")
	f.Add("application/x-www-form-urlencoded", []byte("a[b][]=1&a[b][]=2"), "q=1")
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"),
		"")
	f.Fuzz(func(t *testing.T, kind string, text []byte, query string) {
		v, err := (Body{kind, text, query}).Input()
		if err != nil {
			return
		}
		if _, err := json.Marshal(v); err != nil {
			t.Error(err)
		}
	})
}

// TestTreeRemembersRightly: that fields of one line go where the last one went changes
// nothing, whatever they are called.
func TestTreeRemembersRightly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[ab](\[[ab01]?\]?){0,3}`), 0, 12).Draw(t, "names")
		quick, slow := newTree(), newTree()
		for i, name := range names {
			value := strconv.Itoa(i)
			slow.parent = nil
			if err := errors.Join(quick.put(name, value), slow.put(name, value)); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := quick.value(), slow.value(); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// TestProgramsStayAsTheyAre: an order that is part of its program is completed anew each
// time.
func TestProgramsStayAsTheyAre(t *testing.T) {
	p, err := compile(`{type: "order.created", data: {id: "1", items: [], comment: null, payment: {title: null}}}`,
		variables, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		at := time.Date(2026, 11, 29, 12, i, 0, 0, time.UTC)
		list, err := (&Delivery{Body: Body{Text: []byte("{}")}, Company: "2", At: at}).envelopes(p)
		if err != nil || !strings.Contains(string(list[0]), `"created_at":"`+at.Format(time.RFC3339)) ||
			strings.Contains(string(list[0]), "null") {
			t.Errorf("%s %v", list, err)
		}
	}
}
