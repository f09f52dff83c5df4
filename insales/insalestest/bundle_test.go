package insalestest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

// withBundles adds a set of a mug and two stickers to the seed, at a price that
// does not divide evenly.
func withBundles(c insalestest.Config, price string) *insalestest.Shop {
	shop := insalestest.New(c)
	shop.AddVariant(insalestest.Variant{
		ID: 500000100, ProductID: 300000100, Title: "Набор", Price: decimal.RequireFromString(price),
		Bundle: []insalestest.Component{{VariantID: 500000006, Quantity: 1}, {VariantID: 500000003, Quantity: 2}},
	})
	return shop
}

type orderLine struct {
	ID        int64
	VariantID int64       `json:"variant_id"`
	BundleID  *int64      `json:"bundle_id"`
	Quantity  json.Number `json:"quantity"`
	Price     json.Number `json:"sale_price"`
	Total     json.Number `json:"total_price"`
	FullTotal json.Number `json:"full_total_price"`
	FullPrice json.Number `json:"full_sale_price"`
	Off       json.Number `json:"discounts_amount"`
}

func (v *visitor) lines(t *testing.T, body []byte) (list []orderLine) {
	t.Helper()
	decode(t, part(t, body, "order_lines"), &list)
	return list
}

func TestBundleIsSplit(t *testing.T) {
	for _, c := range []struct {
		price, quantity, more string
		round                 bool
		want                  string // variant×quantity at price
		total                 string
	}{
		{"549.8", "1", "", false, "6×1 at 450.0, 3×2 at 49.9", "549.8"},
		{"500", "1", "", false, "6×1 at 409.23, 3×1 at 45.38, 3×1 at 45.39", "500.0"},
		{"100", "3", "", false, "6×3 at 81.84, 3×6 at 9.08", "300.0"},
		{"1000", "1", `,"sale_price":333.33`, false, "6×1 at 272.82, 3×1 at 30.25, 3×1 at 30.26", "333.33"},
		{"500", "1", "", true, "6×1 at 409.0, 3×1 at 46.0, 3×1 at 45.0", "500.0"},
		{"0", "1", "", false, "6×1 at 0.0, 3×2 at 0.0", "0.0"},
	} {
		shop := withBundles(insalestest.Config{Switches: insalestest.Switches{RoundPrices: c.round}}, c.price)
		v := visit(t, shop)
		body := v.ask(t, "POST", "/admin/orders.json", `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[
			{"variant_id":500000100,"quantity":`+c.quantity+c.more+`}]}}`, 201).body
		got, sum := "", decimal.Zero
		for _, l := range v.lines(t, body) {
			if l.BundleID == nil || *l.BundleID != 300000100 {
				t.Errorf("bundle id %v", l.BundleID)
			}
			got += fmt.Sprintf(", %d×%s at %s", l.VariantID-500000000, l.Quantity, l.Price)
			price := decimal.RequireFromString(l.Price.String())
			quantity := decimal.RequireFromString(l.Quantity.String())
			equal(t, "price × quantity", price.Mul(quantity).StringFixed(2),
				decimal.RequireFromString(l.Total.String()).StringFixed(2))
			sum = sum.Add(price.Mul(quantity))
		}
		equal(t, "sum of the lines", sum.StringFixed(2), decimal.RequireFromString(c.total).StringFixed(2))
		equal(t, c.price+"×"+c.quantity, got[2:], c.want)
		equal(t, "total kept", string(part(t, body, "total_price")), c.total)
	}
}

func TestBundleBesideItsComponents(t *testing.T) {
	shop := withBundles(insalestest.Config{}, "549.8")
	v := visit(t, shop)
	body := v.ask(t, "POST", "/admin/orders.json", `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[
		{"variant_id":500000003,"quantity":1},{"product_id":300000100,"quantity":1}]}}`, 201).body
	lines := v.lines(t, body)
	equal(t, "one variant twice", fmt.Sprint(lines[0].VariantID, lines[2].VariantID), "500000003 500000003")
	equal(t, "no bundle", lines[0].BundleID, nil)
	product := v.ask(t, "GET", "/admin/products/300000100.json", "", 200).body
	equal(t, "bundle", string(part(t, product, "bundle")), "true")
	equal(t, "component", string(part(t, product, "product_bundle_components", 1)),
		`{"free":false,"id":5000001001,"product_id":300000003,"quantity":"2.0","variant_id":500000003}`)
}

func TestBundleStock(t *testing.T) {
	const order = `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[{"variant_id":500000004,` +
		`"quantity":1},{"variant_id":500000100,"quantity":4}]}}`
	for how, want := range map[insalestest.Overstock]int{
		insalestest.OverstockRefuse: 0, insalestest.OverstockDrop: 1, insalestest.OverstockLimit: 1,
		insalestest.OverstockSell: 4,
	} {
		shop := withBundles(insalestest.Config{Switches: insalestest.Switches{Overstock: how}}, "500")
		v := visit(t, shop)
		status := 201
		if want == 0 {
			status = 422
		}
		body := v.ask(t, "POST", "/admin/orders.json", order, status).body
		if want > 0 {
			equal(t, string(how), len(v.lines(t, body)), want)
		}
	}
	shop := withBundles(insalestest.Config{}, "500")
	shop.RemoveVariant(500000003)
	visit(t, shop).ask(t, "POST", "/admin/orders.json", order, 422)
}
