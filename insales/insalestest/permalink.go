package insalestest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// latin is the transliteration that the known permalinks follow: «Новый» is
// novyy, «В обработке» v-obrabotke, «В процессе возврата» v-protsesse-vozvrata.
// The letters that do not occur in any known one are guessed.
var latin = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "yo", 'ж': "zh", 'з': "z", 'и': "i",
	'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t",
	'у': "u", 'ф': "f", 'х': "h", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "sch", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "yu", 'я': "ya",
}

// permalink makes the part of an address out of a title. The rest of the words
// that are neither letters nor digits become one dash.
func permalink(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(title) {
		text, cyrillic := latin[r]
		if !cyrillic && r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			text, cyrillic = string(r), true
		}
		if !cyrillic {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(text)
	}
	return b.String()
}

// freePermalink is the permalink of a title, with six hex digits behind it if
// it is taken, like the sobran-9fe101 that was seen.
func freePermalink(title string, taken func(string) bool) string {
	link := permalink(title)
	for tail := title; link == "" || taken(link); {
		sum := sha256.Sum256([]byte(tail))
		tail = hex.EncodeToString(sum[:])
		link = strings.TrimPrefix(permalink(title)+"-"+tail[:6], "-")
	}
	return link
}
