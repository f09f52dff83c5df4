package translate

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
	for _, name := range FieldNames() {
		if !ValidFieldName(name) {
			t.Errorf("%q is offered and refused", name)
		}
	}
}
