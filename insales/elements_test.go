package insales

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// Elements come as they stand, wherever the text was cut while it was read and
// however long one is; what is no whole list is an error.
func TestElements(t *testing.T) {
	long := `"` + strings.Repeat(`\\\"],[{`, 30_000) + `"`
	for _, tc := range []struct {
		text  string
		want  []string
		fails bool
	}{
		{text: "[]"},
		{text: " [ \n] \r\n"},
		{text: `[{"a":[1,2],"b":"]"},null,-1.5]`, want: []string{`{"a":[1,2],"b":"]"}`, "null", "-1.5"}},
		{text: `[{"q":"\\"},{"q":"\\\"}]"},"",[[]]]`, want: []string{`{"q":"\\"}`, `{"q":"\\\"}]"}`, `""`, "[[]]"}},
		{text: "[" + long + "," + long + "]", want: []string{long, long}},
		{text: "", fails: true},
		{text: "null", fails: true},
		{text: `{"a":1}`, fails: true},
		{text: `[{"a":1}`, want: nil, fails: true},
		{text: `[1,`, want: []string{"1"}, fails: true},
		{text: `[1,"2`, want: []string{"1"}, fails: true},
		{text: `[1}`, fails: true},
		{text: `[1] x`, want: []string{"1"}, fails: true},
		{text: `[1][2]`, want: []string{"1"}, fails: true},
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(tc.text), "by bytes": iotest.OneByteReader(strings.NewReader(tc.text)),
			"with its end": iotest.DataErrReader(strings.NewReader(tc.text)),
		} {
			var got []string
			e := elements{r: r}
			err := e.each(func(element []byte) error { got = append(got, strings.TrimSpace(string(element))); return nil })
			if (err != nil) != tc.fails || !slices.Equal(got, tc.want) {
				t.Errorf("%.40q %s: %d elements, %v", tc.text, name, len(got), err)
			}
		}
	}
	e := elements{r: io.MultiReader(strings.NewReader("[1,2"), iotest.ErrReader(io.ErrClosedPipe))}
	if err := e.each(func([]byte) error { return nil }); err != io.ErrClosedPipe {
		t.Error(err)
	}
}

// FuzzElements: what encoding/json takes for a list has the same elements.
func FuzzElements(f *testing.F) {
	f.Add([]byte(`[{"a":"\""}, 2 ,"],"]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var want []json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil {
			return
		}
		i := 0
		e := elements{r: iotest.HalfReader(bytes.NewReader(text))}
		err := e.each(func(element []byte) error {
			if i >= len(want) || !bytes.Equal(bytes.TrimSpace(element), want[i]) {
				return fmt.Errorf("element %d is %q", i, element)
			}
			i++
			return nil
		})
		if err != nil || i != len(want) {
			t.Errorf("%q: %d of %d, %v", text, i, len(want), err)
		}
	})
}
