package insales

import (
	"strings"

	"github.com/go-faster/jx"
)

// What people have typed comes HTML-encoded in some answers: seen on a live shop in
// July 2026, in the values of text fields (`'` was `&#39;`). That titles and names may
// come so, too, is inferred. It is decoded here, where it is read, and only once: of
// `&amp;#39;` the merchant has typed `&#39;`. Nothing but what Rails writes is decoded,
// each with its semicolon, so that a title such as «R&D» or «A&B» stays what it is.
// Descriptions are HTML and stay HTML.
var encoded = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&#39;", "'",
	"&#x27;", "'", "&apos;", "'")

// typed gives a text as it was typed.
func typed(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return encoded.Replace(s)
}

// typed gives a text of an object as it was typed.
func (m fields) typed(name string) string { return typed(m.text(name)) }

// typedText reads a text as it was typed.
func typedText(d *jx.Decoder) (string, error) {
	s, err := text(d)
	return typed(s), err
}
