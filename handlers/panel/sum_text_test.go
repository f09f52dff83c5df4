package panel

import (
	"strings"
	"testing"
)

func TestRoubles(t *testing.T) {
	c := request()
	for text, want := range map[string]string{"": "", "0": "0 ₽", "990.00": "990 ₽", "3180": "3 180 ₽",
		"1234567.50": "1 234 567,50 ₽", "-3180.5": "-3 180,50 ₽", "-100": "-100 ₽"} {
		if got := strings.ReplaceAll(roubles(c, text), "\u00a0", " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
