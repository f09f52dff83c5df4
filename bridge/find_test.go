package bridge

import "testing"

func TestSearchFor(t *testing.T) {
	for typed, want := range map[string]string{
		"+7 (900) 000-00-01": "9000000001", "8 900 000 00 01": "9000000001", "79000000001": "9000000001", "900 000": "900000",
		"89000000001": "9000000001", "00-01": "00-01", "1001-2": "1001-2", " A-1001 ": "A-1001", "7f1c2a90-1f7e": "7f1c2a90-1f7e",
		"1001": "1001", "": "", "+": "+", "(900)": "900",
	} {
		if got := SearchFor(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
