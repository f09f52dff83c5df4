package translate

import (
	"testing"

	"ineed-insales/internal/ineedchat"
)

// The address is one text with all of it: nothing is lost, and nothing stands twice
// that the chat's own text says.
func TestAddressText(t *testing.T) {
	const base = "Тюмень, Примерная, 1"
	more := func(text string) ineedchat.Address {
		return ineedchat.Address{Text: text, Entrance: "3", Floor: "4", Comment: "код 5"}
	}
	for name, tt := range map[string]struct {
		a    ineedchat.Address
		want string
	}{
		"parts":        {ineedchat.Address{City: "Тюмень", House: "1", Entrance: "3"}, "Тюмень, д. 1, подъезд 3"},
		"text alone":   {ineedchat.Address{Text: base}, base},
		"text without": {more(base), base + ", подъезд 3, этаж 4, код 5"},
		"text with":    {more(base + ", подъезд 3, этаж 4, код 5"), base + ", подъезд 3, этаж 4, код 5"},
		"short labels": {more(base + ", под. 3, эт.4"), base + ", под. 3, эт.4, код 5"},
		"labels behind, without commas": {more(base + ", 3 подъезд 4 этаж, Код: 5"),
			base + ", 3 подъезд 4 этаж, Код: 5"},
		"ordinal numbers": {more(base + ", 3-й подъезд, 4-й этаж"), base + ", 3-й подъезд, 4-й этаж, код 5"},
		"the number of something else": {more("Тюмень, Примерная, д. 3, кв. 4"),
			"Тюмень, Примерная, д. 3, кв. 4, подъезд 3, этаж 4, код 5"},
		"between two labels": {more("кв 3 подъезд 1 этаж 14"),
			"кв 3 подъезд 1 этаж 14, подъезд 3, этаж 4, код 5"},
		"a longer number": {more(base + ", подъезд 33, этаж 44, код 55"),
			base + ", подъезд 33, этаж 44, код 55, подъезд 3, этаж 4, код 5"},
		"labelled by the chat": {ineedchat.Address{Text: base, Entrance: "подъезд 3", Floor: "4 этаж"},
			base + ", подъезд 3, 4 этаж"},
		"labelled twice": {ineedchat.Address{Text: base + ", подъезд 3", Entrance: "Подъезд 3"},
			base + ", подъезд 3"},
		"entrance of words":  {ineedchat.Address{Text: base, Entrance: "со двора"}, base + ", подъезд со двора"},
		"a remark of a word": {ineedchat.Address{Text: base, Comment: "1"}, base + ", 1"},
		"signs alone":        {ineedchat.Address{Text: base, Entrance: "—", Comment: "!"}, base + ", подъезд —, !"},
	} {
		if got := addressText(tt.a, nil); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// What the shop refuses as a key stands in the text, unless that says it already.
func TestAddressTextWithoutKeys(t *testing.T) {
	a := ineedchat.Address{Zip: "625000", City: "Тюмень", Street: "Примерная", House: "1", Flat: "2"}
	for text, want := range map[string]string{
		"": "625000, Тюмень, Примерная, д. 1, кв. 2",
		"тюмень, ул. Примерная, д.1":     "тюмень, ул. Примерная, д.1, 625000, кв. 2",
		"Тюмень, Примерная, дом 1 кв. 2": "Тюмень, Примерная, дом 1 кв. 2, 625000",
		"у входа": "у входа, 625000, Тюмень, Примерная, д. 1, кв. 2",
	} {
		a.Text = text
		if got := addressText(a, pickupKeys); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
