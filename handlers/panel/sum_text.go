package panel

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/internal/locale"
)

// Sums and counts as people write them.

// price is a sum without zeros that say nothing.
func price(text string) string {
	for _, zeros := range []string{".00", ".0"} {
		text = strings.TrimSuffix(text, zeros)
	}
	return text
}

// roubles is a sum as people write it: 3 180 ₽, and in Russian 0,50 ₽; "" for
// none.
func roubles(c echo.Context, text string) string { return roublesIn(lang(c), text) }

// inRoubles is a sum in hundredths as the wire writes it.
func inRoubles(hundredths int64) string {
	return strconv.FormatFloat(float64(hundredths)/100, 'f', 2, 64)
}

// roublesIn is a sum in a language. Blanks in it do not break.
func roublesIn(lang, text string) string {
	if text == "" {
		return ""
	}
	whole, rest, _ := strings.Cut(price(text), ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	if rest != "" {
		if len(rest) == 1 {
			rest += "0"
		}
		whole += map[string]string{locale.Russian: ",", locale.English: "."}[lang] + rest
	}
	return whole + "\u00a0₽"
}
