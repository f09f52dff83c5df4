package translate

import (
	"strings"
	"unicode"

	"ineed-insales/internal/legible"
)

// plainPhone is a phone as it was typed, in signs that every keyboard has. What
// is pasted from contacts has invisible signs around it, and dashes, blanks and
// digits of other kinds within, which no shop and no search would take for a
// phone.
func plainPhone(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case unicode.Is(unicode.Pd, r) || r == '\u2212': // dashes, and the minus
			return '-'
		case unicode.Is(unicode.Nd, r):
			return digitOf(r)
		case r >= '！' && r <= '～': // full-width forms of ASCII
			return r - '！' + '!'
		}
		return r
	}, legible.Signs(typed))
}

// digitOf gives the ASCII digit of one in another script. Each script has its ten
// one behind the other, from a place that only few scripts do not share.
func digitOf(r rune) rune {
	for _, zero := range []rune{'０', '\u0660', '\u06f0', '\u0966', '\u09e6', '\u0e50'} {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	return r
}

// PhoneDigits gives the last ten digits of a phone: what every notation of it
// has in common.
func PhoneDigits(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, plainPhone(phone))
	return digits[max(0, len(digits)-10):]
}

// normalPhone gives a phone in the form +79991234567, from any notation that is
// common in Russia or has a country code of its own. It is false for what is no
// phone number, for what may be one or another, and for one with an extension or
// anything else behind it, which that form has no place for: those go to the shop
// as they were typed.
func normalPhone(typed string) (string, bool) {
	if len(typed) > 128 {
		return "", false
	}
	n, ok := dialled(plainPhone(typed))
	if !ok || n.unclear() {
		return "", false
	}
	digits := n.digits
	switch count := len(digits); {
	case count < 8 || count > 15: // as E.164 has it
		return "", false
	case n.trunk() || count == 11 && digits[0] == '7':
		digits = digits[1:]
	case n.abroad && digits[0] != '7':
		return "+" + digits, digits[0] != '0'
	case count != 10 || n.abroad:
		return "", false
	}
	// Area codes of the numbering plan +7: Russia has 3, 4, 8 and 9, Kazakhstan 6
	// and 7.
	return "+7" + digits, strings.IndexByte("346789", digits[0]) >= 0
}

// A dialling is what of a phone would be dialled.
type dialling struct {
	digits string
	abroad bool // they begin with a country code
	area   bool // the first three are an area code: they stand in brackets
}

// trunk reports whether an 8 in front leads to the long-distance network and is
// no part of the number. Some put a plus before it; but there are no countries
// +83 and +89.
func (n dialling) trunk() bool {
	d := n.digits
	return len(d) == 11 && d[0] == '8' && (!n.abroad || d[1] == '3' || d[1] == '9')
}

// unclear reports whether it may be one number or another: ten digits of which the
// first may be that of the area or the one before it, with a digit missing; or a
// number of Vietnam, of the satellites, or a Russian one with a plus too many.
func (n dialling) unclear() bool {
	d := n.digits
	switch {
	case n.abroad && len(d) == 11:
		return strings.HasPrefix(d, "84") || strings.HasPrefix(d, "88")
	case n.abroad: // there are no countries +83 and +89, and none has so long numbers as 8-10 before it
		return strings.HasPrefix(d, "83") || strings.HasPrefix(d, "89") || len(d) > 12 && strings.HasPrefix(d, "810")
	case len(d) == 10 && (d[0] == '7' || d[0] == '8'):
		return !n.area || d[1] == '8' || d[1] == '9' // no area begins so
	}
	return false
}

// dialled takes a phone apart. Only what people put between digits may stand there, and the
// word for "phone" in front. 00, and 8-10 from Russia, lead abroad like the plus.
func dialled(typed string) (n dialling, ok bool) {
	s := strings.ToLower(typed)
	for _, word := range []string{"телефон", "тел", "phone", "tel"} {
		if rest, found := strings.CutPrefix(s, word); found {
			s = strings.TrimLeft(rest, ".: ")
			break
		}
	}
	s, n.abroad = strings.CutPrefix(s, "+")
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" ()[].-", r):
		default:
			return n, false
		}
	}
	n.digits = b.String()
	n.area = len(s) > 4 && s[0] == '(' && s[4] == ')'
	for _, prefix := range []string{"00", "810"} {
		if rest, found := strings.CutPrefix(n.digits, prefix); found && !n.abroad && len(rest) >= 10 {
			n.digits, n.abroad = rest, true
			break
		}
	}
	return n, true
}
