package ineedchat

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// A secret is hidden however it is written, and nothing else is.
func TestMask(t *testing.T) {
	const tokens = `plain-Token_01.x~|q"uo\te/+& <%41>|Ключ-от-чата|a b+c%20d=`
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	everyByte := func(s string) (out string) {
		for _, b := range []byte(s) {
			out += fmt.Sprintf("%%%02x", b)
		}
		return out
	}
	for token := range strings.SplitSeq(tokens, "|") {
		c := New(Config{URL: "http://chat.test", Token: token})
		for name, text := range map[string]string{
			"alone": token, "in words": "the token " + token + " is wrong", "twice": token + token,
			"a query": "?token=" + url.QueryEscape(token) + "&x=1", "a path": "/v1/" + url.PathEscape(token) + "/set",
			"escaped twice": url.QueryEscape(url.QueryEscape(token)), "each byte": everyByte(token),
			"each byte in capitals": strings.ToUpper(everyByte(token)),
			"JSON":                  `{"token":` + quoted(token) + `}`, "HTML": html.EscapeString(token),
			"JSON in a query":  "?q=" + url.QueryEscape(`{"t":`+quoted(token)+`}`),
			"JSON in JSON":     quoted(`{"t":` + quoted(token) + `}`),
			"JSON, three deep": quoted(quoted(`{"t":` + quoted(token) + `}`)),
			"half escaped":     token[:3] + everyByte(token[3:]),
		} {
			got := c.Mask(text)
			if !strings.Contains(got, masked) || strings.Contains(got, token) ||
				strings.Contains(got, token[:len(token)-2]) {
				t.Errorf("%q, %s: %q became %q", token, name, text, got)
			}
			if name == "in words" && got != "the token ••• is wrong" || name == "twice" && got != masked+masked {
				t.Errorf("%q, %s: %q", token, name, got)
			}
		}
		for _, around := range []string{"", "u", "us", "use", "user", "user:", "a longer name:"} {
			for _, behind := range []string{"", "!", "!!", "!!!"} {
				for name, encode := range map[string]func([]byte) string{
					"base64": base64.StdEncoding.EncodeToString, "of addresses": base64.RawURLEncoding.EncodeToString,
				} {
					text := encode([]byte(around + token + behind))
					for _, text := range []string{"Basic " + text, "x=" + url.QueryEscape(text) + "&y=1"} {
						got := c.Mask(text)
						if got != "Basic •••" && got != "x=•••&y=1" && got != "•••&y=1" {
							t.Errorf("%q, %s of %q: %q became %q", token, name, around+token+behind, text, got)
						}
					}
				}
			}
		}
		for _, text := range []string{"", "no secret", "%", "%4", `\`, `\u00`, "&", "&lt;", token[:len(token)-1],
			"dXNlcg==",
			base64.StdEncoding.EncodeToString([]byte("another-token-of-somebody"))} {
			if got := c.Mask(text); got != text {
				t.Errorf("%q: %q became %q", token, text, got)
			}
		}
	}
	if got := New(Config{}).Mask("nothing is secret"); got != "nothing is secret" {
		t.Errorf("without a secret: %q", got)
	}
	if got := New(Config{Token: "abc"}).Mask("abcd YWJj"); got != "•••d YWJj" {
		t.Errorf("a very short one: %q", got)
	}
}

// What a chat may send back is no reason to work for long.
func BenchmarkMask(b *testing.B) {
	c := New(Config{Token: strings.Repeat("%", 40), Secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
	text := strings.Repeat("%25", maxKept/3)
	for b.Loop() {
		c.Mask(text)
	}
}
