package locale

import (
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	i18n "github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// functions are what texts may call.
var functions = template.FuncMap{"count": count, "plural": word,
	"inner": inner, "small": small, "big": big, "sentence": sentence}

// A parser reads texts, once each. It prints nothing for an argument that is missing,
// where the default would print "<no value>".
type parser struct{ i18n.TextParser }

// Cacheable says that a text need not be read again: the functions that it was read with
// are always the same. The library cannot know that.
func (*parser) Cacheable() bool { return true }

// newParser makes a parser of texts that count.
func newParser() *parser {
	return &parser{i18n.TextParser{Funcs: functions, Option: "missingkey=zero"}}
}

// inner is a name as it stands inside quotation marks: «Магазин „Сибирь“».
func inner(name string) string { return strings.NewReplacer("«", "„", "»", "“").Replace(name) }

// small is a text as it goes on behind a colon: способ оплаты не сопоставлен. A name that
// has capitals inside, such as InSales, keeps the first.
func small(text string) string {
	first, _, _ := strings.Cut(text, " ")
	letter, size := utf8.DecodeRuneInString(first)
	if first == "" || strings.IndexFunc(first[size:], unicode.IsUpper) >= 0 {
		return text
	}
	return string(unicode.ToLower(letter)) + text[size:]
}

// big is a text as it begins a sentence.
func big(text string) string {
	letter, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(letter)) + text[size:]
}

// sentence is the first sentence of a text, without its point: what is wrong, and not what
// to do about it.
func sentence(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".")
}
