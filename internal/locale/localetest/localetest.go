// Package localetest looks, for tests of other packages, whether what they tell people has
// words in every language.
package localetest

import (
	"strings"
	"testing"

	"ineed-insales/internal/locale"
)

// Doctor fails for a finding of the doctor that has no words for its name, or for its reason
// where it has one, or that lacks a figure which its words ask for.
func Doctor(t *testing.T, name, reason string, args map[string]string) {
	t.Helper()
	for _, lang := range []string{locale.Russian, locale.English} {
		title, message := locale.Doctor(lang, name, reason, args)
		if title == name || (reason != "") != (message != "") || message == reason && message != "" ||
			strings.Contains(title+message, "no value") {
			t.Errorf("%s: %s %s %v: %q, %q", lang, name, reason, args, title, message)
		}
	}
}
