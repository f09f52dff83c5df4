package insalestest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// TestOutWritesJSON writes one of everything and reads it again.
func TestOutWritesJSON(t *testing.T) {
	o := jsonWriter{zone: time.FixedZone("MSK", 3*60*60)}
	o.begin()
	o.number("id", -5)
	o.flag("yes", true)
	o.null("none")
	o.text("empty", "")
	o.text("text", "а\"б")
	o.raw("raw", `{"x":1}`)
	o.time("at", time.Date(2023, 11, 22, 11, 24, 30, 999_000_000, time.UTC))
	o.price("price", decimal.RequireFromString("1490.50"))
	o.ids("ids", []int64{1, 2})
	o.ids("no_ids", nil)
	o.list("list")
	for range 2 {
		o.begin()
		o.number("a", 1)
		o.number("b", 2)
		o.end('}')
	}
	o.end(']')
	o.list("empty_list")
	o.end(']')
	o.number("last", 1)
	o.end('}')
	const want = `{"id":-5,"yes":true,"none":null,"empty":null,"text":"а\"б","raw":{"x":1},` +
		`"at":"2023-11-22T14:24:30.000+03:00","price":"1490.5",` +
		`"ids":[1,2],"no_ids":[],"list":[{"a":1,"b":2},{"a":1,"b":2}],"empty_list":[],"last":1}`
	if string(o.b) != want {
		t.Errorf("%s\nwant\n%s", o.b, want)
	}
	if !json.Valid(o.b) {
		t.Error("this is no JSON")
	}
}

// TestOutStrings: whatever a string holds, a JSON reader gets it back; what is
// no text at all becomes the replacement character.
func TestOutStrings(t *testing.T) {
	check := func(text string) {
		t.Helper()
		o := jsonWriter{}
		o.string(text)
		var got string
		if err := json.Unmarshal(o.b, &got); err != nil {
			t.Fatalf("%q: %v in %s", text, err, o.b)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); got != want {
			t.Errorf("%q was read as %q", text, got)
		}
	}
	for _, text := range []string{
		"", "a", `"`, `\`, `\\"`, "\n\r\t\b\f\x00\x1f", "</script>", "é", "日本", "🙂", "\u2028\u2029", "\xff", "а\xffб",
		"\xd0", strings.Repeat("x", 5000) + `"`,
	} {
		check(text)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		check(string(b))
		runes := make([]rune, r.IntN(8))
		for i := range runes {
			runes[i] = rune(r.IntN(0x2100))
		}
		check(string(runes))
	}
}

// TestOutDecimals: the fast way says what the slow one does.
func TestOutDecimals(t *testing.T) {
	check := func(d decimal.Decimal) {
		t.Helper()
		want := decimalText(d)
		if whole, fraction, found := strings.Cut(want, "."); found {
			fraction = strings.TrimRight(fraction, "0")
			if fraction == "" {
				fraction = "0"
			}
			want = whole + "." + fraction
		}
		if got := string(appendDecimal(nil, d)); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
		if got := string(appendDecimal([]byte("10.0"), d)); got != "10.0"+want {
			t.Errorf("%s behind a number: %s", d, got)
		}
	}
	for _, text := range []string{
		"0", "0.0", "-0", "1", "-1", "10", "100.00", "0.5", "-0.5", "0.05", "0.0001", "12.3400", "1490.5", "-3.125",
		"999999999999999999",
		"-999999999999999999", "1e3", "12345678901234567890.12", "0.00000001", "1000000000000000000000",
	} {
		check(decimal.RequireFromString(text))
	}
	check(decimal.Decimal{})
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		check(decimal.New(r.Int64N(2_000_000)-1_000_000, int32(r.IntN(5))-4))
		check(decimal.New(r.Int64()-1<<62, -int32(r.IntN(5))))
	}
}

func BenchmarkOutString(b *testing.B) {
	text := strings.Repeat("Описание товара, в котором почти ничего не надо менять. ", 20)
	o := jsonWriter{}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		o.b = o.b[:0]
		o.string(text)
	}
	_ = fmt.Sprint(len(o.b))
}
