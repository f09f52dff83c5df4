package catalog

import (
	"cmp"
	"io"
	"net/url"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"

	"ineed-insales/insales"
	"ineed-insales/internal/legible"
	"ineed-insales/internal/weburl"
)

// What a description may hold is for the policy to say, and it is asked about whole
// documents, because what it leaves of one tag may depend on others: a script goes with
// all that is in it. But it takes its time, and nearly all descriptions are text between
// a few everyday tags, of which it drops none. Each of these tags is the same wherever it
// stands, so it is asked about each kind of them once (everyday), and about whole
// documents where anything else is met. TestEverydayDescriptions holds both ways against
// each other.

// A cleaner makes the descriptions of merchants harmless. It remembers what becomes of a
// tag, and nothing else: what it gives depends only on what it is given.
type cleaner struct {
	// What the policy does, and not the policy itself: where values of a type may come into an
	// interface, the linker keeps all its methods, here 0.2 MB of CSS that nobody asks for.
	sanitize func(io.Reader, io.Writer) error
	tags     map[string]string // by how they were written; never of an address below the product's page
}

const (
	mostTags   = 200 // that are remembered
	longestTag = 200 // in bytes, of these
)

// newCleaner allows what merchants write in descriptions: text, lists, tables, links and
// pictures, and nothing that runs or that changes the page around it.
func newCleaner() *cleaner {
	p := bluemonday.UGCPolicy()
	p.RequireNoFollowOnLinks(true)
	p.AllowURLSchemes("tel")
	p.AllowRelativeURLs(false) // below what would they lead?
	return &cleaner{sanitize: p.SanitizeReaderToWriter, tags: map[string]string{}}
}

// description is the merchant's text without anything that could harm who
// reads it, and with links that lead where they would on the product's page. It
// counts those that lead nowhere.
func (m *productMapper) description(p insales.Product, page *url.URL) (text string, omitted int) {
	text = legible.Text(cmp.Or(strings.TrimSpace(p.Description), strings.TrimSpace(p.ShortDescription)))
	if !strings.ContainsAny(text, "<>&") {
		return text, 0 // plain text is what the policy would leave of it
	}
	clean, ok := m.html.everyday(page, text)
	if !ok {
		clean, omitted = m.html.whole(page, text)
	}
	return strings.TrimSpace(legible.Text(clean)), omitted // &#1; is a sign only now
}

// whole cleans any document.
func (c *cleaner) whole(page *url.URL, text string) (clean string, omitted int) {
	text, omitted = weburl.Rebase(page, text)
	return c.allowed(text), omitted
}

// allowed is what the policy leaves of a document.
func (c *cleaner) allowed(text string) string {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8) // it grows by what has to be escaped
	if err := c.sanitize(strings.NewReader(text), &out); err != nil {
		return "" // nobody knows what is in it
	}
	return out.String()
}

// everyday cleans a document of nothing but text and everyday tags of which each stays,
// which gives what whole does; false if it is another.
func (c *cleaner) everyday(page *url.URL, text string) (clean string, ok bool) {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	for {
		words, tag, more := cutTag(text)
		out.WriteString(html.EscapeString(html.UnescapeString(words)))
		if !more {
			return out.String(), tag == ""
		}
		text = text[len(words)+len(tag):]
		if tag, ok = c.tag(page, tag); !ok {
			return "", false
		}
		out.WriteString(tag)
	}
}

// cutTag gives the text before the first tag, and that tag with its brackets. Without
// more there is no tag, or one that does not end.
func cutTag(text string) (words, tag string, more bool) {
	from := strings.IndexByte(text, '<')
	if from < 0 {
		return text, "", false
	}
	until := strings.IndexByte(text[from:], '>')
	if until < 0 {
		return text[:from], text[from:], false
	}
	return text[:from], text[from : from+until+1], true
}

// plain are the names of everyday tags that stay without attributes too.
var plain = setOf("b blockquote br caption code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span " +
	"strike strong sub sup table tbody td tfoot th thead tr tt u ul")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// tag gives a tag as it stays; false if it is none of the everyday ones, or goes. What
// seems one but ends within an attribute is none to the policy, so it goes.
func (c *cleaner) tag(page *url.URL, tag string) (clean string, ok bool) {
	name, ends := strings.CutPrefix(tag[1:len(tag)-1], "/")
	if plain[name] || ends && name == "a" {
		return tag, true
	}
	if clean, ok := c.tags[tag]; ok {
		return clean, true
	}
	if i := strings.IndexAny(name, " /"); i > 0 {
		name = name[:i]
	}
	if ends || !plain[name] && name != "a" && name != "img" {
		return "", false
	}
	based, omitted := weburl.Rebase(page, tag)
	clean = c.allowed(based)
	if omitted > 0 || !strings.HasPrefix(clean, "<"+name) {
		return "", false
	}
	if based == tag && len(tag) <= longestTag {
		if len(c.tags) == mostTags {
			clear(c.tags)
		}
		c.tags[tag] = clean
	}
	return clean, true
}
