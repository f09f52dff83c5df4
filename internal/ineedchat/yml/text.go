package yml

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// known drops what is no character of XML 1.0: controls, halves of surrogates, and bytes
// that are no UTF-8.
func known(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= ' ' && r < 0xd800, r > 0xdfff && r < utf8.RuneError,
			r > utf8.RuneError && r < 0xfffe, r > 0xffff:
			return r
		}
		return -1
	}, s)
}

// line is a text on one line, no longer than so many characters, that no program takes
// for a formula.
func line(s string, most int) string {
	return clip(defused(strings.Join(strings.Fields(known(s)), " ")), most)
}

// clip cuts a text behind so many characters.
func clip(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most]))
}

// The signs with which a formula begins, also in the widths of East Asia.
const (
	alwaysFormula = "=@＝＠﹦﹫"
	maybeFormula  = "+-＋－﹢﹣−"
)

// acts is what a formula needs in order to do something: a function that is called, a
// program that is asked (cmd|'/C …'!A0), or another sheet (Sheet1!A1).
var acts = regexp.MustCompile(`[\p{L}_][\p{L}\p{N}_.]*\s*\(|\||[\p{L}\p{N}'\]]!\$?[\p{L}]`)

// defused keeps a text from being a formula once somebody has turned the document into a
// table. XML itself runs nothing, but importers show what they have read in spreadsheets,
// where a text that begins with one of these signs would be calculated: it gets an
// apostrophe before it, which spreadsheets take for "this is text", as in the panel's own
// export of orders. What is sold under such a name has it as it is, though: "-20%",
// "+5 °C" and "-15 кг" call nothing, and a spreadsheet makes a number of them at worst. So
// behind a plus or a minus, the apostrophe is put only where there is something that acts.
// An equals sign or an at begins no name of a product.
func defused(s string) string {
	skip := func(r rune) bool { return r == '"' || r == '\'' || unicode.IsSpace(r) || !unicode.IsGraphic(r) }
	first, size := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, skip))
	rest := strings.TrimLeftFunc(s, skip)[size:]
	if strings.ContainsRune(alwaysFormula, first) && size > 0 ||
		strings.ContainsRune(maybeFormula, first) && acts.MatchString(rest) {
		return "'" + s
	}
	return s
}

// webURL is a URL of the web as it is written down; false if it is none, or too long.
func webURL(text string) (string, bool) {
	text = known(text)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(text) > longestURL {
		return "", false
	}
	return text, true
}

// What of HTML stays in a description, and as what: the rules know few elements. Of all
// others the text stays.
var kept = map[atom.Atom]string{
	atom.P: "p", atom.Div: "p", atom.Blockquote: "p", atom.Pre: "p", atom.Section: "p", atom.Article: "p",
	atom.Br: "br", atom.Hr: "br", atom.Tr: "br", atom.Dt: "br", atom.Dd: "br",
	atom.Ul: "ul", atom.Ol: "ul", atom.Li: "li",
	atom.H1: "h3", atom.H2: "h3", atom.H3: "h3", atom.H4: "h3", atom.H5: "h3", atom.H6: "h3",
	atom.Td: " ", atom.Th: " ", // cells would stick together
}

// plain writes text as it stands in HTML.
var plain = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// describe is a description of a product with the few elements that the rules know, no
// longer than they admit, its elements counted, and with each of them ended. What came is
// HTML that was made harmless already, but this does not rely on it: elements are written
// anew, without attributes.
func describe(text string) string {
	w := &describer{left: longestDescription}
	z := html.NewTokenizer(strings.NewReader(known(text)))
	hidden := atom.Atom(0) // the element that we are in and that nobody sees
	for !w.full {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch {
		case kind == html.TextToken && hidden == 0:
			w.text(token.Data)
		case kind == html.StartTagToken && (token.DataAtom == atom.Script || token.DataAtom == atom.Style):
			hidden = token.DataAtom
		case kind == html.StartTagToken, kind == html.SelfClosingTagToken:
			w.start(kept[token.DataAtom])
		case kind == html.EndTagToken && token.DataAtom == hidden:
			hidden = 0
		case kind == html.EndTagToken:
			w.end(kept[token.DataAtom])
		}
	}
	return w.result()
}

// A describer writes a description and keeps enough room to end what it has begun.
type describer struct {
	out   strings.Builder
	open  []string
	bare  int             // the length of out behind the element that was begun last
	seen  strings.Builder // the text without its elements
	first int             // where in out that begins
	left  int             // characters; one is kept for the apostrophe
	full  bool
}

// room reports whether so many characters fit in.
func (w *describer) room(n int) bool {
	w.full = w.full || n >= w.left
	return !w.full
}

func (w *describer) write(s string) {
	w.out.WriteString(s)
	w.left -= utf8.RuneCountInString(s)
}

// start begins an element.
func (w *describer) start(name string) {
	n := len(w.open)
	inSame := n > 0 && w.open[n-1] == name && name != "ul"
	switch {
	case name == "":
	case name == " ":
		w.text(name)
	case name == "br":
		if w.room(len("<br/>")) {
			w.write("<br/>")
		}
	case inSame && w.out.Len() == w.bare: // a block within a block
	case w.room(2*len(name) + len("<></>")):
		if inSame {
			w.close() // HTML ends a paragraph where the next one begins
		}
		w.write("<" + name + ">")
		w.open, w.bare = append(w.open, name), w.out.Len()
		w.left -= len(name) + len("</>")
	}
}

// end ends an element that was begun, with all that was begun in it.
func (w *describer) end(name string) {
	if !slices.Contains(w.open, name) {
		return
	}
	for ended := false; !ended; w.close() {
		ended = w.open[len(w.open)-1] == name
	}
}

// close ends the element that was begun last; its room was kept.
func (w *describer) close() {
	last := len(w.open) - 1
	w.out.WriteString("</" + w.open[last] + ">")
	w.open = w.open[:last]
}

// text writes what there is room for.
func (w *describer) text(s string) {
	for _, r := range known(s) { // &#1; is a sign only now
		one := plain.Replace(string(r))
		if !w.room(utf8.RuneCountInString(one)) {
			return
		}
		if w.seen.Len() == 0 && unicode.IsSpace(r) {
			continue
		}
		if w.seen.Len() == 0 {
			w.first = w.out.Len()
		}
		w.seen.WriteRune(r)
		w.write(one)
	}
}

// result is the description; "" if there is nothing to read in it.
func (w *describer) result() string {
	for len(w.open) > 0 {
		w.close()
	}
	out, seen := w.out.String(), w.seen.String()
	switch {
	case seen == "":
		return ""
	case defused(seen) != seen:
		out = out[:w.first] + "'" + out[w.first:]
	}
	return strings.TrimSpace(out)
}
