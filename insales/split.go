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
//
// It reads through one buffer that holds a part of what was read, from start to
// end. What stands before start was handed over and may be overwritten; pos is how
// far the brackets were looked at. An element that does not fit moves to the front
// of the buffer, and the buffer grows until the element ends or has more than the
// most bytes. Whoever gives large gets the beginning of such an element and the
// rest as it comes; the list goes on behind it.
type splitter struct {
	r          io.Reader
	most       int                         // bytes of an element
	large      func(head []byte) io.Writer // takes the rest of one with more; nil = that is an error
	buf        []byte
	start, end int // of what was read and not handed over
	pos        int // of what was looked at
	depth      int // of brackets within the element
	inText     bool
}

var (
	errNoList  = errors.New("not a list")
	errElement = errors.New("the element is too large")
)

// split hands over the elements of a list, each valid until the function
// returns. Of an element with more than the most bytes, large is handed the
// beginning and the writer that it gives the rest. Nothing but space may stand
// behind the list.
func split(r io.Reader, most int, each func([]byte) error, large func(head []byte) io.Writer) error {
	s := &splitter{r: r, most: most, large: large, buf: make([]byte, min(64<<10, most))}
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
		s.start, s.depth, s.inText = s.pos, 0, false
		switch err := s.element(); {
		case err == errElement && s.large != nil:
			if err := s.pass(s.large(s.buf[s.start:s.end])); err != nil {
				return 0, err
			}
		case err == errElement:
			return 0, ErrTooLarge
		case err != nil:
			return 0, err
		default:
			if err := each(s.buf[s.start:s.pos]); err != nil {
				return 0, err
			}
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
	for ; ; s.pos++ {
		for s.skipPlain(); s.pos == s.end; s.skipPlain() {
			if err := s.more(); err != nil {
				return err
			}
		}
		switch meaning[s.buf[s.pos]] {
		case quote:
			if err := s.text(); err != nil {
				return err
			}
		case opens:
			if s.depth++; s.depth > maxDepth {
				return errTooDeep
			}
		case closes:
			if s.depth == 0 {
				return nil
			}
			s.depth--
		case comma:
			if s.depth == 0 {
				return nil
			}
		}
	}
}

// skipPlain moves to the next byte that means something, as far as was read.
func (s *splitter) skipPlain() {
	there := s.buf[s.pos:s.end]
	n := 0
	for n < len(there) && meaning[there[n]] == plain {
		n++
	}
	s.pos += n
}

// text moves from a string's first quote to its last.
func (s *splitter) text() error {
	s.inText = true
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
		if s.backslashes(s.pos)%2 == 0 {
			s.inText = false
			return nil
		}
	}
}

// backslashes counts those that stand before a place within a string, whose
// first quote stands before them.
func (s *splitter) backslashes(at int) (n int) {
	for s.buf[at-1-n] == '\\' {
		n++
	}
	return n
}

// pass is element for what is too large to be kept: it moves on to the comma or
// bracket behind an element of which as much as may be kept was looked at, and
// gives the rest of it away as it comes. It cannot look back at the backslashes
// before a quote, so it remembers whether the next byte is escaped.
func (s *splitter) pass(rest io.Writer) error {
	escaped := s.inText && s.backslashes(s.end)%2 == 1
	s.start, s.pos = s.end, s.end
	for {
		if err := s.more(); err != nil {
			return err
		}
		for ; s.pos < s.end; s.pos++ {
			c := s.buf[s.pos]
			switch {
			case escaped:
				escaped = false
			case s.inText && c == '\\':
				escaped = true
			case c == '"':
				s.inText = !s.inText
			case s.inText || meaning[c] == plain:
			case s.depth == 0 && meaning[c] != opens:
				_, err := rest.Write(s.buf[s.start:s.pos])
				return err
			case meaning[c] == opens:
				if s.depth++; s.depth > maxDepth {
					return errTooDeep
				}
			case meaning[c] == closes:
				s.depth--
			}
		}
		if _, err := rest.Write(s.buf[s.start:s.end]); err != nil {
			return err
		}
		s.start = s.end
	}
}

// more reads on behind what is there, which is kept from start. It fails with
// errElement if that fills the buffer and the buffer may not grow, and with
// io.ErrUnexpectedEOF at the end of what comes: whoever asks for more wants more.
func (s *splitter) more() error {
	if s.start == s.end {
		s.start, s.end, s.pos = 0, 0, 0
	}
	if s.end == len(s.buf) && s.start > 0 {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.pos, s.start = s.pos-s.start, 0
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= s.most {
			return errElement
		}
		s.buf = append(s.buf, make([]byte, min(len(s.buf), s.most-len(s.buf)))...)
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
