package panel

import (
	"strings"
	"testing"

	"ineed-insales/storage"
)

// TestMasked: secrets are hidden by their value and by what they are called.
func TestMasked(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"token": "abc", "name": "Анна"}`, `{"token": "•••", "name": "Анна"}`},
		{`{"a":{"X-Api-Key":"a\"b"},"apikey":"q"}`, `{"a":{"X-Api-Key":"•••"},"apikey":"•••"}`},
		{`{"passwd":"1","client_secret":"2","sum":"3"}`, `{"passwd":"•••","client_secret":"•••","sum":"3"}`},
		{`a=1&access_token=q%20w&b=2`, `a=1&access_token=•••&b=2`},
		{`{"comment":"the known-secret is here"}`, `{"comment":"the ••• is here"}`},
		{`{"comment":"say known-se"}`, `{"comment":"say •••"}`},
		{`{"total":"990.00","tokens":3}`, `{"total":"990.00","tokens":3}`},
	}
	for _, test := range tests {
		if got := masked(test.text, []string{"", "y", "known-se", "known-secret"}); got != strings.ReplaceAll(test.want,
			"•••", storage.Masked) {
			t.Errorf("%s became %s", test.text, got)
		}
	}
}

// TestLaidOut: a body is laid out if it is JSON that people read, and never grows
// by more than that.
func TestLaidOut(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for body, want := range map[string]string{
		`{"a":[1]}`:             "{\n  \"a\": [\n    1\n  ]\n}",
		"\ufeff" + `{"a":1}`:    "{\n  \"a\": 1\n}",
		`{"a":`:                 `{"a":`,
		"]]]{":                  "]]]{",
		deep:                    deep,
		`{"a":1,"a":2,"A":"x"}`: "{\n  \"a\": 1,\n  \"a\": 2,\n  \"A\": \"x\"\n}",
	} {
		if got := laidOut([]byte(body)); got != want {
			t.Errorf("%.80s became %.80s", body, got)
		}
	}
}
