package panel

import (
	"slices"
	"strings"
	"testing"
)

func TestByName(t *testing.T) {
	const sorted = "|1|01|1a|2|10|a|a10b|a10c|a 2|A 10|Компания 2|компания 10|компания 010 b|магазин"
	names := strings.Split(sorted, "|")
	for _, order := range []func([]string){slices.Sort[[]string], slices.Reverse[[]string]} {
		order(names)
		slices.SortStableFunc(names, byName)
		for i, name := range strings.Split(sorted, "|") {
			if byName(names[i], name) != 0 {
				t.Fatalf("%q", names)
			}
		}
	}
	if byName("\xff", "1\xff2") == 0 {
		t.Error("what is no text is compared, too")
	}
}
