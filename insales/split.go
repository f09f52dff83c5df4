package insales

import (
	"bytes"
	"errors"
	"io"
)

// A splitter takes a JSON list apart while it comes. It looks at brackets and
// strings only, to find where an element ends: that is several times cheaper
// than to decode it twice, and keeps no more of the list than one element.
// Whether the element is JSON is for its decoder to say.
type splitter struct {
	r          io.Reader
	buf        []byte
	start, end int // of what was read and not handed over
	pos        int // of what was looked at
}

var errNoList = errors.New("not a list")

// split hands over the elements of a list, each valid until the function
// returns. Nothing but space may stand behind the list.
func split(r io.Reader, each func([]byte) error) error {
	s := &splitter{r: r, buf: make([]byte, 64<<10)}
	c, err := s.token()
	if err != nil {
		return err
	}
	if c != '[' {
		return errNoList
	}
	if c, err = s.token(); err != nil {
		return err
	}
	if c != ']' {
		s.pos-- // the first element begins with it
		if c, err = s.elements(each); err != nil {
			return err
		}
	}
	if c != ']' {
		return errNoList
	}
	switch _, err = s.token(); err {
	case nil:
		return errors.New("something stands behind the list")
	case io.ErrUnexpectedEOF:
		return nil
	}
	return err
}

// elements hands over one element after the other as long as commas stand
// between them, and gives what stands behind the last.
func (s *splitter) elements(each func([]byte) error) (c byte, err error) {
	for c = ','; c == ','; {
		s.start = s.pos
		if err := s.element(); err != nil {
			return 0, err
		}
		if err := each(s.buf[s.start:s.pos]); err != nil {
			return 0, err
		}
		s.start = s.pos
		if c, err = s.token(); err != nil {
			return 0, err
		}
	}
	return c, nil
}

// token gives the next byte that is no space.
func (s *splitter) token() (byte, error) {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			s.pos++
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return c, nil
			}
		}
		s.start = s.pos
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// What a byte means outside of strings.
const (
	plain = iota
	quote
	opens
	closes
	comma
)

var meaning = [256]byte{'"': quote, '{': opens, '[': opens, '}': closes, ']': closes, ',': comma}

// element moves from the beginning of an element to the comma or bracket behind
// it.
func (s *splitter) element() error {
	for depth := 0; ; s.pos++ {
		for s.pos == s.end || meaning[s.buf[s.pos]] == plain {
			if s.pos < s.end {
				s.pos++
			} else if err := s.more(); err != nil {
				return err
			}
		}
		switch meaning[s.buf[s.pos]] {
		case quote:
			if err := s.text(); err != nil {
				return err
			}
		case opens:
			depth++
		case closes:
			if depth == 0 {
				return nil
			}
			depth--
		case comma:
			if depth == 0 {
				return nil
			}
		}
	}
}

// text moves from a string's first quote to its last.
func (s *splitter) text() error {
	for {
		s.pos++
		i := bytes.IndexByte(s.buf[s.pos:s.end], '"')
		for ; i < 0; i = bytes.IndexByte(s.buf[s.pos:s.end], '"') {
			s.pos = s.end
			if err := s.more(); err != nil {
				return err
			}
		}
		s.pos += i
		n := 0
		for s.buf[s.pos-1-n] == '\\' { // the string's first quote stands before them
			n++
		}
		if n%2 == 0 {
			return nil
		}
	}
}

// more reads on behind what is there, which is kept from start.
func (s *splitter) more() error {
	if s.start == s.end {
		s.start, s.end, s.pos = 0, 0, 0
	}
	if s.end == len(s.buf) && s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.pos, s.start = s.pos-s.start, 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	switch {
	case n > 0:
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err == nil:
		return io.ErrNoProgress
	}
	return err
}
