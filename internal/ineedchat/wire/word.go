package wire

import (
	"strings"

	"ineed-insales/internal/ineedchat"
)

// latin are the Cyrillic letters as web addresses have them.
var latin = strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ё", "e", "ж", "zh",
	"з", "z", "и", "i", "й", "y", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s",
	"т", "t", "у", "u", "ф", "f", "х", "h", "ц", "c", "ч", "ch", "ш", "sh", "щ", "sch", "ъ", "", "ы", "y", "ь", "",
	"э", "e", "ю", "yu", "я", "ya")

// maxWord is the length of the contract's ids.
const maxWord = 64

// word gives a word by which a way of delivery or payment can be mapped, whatever the
// chat calls it: "Доставка курьером" is "dostavka-kurerom". What can be an id already
// stays as it is.
func word(v any) (any, error) {
	t, err := textOf(v)
	s, _ := t.(string)
	if err != nil || s == "" {
		return nil, err
	}
	if ineedchat.ValidID(s) {
		return s, nil
	}
	var b strings.Builder
	for _, r := range latin.Replace(strings.ToLower(s)) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.', r == '_', r == ':':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxWord {
			break
		}
	}
	s = strings.Trim(b.String(), "-.")
	if s == "" {
		return nil, unreadable("word", "a name without letters or digits")
	}
	return s, nil
}
