package storage

import (
	"bytes"
	"compress/flate"
	"errors"
)

// deflaters are the few there are of a kind; one that is nil has not been needed yet. A
// new one takes about a megabyte, so they are kept for good: a pool that each
// collection of garbage empties would cost every order more than the deflating.
type deflaters struct {
	level      int
	dictionary []byte
	idle       chan *flate.Writer
}

var (
	// Large bodies are rare, and small ones take microseconds.
	bodyDeflaters = newDeflaters(2, flate.BestSpeed, nil)
	// BestSpeed would not look into the dictionary, and more than this gains little.
	exchangeDeflaters = newDeflaters(2, 3, exchangeDictionary)
)

func newDeflaters(many, level int, dictionary []byte) *deflaters {
	d := &deflaters{level, dictionary, make(chan *flate.Writer, many)}
	for range many {
		d.idle <- nil
	}
	return d
}

// deflate adds a text, deflated, to what stands before it.
func (d *deflaters) deflate(before, text []byte) []byte {
	b := bytes.NewBuffer(before)
	w := <-d.idle
	defer func() { d.idle <- w }()
	if w == nil {
		var err error
		if w, err = flate.NewWriterDict(nil, d.level, d.dictionary); err != nil {
			panic(err) // of a good level there is none
		}
	}
	w.Reset(b)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // to a buffer there is none
	}
	return b.Bytes()
}
