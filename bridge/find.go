package bridge

import (
	"regexp"
	"strings"
)

// phoneLike is how people write phones: digits with a plus, brackets, blanks or
// hyphens between them.
var phoneLike = regexp.MustCompile(`^[+(]?[0-9][0-9()\s\x{a0}-]*$`)

// SearchFor is what to look for when a person has typed something: of a phone in
// any notation its last digits, of anything else the text itself.
func SearchFor(typed string) string {
	typed = strings.TrimSpace(typed)
	if !phoneLike.MatchString(typed) {
		return typed
	}
	digits := phoneDigits(typed)
	// 1001-2 may be an order's number; a phone has more digits, or a sign of its own.
	if len(digits) < 10 && !strings.ContainsAny(typed, "+( \u00a0") {
		return typed
	}
	return digits
}
