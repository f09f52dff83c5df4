package translate

import (
	"slices"
	"strings"
	"unicode"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
)

// InSales shows entrance and floor of an address, but no client was ever seen
// writing them, and it refuses keys that it does not know in at least one nested
// list (see insales-api §15). So they are not written as keys: the address is one
// text that has all of it, as people in Russia write one, and the keys that are
// written beside it (city, street, …) repeat what the shop can calculate with.

// An addressPart is a part of an address, in the words of which its text is made.
type addressPart struct {
	key    string   // of the create request; "" = it has none
	label  string   // stands before the value
	stems  []string // how people write the label: the word begins with one of these
	shorts []string // or is one of these
	value  string
}

// addressParts gives the parts in the order in which people in Russia write them.
func addressParts(a ineedchat.Address) []addressPart {
	return []addressPart{
		{key: keyZip, value: a.Zip},
		{key: keyCity, value: a.City},
		{key: keyStreet, value: a.Street},
		{key: keyHouse, label: "д. ", stems: []string{"дом"}, shorts: []string{"д"}, value: a.House},
		{key: keyFlat, label: "кв. ", stems: []string{"кварт", "офис"}, shorts: []string{"кв", "оф"}, value: a.Flat},
		{label: "подъезд ", stems: []string{"подъ", "подьезд", "entrance"}, shorts: []string{"под", "п", "пд"},
			value: a.Entrance},
		{label: "этаж ", stems: []string{"этаж", "floor"}, shorts: []string{"эт"}, value: a.Floor},
		{value: a.Comment},
	}
}

// addressText writes an address as one text. If the chat gave a text, what has no key
// of its own in the request is written behind it, and so is what the shop has refused
// as a key, unless the text says it already. Without a text it is made of the parts.
func addressText(a ineedchat.Address, refused []string) string {
	text := strings.TrimSpace(a.Text)
	for _, p := range addressParts(a) {
		keyed := p.key != "" && !slices.Contains(refused, p.key)
		if legible.Blank(p.value) || a.Text != "" && (keyed || p.saidIn(a.Text)) {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += p.labelled()
	}
	return text
}

// labelled is the value with its label, unless whoever wrote it has put it there.
func (p addressPart) labelled() string {
	if words := addressWords(p.value); len(words) > 0 && slices.ContainsFunc(words, p.isLabel) {
		return p.value
	}
	return p.label + p.value
}

// isLabel reports whether a word is how people write the part's label.
func (p addressPart) isLabel(word string) bool {
	return slices.Contains(p.shorts, word) ||
		slices.ContainsFunc(p.stems, func(stem string) bool { return strings.HasPrefix(word, stem) })
}

// saidIn reports whether a text says the part. A number counts only beside its label,
// since the same number may be that of the house. A remark of a single word may stand
// there by chance, so it is rather written twice than lost.
func (p addressPart) saidIn(text string) bool {
	value := slices.DeleteFunc(addressWords(p.value), p.isLabel)
	if p.label == "" {
		least := 1
		if p.key == "" {
			least = 2
		}
		return len(value) >= least && indexWords(addressWords(text), value) >= 0
	}
	return len(value) > 0 && slices.ContainsFunc(strings.FieldsFunc(text, isSeparator), func(piece string) bool {
		return p.saidInPiece(addressWords(piece), value)
	})
}

// saidInPiece looks at a piece between two commas: «подъезд 3 этаж 4», or «3-й подъезд
// 4 этаж», where the labels stand behind their numbers.
func (p addressPart) saidInPiece(words, value []string) bool {
	for i, word := range words {
		if !p.isLabel(word) {
			continue
		}
		before := words[:i]
		if n := len(before); n > 0 && slices.Contains([]string{"й", "ый", "ой", "ий", "м"}, before[n-1]) {
			before = before[:n-1]
		}
		if partLabel(words[len(words)-1]) {
			if n := len(before) - len(value); n >= 0 && slices.Equal(before[n:], value) {
				return true
			}
		} else if after := words[i+1:]; len(after) >= len(value) && slices.Equal(after[:len(value)], value) {
			return true
		}
	}
	return false
}

// partLabel reports whether a word is the label of any part.
func partLabel(word string) bool {
	return slices.ContainsFunc(addressParts(ineedchat.Address{}), func(p addressPart) bool { return p.isLabel(word) })
}

// addressWords gives the words and numbers of a text, in small letters.
func addressWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func isSeparator(r rune) bool { return r == ',' || r == ';' || r == '\n' }

// indexWords finds words in a row; -1 = they do not stand there.
func indexWords(text, words []string) int {
	for i := 0; i+len(words) <= len(text); i++ {
		if slices.Equal(text[i:i+len(words)], words) {
			return i
		}
	}
	return -1
}
