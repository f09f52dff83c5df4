package insalestest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

const smallOrder = `{"order":{
	"order_lines_attributes":[{"variant_id":500000001,"quantity":2},{"variant_id":500000004,"quantity":1}],
	"client":{"name":"Тест","phone":"+7 (900) 000-00-02"},
	"shipping_address_attributes":{"name":"Тест","phone":"+7(900)000-00-02","full_locality_name":"г Москва"},
	"delivery_variant_id":7000001,"payment_gateway_id":5000001,
	"fields_values_attributes":[{"handle":"external_number","value":"ext-000123"}],
	"comment":"Позвоните за час","manager_comment":"[ineed:A-1:MAC]"}}`

// kind names the JSON type of a value.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "fraction"
		}
		return "integer"
	default:
		return fmt.Sprintf("%T", v)
	}
}

// differences compares names and types of two documents; arrays by their first
// element.
func differences(t *testing.T, sample, got []byte) []string {
	t.Helper()
	var s, g any
	decode(t, sample, &s)
	decode(t, got, &g)
	return compare("", s, g)
}

func compare(at string, sample, got any) []string {
	if kind(sample) != kind(got) {
		return []string{fmt.Sprintf("%s: %s, sample has %s", at, kind(got), kind(sample))}
	}
	var found []string
	switch s := sample.(type) {
	case map[string]any:
		g := got.(map[string]any)
		for name := range s {
			if _, has := g[name]; !has {
				found = append(found, at+"."+name+": missing")
				continue
			}
			found = append(found, compare(at+"."+name, s[name], g[name])...)
		}
		for name := range g {
			if _, has := s[name]; !has {
				found = append(found, at+"."+name+": not in the sample")
			}
		}
	case []any:
		if g := got.([]any); len(s) > 0 && len(g) > 0 {
			found = compare(at+"[0]", s[0], g[0])
		}
	}
	slices.Sort(found)
	return found
}

// TestOrderLooksLikeTheSample allows only the nulls that the collected real
// payloads also have.
func TestOrderLooksLikeTheSample(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	body := strings.Replace(smallOrder, `"client":{`, `"client":{"consent_to_personal_data":true,`, 1)
	body = strings.Replace(body, `"manager_comment":"[ineed:A-1:MAC]"`, `"manager_comment":null`, 1)
	got := v.ask(t, "POST", "/admin/orders.json", body, 201)
	nullable := []string{
		"current_location", "kladr_code", "region_zip", "state_type", "city_type", "latitude", "longitude", "state",
		"city", "kladr_zip", "zip",
	}
	for _, d := range differences(t, fixture(t, "order_saved.json"), got.body) {
		name, isNull := strings.CutSuffix(d, ": null, sample has string")
		if isNull && slices.ContainsFunc(nullable, func(n string) bool { return strings.HasSuffix(name, n) }) {
			continue
		}
		t.Error(d)
	}
}

func TestCreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		time.Sleep(1234 * time.Millisecond)
		got := v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).object(t)
		equal(t, "id", got["id"], any(json.Number("70000001")))
		equal(t, "number", got["number"], any(json.Number("2001")))
		equal(t, "total", got["total_price"], any(json.Number("2980.0")))
		equal(t, "created_at", got["created_at"], any("2000-01-01T03:00:01.000+03:00"))
		change := got["order_changes"].([]any)[0].(map[string]any)
		equal(t, "change", change["created_at"], any("2000-01-01T03:00:01.234+03:00"))
		equal(t, "currency", got["currency_code"], any("RUR"))
		equal(t, "phone", got["client"].(map[string]any)["phone"], any("+79000000002"))
		equal(t, "raw phone", got["shipping_address"].(map[string]any)["phone"], any("+7(900)000-00-02"))

		o, found := shop.Order(70000001)
		if !found {
			t.Fatal("order not in the shop")
		}
		equal(t, "view", fmt.Sprint(o.Total, o.Lines, o.Phone, o.ManagerComment, o.Fields),
			"2980.00[{"+fmt.Sprint(o.Lines[0].ID)+" 500000001 2 990.00 } {"+fmt.Sprint(o.Lines[1].ID)+
				" 500000004 1 1000.00 }]+79000000002[ineed:A-1:MAC]map[external_number:ext-000123]")
		second := v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).object(t)
		equal(t, "next id", second["id"], any(json.Number("70000002")))
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}

// TestCreateByTheVendorsOwnRequest sends what InSales' own test-suite sends.
func TestCreateByTheVendorsOwnRequest(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddVariant(
		insalestest.Variant{ID: 1, ProductID: 2, Title: "Демо-товар", Price: decimal.RequireFromString("10.5")})
	visit(t, shop).ask(t, "POST", "/admin/orders.json", string(fixture(t, "order_create_request_min.json")), 201)
	equal(t, "total", shop.Orders()[0].Total, "21.00")
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestCreateRefuses(t *testing.T) {
	replace := func(old, with string) string { return strings.Replace(smallOrder, old, with, 1) }
	cases := []struct {
		name, body string
		status     int
		field      string
	}{
		{"unknown variant", replace("500000004", "42"), 422, "order_lines"},
		{"no lines", replace("order_lines_attributes", "lines"), 422, "order_lines"},
		{"no client", replace(`"client"`, `"buyer"`), 422, "client"},
		{"no name", replace(`"client":{"name":"Тест"`, `"client":{"name":""`), 422, "client.name"},
		{"unknown delivery", replace("7000001", "1"), 422, "delivery_variant_id"},
		{"unknown gateway", replace("5000001", "1"), 422, "payment_gateway_id"},
		{"no quantity", replace(`,"quantity":2`, ""), 422, "order_lines"},
		{"zero quantity", replace(`"quantity":2`, `"quantity":0`), 422, "order_lines"},
		{"negative price", replace(`"quantity":2`, `"quantity":2,"sale_price":-1`), 422, "order_lines"},
		{"unknown status", replace(`"comment"`, `"custom_status_permalink":"x","comment"`), 422, "fulfillment_status"},
		{"unknown financial status", replace(`"comment"`, `"financial_status":"x","comment"`), 422, "financial_status"},
		{"bad date", replace(`"comment"`, `"delivery_date":"24.12.2026","comment"`), 422, "delivery_date"},
		{"bad hour", replace(`"comment"`, `"delivery_from_hour":24,"comment"`), 422, "delivery_from_hour"},
		{"unknown checkout field", replace("external_number", "other"), 422, "fields_values"},
		{"too many", replace(`500000001,"quantity":2`, `500000006,"quantity":4`), 422, "order_lines"},
		{"not JSON", "{", 400, "error"},
		{"an array", "[]", 400, "error"},
		{"root of another type", `{"order":5}`, 400, "error"},
		{"trailing", smallOrder + "x", 400, "error"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := insalestest.New(insalestest.Config{})
			got := visit(t, shop).ask(t, "POST", "/admin/orders.json", c.body, c.status).object(t)
			if got[c.field] == nil {
				t.Errorf("answer %v, want a complaint about %s", got, c.field)
			}
			equal(t, "orders", len(shop.Orders()), 0)
		})
	}
}

func TestUnknownFieldsAreReportedAndIgnored(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", strings.NewReplacer(
		`"comment"`, `"foo":1,"comment"`, `"quantity":2`, `"quantity":2,"colour":"red"`,
	).Replace(smallOrder), 201)
	v.ask(t, "GET", "/admin/orders.json?created_since=1&from_id=3&per_page=300", "", 200)
	equal(t, "unknown", shop.UnknownFields(), []string{
		"?created_since", "?from_id without updated_since", "?per_page over 250",
		"order.foo", "order.order_lines_attributes.colour",
	})
}

func TestUnwrappedBody(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	body := strings.TrimSuffix(strings.TrimPrefix(smallOrder, `{"order":`), "}")
	visit(t, shop).ask(t, "POST", "/admin/orders.json", body, 201)
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestPrices(t *testing.T) {
	const body = `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[
		{"variant_id":500000005,"quantity":"0.35","sale_price":"2000.10"}],
		"delivery_variant_id":7000002,"payment_gateway_id":5000001,"delivery_price":150}}`
	cases := []struct {
		name                   string
		switches               insalestest.Switches
		margin                 string
		price, delivery, total string
	}{
		{"all sticks", insalestest.Switches{}, "", "2000.10", "150.00", "850.04"},
		{"the shop's own price", insalestest.Switches{IgnoreSalePrice: true}, "", "2400.00", "150.00", "990.00"},
		{"the shop's delivery", insalestest.Switches{IgnoreDeliveryPrice: true}, "", "2000.10", "300.00", "1000.04"},
		{"margin", insalestest.Switches{}, "10.0", "2200.11", "165.00", "935.04"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := insalestest.New(insalestest.Config{Switches: c.switches})
			shop.AddGateway(
				insalestest.Gateway{ID: 5000001, Title: "Наличными", Type: "PaymentGateway::Cod", Margin: c.margin})
			got := visit(t, shop).ask(t, "POST", "/admin/orders.json", body, 201).object(t)
			o := shop.Orders()[0]
			equal(t, "sums", o.Lines[0].SalePrice+" "+o.DeliveryPrice+" "+o.Total, c.price+" "+c.delivery+" "+c.total)
			equal(t, "quantity", got["order_lines"].([]any)[0].(map[string]any)["quantity"], any(json.Number("0.35")))
		})
	}
}

func TestStock(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{Overstock: insalestest.OverstockDrop}})
	v := visit(t, shop)
	body := strings.Replace(smallOrder, `500000001,"quantity":2`, `500000006,"quantity":2`, 1)
	v.ask(t, "POST", "/admin/orders.json", body, 201)
	v.ask(t, "POST", "/admin/orders.json", body, 201) // one is left
	equal(t, "lines", len(shop.Orders()[0].Lines), 2)
	equal(t, "lines without stock", len(shop.Orders()[1].Lines), 1)
}

func TestUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		shop.AddStatus(insalestest.Status{Permalink: "sobran-9fe101", Title: "Собран", System: "approved"})
		v := visit(t, shop)
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		time.Sleep(time.Minute)
		put := func(body string) map[string]any {
			t.Helper()
			return v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":`+body+`}`, 200).object(t)
		}
		got := put(`{"custom_status_permalink":"sobran-9fe101"}`)
		equal(t, "status", got["fulfillment_status"], any("approved"))
		equal(t, "custom status", got["custom_status"],
			any(map[string]any{"permalink": "sobran-9fe101", "title": "Собран"}))
		equal(t, "updated_at", got["updated_at"], any("2000-01-01T03:01:00.000+03:00"))
		equal(t, "accepted_at", got["accepted_at"], any("2000-01-01T03:01:00.000+03:00"))
		equal(t, "status of its own",
			put(`{"fulfillment_status":"delivered"}`)["custom_status"].(map[string]any)["permalink"], any("dostavlen"))
		equal(t, "pair",
			put(`{"custom_status_permalink":"v-obrabotke","fulfillment_status":"accepted"}`)["fulfillment_status"],
			any("accepted"))
		equal(t, "paid", put(`{"financial_status":"paid"}`)["paid_at"], any("2000-01-01T03:01:00.000+03:00"))
		got = put(`{"comment":null,"manager_comment":"x"}`)
		equal(t, "comments", fmt.Sprint(got["comment"], got["manager_comment"]), "<nil>x")
		equal(t, "newest change", got["order_changes"].([]any)[0].(map[string]any)["action"],
			any("financial_status_changed"))

		line := shop.Orders()[0].Lines[0].ID
		got = put(fmt.Sprintf(`{"order_lines_attributes":[{"id":%d,"quantity":5}]}`, line))
		equal(t, "total", got["total_price"], any(json.Number("5950.0")))
		got = put(fmt.Sprintf(`{"order_lines_attributes":[{"id":%d,"_destroy":1}]}`, line))
		equal(t, "total", got["total_price"], any(json.Number("1000.0")))

		v.ask(t, "PUT", "/admin/orders/70000001.json",
			`{"order":{"manager_comment":"y","custom_status_permalink":"x"}}`, 422)
		equal(t, "a refused update changes nothing", shop.Orders()[0].ManagerComment, "x")
		v.ask(t, "PUT", "/admin/orders/1.json", `{"order":{}}`, 404)
	})
}

func TestDelete(t *testing.T) {
	for _, hard := range []bool{false, true} {
		shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{DeleteHard: hard}})
		v := visit(t, shop)
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		got := v.ask(t, "DELETE", "/admin/orders/70000001.json", "", 200)
		equal(t, "answer", string(got.body), `{"status":"ok"}`)
		if hard {
			v.ask(t, "GET", "/admin/orders/70000001.json", "", 404)
			continue
		}
		equal(t, "archived", v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)["archived"], any(true))
	}
}

func TestScenario(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o, err := shop.PlaceOrder(insalestest.Placement{
		Phone: "+7 900 000-00-02", DeliveryID: 7000002, GatewayID: 5000002, ManagerComment: "[ineed:A-1:MAC]",
		Lines: []insalestest.PlacedLine{{VariantID: 500000003, Quantity: "3"}},
	})
	must(err)
	equal(t, "total", o.Total, "449.70")
	c, err := shop.Copy(o.ID)
	must(err)
	equal(t, "copy", fmt.Sprint(c.ID, c.Total, c.ManagerComment, c.Phone),
		fmt.Sprint(o.ID+1, o.Total, o.ManagerComment, o.Phone))
	must(shop.SetStatus(o.ID, "otmenen"))
	must(shop.SetPaid(o.ID))
	must(shop.Edit(o.ID, "позвонил"))
	must(shop.Trash(o.ID))
	must(shop.HardDelete(c.ID))
	list := shop.Orders()
	equal(t, "orders", len(list), 1)
	equal(t, "order", fmt.Sprint(list[0].Fulfillment, list[0].Financial, list[0].ManagerComment, list[0].Archived),
		"declinedpaidпозвонилtrue")
	for _, err := range []error{shop.SetStatus(o.ID, "x"), shop.Touch(c.ID),
		shop.Quietly(c.ID, func() error { return nil })} {
		if err == nil {
			t.Error("no error")
		}
	}
	if _, err := shop.PlaceOrder(insalestest.Placement{}); err == nil {
		t.Error("an order without lines was placed")
	}
}

func TestDropMarker(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	shop.Reconfigure(func(c *insalestest.Switches) { c.DropMarker = true })
	got := v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).object(t)
	equal(t, "marker", got["manager_comment"], any(nil))
	shop.Reconfigure(func(c *insalestest.Switches) { c.DropMarker = false })
	got = v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).object(t)
	equal(t, "marker", got["manager_comment"], any("[ineed:A-1:MAC]"))
}

func TestMangle(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	if err := shop.Mangle(70000001, func(o map[string]any) {
		o["client"], o["id"] = "", "70000001"
		o["order_lines"].([]any)[0].(map[string]any)["sku"] = 5
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)
		equal(t, "mangled", fmt.Sprint(got["client"], got["id"]), "70000001")
	}
	if err := shop.Mangle(70000001, nil); err != nil {
		t.Fatal(err)
	}
	got := v.ask(t, "GET", "/admin/orders/70000001.json", "", 200).object(t)
	equal(t, "whole again", got["id"], any(json.Number("70000001")))
}

func TestAnotherAccount(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
	shop.SetAccountID(42)
	for _, path := range []string{"/admin/account.json", "/admin/orders/70000001.json"} {
		got := v.ask(t, "GET", path, "", 200).object(t)
		id := got["account_id"]
		if id == nil {
			id = got["id"]
		}
		equal(t, path, id, any(json.Number("42")))
	}
}

func TestManyDecimals(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddVariant(insalestest.Variant{ID: 1, ProductID: 2, Title: "Дробь", Price: decimal.RequireFromString("0.1")})
	o, err := shop.PlaceOrder(insalestest.Placement{Lines: []insalestest.PlacedLine{{VariantID: 1, Quantity: "3"}}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "total", o.Total, "0.30")
}
