// Package legible makes texts that others have written fit to be read, stored
// and passed on. It is the one place that knows which signs do harm: customers
// paste from contacts and from other programs, chats cut emoji in two, and who
// means ill hides one text behind another.
//
//	signs                                        Text        Line    Signs
//	line feed, tab                               stay        blank   blank
//	other ends of lines (CR VT FF LS PS)         line feed   blank   blank
//	other control signs: C0, DEL, C1             go          go      go
//	what turns the direction of writing around   go          go      go
//	  (U+202A–202E, U+2066–2069), and what is
//	  deprecated (U+206A–206F, U+FFF9–FFFB)
//	noncharacters (U+FFFE, U+FDD0 …), U+FEFF     go          go      go
//	halves of a pair, bytes that are no UTF-8    U+FFFD      U+FFFD  U+FFFD
//	joiners, variation selectors, soft hyphens,  stay        stay    go
//	  zero-width blanks, direction marks, tags
//	blanks that do not break or are narrow       stay        stay    blank
//	everything else                              stays       stays   stays
//
// An end of a line that stands beside a blank parts nothing and just goes, so
// CR LF is one line break. Joiners and selectors make one sign of an emoji and are
// letters' business in many scripts; direction marks are how Hebrew and Arabic
// are written among Latin, and cannot turn anything around for longer than a
// word; soft hyphens and blanks that do not break are a matter of taste. What has
// the length of a sign nobody can see does harm only where a text is a name of
// something (a phone, an e-mail address): that is what [Signs] is for. U+FFFD
// shows that something is lost, and stays.
package legible

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a text of several lines.
func Text(s string) string { return made(s, forText) }

// Line is a text in one line.
func Line(s string) string { return made(s, forLine) }

// Signs are the signs of a line that can be seen, without blanks around them.
func Signs(s string) string { return strings.TrimSpace(made(s, forSigns)) }

// Screen is a text for a terminal, where a line break is all that it may say
// about its own place.
func Screen(s string) string { return made(s, forScreen) }

// JSON is a JSON document with everything in its texts that a screen would obey
// instead of showing it, and what hides there, written as \u and four digits:
// the document stays equal to itself.
func JSON(document []byte) []byte {
	if !strings.ContainsFunc(string(document), escaped) && utf8.Valid(document) {
		return document
	}
	var out strings.Builder
	for _, r := range string(document) { // bytes that are no UTF-8 come as U+FFFD
		switch {
		case !escaped(r):
			out.WriteRune(r)
		default:
			writeEscape(&out, r)
		}
	}
	return []byte(out.String())
}

// Blank reports whether nothing of a text can be seen. Some put signs into their
// name that are letters by their kind and have no form.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) && !formless(r)
	})
}

// A way is what one kind of text does with a sign: keep it, part words with it, or
// drop it. What parts words is written as the way's own sign for that.
type way struct {
	parts rune
	usual *[256]bool // bytes of UTF-8 of which every sign stays, so that it need not be looked at
	sort  func(r rune) fate
}

type fate int

const (
	stays fate = iota
	parts
	goes
)

var (
	forText   = way{'\n', letters(), func(r rune) fate { return fateOf(r, "\n\t") }}
	forLine   = way{' ', letters(), func(r rune) fate { return fateOf(r, "") }}
	forScreen = way{' ', letters(), func(r rune) fate { return fateOf(r, "\n") }}
	forSigns  = way{' ', ascii(), func(r rune) fate {
		switch {
		case r != ' ' && r != '\u0085' && unicode.IsSpace(r):
			return parts
		case unicode.Is(unicode.Cf, r) || formless(r) || unicode.Is(unicode.Variation_Selector, r):
			return goes
		}
		return fateOf(r, "")
	}}
)

// ascii are the signs of ASCII without control signs.
func ascii() *[256]bool {
	var usual [256]bool
	for c := byte(' '); c < 0x7f; c++ {
		usual[c] = true
	}
	return &usual
}

// letters are those and all from U+00C0 to U+1FFF, among them Cyrillic: none of them
// is harmful. Their first bytes are 0xc3 to 0xe1, those behind it less than 0xc0.
func letters() *[256]bool {
	usual := ascii()
	for c := 0x80; c <= 0xe1; c++ {
		usual[c] = c != 0xc2
	}
	return usual
}

// fateOf is what becomes of a sign where these signs are kept.
func fateOf(r rune, kept string) fate {
	switch {
	case strings.ContainsRune(kept, r):
		return stays
	case endsLine(r) || r == '\t':
		return parts
	case harmful(r):
		return goes
	}
	return stays
}

// made is the text as a way has it.
func made(s string, w way) string {
	if utf8.ValidString(s) && w.keeps(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	last, part := ' ', false // the sign before, and whether a parting one stood behind it
	for _, r := range s {
		switch w.sort(r) {
		case goes:
			continue
		case parts:
			part = true
			continue
		}
		if part && !unicode.IsSpace(last) && !unicode.IsSpace(r) {
			out.WriteRune(w.parts)
		}
		out.WriteRune(r)
		last, part = r, false
	}
	return out.String()
}

// keeps reports whether all of a text stays, which is UTF-8.
func (w way) keeps(s string) bool {
	for i := 0; i < len(s); {
		if w.usual[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if w.sort(r) != stays {
			return false
		}
		i += size
	}
	return true
}

// endsLine reports whether a sign ends a line. U+0085 does so on mainframes only:
// what has it in our texts is an ellipsis that was decoded wrongly.
func endsLine(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u2028', '\u2029':
		return true
	}
	return false
}

// harmful reports whether a sign has no place in any text. It is no end of a
// line.
func harmful(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case r < 0x2000:
		return false
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u206f':
		return true
	case r == '\ufeff', r >= '\ufff9' && r <= '\ufffb', r == '\U000e0001':
		return true
	}
	return unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// formless reports whether a sign counts as a letter or a symbol and shows
// nothing: fillers of Hangul, the empty Braille cell and the like.
func formless(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return false
}

// escaped reports whether JSON writes a sign as an escape: what is harmful, what
// ends a line within a text, and what only a program sees. Joiners stay: a
// terminal shows emoji by them.
func escaped(r rune) bool {
	switch {
	case r < 0x7f:
		return false // a document has no such sign within its texts
	case r == '\u200c' || r == '\u200d':
		return false
	}
	return harmful(r) || endsLine(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\u2060'
}

func writeEscape(out *strings.Builder, r rune) {
	write := func(n rune) {
		const digits = "0123456789abcdef"
		out.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			out.WriteByte(digits[n>>shift&0xf])
		}
	}
	if r <= 0xffff {
		write(r)
		return
	}
	r -= 0x10000
	write(0xd800 + r>>10)
	write(0xdc00 + r&0x3ff)
}
