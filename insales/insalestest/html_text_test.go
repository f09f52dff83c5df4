package insalestest_test

import (
	"testing"

	"ineed-insales/insales/insalestest"
)

// A shop that encodes texts does so in whatever it answers, and keeps them as they were
// typed.
func TestEncodeHTML(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	shop.AddStatus(insalestest.Status{Permalink: "d", Title: "D'Artagnan & <K>", System: "accepted"})
	title := func() any { return v.ask(t, "GET", "/admin/custom_statuses/d.json", "", 200).object(t)["title"] }
	equal(t, "as it is", title(), any("D'Artagnan & <K>"))
	shop.Reconfigure(func(c *insalestest.Switches) { c.EncodeHTML = true })
	equal(t, "encoded", title(), any("D&#39;Artagnan &amp; &lt;K&gt;"))
	equal(t, "once", title(), any("D&#39;Artagnan &amp; &lt;K&gt;"))
}

// A PickUp variant of a carrier shows its sources, and an order with it a point.
func TestPickUpPoints(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	for _, points := range []bool{false, true} {
		shop.AddDelivery(insalestest.Delivery{ID: 7000001, Title: "Пункты", Type: insalestest.DeliveryPickUp,
			Points: points})
		d := v.ask(t, "GET", "/admin/delivery_variants/7000001.json", "", 200).object(t)
		equal(t, "sources", d["pick_up_sources"] != nil, points)
		o := v.ask(t, "POST", "/admin/orders.json", `{"order":{"client":{"name":"Тест"},"delivery_variant_id":7000001,
			"order_lines_attributes":[{"variant_id":500000001,"quantity":1}]}}`, 201).object(t)
		outlet := o["delivery_info"].(map[string]any)["outlet"].(map[string]any)
		equal(t, "outlet", outlet["id"] != nil, points)
	}
}
