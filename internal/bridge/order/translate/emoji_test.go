package translate

import (
	"testing"

	"ineed-insales/insales"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Иван": "Иван", "Иван 🎉": "Иван", "👨‍👩‍👧 семья": "семья", "❤️ люблю": "❤ люблю", "a𝄞b": "ab",
		"  x": "  x", "🎉": "",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Every text of a request is looked at.
func TestPlainText(t *testing.T) {
	const s = "x🎉"
	r := insales.NewOrder{Comment: s, ManagerComment: s,
		Client: insales.NewClient{Name: s, Surname: s, Middle: s, Phone: s},
		ShippingAddress: insales.NewAddress{Name: s, Phone: s, Zip: s, Address: s, City: s, Locality: s, Street: s,
			House: s, Flat: s},
		Fields: []insales.NewField{{Value: s}}}
	if !HasEmoji(&r) {
		t.Error("not seen")
	}
	plainText(&r)
	if HasEmoji(&r) {
		t.Error("still there")
	}
	for _, text := range texts(&r) {
		if *text != "x" {
			t.Errorf("%q", *text)
		}
	}
	if n := len(texts(&r)); n != 16 {
		t.Errorf("%d texts", n)
	}
}

// A name of nothing but emoji is none: the customer goes by the phone.
func TestPlainName(t *testing.T) {
	for _, tt := range []struct{ name, surname, phone, want string }{
		{"😀", "", "+79990000000", "+79990000000"}, {"😀", "Петров", "", "Петров"}, {"😀", "", "", "-"},
		{"Иван 😀", "", "1", "Иван"},
	} {
		r := insales.NewOrder{Client: insales.NewClient{Name: tt.name, Surname: tt.surname, Phone: tt.phone}}
		if plainText(&r); r.Client.Name != tt.want {
			t.Errorf("%+v: %q", tt, r.Client.Name)
		}
	}
}
