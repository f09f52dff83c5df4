package locale

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// source gives the texts of a language as they stand in its file, by id, and
// fails if an id stands there twice, which encoding/json would not notice.
func source(t *testing.T, lang string) map[string]string {
	t.Helper()
	text, err := files.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\": \""); n != len(list) {
		t.Errorf("%s.json has %d lines with a text but %d ids: one stands there twice", lang, n, len(list))
	}
	return list
}

// TestOneOrder: a number stands behind the noun, because one is no plural.
func TestOneOrder(t *testing.T) {
	plural := regexp.MustCompile(`\{\{\.n\}\} (orders|customers|products|copies)\b`)
	for id, text := range source(t, English) {
		if plural.MatchString(text) {
			t.Errorf("%s: %q", id, text)
		}
	}
}

// TestWording: the Russian texts of the panel name nobody who says “we”, count with plurals
// and do not speak of webhooks where a shop's owner reads.
func TestWording(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"we":       regexp.MustCompile(`(?i)(^|[^а-яё])(мы|нас|нам|нами|наш(а|е|и|его|ей|ему|им|их|ими|у)?)([^а-яё]|$)`),
		"a plural": regexp.MustCompile(`(?i)(заказов|товаров|сообщений|событий|строк|дней)( –|:)? \{\{\.(n|orders|all|removed)\}\}`),
		"jargon":   regexp.MustCompile(`(?i)(^|[^а-яё])(метк[а-яё]*|тел[оа]|руб\.|логе)([^а-яё]|$)`),
	}
	for id, text := range source(t, Russian) {
		if strings.HasPrefix(id, "doctor.") || strings.HasPrefix(id, "http.") {
			continue
		}
		for what, pattern := range wrong {
			if pattern.MatchString(text) {
				t.Errorf("%s (%s): %q", id, what, text)
			}
		}
	}
}
