package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text of files comes from editors and shells: with a mark at its beginning, with
// blanks and line breaks around it, and from PowerShell's > as UTF-16.

var errUTF16 = errors.New("is UTF-16, as PowerShell's > and Notepad's “Unicode” write it: save it as UTF-8")

const byteOrderMark = "\ufeff"

// WithoutMark gives a file's text without the byte order mark of UTF-8.
func WithoutMark(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return nil, errUTF16
	}
	// Without a mark it is known by the empty half of each ASCII sign.
	if len(text) >= 4 && text[0] != 0 != (text[1] != 0) && text[2] != 0 != (text[3] != 0) &&
		(text[0] == 0) == (text[2] == 0) {
		return nil, errUTF16
	}
	return bytes.TrimPrefix(text, []byte(byteOrderMark)), nil
}

// plainText gives the one value that a file holds.
func plainText(text []byte) (string, error) {
	text, err := WithoutMark(text)
	return trim(string(text)), err
}

// trim drops blanks, line breaks and marks around a value.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || string(r) == byteOrderMark })
}

// oddSign is where in a secret the first sign stands that is no visible ASCII,
// counted from 1; 0 if there is none.
func oddSign(secret string) int {
	return place(secret, func(r rune) bool { return r <= ' ' || r > '~' })
}

// oddKeySign is the same for the secret key, which may be words with blanks
// between.
func oddKeySign(key string) int {
	return place(key, func(r rune) bool { return r < ' ' || r > '~' })
}

// unseenSign is the same for a password, which may be of any letters and have
// blanks in it, but nothing that a person cannot see and type.
func unseenSign(password string) int {
	return place(password, func(r rune) bool {
		return r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r)
	})
}

func place(text string, odd func(rune) bool) int {
	n := 0
	for _, r := range text {
		if n++; odd(r) {
			return n
		}
	}
	return 0
}

// oddSigns says where, and never what: it is a secret.
func oddSigns(at int, allowed string) string {
	return fmt.Sprintf("character %d is not one of those that it may have: %s. Was it copied with something around it?",
		at, allowed)
}
