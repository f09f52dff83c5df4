package insales

import (
	"bufio"
	"html"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// How much of a webhook is looked at, and how long a word of ours may be in it.
const (
	maxHook = 2 << 20 // an order of some hundred lines has a quarter of it
	maxWord = 64
)

// HookedOrder gives the id of the order that the body of a webhook is about. The
// body is the bare order, in JSON or in XML (documented); JSON that is wrapped
// once in the name of the order is taken too. It is looked at byte by byte as it
// comes, up to the order's first id, so a torn body will do; and whatever is
// sent costs some kilobytes and one look at each byte, because nothing is kept
// of it and nesting is only counted.
//
// What stands before the id matters as little: in which charset it is, as long
// as the signs of ASCII are what they are there (or it is UTF-16 and says so by
// a mark), and whether it is well-formed. An id is a hint to read that order. So
// the first of two will do, and a body that only looks like an order does no
// harm.
func HookedOrder(body io.Reader) (id int64, ok bool) {
	marked := transform.NewReader(io.LimitReader(body, maxHook), unicode.BOMOverride(transform.Nop))
	h := &hooked{r: bufio.NewReader(marked)}
	first := h.next()
	for h.err == nil && first <= ' ' {
		first = h.next()
	}
	switch {
	case h.err != nil:
	case first == '{':
		id = h.json()
	case first == '<':
		id = h.xml()
	}
	return id, id > 0
}

// A hooked reads the body of a webhook.
type hooked struct {
	r    *bufio.Reader
	err  error  // the end, as a rule
	word []byte // the last name or text, if it is short
}

// next gives the next byte, 0 at the end.
func (h *hooked) next() byte {
	if h.err != nil {
		return 0
	}
	var c byte
	c, h.err = h.r.ReadByte()
	return c
}

// keep adds a byte to the word. One that is too long is none of ours.
func (h *hooked) keep(c byte) {
	if len(h.word) <= maxWord {
		h.word = append(h.word, c)
	}
}

// json reads on behind the first brace; 0 = there is no id.
func (h *hooked) json() int64 {
	depth, members := 1, 1 // how deep it is here, and how deep the order's members are
	wrapped := false       // what comes is the value of "order"
	for h.err == nil {
		switch h.next() {
		case '"':
			h.jsonText()
			wrapped = false
		case ':':
			if depth == members && string(h.word) == "id" {
				return h.jsonID()
			}
			wrapped = depth == 1 && string(h.word) == "order"
		case ',':
			wrapped = false
		case '{':
			if depth++; wrapped {
				members = depth
			}
			wrapped = false
		case '[':
			depth++
			wrapped = false
		case '}', ']':
			if depth--; depth < members {
				return 0
			}
		}
	}
	return 0
}

// jsonText reads a string behind its first quote into the word. One with an
// escape is none of ours.
func (h *hooked) jsonText() {
	h.word = h.word[:0]
	for h.err == nil {
		switch c := h.next(); c {
		case '"':
			return
		case '\\':
			h.next()
			h.keep(0)
		default:
			h.keep(c)
		}
	}
}

// jsonID reads the value of an id: a number, or a string of digits.
func (h *hooked) jsonID() int64 {
	c := h.next()
	for h.err == nil && c <= ' ' {
		c = h.next()
	}
	if c == '"' {
		h.jsonText()
		return h.positive()
	}
	h.word = h.word[:0]
	for h.err == nil && (c >= '0' && c <= '9' || c == '.' || c == '-' || c == 'e' || c == 'E') {
		h.keep(c)
		c = h.next()
	}
	return h.positive()
}

// xml reads on behind the first angle bracket; 0 = there is no id. It knows no
// document types: what declares one is refused.
func (h *hooked) xml() int64 {
	for depth := 0; h.err == nil; h.until("<") {
		switch c := h.next(); c {
		case '?':
			h.until("?>")
		case '!':
			if !h.xmlAside() {
				return 0
			}
		case '/':
			h.until(">")
			depth--
		default:
			empty := h.xmlElement(c)
			if depth++; depth == 2 && string(h.word) == "id" && !empty {
				return h.xmlID()
			}
			if empty {
				depth--
			}
		}
	}
	return 0
}

// xmlAside reads a comment or a section of plain text; anything else that begins
// like these declares a document type.
func (h *hooked) xmlAside() bool {
	switch begin, _ := h.r.Peek(7); {
	case strings.HasPrefix(string(begin), "--"):
		_, h.err = h.r.Discard(2)
		h.until("-->")
	case string(begin) == "[CDATA[":
		h.until("]]>")
	default:
		return false
	}
	return true
}

// xmlElement reads the tag that begins with a byte: its name, without that of a
// name space, into the word. It reports whether the element is empty.
func (h *hooked) xmlElement(c byte) (empty bool) {
	h.word = h.word[:0]
	for ; h.err == nil && c > ' ' && c != '>' && c != '/'; c = h.next() {
		if h.keep(c); c == ':' {
			h.word = h.word[:0]
		}
	}
	var last byte
	for ; h.err == nil && c != '>'; c = h.next() {
		if c == '"' || c == '\'' {
			h.until(string(c))
		}
		last = c
	}
	return last == '/'
}

// xmlID reads the text of an element.
func (h *hooked) xmlID() int64 {
	h.word = h.word[:0]
	for c := h.next(); h.err == nil; c = h.next() {
		if begin, _ := h.r.Peek(8); c == '<' && string(begin) == "![CDATA[" {
			_, h.err = h.r.Discard(8)
			continue
		}
		if c == '<' || c == ']' {
			break
		}
		h.keep(c)
	}
	if h.err != nil {
		return 0
	}
	h.word = []byte(html.UnescapeString(string(h.word)))
	return h.positive()
}

// until moves behind a short text.
func (h *hooked) until(text string) {
	var last [3]byte
	for h.err == nil {
		last[0], last[1], last[2] = last[1], last[2], h.next()
		if string(last[3-len(text):]) == text {
			return
		}
	}
}

// positive is the number that the word is, but for what is no visible sign of
// ASCII around it; 0 if it is none.
func (h *hooked) positive() int64 {
	if h.err != nil || len(h.word) > maxWord {
		return 0
	}
	digits := strings.TrimFunc(string(h.word), func(r rune) bool { return r <= ' ' || r >= 0x7f })
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return max(id, 0)
}
