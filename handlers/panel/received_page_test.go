package panel

import (
	"strings"
	"testing"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/storage"
)

// TestMasked: secrets are hidden by their value and by what they are called.
func TestMasked(t *testing.T) {
	tests := []struct{ text, want string }{
		{"user%5Btoken%5D=abc&name=x", "user%5Btoken%5D=•••&name=x"},
		{"--b\r\nContent-Disposition: form-data; name=\"api_token\"\r\nX: y\r\n\r\nabc\r\n--b",
			"--b\r\nContent-Disposition: form-data; name=\"api_token\"\r\nX: y\r\n\r\n•••\r\n--b"},
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

// TestReadable: only what is kept whole, and could become something else than it is, is
// offered to be read again.
func TestReadable(t *testing.T) {
	for _, test := range []struct {
		r    storage.Refusal
		want bool
	}{
		{storage.Refusal{Reason: "media_type", Body: []byte("id=1"), Size: 4}, true},
		{storage.Refusal{Reason: "invalid", Body: []byte("{}"), Size: 2}, true},
		{storage.Refusal{Reason: "too_large", Body: []byte("id"), Size: 1 << 20}, false},
		{storage.Refusal{Reason: "not_json", Body: []byte("{}")}, false}, // how much came is not known
		{storage.Refusal{Reason: "not_json"}, false},
		{storage.Refusal{Reason: order.ReasonManyBodies, Body: []byte("{}"), Size: 2}, false},
	} {
		if got := readable(test.r); got != test.want {
			t.Errorf("%s, %d of %d bytes: %t", test.r.Reason, len(test.r.Body), test.r.Size, got)
		}
	}
}
