package insalestest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// TestAMerchantsDay drives a shop over HTTP alone: an app sets it up and
// listens, another one sells, a manager works on the order, and everything that
// happened reaches the app.
func TestAMerchantsDay(t *testing.T) {
	deliver(t, func(t *testing.T, shop *insalestest.Shop, c *insalestest.Courier, r *receiver) {
		v := visit(t, shop)
		shop.AddKey("other", "pw")
		sales := &visitor{v.Client, "other", "pw"}

		gateway := v.made(t, "/admin/payment_gateways.json",
			`{"payment_gateway":{"title":"СБП","type":"PaymentGateway::Custom","margin":1}}`)
		delivery := v.made(t, "/admin/delivery_variants.json",
			`{"delivery_variant":{"title":"Курьер","type":"DeliveryVariant::Fixed","price":250,
			"payment_delivery_variants_attributes":[{"payment_gateway_id":`+gateway+`}]}}`)
		v.ask(t, "POST", "/admin/custom_statuses.json",
			`{"custom_status":{"title":"В сборке","system_status":"accepted"}}`, 201)
		v.made(t, "/admin/fields.json",
			`{"field":{"type":"Field::TextField","office_title":"Номер в `+
				`чате","destiny":3,"handle":"chat_number","obligatory":true}}`)
		for _, topic := range []string{"orders/create", "orders/destroy"} {
			v.register(t, topic, "")
		}
		shop.Reconfigure(func(c *insalestest.Switches) { c.EnforceFields = true })

		client := sales.made(t, "/admin/clients.json",
			`{"client":{"name":"Анна","surname":"Ким","phone":"+7 900 000-00-02"}}`)
		order := func(fields string) string {
			return `{"order":{"client":{"id":` + client + `},"delivery_variant_id":` + delivery +
				`,"payment_gateway_id":` + gateway + `,
				"shipping_address_attributes":{"full_locality_name":"г Москва","address":"ул Тестовая, 1"},` + fields +
				`
				"order_lines_attributes":[{"variant_id":500000006,"quantity":2}]}}`
		}
		sales.ask(t, "POST", "/admin/orders.json", order(""), 422)
		id := sales.made(t, "/admin/orders.json",
			order(`"fields_values_attributes":[{"handle":"chat_number","value":"A-1"}],`))
		path := "/admin/orders/" + id + ".json"
		time.Sleep(time.Hour)
		sales.ask(t, "PUT", path, `{"order":{"custom_status_permalink":"v-sborke"}}`, 200)
		sales.ask(t, "PUT", path,
			`{"order":{"discounts_attributes":[{"discount":10}],"order_lines_attributes":[{"variant_id":500000003,`+
				`"quantity":1}]}}`, 200)
		sales.ask(t, "PUT", path,
			`{"order":{"financial_status":"paid","fulfillment_status":"delivered",`+
				`"custom_status_permalink":"dostavlen"}}`, 200)
		sales.ask(t, "DELETE", path, "", 200)
		synctest.Wait()

		got := ""
		for _, p := range c.Posts()[1:] {
			got += fmt.Sprintln(p.Hook.Topic, string(part(t, []byte(p.Body), "custom_status", "permalink")),
				string(part(t, []byte(p.Body), "financial_status")),
				string(part(t, []byte(p.Body), "total_price")), p.Status)
		}
		equal(t, "heard", strings.TrimSpace(got), strings.TrimSpace(`
orders/create "novyy" "pending" 1161.5 200
orders/update "novyy" "pending" 1161.5 200
orders/update "v-sborke" "pending" 1161.5 200
orders/update "v-sborke" "pending" 1115.96 200
orders/update "dostavlen" "paid" 1115.96 200
orders/destroy "dostavlen" "paid" 1115.96 200`))
		equal(t, "arrived", len(r.arrivals()), 7)
		equal(t, "stock",
			string(part(t, v.ask(t, "GET", "/admin/products/300000005/variants.json", "", 200).body, 0, "quantity")),
			"1")
		equal(t, "orders", string(v.ask(t, "GET", "/admin/orders/count.json?with_deleted=1", "", 200).body),
			`{"count":2}`)
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}
