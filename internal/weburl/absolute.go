package weburl

import (
	"net/url"
	"strings"
)

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
	scheme, rest := cutScheme(text)
	switch scheme {
	case "":
		return below(page, text)
	case "http", "https":
		return hosted(scheme, rest)
	case "mailto", "tel":
		return scheme + ":" + EscapeOnce(rest), strings.TrimSpace(rest) != ""
	}
	return "", false
}

// cutScheme cuts an address behind its scheme, which it gives in small letters; ""
// if it begins with none.
func cutScheme(text string) (scheme, rest string) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	scheme, rest, found := strings.Cut(text, ":")
	if !found || scheme == "" || strings.IndexByte(letters, scheme[0]) < 0 ||
		strings.Trim(scheme, letters+"0123456789+.-") != "" {
		return "", text
	}
	return strings.ToLower(scheme), rest
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
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if name, ok := Name(host); ok && name == host && !strings.Contains(host, ":") { // as nearly all are
		return scheme + "://" + host + EscapeOnce(rest[end:]), true
	}
	u, ok := Parse(scheme + "://" + host[strings.LastIndexByte(host, '@')+1:])
	return u.Origin() + EscapeOnce(rest[end:]), ok
}

// EscapeOnce escapes what may not stand in an address. What is escaped already stays
// so; a percent sign that escapes nothing was meant as one. Two shapes of a mark
// that is part of the syntax, such as ? and %3F, stay apart.
func EscapeOnce(s string) string {
	const digits = "0123456789ABCDEF"
	n := 0
	for n < len(s) && mayStand(s, n) {
		n++
	}
	if n == len(s) {
		return s
	}
	out := []byte(s[:n])
	for i := n; i < len(s); i++ {
		if c := s[i]; mayStand(s, i) {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&0xf])
		}
	}
	return string(out)
}

// mayStand reports whether a byte may stand in an address as it is.
func mayStand(s string, i int) bool {
	switch c := s[i]; c {
	case '%':
		return isEscape(s[i:])
	case '"', '<', '>', '\\', '^', '`', '{', '|', '}', '[', ']':
		return false
	default:
		return c > ' ' && c < 0x7f
	}
}

func isEscape(s string) bool {
	const hex = "0123456789abcdefABCDEF"
	return len(s) >= 3 && strings.IndexByte(hex, s[1]) >= 0 && strings.IndexByte(hex, s[2]) >= 0
}
