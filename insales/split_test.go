package insales

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// pieces gives a text in pieces of some sizes, over and over.
type pieces struct {
	text  string
	sizes []int
}

func (p *pieces) Read(b []byte) (int, error) {
	n := min(p.sizes[0], len(b), len(p.text))
	p.sizes = append(p.sizes[1:], p.sizes[0])
	copy(b, p.text[:n])
	p.text = p.text[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// taken gives the elements that are JSON, or an error if one is not.
func taken(r io.Reader) (list []string, err error) {
	err = split(r, maxProduct, func(text []byte) error {
		if !json.Valid(text) {
			return errors.New("no JSON")
		}
		list = append(list, string(bytes.TrimSpace(text)))
		return nil
	}, nil)
	return list, err
}

// genJSON draws a document as others write it.
func genJSON(depth int) *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t"})
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{`\"`, `\\`, `a`, `Ж`, `[`, `]`, `{`, `}`, `,`, `:`,
		`\n`, ` `, strings.Repeat("x", 70<<10)}), 0, 6),
		func(s []string) string { return `"` + strings.Join(s, "") + `"` })
	plain := rapid.OneOf(text, rapid.SampledFrom([]string{"null", "true", "-1.5e3", "0"}))
	if depth == 0 {
		return plain
	}
	return rapid.Custom(func(t *rapid.T) string {
		var parts []string
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return plain.Draw(t, "value")
		case 1:
			for range rapid.IntRange(0, 3).Draw(t, "elements") {
				parts = append(parts, space.Draw(t, "space")+genJSON(depth-1).Draw(t, "element")+space.Draw(t, "space"))
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		for range rapid.IntRange(0, 3).Draw(t, "fields") {
			parts = append(parts, space.Draw(t, "space")+text.Draw(t, "name")+":"+genJSON(depth-1).Draw(t,
				"value")+space.Draw(t, "space"))
		}
		return "{" + strings.Join(parts, ",") + "}"
	})
}

// TestSplit: whatever comes, and however it is cut, is taken apart or refused as
// encoding/json would.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := genJSON(3).Draw(t, "document")
		for range rapid.IntRange(0, 2).Draw(t, "damages") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			text = text[:at] + rapid.SampledFrom([]string{"", "]", "[", ",", `"`, `\`, "}", " ", "\n", "1"}).Draw(t,
				"damage") + text[min(at+rapid.IntRange(0, 1).Draw(t, "instead"), len(text)):]
		}
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 7, 4096, 1 << 20}), 1, 5).Draw(t, "sizes")
		var want []json.RawMessage
		refused := json.Unmarshal([]byte(text), &want) != nil || want == nil // null is no list
		got, err := taken(&pieces{text, sizes})
		if (err != nil) != refused {
			t.Fatalf("%.200q: %v", text, err)
		}
		if refused {
			return
		}
		if !slices.EqualFunc(got, want, func(a string,
			b json.RawMessage) bool {
			return a == string(bytes.TrimSpace(b))
		}) {
			t.Fatalf("%.200q: %.200q", text, got)
		}
	})
}

// A reader's own failure comes through.
func TestSplitReaderFails(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "[", `[{"a":1}`, `[1,`, `["a`, `[1]`} {
		list, err := taken(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%q: %q %v", text, list, err)
		}
	}
}
