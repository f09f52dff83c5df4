package weburl

import (
	"net/url"
	"regexp"
	"strings"
)

// scheme is how an address with one begins.
var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// Absolute is an address as somebody wrote it into a page, as whoever reads the
// page elsewhere can follow it: below the address of the page, with its host in
// the one form, and escaped once. It is false for what leads nowhere or runs
// something. Mail and telephone links stay what they are. The user of a URL, who
// may have a password, is left out.
func Absolute(page *url.URL, text string) (string, bool) {
	text = inOneLine.Replace(strings.TrimFunc(text, func(r rune) bool { return r <= ' ' }))
	text = strings.ReplaceAll(text, `\`, "/")
	if text == "" {
		return "", false
	}
	m := scheme.FindStringSubmatch(text)
	if m == nil {
		return below(page, text)
	}
	kind, rest := strings.ToLower(m[1]), text[len(m[0]):]
	switch kind {
	case "http", "https":
		return hosted(kind, rest)
	case "mailto", "tel":
		return kind + ":" + EscapeOnce(rest), strings.TrimSpace(rest) != ""
	}
	return "", false
}

// inOneLine takes out what browsers take out of an address wherever it stands.
var inOneLine = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// below is an address without a scheme.
func below(page *url.URL, text string) (string, bool) {
	if rest, found := strings.CutPrefix(text, "//"); found {
		return hosted("https", rest)
	}
	if !strings.ContainsAny(text[:1], "/?#.") {
		text = "./" + text // a colon in its first part is no scheme
	}
	to, err := url.Parse(EscapeOnce(text))
	if err != nil {
		return "", false
	}
	return page.ResolveReference(to).String(), true
}

// hosted is an address behind its scheme.
func hosted(scheme, rest string) (string, bool) {
	rest = strings.TrimLeft(rest, "/")
	end := strings.IndexAny(rest+"/", "/?#")
	host := rest[:end]
	u, ok := Parse(scheme + "://" + host[strings.LastIndexByte(host, '@')+1:])
	return u.Origin() + EscapeOnce(rest[end:]), ok
}

// EscapeOnce escapes what may not stand in an address. What is escaped already stays
// so; a percent sign that escapes nothing was meant as one. Two shapes of a mark
// that is part of the syntax, such as ? and %3F, stay apart.
func EscapeOnce(s string) string {
	const digits = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := c > ' ' && c < 0x7f && strings.IndexByte("%\"<>\\^`{|}[]", c) < 0
		if plain || c == '%' && isEscape(s[i:]) {
			out.WriteByte(c)
			continue
		}
		out.Write([]byte{'%', digits[c>>4], digits[c&0xf]})
	}
	return out.String()
}

func isEscape(s string) bool {
	const hex = "0123456789abcdefABCDEF"
	return len(s) >= 3 && strings.IndexByte(hex, s[1]) >= 0 && strings.IndexByte(hex, s[2]) >= 0
}
