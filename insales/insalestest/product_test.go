package insalestest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

// nullable are the nulls in which products of the samples differ from each other.
func nullable(found []string, names ...string) []string {
	return slices.DeleteFunc(found, func(d string) bool {
		return slices.ContainsFunc(names,
			func(n string) bool { return strings.HasSuffix(strings.SplitN(d, ":", 2)[0], "."+n) })
	})
}

func TestProductsLookLikeTheSamples(t *testing.T) {
	shop := insalestest.New(insalestest.Config{NoSeed: true})
	price := decimal.RequireFromString("200")
	shop.AddVariant(insalestest.Variant{ID: 1, ProductID: 1, Title: "TEST", Price: price})
	for i, title := range []string{"TEST, 46", "TEST, 50"} {
		shop.AddVariant(insalestest.Variant{ID: int64(10 + i), ProductID: 2, Title: title, Price: price})
	}
	stock := decimal.NewFromInt(4)
	shop.AddProduct(
		insalestest.Product{ID: 3, Title: "Футболка «Тест»",
			ShortDescription: "Тестовый товар", Description: "<p>Состав</p>", CollectionIDs: []int64{27837968}})
	for i, sku := range []string{"TEST-46-BLK", "TEST-46-WHT"} {
		shop.AddVariant(insalestest.Variant{
			ID: int64(20 + i), ProductID: 3, Title: "Футболка «Тест», 46",
			Price: price, SKU: sku, Barcode: "0000000000017", Weight: "0.25",
			OldPrice: "2490.0", CostPrice: "700.0", Prices: []string{"1400.0", ""}, Stock: &stock,
		})
	}
	v := visit(t, shop)
	list := v.ask(t, "GET", "/admin/products.json", "", 200).body // newest first
	for _, c := range []struct {
		sample []byte
		at     int
	}{
		{part(t, fixture(t, "product_without_variants_2023.json"), 0), 2},
		{part(t, fixture(t, "products_with_variants_2023.json"), 0), 1},
		{fixture(t, "product_rich_constructed.json"), 0},
	} {
		// dimensions, images and permalinks of options are not imitated; a weight was a number once.
		found := nullable(differences(t, c.sample, part(t, list, c.at)), "bundle", "dimensions", "image_id", "weight",
			"cost_price", "quantity_at_warehouse1001")
		for _, d := range found {
			t.Errorf("product %d: %s", c.at, d)
		}
	}
	got := v.ask(t, "GET", "/admin/products/3.json", "", 200).body
	equal(t, "alone as in the list", string(part(t, got)), string(part(t, list, 0)))
	equal(t, "variants", string(part(t, v.ask(t, "GET", "/admin/products/3/variants.json", "", 200).body)),
		string(part(t, list, 0, "variants")))
	equal(t, "permalink", string(part(t, got, "permalink")), `"futbolka-test"`)
	equal(t, "option", string(part(t, got, "variants", 0, "option_values", 0, "title")), `"46"`)
	equal(t, "title of the only variant", string(part(t, list, 2, "variants", 0, "title")), "null")
}

// TestSKULookup finds a variant by its article number, as a connector must:
// there is no search for it.
func TestSKULookup(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	bySKU := map[string]int64{}
	for page := 1; ; page++ {
		var list []struct {
			Variants []struct {
				ID  int64
				SKU *string
			}
		}
		decode(t, v.ask(t, "GET", fmt.Sprintf("/admin/products.json?per_page=10&page=%d", page), "", 200).body, &list)
		if len(list) == 0 {
			break
		}
		for _, p := range list {
			for _, variant := range p.Variants {
				if variant.SKU != nil {
					bySKU[*variant.SKU] = variant.ID
				}
			}
		}
	}
	equal(t, "found", fmt.Sprint(bySKU),
		"map[CF-1:500000005 MUG-1:500000006 TS-1-0:500000001 TS-1-1:500000002 TS-2-0:500000004]")
	equal(t, "count", string(v.ask(t, "GET", "/admin/products/count.json?per_page=10&page=1", "", 200).body),
		`{"count":5}`)
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestProductFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		start := time.Now()
		list := func(query string) []int64 {
			t.Helper()
			return v.ask(t, "GET", "/admin/products.json?"+query, "", 200).ids(t)
		}
		since := func(at time.Time) string { return "updated_since=" + url.QueryEscape(at.Format(time.RFC3339)) }
		equal(t, "newest first", list(""), []int64{300000005, 300000004, 300000003, 300000002, 300000001})
		equal(t, "all changed", len(list(since(start))), 5)
		time.Sleep(time.Second)
		v.ask(t, "POST", "/admin/orders.json", strings.Replace(smallOrder, "500000001", "500000006", 1), 201)
		equal(t, "what was ordered", list(since(start.Add(time.Second))), []int64{300000002, 300000005})
		equal(t, "left",
			string(part(t, v.ask(t, "GET", "/admin/products/300000005.json", "", 200).body, "variants", 0, "quantity")),
			"1")
		equal(t, "cursor", list(since(start)+"&from_id=300000003"), []int64{300000004, 300000002, 300000005})

		time.Sleep(time.Second)
		shop.AddProduct(insalestest.Product{ID: 300000002, Title: "Кепка", Archived: true})
		shop.AddProduct(
			insalestest.Product{ID: 300000003, Title: "Наклейка", Hidden: true, CategoryID: 5,
				CollectionIDs: []int64{7}})
		equal(t, "not the trash, but the hidden", list(since(start.Add(2*time.Second))), []int64{300000003})
		equal(t, "with the trash", list(since(start.Add(2*time.Second))+"&with_deleted=true"),
			[]int64{300000002, 300000003})
		equal(t, "only the trash", list("deleted=true"), []int64{300000002})
		v.ask(t, "GET", "/admin/products/300000002.json", "", 404)
		v.ask(t, "GET", "/admin/products/300000002/variants.json", "", 404)
		equal(t, "category", list("category_id=5"), []int64{300000003})
		equal(t, "collection", list("collection_id=7"), []int64{300000003})
		equal(t, "title", list("filter[title]=футб"), []int64{300000001})
		equal(t, "by ids",
			v.ask(t, "GET", "/admin/products/by_ids.json?product_ids=300000004,1,300000001", "", 200).ids(t),
			[]int64{300000004, 300000001})

		shop.RemoveVariant(500000005)
		equal(t, "nothing without variants", list("per_page=250&filter[title]=кофе"), []int64{})
		v.ask(t, "GET", "/admin/products/300000004.json", "", 404)
		v.ask(t, "GET", "/admin/products.json?updated_since=x", "", 422)
		v.ask(t, "GET", "/admin/products/count.json?updated_since=x", "", 422)
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}

func TestProductPages(t *testing.T) {
	shop := insalestest.New(insalestest.Config{NoSeed: true})
	for id := range int64(25) {
		shop.AddVariant(insalestest.Variant{ID: id + 1, ProductID: id + 1, Title: "Товар"})
	}
	v := visit(t, shop)
	for path, want := range map[string]int{
		"?per_page=1": 10, "?per_page=10&page=3": 5, "?per_page=20": 20, "?page=4&per_page=10": 0, "": 25,
	} {
		equal(t, path, len(v.ask(t, "GET", "/admin/products.json"+path, "", 200).ids(t)), want)
	}
	many := strings.Repeat("1,", 100) + "2"
	equal(t, "most by ids", len(v.ask(t, "GET", "/admin/products/by_ids.json?product_ids="+many, "", 200).ids(t)), 100)
	equal(t, "unknown", shop.UnknownFields(), []string{"?product_ids over 100"})
}

// TestOverstock has all ways in which a shop may treat an order for more than
// it has: three mugs.
func TestOverstock(t *testing.T) {
	const order = `{"order":{"client":{"name":"Тест"},"order_lines_attributes":[{"variant_id":500000003,` +
		`"quantity":1},{"variant_id":500000006,"quantity":5}]}}`
	for _, c := range []struct {
		how    insalestest.Overstock
		status int
		lines  string
		left   string
	}{
		{insalestest.OverstockRefuse, 422, "", "3"},
		{insalestest.OverstockDrop, 201, "500000003×1 ", "3"},
		{insalestest.OverstockLimit, 201, "500000003×1 500000006×3 ", "0"},
		{insalestest.OverstockSell, 201, "500000003×1 500000006×5 ", "-2"},
	} {
		shop := insalestest.New(insalestest.Config{})
		shop.Reconfigure(func(conf *insalestest.Switches) { conf.Overstock = c.how })
		v := visit(t, shop)
		v.ask(t, "POST", "/admin/orders.json", order, c.status)
		lines := ""
		for _, o := range shop.Orders() {
			for _, l := range o.Lines {
				lines += fmt.Sprintf("%d×%s ", l.VariantID, l.Quantity)
			}
		}
		equal(t, string(c.how), lines, c.lines)
		left := v.ask(t, "GET", "/admin/products/300000005/variants.json", "", 200).body
		equal(t, string(c.how)+": left", string(part(t, left, 0, "quantity")), c.left)
		equal(t, string(c.how)+": in the warehouse", string(part(t, left, 0, "quantity_at_warehouse0")),
			`"`+c.left+`.0"`)
		equal(t, string(c.how)+": available", string(part(t, left, 0, "available")), fmt.Sprint(c.left == "3"))
	}
}

// TestStockOfChangedOrders: what a line gives up can be ordered again.
func TestStockOfChangedOrders(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	v.ask(t, "POST", "/admin/orders.json", strings.Replace(smallOrder, "500000001", "500000006", 1), 201)
	left := func() string {
		t.Helper()
		return string(part(t, v.ask(t, "GET", "/admin/products/300000005/variants.json", "", 200).body, 0, "quantity"))
	}
	equal(t, "left", left(), "1")
	line := shop.Orders()[0].Lines[0].ID
	put := func(body string, want int) {
		t.Helper()
		v.ask(t, "PUT", "/admin/orders/70000001.json", `{"order":{"order_lines_attributes":[`+body+`]}}`, want)
	}
	put(fmt.Sprintf(`{"id":%d,"quantity":1}`, line), 200)
	equal(t, "left", left(), "2")
	put(`{"variant_id":500000006,"quantity":3}`, 422)
	put(`{"variant_id":500000006,"quantity":2}`, 200)
	equal(t, "left", left(), "0")
	put(fmt.Sprintf(`{"id":%d,"_destroy":true}`, line), 200)
	equal(t, "left", left(), "1")
	equal(t, "lines", json.Number(fmt.Sprint(len(shop.Orders()[0].Lines))), json.Number("2"))
}
