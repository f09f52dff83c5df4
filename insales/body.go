package insales

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// What one answer may cost. A shop is not ours: what it answers may be huge,
// deep or endless, and a few kilobytes of it may be unpacked to gigabytes. So
// each call says how many bytes it can need (counted behind the decompression),
// lists are read one element at a time, and what is given back of them is
// bounded by number. All of it is far above what a shop would send.
const (
	maxSmall      = 256 << 10 // a number, an account, a webhook
	maxDictionary = 8 << 20   // a list that comes whole: webhooks, payments, deliveries, …
	maxTree       = 16 << 20  // a page of collections, or all of them
	maxOrder      = 4 << 20   // an order: 500 lines are half a megabyte
	maxFeed       = 24 << 20  // a page of orders; as a rule 2 MB
	maxPage       = 24 << 20  // a page of products
	maxProduct    = 8 << 20   // a product: 5,000 variants are some 6 MB
	maxEntry      = 2 << 20   // an element of any other list

	maxEntries = 5000   // of a dictionary
	maxNodes   = 50_000 // of the tree
	maxDepth   = 64     // of objects and lists in one another
)

// ErrTooLarge is what is wrong with an answer that has more bytes, or more in
// it, than the call can need, or that is large and comes too slowly. Of a list a
// smaller page may help.
var ErrTooLarge = errors.New("the answer is too large")

var errTooDeep = errors.New("the answer is nested too deep")

// A body is the body of an answer as far as it may be read. A byte order mark
// before it is skipped.
type body struct {
	r     io.Reader
	left  int64 // how much more may come; one byte above the most is asked for
	mark  []byte
	begun bool
	read  int64
	lease *lease // taken when much of it has come
}

func newBody(r io.Reader, most int64, l *lease) *body { return &body{r: r, left: most + 1, lease: l} }

func (b *body) Read(p []byte) (int, error) {
	if !b.begun {
		if err := b.begin(); err != nil {
			return 0, err
		}
	}
	if n := copy(p, b.mark); n > 0 {
		b.mark = b.mark[n:]
		return n, nil
	}
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	if b.read >= freeBytes {
		if err := b.lease.take(); err != nil {
			return 0, err
		}
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.read += int64(n)
	if b.left <= 0 {
		return 0, ErrTooLarge
	}
	return n, b.lease.cause(err)
}

// begin reads the first bytes, which may be a byte order mark.
func (b *body) begin() error {
	b.begun, b.mark = true, make([]byte, 3)
	n, err := io.ReadFull(b.r, b.mark)
	b.mark = b.mark[:n]
	if string(b.mark) == "\ufeff" {
		b.mark = nil
	}
	b.left -= int64(len(b.mark))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && n > 0 {
		return nil // a torn body of few bytes is torn again when it is read on
	}
	return err
}

// document reads a document that is small enough to stand in memory as a whole.
func document(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	if tooDeep(text) {
		return nil, errTooDeep
	}
	return slices.Clip(text), nil
}

// tooDeep looks at brackets and strings only, so that no decoder has to follow
// them down.
func tooDeep(text []byte) bool {
	depth, inText := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case meaning[c] == opens:
			if depth++; depth > maxDepth {
				return true
			}
		case meaning[c] == closes:
			depth--
		}
	}
	return false
}
