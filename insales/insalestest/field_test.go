package insalestest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
)

func TestFieldsLookLikeTheSample(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	got := v.ask(t, "GET", "/admin/fields.json", "", 200).body
	// only the list has it
	like(t, part(t, fixture(t, "fields_objects_2023.json"), 0), part(t, got, 0), ".field_options: not in the sample")
	equal(t, "options", string(part(t, got, 0, "field_options")), "[]")
}

func TestFieldLife(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	// The body of InSales' own test, and a handle.
	got := v.ask(t, "POST", "/admin/fields.json",
		`{"field":{"type":"Field::TextArea","office_title":"Подарок","title":"Кому","destiny":3,"handle":"gift"}}`,
		201).object(t)
	equal(t, "made", fmt.Sprint(got["title"], got["obligatory"], got["active"], got["position"]), "Комуfalse true3")
	path := fmt.Sprintf("/admin/fields/%v.json", got["id"])

	order := strings.Replace(smallOrder, "external_number", "gift", 1)
	shown := v.ask(t, "POST", "/admin/orders.json", order, 201).object(t)["fields_values"].([]any)[0].(map[string]any)
	equal(t, "in an order", fmt.Sprint(shown["type"], shown["name"], shown["handle"]), "Многострочный текстПодарокgift")

	got = v.ask(t, "PUT", path,
		`{"field":{"office_title":"Открытка","obligatory":true,"active":false,"for_buyer":false,"position":1}}`,
		200).object(t)
	equal(t, "changed",
		fmt.Sprint(got["office_title"], got["obligatory"], got["active"], got["for_buyer"], got["position"]),
		"Открыткаtrue false false1")
	equal(t, "handle", v.ask(t, "GET", path, "", 200).object(t)["handle"], any("gift"))

	v.ask(t, "POST", "/admin/fields.json",
		`{"field":{"type":"Field::TextField","office_title":"X","destiny":3,"handle":"gift"}}`, 422)
	v.ask(t, "PUT", path, `{"field":{"handle":"external_number"}}`, 422)
	equal(t, "answer", string(v.ask(t, "DELETE", path, "", 200).body), `{"status":"ok"}`)
	for _, method := range []string{"GET", "DELETE"} {
		v.ask(t, method, path, "", 404)
	}
	v.ask(t, "PUT", path, "{}", 404)
	v.ask(t, "POST", "/admin/orders.json", order, 422)
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestFieldRefused(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	for body, field := range map[string]string{
		`{"field":{"office_title":"X","destiny":3}}`:                                            "type",
		`{"field":{"type":"TextField","office_title":"X","destiny":3}}`:                         "type",
		`{"field":{"type":"Field::TextField","destiny":3}}`:                                     "office_title",
		`{"field":{"type":"Field::TextField","office_title":"X"}}`:                              "destiny",
		`{"field":{"type":"Field::TextField","office_title":"X","destiny":7}}`:                  "destiny",
		`{"field":{"type":"Field::TextField","office_title":"X","destiny":"wrong"}}`:            "destiny",
		`{"field":{"type":"Field::TextField","office_title":"","destiny":3}}`:                   "office_title",
		`{"type":"Field::TextField","office_title":"X","destiny":3,"handle":"external_number"}`: "handle",
	} {
		if got := v.ask(t, "POST", "/admin/fields.json", body, 422).object(t); got[field] == nil {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestFieldOptions(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	got := v.ask(t, "POST", "/admin/fields.json",
		`{"field":{"type":"Field::Select","office_title":"Откуда узнали","destiny":3,
		"field_options_attributes":[{"value":"Друзья"},{"value":"Реклама"}]}}`, 201).object(t)
	options := got["field_options"].([]any)
	equal(t, "options", len(options), 2)
	equal(t, "second", options[1].(map[string]any)["value"], any("Реклама"))
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

// TestFieldValues fills fields of orders, clients and addresses, by field and by
// handle, changes them by their own id and takes them away.
func TestFieldValues(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.made(t, "/admin/fields.json",
		`{"field":{"type":"Field::Checkbox","office_title":"Согласие","destiny":2,"handle":"agree"}}`)
	entry := v.made(t, "/admin/fields.json",
		`{"field":{"type":"Field::TextField","office_title":"Домофон","destiny":1}}`)
	order := v.ask(t, "POST", "/admin/orders.json", `{"order":{
		"client":{"name":"Тест","fields_values_attributes":[{"handle":"agree","value":true}]},
		"shipping_address_attributes":{"fields_values_attributes":[{"field_id":`+entry+`,"value":"12К"}]},
		"fields_values_attributes":[{"field_id":12500001,"value":5}],
		"order_lines_attributes":[{"variant_id":500000003,"quantity":1}]}}`, 201).object(t)
	first := func(o any) map[string]any { return o.(map[string]any)["fields_values"].([]any)[0].(map[string]any) }
	equal(t, "client", fmt.Sprint(first(order["client"])["value"], first(order["client"])["type"]), "1Чекбокс")
	equal(t, "address", first(order["shipping_address"])["value"], any("12К"))
	equal(t, "order", first(any(order))["value"], any("5"))
	equal(t, "no handle", first(order["shipping_address"])["handle"], nil)

	put := func(body string) map[string]any {
		t.Helper()
		return v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"fields_values_attributes":[`+body+`]}}`, 200).
			object(t)
	}
	id := first(any(order))["id"]
	changed := put(fmt.Sprintf(`{"id":%v,"value":"6"}`, id))
	equal(t, "by its id", fmt.Sprint(first(any(changed))["id"], first(any(changed))["value"]), fmt.Sprint(id, "6"))
	changed = put(`{"handle":"external_number","value":null}`)
	equal(t, "by the handle", fmt.Sprint(first(any(changed))["id"], first(any(changed))["value"]),
		fmt.Sprint(id, "<nil>"))
	equal(t, "gone", len(put(fmt.Sprintf(`{"id":%v,"_destroy":1}`, id))["fields_values"].([]any)), 0)
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

// TestObligatoryFields has a shop that demands things, over the API alone.
func TestObligatoryFields(t *testing.T) {
	const order = `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[{"variant_id":500000003,` +
		`"quantity":1}],"delivery_variant_id":7000002}}`
	field := func(system string, destiny insalestest.Destiny) insalestest.Field {
		return insalestest.Field{
			ID: 1, Destiny: destiny, Title: "Поле", SystemName: system, Type: "Field::SystemTextField",
			Obligatory: true,
		}
	}
	with := func(old, more string) string { return strings.Replace(order, old, old+more, 1) }
	inClient := func(more string) string { return with(`"name":"Тест"`, more) }
	inAddress := func(more string) string {
		return with(`{"order":{`, `"shipping_address_attributes":{`+more+`},`)
	}
	cases := []struct {
		name      string
		field     insalestest.Field
		good      string // instead of order
		complaint string
	}{
		{"surname", field("surname", insalestest.DestinyClient), inClient(`,"surname":"Ким"`), "client.surname"},
		{"email", field("email", insalestest.DestinyClient), inClient(`,"email":"a@example.test"`), "client.email"},
		{"consent", field("consent_to_personal_data", insalestest.DestinyClient),
			inClient(`,"consent_to_personal_data":true`), "client.consent_to_personal_data"},
		{"a company's number", field("inn", insalestest.DestinyJuridical), order, ""},
		{"city", field("city", insalestest.DestinyAddress), inAddress(`"city":"Казань"`), "shipping_address.city"},
		{"city in the locality", field("city", insalestest.DestinyAddress),
			inAddress(`"full_locality_name":"г Казань"`), "shipping_address.city"},
		{"address", field("address", insalestest.DestinyAddress), inAddress(`"address":"ул Тестовая, 1"`),
			"shipping_address.address"},
		{"recipient's phone", field("phone", insalestest.DestinyRecipient), inAddress(`"phone":"+79000000002"`),
			"shipping_address.phone"},
		{"no address for pickup", field("city", insalestest.DestinyAddress),
			strings.Replace(order, "7000002", "7000001", 1), "shipping_address.city"},
		{"no delivery", field("city", insalestest.DestinyAddress), inAddress(`"no_delivery":true`),
			"shipping_address.city"},
		{"comment", field("comment", insalestest.DestinyOrder), with(`{"order":{`, `"comment":"x",`), "order.comment"},
		{"own field",
			insalestest.Field{ID: 1, Destiny: 3, Title: "Поле", Handle: "h", Type: "Field::TextField",
				Obligatory: true},
			with(`{"order":{`, `"fields_values_attributes":[{"handle":"h","value":"x"}],`), "fields_values"},
		{"own field, by id, in the client",
			insalestest.Field{ID: 1, Destiny: 2, Title: "Поле", Type: "Field::TextField", Obligatory: true},
			inClient(`,"fields_values_attributes":[{"field_id":1,"value":"x"}]`), "fields_values"},
		{"of a line", field("quantity", insalestest.DestinyLine), order, ""},
		{"only in a form", field("email_confirmation", insalestest.DestinyClient), order, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := insalestest.New(insalestest.Config{})
			shop.AddField(c.field)
			v := visit(t, shop)
			v.ask(t, "POST", "/admin/orders.json", order, 201) // they are not enforced by default
			shop.Reconfigure(func(conf *insalestest.Switches) { conf.EnforceFields = true })
			v.ask(t, "POST", "/admin/orders.json", c.good, 201)
			if c.complaint != "" {
				got := v.ask(t, "POST", "/admin/orders.json", order, 422).object(t)
				equal(t, "complaint", got[c.complaint], any([]any{"Поле «Поле» не может быть пустым"}))
			}
			if _, err := shop.PlaceOrder(
				insalestest.Placement{Lines: []insalestest.PlacedLine{{VariantID: 500000003}}}); err != nil {
				t.Errorf("a manager: %v", err)
			}
			off := c.field
			off.Inactive = true
			shop.AddField(off)
			v.ask(t, "POST", "/admin/orders.json", order, 201)
			equal(t, "unknown", shop.UnknownFields(), []string(nil))
		})
	}
}

// TestObligatoryFieldOverHTTP makes the demand over the API as well.
func TestObligatoryFieldOverHTTP(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{EnforceFields: true}})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	id := v.made(t, "/admin/fields.json",
		`{"field":{"type":"Field::TextField","office_title":"Купон","destiny":3,"obligatory":true}}`)
	got := v.ask(t, "POST", "/admin/orders.json", smallOrder, 422).object(t)
	if !slices.Equal(got["fields_values"].([]any), []any{"Поле «Купон» не может быть пустым"}) {
		t.Errorf("got %v", got)
	}
	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"comment":"x"}}`, 200) // a change is not checked
	v.ask(t, "PUT", "/admin/fields/"+id+".json", `{"field":{"for_buyer":false}}`, 200)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
}
