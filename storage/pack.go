package storage

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// packFrom is from how many bytes on a body is deflated: below that a row of a
// database page is hardly smaller, and every order would pay for it.
const packFrom = 1 << 10

// How a body stands in its row is told by its first byte. A body of before bodies
// were packed has neither of the two and is taken as it is: it was read as JSON,
// which begins with no control character.
const (
	bodyDeflated = 0x00 // the rest is deflated
	bodyPlain    = 0x01 // the rest is the body
)

// packBody is a body as it stands in a row. It is worked out before a
// transaction begins where that can be done: the one writer is everybody's.
func packBody(body []byte) []byte {
	if body == nil {
		return nil
	}
	if len(body) >= packFrom {
		if packed := deflate([]byte{bodyDeflated}, body); len(packed) < len(body) {
			return packed
		}
	}
	if len(body) > 0 && body[0] > bodyPlain {
		return body
	}
	return append([]byte{bodyPlain}, body...)
}

// unpackBody is the body again.
func unpackBody(stored []byte) ([]byte, error) {
	switch {
	case len(stored) == 0:
		return stored, nil
	case stored[0] == bodyPlain:
		return stored[1:], nil
	case stored[0] == bodyDeflated:
		body, err := io.ReadAll(flate.NewReader(bytes.NewReader(stored[1:])))
		if err != nil {
			return nil, fmt.Errorf("stored body: %w", err)
		}
		return body, nil
	}
	return stored, nil
}

// deflate adds a text, deflated, to what stands before it.
func deflate(before, text []byte) []byte {
	b := bytes.NewBuffer(before)
	w := <-deflaters
	defer func() { deflaters <- w }()
	if w == nil {
		w = newDeflater()
	}
	w.Reset(b)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // to a buffer there is none
	}
	return b.Bytes()
}

// deflaters are the few there are; one that is nil has not been needed yet. A
// new one takes more than a megabyte, so they are kept for good: a pool that each
// collection of garbage empties would cost every order more than the deflating.
var deflaters = func() chan *flate.Writer {
	const many = 2 // large bodies are rare, and small ones take microseconds
	c := make(chan *flate.Writer, many)
	for range many {
		c <- nil
	}
	return c
}()

func newDeflater() *flate.Writer {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // of a good level there is none
	}
	return w
}
