package locale

import (
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// nbsp is a space at which a line does not break.
const nbsp = "\u00a0"

// count is a number with its noun: 3 заказа.
func count(n string, forms ...string) string {
	noun := word(n, forms...)
	if n == "" {
		return noun
	}
	return grouped(n) + " " + noun
}

// word is the form that goes with a number. How many forms there are says whose they are:
// three are Russian (1 заказ, 2 заказа, 5 заказов), two English (1 order, 2 orders), so
// that a text which is said in the other language is right as well. What is no number has
// the last form.
func word(n string, forms ...string) string {
	if len(forms) == 0 {
		return ""
	}
	last := len(forms) - 1
	whole, fraction, ok := digits(n)
	if !ok {
		return forms[last]
	}
	short := strings.TrimRight(fraction, "0")
	lang := language.Russian
	if len(forms) == 2 {
		lang = language.English
	}
	switch plural.Cardinal.MatchPlural(
		lang, operand(whole), len(fraction), len(short), operand(fraction), operand(short)) {
	case plural.One:
		return forms[0]
	case plural.Few:
		return forms[1]
	case plural.Other: // in Russian a fraction: полтора, 1,5 заказа
		return forms[1]
	}
	return forms[last]
}

// operand is digits as the rules take them: the last six say the same as all of them.
func operand(digits string) int {
	n, _ := strconv.Atoi(digits[max(0, len(digits)-6):])
	return n
}

// digits takes a number apart, whose fraction stands behind a comma or a point.
func digits(text string) (whole, fraction string, ok bool) {
	text = strings.TrimPrefix(strings.ReplaceAll(text, nbsp, ""), "-")
	whole, fraction, _ = strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	ok = whole != "" && strings.Trim(whole+fraction, "0123456789") == ""
	return whole, fraction, ok
}

// grouped is a number as people write it: 12 345. What is no whole number stays as it is.
func grouped(text string) string {
	n, err := strconv.Atoi(strings.ReplaceAll(text, nbsp, ""))
	if err != nil {
		return text
	}
	return Number(n)
}

// Number is a count as people write it: 5, 1234, 12 345. It is not broken over lines.
func Number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && n > 9999; i -= 3 {
		text = text[:i] + nbsp + text[i:]
	}
	return text
}
