package storage

import (
	"bytes"
	"compress/flate"
	"errors"
)

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
