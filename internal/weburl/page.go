package weburl

import (
	"bytes"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// addresses are the attributes of HTML in which an address stands.
var addresses = map[string]bool{
	"href": true, "src": true, "cite": true, "longdesc": true, "poster": true, "background": true,
}

const longestName = len("background") // of addresses

// addressed reports whether there may be one at all.
func addressed(text string) bool {
	before, after, found := strings.Cut(text, "=")
	for ; found; before, after, found = strings.Cut(after, "=") {
		before = strings.TrimRight(before, " \t\n\f\r")
		end := strings.ToLower(before[max(len(before)-longestName, 0):])
		for name := range addresses {
			if strings.HasSuffix(end, name) {
				return true
			}
		}
	}
	return false
}

// Rebase makes every address in the HTML of a page absolute. One that leads nowhere
// is left out: a link becomes its text, a picture goes. These are counted, except
// for scripts, which are no loss. Nothing else of the HTML changes, so it is as
// harmful as before.
func Rebase(page *url.URL, text string) (out string, lost int) {
	if !addressed(text) {
		return text, 0
	}
	var b bytes.Buffer
	b.Grow(len(text) + len(text)/8)
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				return "", lost // nobody knows what is behind it
			}
			b.Write(z.Raw())
			return b.String(), lost
		}
		before := b.Len()
		b.Write(z.Raw())
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		had := len(token.Attr)
		changed, gone := rebase(page, &token)
		lost += gone
		switch {
		case len(token.Attr) < had && token.Data == "img":
			b.Truncate(before)
		case changed:
			b.Truncate(before)
			b.WriteString(token.String())
		}
	}
}

// rebase makes the addresses of one tag absolute.
func rebase(page *url.URL, token *html.Token) (changed bool, lost int) {
	kept := token.Attr[:0]
	for _, a := range token.Attr {
		if !addresses[a.Key] {
			kept = append(kept, a)
			continue
		}
		to, ok := Absolute(page, a.Val)
		switch {
		case !ok:
			changed = true
			scheme, _ := cutScheme(a.Val)
			if a.Val != "" && !strings.HasSuffix(scheme, "script") {
				lost++
			}
			continue
		case to != a.Val:
			a.Val, changed = to, true
		}
		kept = append(kept, a)
	}
	token.Attr = kept
	return changed, lost
}
