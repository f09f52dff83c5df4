package insalestest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"ineed-insales/insales/insalestest"
)

// TestRightsOfTheMerchantGuide takes the rights away one by one.
func TestRightsOfTheMerchantGuide(t *testing.T) {
	type ask struct {
		method, path, body string
	}
	const (
		order    = "/admin/orders/70000001.json"
		comment  = `{"order":{"comment":"x"}}`
		lines    = `{"order":{"order_lines_attributes":[{"variant_id":500000003,"quantity":1}]}}`
		discount = `{"order":{"discounts_attributes":[{"discount":5}]}}`
	)
	cases := []struct {
		section        string
		allowed, taken []ask
	}{
		{insalestest.SectionSettings, []ask{{"GET", order, ""}}, []ask{
			{"GET", "/admin/account.json", ""}, {"GET", "/admin/delivery_variants.json", ""},
			{"GET", "/admin/payment_gateways/5000001.json", ""},
			{"GET", "/admin/custom_statuses.json", ""}, {"GET", "/admin/fields.json", ""},
			{"POST", "/admin/fields.json", "{}"},
		}},
		{insalestest.SectionSettingsEdit, []ask{{"GET", "/admin/account.json", ""}, {"GET", "/admin/fields.json", ""}},
			[]ask{
				{"POST", "/admin/fields.json", "{}"}, {"PUT", "/admin/delivery_variants/7000001.json", "{}"},
				{"DELETE", "/admin/payment_gateways/5000001.json", ""},
				{"POST", "/admin/custom_statuses.json", "{}"},
			}},
		{insalestest.SectionOrders, []ask{{"GET", "/admin/clients.json", ""}}, []ask{
			{"GET", "/admin/orders.json", ""}, {"GET", "/admin/orders/count.json", ""}, {"GET", order, ""},
			{"POST", "/admin/orders.json", smallOrder},
			{"PUT", order, comment}, {"DELETE", order, ""},
		}},
		{insalestest.SectionOrderInfo, []ask{{"GET", order, ""}, {"PUT", order, lines}, {"PUT", order, discount}},
			[]ask{
				{"POST", "/admin/orders.json", smallOrder}, {"PUT", order, comment}, {"DELETE", order, ""},
			}},
		{insalestest.SectionOrderContents, []ask{{"GET", order, ""}, {"PUT", order, comment}}, []ask{
			{"POST", "/admin/orders.json", smallOrder}, {"PUT", order, lines}, {"PUT", order, discount},
		}},
		{insalestest.SectionClients, []ask{{"GET", order, ""}}, []ask{
			{"GET", "/admin/clients.json", ""}, {"GET", "/admin/clients/count.json", ""},
			{"POST", "/admin/clients.json", "{}"},
		}},
		{insalestest.SectionProducts, []ask{{"POST", "/admin/orders.json", smallOrder}}, []ask{
			{"GET", "/admin/products.json", ""}, {"GET", "/admin/products/300000001/variants.json", ""},
			{"GET", "/admin/products/count.json", ""},
			{"GET", "/admin/collections.json", ""}, {"GET", "/admin/collects.json", ""},
			{"GET", "/admin/price_kinds.json", ""}, {"GET", "/admin/warehouses.json", ""},
			{"POST", "/admin/products.json", "{}"}, {"PUT", "/admin/products/300000001.json", "{}"},
			{"DELETE", "/admin/products/300000009.json", ""},
			{"PUT", "/admin/products/variants_group_update.json", "{}"}, {"POST", "/admin/collections.json", "{}"},
			{"POST", "/admin/collects.json", "{}"},
		}},
		{insalestest.SectionWebhooks, []ask{{"GET", order, ""}}, []ask{
			{"GET", "/admin/webhooks.json", ""}, {"POST", "/admin/webhooks.json", "{}"},
		}},
	}
	for _, c := range cases {
		t.Run(c.section, func(t *testing.T) {
			shop := insalestest.New(insalestest.Config{})
			v := visit(t, shop)
			v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
			shop.Forbid(c.section)
			for _, a := range c.taken {
				got := v.ask(t, a.method, a.path, a.body, 403).object(t)
				equal(t, a.method+a.path, fmt.Sprint(got["status"], ": ", got["message"]),
					"error: Недостаточно прав для операции")
			}
			for _, a := range c.allowed {
				if got, err := v.try(t.Context(), a.method, a.path, a.body); err != nil || got.status >= 300 {
					t.Errorf("%s %s: %d %v", a.method, a.path, got.status, err)
				}
			}
			shop.Allow(c.section)
			for _, a := range c.taken {
				if got, err := v.try(t.Context(), a.method, a.path, a.body); err != nil || got.status == 403 {
					t.Errorf("given back: %s %s: %d %v", a.method, a.path, got.status, err)
				}
			}
			equal(t, "unknown", shop.UnknownFields(), []string(nil))
		})
	}
}

func TestRightsToPrices(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	keys := func(names ...string) string {
		t.Helper()
		var list []map[string]any
		decode(t, v.ask(t, "GET", "/admin/products/300000005/variants.json", "", 200).body, &list)
		found := ""
		for _, name := range names {
			if _, has := list[0][name]; has {
				found += name + " "
			}
		}
		return found
	}
	all := []string{"price", "cost_price", "price2", "prices"}
	equal(t, "all", keys(all...), "price cost_price price2 prices ")
	shop.Forbid(insalestest.SectionCostPrices)
	equal(t, "no cost prices", keys(all...), "price price2 prices ")
	shop.Forbid(insalestest.SectionExtraPrices)
	equal(t, "no extra prices", keys(all...), "price ")
	shop.Allow(insalestest.SectionCostPrices, insalestest.SectionExtraPrices)
	equal(t, "given back", keys(all...), "price cost_price price2 prices ")
}

func TestAccountSwitches(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{PaidTill: "2009-03-02"}})
	v := visit(t, shop)
	account := func() string {
		t.Helper()
		got := v.ask(t, "GET", "/admin/account.json", "", 200).object(t)
		return fmt.Sprint(got["blocked"], " ", got["paid_till"])
	}
	equal(t, "account", account(), "false 2009-03-02")
	shop.Reconfigure(func(c *insalestest.Switches) {
		c.Blocked, c.PaidTill = true, "2030-01-01"
	})
	equal(t, "account", account(), "true 2030-01-01")
	equal(t, "the title is no switch", v.ask(t, "GET", "/admin/account.json", "", 200).object(t)["title"],
		any(insalestest.DefaultTitle))
}

// TestDocumentedErrors has the forms of errors that the vendor's pages of 2026
// describe.
func TestDocumentedErrors(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Limit: 4})
	v := visit(t, shop)
	r, err := v.try(t.Context(), "POST", "/admin/orders.json", "")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "without a content type", fmt.Sprint(r.status, string(r.body)),
		`422{"message":"incorrect Content-Type, should be application/json"}`)
	v.password = "wrong"
	v.ask(t, "GET", "/admin/account.json", "", 401)
	equal(t, "a wrong password counts", shop.Usage(v.keyID), 2)
	v.password = insalestest.DefaultPassword
	r = v.ask(t, "GET", "/admin/products/1.json", "", 404)
	equal(t, "a page", r.header.Get("Content-Type"), "text/html; charset=utf-8")
	if json.Valid(r.body) {
		t.Errorf("%s", r.body)
	}
	v.ask(t, "GET", "/admin/account.json", "", 200)
	r = v.ask(t, "GET", "/admin/account.json", "", 429)
	equal(t, "over the limit", string(r.body), "")
}

// TestBadBodies: every write refuses what is no object of JSON.
func TestBadBodies(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	client := v.made(t, "/admin/clients.json", `{"name":"Тест"}`)
	hook := v.register(t, "orders/update", "")
	shop.AddCollection(insalestest.Collection{ID: 77, Title: "Акции"})
	image := text(v.post(t, "/admin/products/300000001/images.json", `{"src":"https://a.test/b.png"}`)["id"])
	collect := text(v.post(t, "/admin/collects.json", `{"product_id":300000001,"collection_id":77}`)["id"])
	for resource, id := range map[string]string{
		"orders": "70000001", "clients": client, "delivery_variants": "7000001", "payment_gateways": "5000001",
		"custom_statuses": "novyy", "fields": "12500001", "webhooks": hook, "products": "300000001",
		"products/300000001/variants": "500000001", "products/300000001/images": image, "collections": "77",
		"collects": collect,
	} {
		for _, body := range []string{"{", "5", "null",
			`{"order":1,"client":1,"delivery_variant":1,"payment_gateway":1,"custom_status":1,"field":1,"webhook":1,
			"product":1,"variant":1,"image":1,"collection":1,"collect":1}`} {
			v.ask(t, "POST", "/admin/"+resource+".json", body, 400)
			v.ask(t, "PUT", "/admin/"+resource+"/"+id+".json", body, 400)
		}
		v.ask(t, "POST", "/admin/"+resource+".json", "[]", 400)
		v.ask(t, "PUT", "/admin/"+resource+"/"+id+".json", "[]", 200)
		v.ask(t, "POST", "/admin/"+resource+".json", "{}", 422)
	}
	v.ask(t, "PUT", "/admin/delivery_variants/7000002.json", `{"title":null}`, 422)
	v.ask(t, "PUT", "/admin/payment_gateways/5000001.json", `{"margin":"-1"}`, 422)
	v.ask(t, "PUT", "/admin/custom_statuses/novyy.json", `{"title":""}`, 422)
	got := v.ask(t, "PUT", "/admin/delivery_variants/7000002.json", `{"description":null,"charge_up_to":null}`,
		200).object(t)
	equal(t, "cleared", fmt.Sprint(got["description"], got["charge_up_to"]), "<nil> <nil>")
}

// TestOddValues: whatever stands where, the shop answers, and lists what it has
// afterwards.
func TestOddValues(t *testing.T) {
	shop := insalestest.New(
		insalestest.Config{Limit: 100_000, Switches: insalestest.Switches{
			EnforceFields: true, RefuseEmoji: true, RoundPrices: true}})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	client := v.made(t, "/admin/clients.json", `{"name":"Тест"}`)
	hook := v.register(t, "orders/update", "")
	shop.AddCollection(insalestest.Collection{ID: 77, Title: "Акции"})
	image := text(v.post(t, "/admin/products/300000002/images.json", `{"src":"https://a.test/b.png"}`)["id"])
	collect := text(v.post(t, "/admin/collects.json", `{"product_id":300000001,"collection_id":77}`)["id"])
	values := []string{
		"null", "true", "-1", "0", "1", "1e400", "99999999999999999999999", `""`, `"x"`, `"1"`, "{}", "[]", "[1]",
		"[[]]", "[null]",
		"[{}]", `[{"id":1}]`, `[{"_destroy":1}]`, `{"id":null}`, `[{"value":{}}]`,
		`[{"quantity":"0.0000001","variant_id":500000003}]`,
		`[{"discount":0.001}]`, `[{"discount":1,"discount_order_lines_ids":[{}]}]`,
		`[{"discount":1,"discount_order_lines_ids":"x"}]`,
	}
	for resource, r := range map[string]struct {
		id    string
		names []string
	}{
		"orders": {"70000001", []string{
			"order_lines_attributes", "client", "shipping_address_attributes", "shipping_address",
			"fields_values_attributes", "discounts_attributes",
			"delivery_variant_id", "payment_gateway_id", "delivery_price", "custom_status_permalink",
			"fulfillment_status", "financial_status",
			"delivery_date", "delivery_from_hour", "comment", "client_transaction",
		}},
		"clients": {client,
			[]string{"name", "phone", "type", "registered", "consent_to_personal_data", "fields_values_attributes",
				"inn"}},
		"delivery_variants": {"7000002",
			[]string{"title", "type", "price", "charge_up_to", "position", "payment_delivery_variants_attributes",
				"add_payment_gateways", "rules_attributes"}},
		"payment_gateways": {"5000001",
			[]string{"title", "type", "margin", "position", "payment_delivery_variants_attributes"}},
		"custom_statuses": {"novyy", []string{"title", "system_status", "is_default", "position", "color"}},
		"fields": {"12500001",
			[]string{"office_title", "type", "destiny", "handle", "obligatory", "active", "position", "field_options"}},
		"webhooks": {hook, []string{"address", "topic", "format_type", "warehouse_id", "batch_size"}},
		"products": {"300000001", []string{
			"title", "category_id", "is_hidden", "permalink", "variants_attributes", "options", "properties_attributes",
			"product_characteristics_attributes", "product_bundle_components_attributes", "bundle",
		}},
		"products/300000002/variants": {"500000004", []string{
			"sku", "price", "old_price", "quantity", "quantity_at_warehouse0", "quantity_at_warehouse1", "weight",
			"price2", "options", "image_id",
		}},
		"products/300000002/images": {image, []string{"src", "filename", "attachment", "position", "title"}},
		"collections":               {"77", []string{"title", "parent_id", "position", "is_hidden", "permalink"}},
		"collects":                  {collect, []string{"product_id", "collection_id", "position"}},
	} {
		for _, name := range r.names {
			for _, value := range values {
				body := fmt.Sprintf(`{%q:%s}`, name, value)
				for _, a := range [][2]string{{"POST", "/admin/" + resource + ".json"},
					{"PUT", "/admin/" + resource + "/" + r.id + ".json"}} {
					got, err := v.try(t.Context(), a[0], a[1], body)
					if err != nil || got.status >= 500 {
						t.Fatalf("%s %s %s: %d %v", a[0], a[1], body, got.status, err)
					}
				}
			}
		}
		v.ask(t, "GET", "/admin/"+resource+".json", "", 200)
	}
	if got := v.ask(t, "GET", "/admin/products.json?with_deleted=1&per_page=250", "", 200); !json.Valid(got.body) {
		t.Errorf("%s", got.body)
	}
}
