package legible

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// One table for all signs: what becomes of them in each kind of text.
func TestLegible(t *testing.T) {
	same := func(s string) [3]string { return [3]string{s, s, s} }
	for _, tt := range []struct {
		in   string
		want [3]string // Text, Line, Signs
	}{
		{"", same("")},
		{"домофон 12", same("домофон 12")},
		// Control signs go, wherever they stand.
		{"домофон\u0000 12", same("домофон 12")},
		{"\u0001дом\u001b[31mофон\u0007", same("дом[31mофон")},
		{"a\u007fb\u0080c\u009bd\u009f", same("abcd")},
		// Line breaks stay in a text, and are one blank in a line.
		{"a\nb", [3]string{"a\nb", "a b", "a b"}},
		{"a\tb", [3]string{"a\tb", "a b", "a b"}},
		{"a\r\nb\rc", [3]string{"a\nb\nc", "a b c", "a b c"}},
		{"a\n\nb\n", [3]string{"a\n\nb\n", "a b", "a b"}},
		{"ул. Ленина\vд. 5\fкв. 1", [3]string{"ул. Ленина\nд. 5\nкв. 1",
			"ул. Ленина д. 5 кв. 1", "ул. Ленина д. 5 кв. 1"}},
		{"a\u2028b\u2029c", [3]string{"a\nb\nc", "a b c", "a b c"}},
		{"домо\u0085фон\u0085 12\r", same("домофон 12")},
		{"a\n\u0000\nb", [3]string{"a\n\nb", "a b", "a b"}},
		{" два  пробела ", [3]string{" два  пробела ", " два  пробела ", "два  пробела"}},
		// What turns the direction of writing around.
		{"\u202eАнна\u202c", same("Анна")},
		{"a\u202ab\u202bc\u202dd\u2066e\u2067f\u2068g\u2069h\u206ai\u206f", same("abcdefghi")},
		{"שלום\u200f (ok)\u200e", [3]string{"שלום\u200f (ok)\u200e", "שלום\u200f (ok)\u200e", "שלום (ok)"}},
		// Noncharacters and what only marks bytes.
		{"a\ufffe\uffffb\ufdd0\ufdefc\U0001fffe\U0010ffffd", same("abcd")},
		{"\ufeffимя\ufeff", same("имя")},
		{"a\ufff9b\ufffac\ufffb\U000e0001", same("abc")},
		// A half of a pair comes from JSON as U+FFFD, which shows that something is lost.
		{"привет \ufffd", same("привет \ufffd")},
		{"a\xffb", same("a\ufffdb")},
		// Nothing else changes.
		{"👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e007f",
			[3]string{"👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e007f", "👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e007f",
				"👨👩👧 ❤ 🏴"}},
		{"и\u0306од, ё", same("и\u0306од, ё")},
		{"می\u200cخواهم", [3]string{"می\u200cخواهم", "می\u200cخواهم", "میخواهم"}},
		{"10\u00a0000\u202f₽", [3]string{"10\u00a0000\u202f₽", "10\u00a0000\u202f₽", "10 000 ₽"}},
		{"авто\u00adмобиль\u200b\u2060", [3]string{"авто\u00adмобиль\u200b\u2060", "авто\u00adмобиль\u200b\u2060",
			"автомобиль"}},
		{"a‑b–c−d", same("a‑b–c−d")},
		{"<b>&amp;</b> \\u0000", same("<b>&amp;</b> \\u0000")},
	} {
		for i, do := range []func(string) string{Text, Line, Signs} {
			got := do(tt.in)
			if got != tt.want[i] {
				t.Errorf("%s %+q: %+q, want %+q", []string{"Text", "Line", "Signs"}[i], tt.in, got, tt.want[i])
			}
			if again := do(got); again != got {
				t.Errorf("%+q does not stay what it is: %+q", got, again)
			}
		}
	}
}

// No sign of all that there are can get through, nor is a letter lost.
func TestEverySign(t *testing.T) {
	gone := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || r > 0x2ffff && r>>16 != 0xe && r&0xffff < 0xfff0 {
			continue // halves of pairs, and planes of which only the end is not empty
		}
		in := "а" + string(r) + "я"
		for name, do := range map[string]func(string) string{
			"Text": Text, "Line": Line, "Signs": Signs, "Screen": Screen,
		} {
			out := do(in)
			if !strings.HasPrefix(out, "а") || !strings.HasSuffix(out, "я") || !utf8.ValidString(out) {
				t.Fatalf("%s %+q: %+q", name, in, out)
			}
			if name == "Text" && out != in {
				gone++
			}
			for _, bad := range out {
				control := bad < ' ' || bad >= 0x7f && bad < 0xa0
				allowed := bad == '\n' && (name == "Text" || name == "Screen") || bad == '\t' && name == "Text"
				if control && !allowed || bad >= 0x202a && bad <= 0x202e || bad >= 0x2066 && bad <= 0x2069 ||
					bad&0xfffe == 0xfffe || bad == 0xfeff {
					t.Fatalf("%s %+q: %+q is left", name, in, bad)
				}
			}
		}
	}
	if gone != 30+33+2+5+10+66+1+3+1 {
		t.Errorf("%d signs do not stay in a text", gone)
	}
}

func TestScreen(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\n": "a\nb\n", "a\tb\rc\r\nd": "a b c\nd", "\u001b[2Ja\u009b31m\u0007": "[2Ja31m",
		"\u202eabc\u202c": "abc", "  a  b ": "  a  b ", "a\x9bb": "a\ufffdb",
	} {
		if got := Screen(in); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
	}
}

func TestBlank(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, " \n\u00a0": true, "\u200b\u2060": true, "\u3164": true, "\u2800\u2800": true, "\u0000": true,
		"\u202e": true, "\u0301": true,
		"а": false, "😀": false, "-": false, "\ufffd": false, " 1 ": false,
	} {
		if Blank(s) != want {
			t.Errorf("%+q: %v", s, !want)
		}
	}
}

// A document is equal to itself, and a terminal has nothing to obey in it.
func TestJSON(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"a":"б"}`, `{"a":"б"}`},
		{"\"a\u009bb\u0085\u007f\"", `"a\u009bb\u0085\u007f"`},
		{"\"\u202eабв\u202c\u2066\u200e\u061c\"", `"\u202eабв\u202c\u2066\u200e\u061c"`},
		{"{\"\u202e\": [\"\ufeff\u2028\U0001ffff\"]}", `{"\u202e": ["\ufeff\u2028\ud83f\udfff"]}`},
		{"\"👨\u200d👩 ❤️\u00ad\"", "\"👨\u200d👩 ❤️\u00ad\""},
		{"\"\x9b31m\"", "\"\ufffd31m\""},
	} {
		got := string(JSON([]byte(tt.in)))
		var before, after any
		if err := json.Unmarshal([]byte(tt.in), &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &after); err != nil {
			t.Fatal(err)
		}
		if got != tt.want || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%+q: %s", tt.in, got)
		}
	}
}
