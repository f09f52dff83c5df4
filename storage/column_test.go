package storage

import "testing"

// TestColumns: what is made of a list of columns follows it, also over the end of
// a line.
func TestColumns(t *testing.T) {
	const columns = "a, b,\n\tc"
	if got := marksOf(columns); got != "?, ?, ?" {
		t.Errorf("placeholders %q", got)
	}
	if got := excludedOf(columns); got != "excluded.a, excluded.b, excluded.c" {
		t.Errorf("an upsert takes %q", got)
	}
	if got := marks(0) + marks(1); got != "?" {
		t.Errorf("none and one: %q", got)
	}
}
