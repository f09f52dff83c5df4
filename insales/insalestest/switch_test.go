package insalestest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
)

func TestRefuseEmoji(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	with := func(old, new string) string { return strings.Replace(smallOrder, old, new, 1) }
	bodies := map[string]string{
		"comment":                  with("Позвоните за час", "Позвоните 📞"),
		"client":                   with(`"name":"Тест","phone":"+7 (`, `"name":"Тест 🙂","phone":"+7 (`),
		"fields_values_attributes": with("ext-000123", "ext-𝟘"),
	}
	for field, body := range bodies {
		v.ask(t, "POST", "/admin/orders.json", body, 201)
		shop.Reconfigure(func(c *insalestest.Switches) { c.RefuseEmoji = true })
		got := v.ask(t, "POST", "/admin/orders.json", body, 422).object(t)
		equal(t, "complaint", fmt.Sprint(got), "map["+field+":[содержит недопустимые символы]]")
		shop.Reconfigure(func(c *insalestest.Switches) { c.RefuseEmoji = false })
	}
	shop.Reconfigure(func(c *insalestest.Switches) { c.RefuseEmoji = true })
	v.ask(t, "POST", "/admin/orders.json", with("Позвоните за час", "Ёлка — «ура» ☎"), 201) // all inside
	v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"manager_comment":"👍"}}`, 422)
	v.ask(t, "POST", "/admin/clients.json", `{"client":{"name":"👍"}}`, 422)
}

func TestRoundPrices(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{RoundPrices: true}})
	v := visit(t, shop)
	got := v.ask(t, "POST", "/admin/orders.json",
		`{"order":{"client":{"name":"Тест"},"delivery_variant_id":7000002,"delivery_price":149.5,
		"order_lines_attributes":[{"variant_id":500000003,"quantity":3},{"variant_id":500000004,"quantity":2,
			"sale_price":"10.49"}]}}`, 201).body
	lines := v.lines(t, got)
	equal(t, "prices", fmt.Sprint(lines[0].Price, lines[1].Price), "50.010.0")
	equal(t, "total", string(part(t, got, "total_price")), "320.0") // 150 + 20 + 150
	shop.Reconfigure(func(c *insalestest.Switches) { c.RoundPrices = false })
	got = v.ask(t, "PUT", "/admin/orders/70000001.json",
		fmt.Sprintf(`{"order":{"delivery_price":149.5,"order_lines_attributes":[{"id":%d,"sale_price":10.49}]}}`,
			lines[1].ID), 200).body
	equal(t, "total", string(part(t, got, "total_price")), "320.48")
}

// TestUnionOfAllClients sends every key that was seen in somebody's create.
func TestUnionOfAllClients(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddVariant(insalestest.Variant{ID: 297350445, ProductID: 173896994, Title: "Демо-товар 2"})
	shop.AddVariant(insalestest.Variant{ID: 631514614, ProductID: 375725930, Title: "Куртка"})
	v := visit(t, shop)
	body := strings.Replace(string(fixture(t, "order_create_request_union.json")), `"comment"`, `"coupon":"LETO",
		"client_transaction":{"amount":-100,"description":"бонусы"},"delivery_date":"2026-12-24",
			"delivery_from_hour":10,"comment"`, 1)
	got := v.ask(t, "POST", "/admin/orders.json", body, 201)
	equal(t, "a coupon is ignored", fmt.Sprint(got.object(t)["discount"], got.object(t)["total_price"]), "<nil>1500.0")
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
	o := v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"delivery_date":null,"delivery_from_hour":null}}`,
		200).object(t)
	equal(t, "cleared", fmt.Sprint(o["delivery_date"], o["delivery_from_hour"]), "<nil> <nil>")
	v.ask(t, "PUT", "/admin/orders/70000001.json", "", 422) // without a content type, as it has no body
	v.ask(t, "PUT", "/admin/orders/70000001.json", "[]", 200)
	v.ask(t, "PUT", "/admin/orders/70000001.json", "[1]", 400)
}

// TestOrderList narrows the list by what its documentation offers.
func TestOrderList(t *testing.T) {
	shop := insalestest.New(insalestest.Config{FirstOrderID: 1})
	v := visit(t, shop)
	for _, change := range []string{
		"", `"custom_status_permalink":"v-obrabotke"`, `"financial_status":"paid"`, `"fulfillment_status":"delivered"`,
		`"delivery_variant_id":7000002,"payment_gateway_id":5000002`,
		`"client":{"surname":"Ким","email":"kim@example.test"}`,
	} {
		id := v.made(t, "/admin/orders.json", smallOrder)
		v.ask(t, "PUT", "/admin/orders/"+id+".json", `{"order":{`+change+`}}`, 200)
	}
	for query, want := range map[string]string{
		"fulfillment_status=accepted":                                  "[2]",
		"fulfillment_status[]=accepted&fulfillment_status[]=delivered": "[4 2]",
		"financial_status=paid":                                        "[3]",
		"status=closed":                                                "[4]",
		"status=open&financial_status=pending&fulfillment_status=new":  "[6 5 1]",
		"delivery_variant[]=7000002":                                   "[5]",
		"payment_gateway_id[]=5000002":                                 "[5]",
		"q=ким":                                                        "[6]",
		"q=2003":                                                       "[3]",
		"q=kim@":                                                       "[6]",
	} {
		query = strings.ReplaceAll(query, "ким", url.QueryEscape("ким"))
		list := v.ask(t, "GET", "/admin/orders.json?"+query, "", 200).ids(t)
		equal(t, query, fmt.Sprint(list), want)
		count := v.ask(t, "GET", "/admin/orders/count.json?"+query, "", 200).object(t)["count"]
		equal(t, "count of "+query, count, any(json.Number(fmt.Sprint(len(list)))))
	}
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

// TestUnknownIsToldEverywhere: each resource tells what it does not know, and
// ignores it.
func TestUnknownIsToldEverywhere(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	for path, body := range map[string]string{
		"clients": `{"client":{"name":"Тест","age":30}}`,
		"delivery_variants": `{"delivery_variant":{"title":"X","type":"DeliveryVariant::None","colour":"red",` +
			`"delivery_zones_attributes":[{"any":1}]}}`,
		"payment_gateways": `{"payment_gateway":{"title":"X","type":"PaymentGateway::Cod",` +
			`"payment_delivery_variants_attributes":[{"delivery_variant_id":7000001,"x":1}]}}`,
		"custom_statuses": `{"custom_status":{"title":"X","system_status":"new","permalink":"x"}}`,
		"fields":          `{"type":"Field::TextField","office_title":"X","destiny":3,"default":1}`,
		"webhooks":        `{"webhook":{"address":"http://a.test","topic":"orders/update","secret":"x"}}`,
	} {
		v.ask(t, "POST", "/admin/"+path+".json?debug="+path, body, 201)
	}
	v.ask(t, "GET", "/admin/fields.json?page=1", "", 200)
	equal(t, "unknown", fmt.Sprint(shop.UnknownFields()), fmt.Sprint([]string{
		"?debug", "?page", "client.age", "custom_status.permalink", "delivery_variant.colour", "field.default",
		"payment_gateway.payment_delivery_variants_attributes.x", "webhook.secret",
	}))
}
