package login

import (
	"regexp"
	"testing"
	"time"
)

// TestCodeOf: the codes of RFC 6238, appendix B, of which six digits are the last, and of
// RFC 4226, appendix D.
func TestCodeOf(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := codeOf(secret, stepAt(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
		"399871", "520489"} {
		if got := codeOf(secret, int64(step)); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
}

// TestStepOf: the code of a step is taken during it, the one before and the one after, and
// only if no later one was.
func TestStepOf(t *testing.T) {
	secret, now := newSecret(), time.Unix(1_800_000_015, 0) // the middle of a step
	for apart := int64(-3); apart <= 3; apart++ {
		typed := codeOf(secret, stepAt(now)+apart)
		near := apart >= -1 && apart <= 1
		if step, ok := stepOf(secret, typed, now, 0); ok != near || ok && step != stepAt(now)+apart {
			t.Errorf("%+d: step %d, %v", apart, step-stepAt(now), ok)
		}
		for last := int64(-2); last <= 2; last++ {
			if _, ok := stepOf(secret, typed, now, stepAt(now)+last); ok != (near && apart > last) {
				t.Errorf("%+d after %+d: %v", apart, last, ok)
			}
		}
	}
	for _, wrong := range []string{"", "00000", "0000000", codeOf(secret, stepAt(now))[:5]} {
		if _, ok := stepOf(secret, wrong, now, 0); ok {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestTidyCode(t *testing.T) {
	for typed, want := range map[string]string{"123456": "123456", " 123 456 ": "123456", "123\u00a0456": "123456",
		"123-456": "123456", "1234–5678—9012": "123456789012", "12a456": "12a456", "": ""} {
		if got := tidyCode(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestNewRecoveryCodes(t *testing.T) {
	list, err := newRecoveryCodes()
	if err != nil || len(list) != recoveryCodes {
		t.Fatal(list, err)
	}
	seen := map[string]bool{}
	for _, code := range list {
		if seen[code] || !regexp.MustCompile(`^\d{12}$`).MatchString(code) {
			t.Errorf("%q", code)
		}
		seen[code] = true
	}
	if text := secretText(newSecret()); !regexp.MustCompile(`^[A-Z2-7]{32}$`).MatchString(text) {
		t.Errorf("%q cannot be typed into a phone", text)
	}
}
