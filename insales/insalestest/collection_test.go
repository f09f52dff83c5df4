package insalestest_test

import (
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

func TestCollections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{NoSeed: true})
		v := visit(t, shop)
		root := v.post(t, "/admin/collections.json", `{"collection":{"title":"Каталог"}}`)
		equal(t, "root",
			fmt.Sprint(root["parent_id"], root["permalink"], root["url"], root["is_hidden"], root["position"]),
			"<nil>katalog/collection/katalogfalse1")
		time.Sleep(time.Second)
		child := v.post(t, "/admin/collections.json",
			fmt.Sprintf(`{"collection":{"title":"Одежда","parent_id":%v,"description":"<p>Всё</p>"}}`, root["id"]))
		other := v.post(t, "/admin/collections.json",
			fmt.Sprintf(`{"collection":{"title":"Обувь","parent_id":%v,"is_hidden":true}}`, root["id"]))
		equal(t, "places", fmt.Sprint(child["position"], other["position"]), "12")
		second := time.Now()
		id := func(o map[string]any) string { return "/admin/collections/" + text(o["id"]) + ".json" }

		for body, want := range map[string]int{
			`{"collection":{"title":""}}`: 422, `{"collection":{"parent_id":999}}`: 422,
			fmt.Sprintf(`{"collection":{"parent_id":%v}}`, child["id"]): 422,
			fmt.Sprintf(`{"collection":{"parent_id":%v}}`, root["id"]):  422, `{"collection":{"parent_id":null}}`: 200,
		} {
			v.ask(t, "PUT", id(root), body, want)
		}
		v.ask(t, "POST", "/admin/collections.json", `{"collection":{}}`, 422)
		time.Sleep(time.Second)
		got := v.ask(t, "PUT", id(other), fmt.Sprintf(`{"collection":{"parent_id":%v,"title":"Сапоги"}}`, child["id"]),
			200).object(t)
		equal(t, "moved", fmt.Sprint(got["parent_id"], got["position"], got["title"]),
			fmt.Sprint(child["id"])+"1Сапоги")

		changed := func(at time.Time, more string) int {
			t.Helper()
			q := "/admin/collections.json?updated_since=" + url.QueryEscape(at.Format(time.RFC3339)) + more
			return len(v.ask(t, "GET", q, "", 200).ids(t))
		}
		equal(t, "changed", changed(second, ""), 3)
		equal(t, "from_id does nothing", changed(second, "&from_id=99999999999"), 3)
		equal(t, "changed last", changed(second.Add(time.Second), ""), 1)
		equal(t, "a page", changed(second, "&per_page=2&page=2"), 1)
		v.ask(t, "GET", "/admin/collections.json?updated_since=x", "", 422)

		v.ask(t, "DELETE", id(child), "", 200)
		v.ask(t, "DELETE", id(child), "", 404)
		v.ask(t, "PUT", id(child), `{}`, 404)
		v.ask(t, "GET", id(child), "", 404)
		equal(t, "an orphan", v.ask(t, "GET", id(other), "", 200).object(t)["parent_id"], nil)
		list := shop.Collections()
		equal(t, "left", len(list), 2)
		equal(t, "the shop's own", list[1].Title, "Сапоги")
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}

func TestCollects(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	must(t, shop.EditProduct(300000001, func(p *insalestest.Product) { p.CollectionIDs = nil }))
	v := visit(t, shop)
	for _, c := range []insalestest.Collection{{ID: 1, Title: "Всё"}, {ID: 2, ParentID: 1, Title: "Одежда"},
		{ID: 3, ParentID: 2, Title: "Верх"}, {ID: 4, Title: "Акции"}} {
		shop.AddCollection(c)
	}
	c := v.post(t, "/admin/collects.json", `{"collect":{"product_id":300000001,"collection_id":3,"position":5}}`)
	equal(t, "collect", fmt.Sprint(c["product_id"], c["collection_id"], c["position"]), "30000000135")
	shown := func() string {
		t.Helper()
		p, _ := shop.Product(300000001)
		equal(t, "the same", fmt.Sprint(each(v.show(t, 300000001)["collections_ids"], "")), fmt.Sprint(p.CollectionIDs))
		return fmt.Sprint(p.CollectionIDs)
	}
	equal(t, "those above too", shown(), "[3 2 1]")
	v.post(t, "/admin/collects.json", `{"collect":{"product_id":300000001,"collection_id":4}}`)
	equal(t, "two", shown(), "[3 2 1 4]")
	equal(t, "of the product", len(v.ask(t, "GET", "/admin/collects.json?product_id=300000001", "", 200).ids(t)), 2)
	equal(t, "of the collection", len(v.ask(t, "GET", "/admin/collects.json?collection_id=4", "", 200).ids(t)), 1)
	equal(t, "not of the one above", len(v.ask(t, "GET", "/admin/collects.json?collection_id=1", "", 200).ids(t)), 0)
	equal(t, "all", len(v.ask(t, "GET", "/admin/collects.json?per_page=250", "", 200).ids(t)), 3) // one is the seed's
	v.ask(t, "GET", "/admin/collects.json?product_id=5", "", 404)
	equal(t, "but its products", v.ask(t, "GET", "/admin/products.json?collection_id=1", "", 200).ids(t),
		[]int64{300000001})
	v.ask(t, "POST", "/admin/collects.json", `{"collect":{"product_id":300000001,"collection_id":4}}`, 409)
	v.ask(t, "POST", "/admin/collects.json", `{"collect":{"product_id":1,"collection_id":99}}`, 422)
	path := fmt.Sprintf("/admin/collects/%v.json", c["id"])
	equal(t, "moved", text(v.ask(t, "PUT", path, `{"collect":{"position":7}}`, 200).object(t)["position"]), "7")
	equal(t, "one", text(v.ask(t, "GET", path, "", 200).object(t)["position"]), "7")
	v.ask(t, "DELETE", path, "", 200)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		v.ask(t, method, path, map[string]string{"PUT": "{}"}[method], 404)
	}
	equal(t, "out of it", shown(), "[4]")
	shop.RemoveCollection(4)
	equal(t, "the collection is gone", shown(), "[]")
	equal(t, "and its places", len(v.ask(t, "GET", "/admin/collects.json?product_id=300000001", "", 200).ids(t)), 0)
	v.ask(t, "GET", fmt.Sprintf("/admin/collects/%d.json", 300000001*1_000_000+4), "", 404)
	shop.AddCategory(900, 32380146, "Учёт")
	equal(t, "categories", v.ask(t, "GET", "/admin/categories.json", "", 200).ids(t), []int64{32380146, 900})
	v.ask(t, "PUT", "/admin/products/300000001.json", `{"product":{"category_id":900}}`, 200)
	equal(t, "category", v.ask(t, "GET", "/admin/products.json?category_id=900", "", 200).ids(t), []int64{300000001})
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

// TestCollectionCircle: what tests and imports may make of a tree is shown
// without an end.
func TestCollectionCircle(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	shop.AddCollection(insalestest.Collection{ID: 1, ParentID: 2, Title: "Первая"})
	shop.AddCollection(insalestest.Collection{ID: 2, ParentID: 1, Title: "Вторая"})
	_ = shop.EditProduct(300000001, func(p *insalestest.Product) { p.CollectionIDs = []int64{1} })
	equal(t, "shown", fmt.Sprint(v.show(t, 300000001)["collections_ids"]), "[1 2]")
	v.ask(t, "POST", "/admin/collections.json", `{"collection":{"title":"x","parent_id":1}}`, 422)
}

func TestSmallDictionaries(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	for path, n := range map[string]int{
		"price_kinds": 2, "stock_currencies": 1, "warehouses": 1, "product_fields": 0, "variant_fields": 0,
		"categories": 1,
	} {
		equal(t, path, len(v.ask(t, "GET", "/admin/"+path+".json", "", 200).ids(t)), n)
	}
	var kinds []map[string]any
	decode(t, v.ask(t, "GET", "/admin/price_kinds.json", "", 200).body, &kinds)
	equal(t, "price kinds", fmt.Sprint(kinds[0]["variant_price_method_name"], kinds[1]["variant_price_method_name"]),
		"price2price3")
	shop.Forbid(insalestest.SectionExtraPrices)
	equal(t, "without the right", len(v.ask(t, "GET", "/admin/price_kinds.json", "", 200).ids(t)), 0)
}
