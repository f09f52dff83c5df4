package order

import (
	"testing"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// A system field is filled where the order has no value; the shop's own fields
// always; the order's own words stand where the setting says.
func TestFillFields(t *testing.T) {
	o := &ineedchat.Order{ID: "A-1", Number: "1001", URL: "https://demo.ineed.chat/o/1", Comment: "позвоните"}
	o.Customer.Channel = "telegram"
	r := insales.NewOrder{Client: insales.NewClient{Surname: "Петров"}}
	fillFields(&r, map[string]string{
		"surname": "-", "email": "no-{id}@example.test", "city": "Тюмень", "house": "{nothing}",
		"77": "чат {channel}, № {number}", "12": "{url} {comment}", "9": "",
	}, o)
	if r.Client.Surname != "Петров" || r.Client.Email != "no-A-1@example.test" || r.ShippingAddress.City != "Тюмень" ||
		r.ShippingAddress.House != "{nothing}" {
		t.Errorf("%+v %+v", r.Client, r.ShippingAddress)
	}
	want := []insales.NewField{{ID: 12, Value: "https://demo.ineed.chat/o/1 позвоните"},
		{ID: 77, Value: "чат telegram, № 1001"}}
	if len(r.Fields) != 2 || r.Fields[0] != want[0] || r.Fields[1] != want[1] {
		t.Errorf("%+v", r.Fields)
	}
}

func TestValidFieldName(t *testing.T) {
	for name, want := range map[string]bool{"1": true, "surname": true, "zip": true, "0": false, "-1": false,
		"name": false, "phone": false, "": false, "x": false} {
		if ValidFieldName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	for _, name := range fieldNames() {
		if !ValidFieldName(name) {
			t.Errorf("%q is offered and refused", name)
		}
	}
}

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
			House: s, Flat: s, Entrance: s, Floor: s},
		Lines: []insales.NewLine{{Comment: s}}, Fields: []insales.NewField{{Value: s}}}
	if !hasEmoji(&r) {
		t.Error("not seen")
	}
	plainText(&r)
	if hasEmoji(&r) {
		t.Error("still there")
	}
	for _, text := range texts(&r) {
		if *text != "x" {
			t.Errorf("%q", *text)
		}
	}
	if n := len(texts(&r)); n != 19 {
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
