package locale

import (
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

// functions are what texts may call.
var functions = template.FuncMap{"count": count, "plural": word,
	"inner": inner, "small": small, "big": big, "sentence": sentence}

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
