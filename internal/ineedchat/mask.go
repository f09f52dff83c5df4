package ineedchat

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// masked stands where a secret of ours was.
const masked = "•••"

// shortestHidden is how long a secret must be for its encoded forms to be looked for: what
// is shorter would be found everywhere.
const shortestHidden = 4

// Mask hides the client's secrets wherever they stand in a text: as they are, escaped for
// an address, for JSON or for HTML (also one within the other), and within base64,
// whatever stands before them there.
func (c *Client) Mask(text string) string {
	var needles []needle
	for _, secret := range []string{c.cfg.Token, c.cfg.Secret} {
		if secret == "" {
			continue
		}
		needles = append(needles, needle{secret, ""})
		if len(secret) < shortestHidden {
			continue
		}
		for _, e := range encodings {
			for _, core := range e.cores(secret) {
				needles = append(needles, needle{core, e.letters})
			}
		}
	}
	if len(needles) == 0 {
		return text
	}
	return hide(text, layer{text: text}.search(needles, nil))
}

// A needle is what is looked for, and which letters around it belong to it.
type needle struct{ text, around string }

// A span is a part of a text.
type span struct{ from, to int }

// hide masks parts of a text.
func hide(text string, parts []span) string {
	slices.SortStableFunc(parts, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	at := 0
	for i, p := range parts {
		if i == 0 || p.from >= at {
			out.WriteString(text[at:p.from] + masked)
		}
		at = max(at, p.to)
	}
	out.WriteString(text[at:])
	return out.String()
}

// A layer is a text some of whose escapes were undone.
type layer struct {
	text  string
	depth int
	from  []int // where each byte of it stands in the whole text, and where that ends; nil = there
}

// deepest is how often escapes are undone: those of a form in JSON in JSON.
const deepest = 3

// search adds where the layer, and those below it, have one of the needles.
func (l layer) search(needles []needle, found []span) []span {
	for _, n := range needles {
		found = l.find(found, n)
	}
	if l.depth == deepest {
		return found
	}
	for mark, undo := range map[string]func(string) (string, int){"%": percent, `\`: backslash} {
		if strings.Contains(l.text, mark) {
			if below := l.unescaped(mark[0], undo); len(below.text) < len(l.text) {
				found = below.search(needles, found)
			}
		}
	}
	return found
}

// unescaped is the layer below this one, with the escapes undone that begin with a mark.
func (l layer) unescaped(mark byte, undo func(string) (string, int)) layer {
	below := layer{depth: l.depth + 1, from: make([]int, 0, len(l.text)+1)}
	text := make([]byte, 0, len(l.text))
	for at := 0; at < len(l.text); {
		said, size := l.text[at:at+1], 1
		if l.text[at] == mark {
			if s, n := undo(l.text[at:]); n > 0 {
				said, size = s, n
			}
		}
		for range len(said) {
			below.from = append(below.from, l.original(at))
		}
		text = append(text, said...)
		at += size
	}
	below.from = append(below.from, l.original(len(l.text)))
	below.text = string(text)
	return below
}

// percent undoes an escape of addresses; 0 = it is none.
func percent(text string) (said string, size int) {
	if len(text) < 3 {
		return "", 0
	}
	b, err := hex.DecodeString(text[1:3])
	if err != nil {
		return "", 0
	}
	return string(b), 3
}

// backslash undoes an escape of JSON; 0 = it is none.
func backslash(text string) (said string, size int) {
	sizes := []int{2} // \n
	if strings.HasPrefix(text, `\u`) {
		sizes = []int{12, 6} // a pair of surrogates, \u0026
	}
	for _, size := range sizes {
		if len(text) < size {
			continue
		}
		if b, err := jsontext.AppendUnquote(nil, `"`+text[:size]+`"`); err == nil && (size < 12 || text[6] == '\\') {
			return string(b), size
		}
	}
	return "", 0
}

func (l layer) original(at int) int {
	if l.from == nil {
		return at
	}
	return l.from[at]
}

// find adds where the layer spells a needle, with the letters around it that belong to it.
func (l layer) find(found []span, n needle) []span {
	for at := 0; at < len(l.text); at++ {
		if c := l.text[at]; c != n.text[0] && c != '+' && c != '&' {
			continue
		}
		size := spelt(l.text[at:], n.text)
		if size < 0 {
			continue
		}
		from := len(strings.TrimRight(l.text[:at], n.around))
		to := len(l.text) - len(strings.TrimLeft(l.text[at+size:], n.around))
		found = append(found, span{l.original(from), l.original(to)})
		at = to - 1
	}
	return found
}

// spelt gives how much of the beginning of a text spells a needle, a space perhaps as + and
// what HTML escapes perhaps escaped; -1 if it does not.
func spelt(text, needle string) int {
	at := 0
	for ; needle != ""; needle = needle[1:] {
		if at == len(text) {
			return -1
		}
		size := 1
		if text[at] == '&' {
			for _, entity := range entities[needle[0]] {
				if strings.HasPrefix(text[at:], entity) {
					size = len(entity)
				}
			}
		}
		if size == 1 && text[at] != needle[0] && (text[at] != '+' || needle[0] != ' ') {
			return -1
		}
		at += size
	}
	return at
}

// entities are what HTML escapes.
var entities = map[byte][]string{'<': {"&lt;"}, '>': {"&gt;"}, '&': {"&amp;"}, '"': {"&quot;", "&#34;"},
	'\'': {"&#39;"}}

// An encoding is an alphabet of base64, each letter of which writes six bits.
type encoding struct {
	encode  func([]byte) string
	letters string
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var encodings = []encoding{
	{base64.StdEncoding.EncodeToString, letters + "+/="},
	{base64.URLEncoding.EncodeToString, letters + "-_="},
}

// cores gives what of a secret's encoded form does not depend on what stands around it:
// one for each number of bytes that may stand before it.
func (e encoding) cores(secret string) (list []string) {
	for before := range 3 {
		text := e.encode(append(make([]byte, before), secret...))
		from := (8*before + 5) / 6
		to := 8 * (before + len(secret)) / 6
		if to-from >= shortestHidden {
			list = append(list, text[from:to])
		}
	}
	return list
}
