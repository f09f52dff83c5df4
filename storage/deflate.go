package storage

import (
	"bytes"
	"compress/flate"
	"io"

	stateless "github.com/klauspost/compress/flate"
)

// What is stored of orders looks much the same for each of them, so it is deflated
// (RFC 1951) as what follows an example: words. Whoever reads it needs the same words, and
// nothing else but compress/flate. It is written by another library, which keeps no memory
// between two texts and, for texts as short as these, takes a quarter of the time.

// deflate adds a text, deflated as what follows the words, to what stands before it.
func deflate(before, text, words []byte) []byte {
	b := bytes.NewBuffer(before)
	if err := stateless.StatelessDeflate(b, text, true, words); err != nil {
		panic(err) // not reached: a Buffer takes everything
	}
	return b.Bytes()
}

// inflate is the text again that was deflated as what follows the words.
func inflate(packed, words []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReaderDict(bytes.NewReader(packed), words))
}
