package catalog

import (
	"bytes"
	"fmt"
	"testing"
)

// More than five and more than 30 % of what is shown.
func TestSuspicious(t *testing.T) {
	for _, tc := range []struct {
		impact, all int
		want        bool
	}{
		{0, 0, false}, {5, 5, false}, {6, 6, true}, {6, 20, false}, {6, 19, true}, {30, 100, false}, {31, 100, true},
		{300_001, 1_000_000, true}, {300_000, 1_000_000, false},
	} {
		if got := suspicious(tc.impact, tc.all); got != tc.want {
			t.Errorf("%d of %d: %v", tc.impact, tc.all, got)
		}
	}
}

// What was allowed may have grown by a tenth, or by five, until it happens.
func TestExceeds(t *testing.T) {
	for _, tc := range []struct {
		impact, allowed int
		want            bool
	}{
		{0, 0, true}, {1, 0, true}, {10, 10, false}, {15, 10, false}, {16, 10, true}, {220, 200, false},
		{221, 200, true}, {0, 10, false},
	} {
		if got := exceeds(tc.impact, tc.allowed); got != tc.want {
			t.Errorf("%d, allowed %d: %v", tc.impact, tc.allowed, got)
		}
	}
}

// A kind of impact that nobody has allowed may be what is usual, but no more.
func TestOver(t *testing.T) {
	for _, tc := range []struct {
		impact, allowed, visible int
		want                     bool
	}{
		{0, 0, 100, false}, {20, 0, 100, false}, {31, 0, 100, true}, {31, 31, 100, false}, {37, 31, 100, true},
		{0, 31, 100, false},
	} {
		if got := over(tc.impact, tc.allowed, tc.visible); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// More than five and more than one in a hundred are missing.
func TestShortfall(t *testing.T) {
	for _, tc := range []struct {
		seen, count, want int
	}{
		{0, 0, 0}, {0, 5, 0}, {0, 6, 6}, {100, 100, 0}, {94, 100, 6}, {95, 100, 0}, {9900, 10_000, 0},
		{9899, 10_000, 101}, {120, 100, 0},
	} {
		if got := shortfall(tc.seen, tc.count); got != tc.want {
			t.Errorf("%d of %d: %d", tc.seen, tc.count, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tc := range []struct {
		text       string
		n          int
		head, tail string
	}{
		{"a\nb\nc", 1, "a", "b\nc"}, {"a\nb\nc", 2, "a\nb", "c"}, {"a\nb", 1, "a", "b"}, {"a", 1, "a", ""},
	} {
		head, tail := cut([]byte(tc.text), tc.n)
		if string(head) != tc.head || string(tail) != tc.tail {
			t.Errorf("%q at %d: %q and %q", tc.text, tc.n, head, tail)
		}
		again := bytes.Split(bytes.TrimSuffix(fmt.Appendf(nil, "%s\n%s", head, tail), newline), newline)
		if !bytes.Equal(bytes.Join(again, newline), []byte(tc.text)) {
			t.Errorf("%q at %d: %q and %q", tc.text, tc.n, head, tail)
		}
	}
}

func TestMissing(t *testing.T) {
	for _, tc := range []struct{ before, now, want string }{
		{"[]", "[1]", "[]"}, {"[1 2 3]", "[3 1]", "[2]"}, {"[1 2]", "[]", "[1 2]"}, {"[1]", "[1]", "[]"},
	} {
		if got := fmt.Sprint(missing(idsOf(tc.before), idsOf(tc.now))); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

func idsOf(text string) (ids []int64) {
	for _, r := range text {
		if r >= '0' && r <= '9' {
			ids = append(ids, int64(r-'0'))
		}
	}
	return ids
}
