package translate

import (
	"regexp"
	"strings"

	"ineed-insales/internal/legible"
)

// phoneLike is how people write phones: digits with a plus, brackets, blanks or
// hyphens between them.
var phoneLike = regexp.MustCompile(`^[+(]?[0-9][0-9() -]*$`)

// SearchFor is what to look for when a person has typed something: of a phone in
// any notation its last digits, of anything else the text itself.
func SearchFor(typed string) string {
	if phone, ok := normalPhone(typed); ok {
		return PhoneDigits(phone)
	}
	phone := plainPhone(typed)
	if !phoneLike.MatchString(phone) {
		return strings.TrimSpace(legible.Line(typed))
	}
	digits := PhoneDigits(phone)
	// 1001-2 may be an order's number; a phone has more digits, or a sign of its own.
	if len(digits) < 10 && !strings.ContainsAny(phone, "+( ") {
		return strings.TrimSpace(legible.Line(typed))
	}
	return digits
}
