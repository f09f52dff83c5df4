package storage

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPackedTexts: a text is read as it was, be it short, long, like the examples or not,
// and be it packed by this version or by one before.
func TestPackedTexts(t *testing.T) {
	example := string(exchangeDictionary)
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, len(example)-1).Draw(t, "from")
		piece := strings.ToValidUTF8(example[from:rapid.IntRange(from, len(example)).Draw(t, "to")], "")
		text := piece + rapid.String().Draw(t, "text") + piece
		var old bytes.Buffer
		w, err := flate.NewWriter(&old, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for _, packed := range []Packed{Pack([]byte(text)), old.Bytes()} {
			if got, err := packed.text(); err != nil || got != text {
				t.Fatalf("%q, %v, want %q", got, err, text)
			}
		}
	})
}

// TestFirstBytesArePacked: what was deflated on its own begins with neither of our bytes.
func TestFirstBytesArePacked(t *testing.T) {
	for _, first := range []byte{packedByDictionary, packedPlain} {
		for second := range 256 {
			r := flate.NewReader(bytes.NewReader([]byte{first, byte(second), 0, 0, 0, 0}))
			if n, err := r.Read(make([]byte, 1)); n > 0 || err == nil {
				t.Errorf("%x %x is deflated text", first, second)
			}
		}
	}
}

// TestExamplesStay: what was packed by the examples can be read by no others.
func TestExamplesStay(t *testing.T) {
	const want = "45438c0c3f3016eca696b5c0eddfae840f9fe770fa5dff57602115d851e44fa7"
	if got := fmt.Sprintf("%x", sha256.Sum256(exchangeDictionary)); got != want {
		t.Errorf("exchange.dict is %s: it must never change", got)
	}
}

// TestExchangesAreSmall: what is kept of a real order's answer is less than a sixth of it,
// though it has fields that the example has not.
func TestExchangesAreSmall(t *testing.T) {
	answer, err := os.ReadFile("../testdata/insales/order_saved.json")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(Pack(answer)); n > len(answer)/6 {
		t.Errorf("%d bytes of %d", n, len(answer))
	}
}
