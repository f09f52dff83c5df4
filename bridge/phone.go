package bridge

import "strings"

// normalPhone gives a phone in the form +79991234567, from any notation that is
// common in Russia or has a country code of its own. It is false for what is no
// phone number, and for one with an extension or anything else behind it, which
// that form has no place for: those go to the shop as they were typed.
func normalPhone(typed string) (string, bool) {
	if len(typed) > 64 {
		return "", false
	}
	digits, abroad, ok := dialled(typed)
	n := len(digits)
	switch {
	case !ok || n < 8 || n > 15: // as E.164 has it
		return "", false
	case abroad && digits[0] != '7' && !(n == 11 && strings.HasPrefix(digits, "89")): // there is no country +89: 8 was meant
		return "+" + digits, digits[0] != '0'
	case n == 11 && (digits[0] == '7' || digits[0] == '8'):
		digits = digits[1:]
	case n != 10 || abroad:
		return "", false
	}
	// Area codes of the numbering plan +7: Russia has 3, 4, 8 and 9, Kazakhstan 6
	// and 7.
	return "+7" + digits, strings.IndexByte("346789", digits[0]) >= 0
}

// dialled gives the digits of a phone and whether they begin with a country
// code. Only what people put between digits may stand there, and the word for
// "phone" in front.
func dialled(typed string) (digits string, abroad, ok bool) {
	s := strings.ToLower(strings.TrimSpace(typed))
	for _, word := range []string{"телефон", "тел", "phone", "tel"} {
		if rest, found := strings.CutPrefix(s, word); found {
			s = strings.TrimLeft(rest, ".: ")
			break
		}
	}
	s, abroad = strings.CutPrefix(s, "+")
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" \t\u00a0\u2009\u202f()[].-\u2010\u2011\u2012\u2013\u2014\u2212", r):
		default:
			return "", abroad, false
		}
	}
	return b.String(), abroad, true
}
