package translate

import (
	"cmp"
	"strings"

	"ineed-insales/insales"
)

// HasEmoji reports whether any text of the request has characters beyond the
// basic plane, which old databases refuse (inferred).
func HasEmoji(r *insales.NewOrder) bool {
	for _, s := range texts(r) {
		if plain(*s) != *s {
			return true
		}
	}
	return false
}

// plainText takes emoji out of all texts of the request. Who has no other name
// goes by the phone, as one does who gave none.
func plainText(r *insales.NewOrder) {
	for _, s := range texts(r) {
		*s = plain(*s)
	}
	r.Client.Name = cmp.Or(r.Client.Name, r.Client.Surname, r.Client.Phone, "-")
}

// plain drops characters beyond the basic plane and what only joins them.
func plain(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r > 0xffff || r == '\ufe0f' || r == '\u200d' {
			return -1
		}
		return r
	}, s)
	if clean == s {
		return s
	}
	return strings.TrimSpace(clean)
}
