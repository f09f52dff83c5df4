package insales

import (
	"bytes"
	"errors"
	"io"
)

// elements cuts a JSON list into its elements while it is read, so that never
// more than one of them must stand in memory, and that one stands there whole:
// a decoder that reads a stream copies every name and every number.
//
// It looks at no more than strings, brackets and commas. What stands between
// them is for the decoder of an element to judge.
type elements struct {
	r      io.Reader
	window []byte // grows with the largest element
	buf    []byte // the part of the window that was read and not handed over
}

const (
	firstWindow  = 64 << 10 // bytes
	smallestRead = 4 << 10
)

var (
	errNoList = errors.New("not a list")
	errBehind = errors.New("something stands behind the document")
)

// each hands over one element after the other. They are gone when f returns.
func (e *elements) each(f func(element []byte) error) error {
	e.window = make([]byte, firstWindow)
	open, err := e.token()
	if err == nil && open != '[' {
		err = errNoList
	}
	if err != nil {
		return err
	}
	e.buf = e.buf[1:]
	for first := true; ; first = false {
		n, err := e.find()
		if err != nil {
			return err
		}
		element, last := e.buf[:n], e.buf[n] == ']'
		if empty := first && last && len(bytes.TrimSpace(element)) == 0; !empty {
			if err := f(element); err != nil {
				return err
			}
		}
		e.buf = e.buf[n+1:]
		if last {
			break
		}
	}
	if _, err := e.token(); err != io.ErrUnexpectedEOF {
		return errBehind
	}
	return nil
}

// token gives the next byte that is no space.
func (e *elements) token() (byte, error) {
	for {
		if e.buf = bytes.TrimLeft(e.buf, " \t\r\n"); len(e.buf) > 0 {
			return e.buf[0], nil
		}
		if err := e.more(); err != nil {
			return 0, err
		}
	}
}

// find gives the place of the comma or bracket that ends the element at which
// the window begins.
func (e *elements) find() (int, error) {
	depth := 0
	for i := 0; ; i++ {
		if i >= len(e.buf) {
			if err := e.more(); err != nil {
				return 0, err
			}
		}
		switch e.buf[i] {
		case '"':
			end, err := e.quote(i + 1)
			if err != nil {
				return 0, err
			}
			i = end
		case '{', '[':
			depth++
		case ',':
			if depth == 0 {
				return i, nil
			}
		case '}', ']':
			if depth == 0 && e.buf[i] == '}' {
				return 0, errNoList
			}
			if depth == 0 {
				return i, nil
			}
			depth--
		}
	}
}

// quote gives the place of the quotation mark that ends a string.
func (e *elements) quote(from int) (int, error) {
	for i := from; ; {
		n := bytes.IndexByte(e.buf[i:], '"')
		if n < 0 {
			i = len(e.buf)
			if err := e.more(); err != nil {
				return 0, err
			}
			continue
		}
		i += n
		escapes := 0
		for i-escapes > from && e.buf[i-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i, nil
		}
		i++
	}
}

// more reads on. The end of what can be read is always too early.
func (e *elements) more() error {
	if cap(e.buf)-len(e.buf) < smallestRead {
		if len(e.buf) > len(e.window)-smallestRead {
			e.window = make([]byte, 2*len(e.window))
		}
		e.buf = e.window[:copy(e.window, e.buf)]
	}
	for {
		n, err := e.r.Read(e.buf[len(e.buf):cap(e.buf)])
		e.buf = e.buf[:len(e.buf)+n]
		switch {
		case n > 0:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
}
