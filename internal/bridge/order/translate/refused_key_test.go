package translate

import (
	"strings"
	"testing"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// A key counts as refused only if a 422 says by name that it is not known, and only if
// the order was sent with it and can do without.
func TestRefusedKeys(t *testing.T) {
	r := insales.NewOrder{Client: insales.NewClient{Name: "Иван", Surname: "Петров", Consent: true},
		ShippingAddress: insales.NewAddress{City: "Тюмень", Street: "Примерная"}}
	for message, want := range map[string]string{
		`undefined keys ["street", "floor"]`:                           "street",
		`shipping_address_attributes: undefined keys [:city, :street]`: "city street",
		`unknown attribute 'street' for ShippingAddress.`:              "street",
		`found unpermitted parameters: :surname, :city`:                "surname city",
		`found unpermitted parameter: :consent_to_personal_data`:       "consent_to_personal_data",
		`undefined keys ["house"]`:                                     "",
		`undefined keys ["variant_id", "sale_price", "phone", "name"]`: "",
		`shipping_address.city: не может быть пустым`:                  "",
		`street: is invalid`:                                           "",
		`undefined keys ["streets", "city_type"]`:                      "",
	} {
		got := RefusedKeys(&r, &insales.Error{Status: 422, Messages: []string{"другое", message}})
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
		for _, status := range []int{0, 400, 500, 201} {
			if got := RefusedKeys(&r, &insales.Error{Status: status, Messages: []string{message}}); got != nil {
				t.Errorf("%d, %s: %q", status, message, got)
			}
		}
	}
	if got := RefusedKeys(&r, nil); got != nil {
		t.Error(got)
	}
}

// What is left out stands elsewhere in the order.
func TestLeftOut(t *testing.T) {
	o := example(t, "order_created", func(o *ineedchat.Order) {
		o.Delivery.TypeID = "delivery"
		o.Delivery.Address = ineedchat.Address{Text: "Примерная, 1", City: "Тюмень", Street: "Примерная", House: "1"}
	})
	got, problem := translated(o, func(o *storage.Order) {
		o.LeftOut = []string{"city", "surname", "consent_to_personal_data"}
	})
	if problem != nil {
		t.Fatal(told(problem))
	}
	const client, to = "client.", "shipping_address_attributes."
	for path, want := range map[string]string{to + "city": "-", to + "full_locality_name": "Тюмень",
		to + "address": "Примерная, 1, Тюмень", to + "street": "Примерная", client + "name": "Иван Петров",
		client + "surname": "-", client + "consent_to_personal_data": "-"} {
		if is := field(t, got.Request, path); is != want {
			t.Errorf("%s is %q, want %q", path, is, want)
		}
	}
}
