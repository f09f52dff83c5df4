package insalestest_test

import (
	"fmt"
	"strings"
	"testing"

	"ineed-insales/insales/insalestest"
)

// TestDiscountOfTheSample repeats the sums of a real webhook of 2017: 10 % off a
// price of 12600 with a margin of 10 %, and a delivery for 115.
func TestDiscountOfTheSample(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddGateway(insalestest.Gateway{ID: 5000001, Title: "Наличными", Type: insalestest.GatewayCod, Margin: "10.0"})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json",
		`{"order":{"client":{"name":"Тест"},"payment_gateway_id":5000001,"delivery_variant_id":7000002,
		"delivery_price":115,"order_lines_attributes":[{"variant_id":500000004,"quantity":1,"sale_price":12600}]}}`,
		201)
	got := v.ask(t, "PUT", "/admin/orders/70000001.json",
		`{"order":{"discounts_attributes":[{"discount":10,"description":"1"}]}}`, 200)
	l := v.lines(t, got.body)[0]
	equal(t, "line", fmt.Sprint(l.Price, " ", l.FullPrice, " ", l.Total, " ", l.FullTotal, " ", l.Off),
		"12600.0 12474.0 12600.0 12474.0 1260.0")
	o := got.object(t)
	equal(t, "order",
		fmt.Sprint(o["items_price"], " ", o["delivery_price"], " ", o["full_delivery_price"], " ", o["total_price"],
			" ", o["margin"]),
		"12474.0 115.0 126.5 12600.5 10.0")
	d := o["discount"].(map[string]any)
	equal(t, "discount",
		fmt.Sprint(d["type_id"], " ", d["percent"], " ", d["discount"], " ", d["amount"], " ", d["full_amount"], " ",
			d["description"]),
		"1 10.0 10.0 1260.0 1386.0 1")
	equal(t, "is the first", fmt.Sprint(o["discounts"].([]any)[0]), fmt.Sprint(d))
	change := o["order_changes"].([]any)[0].(map[string]any)
	equal(t, "change", fmt.Sprint(change["action"], change["value_is"].(map[string]any)["discount"]),
		"discount_created10.0")
	equal(t, "seen by a test", shop.Orders()[0].Total, "12600.50")
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

// TestPartialDiscount takes something off one line, as the vendor's page has it.
func TestPartialDiscount(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	body := v.ask(t, "POST", "/admin/orders.json", smallOrder, 201).body // 2 × 990 and 1000
	lines := v.lines(t, body)
	put := func(attributes string, status int) reply {
		t.Helper()
		return v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"discounts_attributes":[`+attributes+`]}}`,
			status)
	}
	got := put(
		fmt.Sprintf(`{"discount":10,"description":"10%% only for first order line","discount_order_lines_ids":[%d]}`,
			lines[0].ID), 200)
	equal(t, "off", fmt.Sprint(v.lines(t, got.body)[0].Off, v.lines(t, got.body)[1].Off), "198.00.0")
	equal(t, "total", string(part(t, got.body, "total_price")), "2782.0")
	equal(t, "lines", string(part(t, got.body, "discount", "discount_order_lines_ids")),
		fmt.Sprintf("[%d]", lines[0].ID))
	equal(t, "products", string(part(t, got.body, "discount", "discount_products_ids")), "[300000001]")
	first := string(part(t, got.body, "discount", "id"))

	got = put(`{"discount":100,"type_id":2}`, 200) // shared out by price: 66.44 and 33.56
	equal(t, "off", fmt.Sprint(v.lines(t, got.body)[0].Off, v.lines(t, got.body)[1].Off), "264.4433.56")
	equal(t, "total", string(part(t, got.body, "total_price")), "2682.0")
	equal(t, "of the whole order", string(part(t, got.body, "discounts", 1, "discount_order_lines_ids")), "[]")
	equal(t, "no percentage", string(part(t, got.body, "discounts", 1, "percent")), "null")

	got = put(`{"id":`+first+`,"discount":50}`, 200)
	equal(t, "changed", string(part(t, got.body, "total_price")), "1890.0")
	got = put(`{"id":`+first+`,"_destroy":1}`, 200)
	equal(t, "taken back", string(part(t, got.body, "total_price")), "2880.0")
	got = put(`{"discount":100}`, 200)
	equal(t, "never below nothing", string(part(t, got.body, "total_price")), "0.0")

	for _, bad := range []string{
		`{"discount":101}`, `{"discount":0}`, `{"description":"x"}`, `{"discount":5,"type_id":3}`,
		`{"id":1,"discount":5}`,
		`{"discount":5,"discount_order_lines_ids":[1]}`,
	} {
		put(bad, 422)
	}
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestDiscountOnCreate(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	with := func(discount string) string {
		return strings.Replace(smallOrder, `"comment"`, `"discounts_attributes":[`+discount+`],"comment"`, 1)
	}
	got := v.ask(t, "POST", "/admin/orders.json", with(`{"discount":10}`), 201).body
	equal(t, "total", string(part(t, got, "total_price")), "2682.0")
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
	got = v.ask(t, "POST", "/admin/orders.json", with(`{"discount":10,"discount_order_lines_ids":[1]}`), 201).body
	equal(t, "off all lines", string(part(t, got, "total_price")), "2682.0")
	equal(t, "unknown", shop.UnknownFields(), []string{"order.discounts_attributes.discount_order_lines_ids on create"})
}
