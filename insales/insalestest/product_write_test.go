package insalestest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// make posts something and returns what is answered.
func (v *visitor) post(t *testing.T, path, body string) map[string]any {
	t.Helper()
	return v.ask(t, "POST", path, body, 201).object(t)
}

// show is a product as the API shows it.
func (v *visitor) show(t *testing.T, id any) map[string]any {
	t.Helper()
	return v.ask(t, "GET", fmt.Sprintf("/admin/products/%v.json", id), "", 200).object(t)
}

// first is the first element of a list of an object.
func first(o map[string]any, list string) map[string]any {
	return o[list].([]any)[0].(map[string]any)
}

// TestProductIsMade follows the examples of the vendor's page.
func TestProductIsMade(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	p := v.post(t, "/admin/products.json",
		`{"product":{"title":"docs-api-простой","description":"<p>Короткое</p>","short_description":"Коротко",
		"variants_attributes":[{"price":1500,"sku":"DOCS-SIMPLE","barcode":"4600000000017","quantity":3}]}}`)
	equal(t, "permalink", text(p["permalink"]), "docs-api-prostoy")
	equal(t, "texts", text(p["description"])+text(p["short_description"]), "<p>Короткое</p>Коротко")
	equal(t, "in no collection", len(p["collections_ids"].([]any)), 0)
	equal(t, "category", text(p["category_id"]), "32380146")
	variant := first(p, "variants")
	equal(t, "price", variant["price"], any("1500.0"))
	equal(t, "quantity", variant["quantity"], any(json.Number("3")))
	equal(t, "warehouse", variant["quantity_at_warehouse0"], any("3.0"))
	equal(t, "title", variant["title"], nil)
	equal(t, "as by id", fmt.Sprint(v.show(t, p["id"])), fmt.Sprint(p))
	for _, d := range nullable(
		differences(t, part(t, fixture(t, "product_without_variants_2023.json"), 0),
			part(t, v.ask(t, "GET", fmt.Sprintf("/admin/products/%v.json", p["id"]), "", 200).body)),
		"description", "short_description", "sku", "barcode", "quantity", "quantity_at_warehouse0", "bundle", "weight",
		"dimensions", "cost_price") {
		t.Error(d)
	}

	path := fmt.Sprintf("/admin/products/%v", p["id"])
	got := v.ask(t, "PUT", path+".json", `{"product":{"is_hidden":true}}`, 200).object(t)
	equal(t, "hidden", got["is_hidden"], any(true))
	equal(t, "listed",
		strings.Contains(string(v.ask(t, "GET", "/admin/products.json", "", 200).body), "docs-api-простой"), true)
	got = v.ask(t, "PUT", fmt.Sprintf("%s/variants/%v.json", path, variant["id"]),
		`{"variant":{"price":1800,"old_price":2100,"sku":"DOCS-SIMPLE-2",
		"barcode":"4600000000018","weight":0.35,"dimensions":"10х20х5","external_id":"1c-200","price2":"1700",
			"cost_price":900}}`, 200).object(t)
	equal(t, "variant",
		fmt.Sprint(got["price"], got["old_price"], got["sku"], got["weight"], got["dimensions"], got["quantity"],
			got["price2"], got["cost_price"], got["external_id"]),
		"1800.02100.0DOCS-SIMPLE-20.3510x20x531700.0900.0<nil>")
	equal(t, "alone",
		fmt.Sprint(v.ask(t, "GET", fmt.Sprintf("%s/variants/%v.json", path, variant["id"]), "", 200).object(t)),
		fmt.Sprint(got))
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestProductOptions(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	p := v.post(t, "/admin/products.json",
		`{"product":{"title":"docs-api-размер","options":[{"title":"docs-api Размер","value":"M"}],
		"variants_attributes":[{"sku":"DOCS-M","price":1000}]}}`)
	option := text(first(p, "option_names")["id"])
	equal(t, "title of the variant", text(first(p, "variants")["title"]), "M")
	equal(t, "option of the variant", text(first(first(p, "variants"), "option_values")["option_name_id"]), option)
	path := fmt.Sprintf("/admin/products/%v", p["id"])
	large := `{"variant":{"sku":"DOCS-L","price":1200,"options":[{"option_name_id":` + option +
		`,"title":"docs-api Размер","value":"L"}]}}`
	equal(t, "another", text(v.post(t, path+"/variants.json", large)["title"]), "L")
	refused := func(method, path, body, want string) {
		t.Helper()
		equal(t, body, string(v.ask(t, method, path, body, 422).body), want)
	}
	refused("POST", path+"/variants.json", large,
		`{"errors":{"options":["Вариант с такими значениями свойств уже существует"]},"status":"error"}`)
	refused("POST", path+"/variants.json", `{"variant":{"price":1,"options":[{"title":"Цвет","value":"Чёрный"}]}}`,
		`{"errors":{"options":["Список свойств у товара изменился, перезагрузите страницу"]},"status":"error"}`)
	refused("POST", path+"/variants.json", `{"variant":{"price":1}}`,
		`{"errors":{"options":["Список свойств у товара изменился, перезагрузите страницу"]},"status":"error"}`)
	refused("POST", path+"/variants.json", `{"variant":{}}`,
		`{"errors":{"price":["не может быть пустым"]},"status":"error"}`)
	refused("POST", path+"/variants.json", `{"variant":{"price":1,"options":[{"option_name_id":1,"value":"M"}]}}`,
		`{"errors":{"options":["Список свойств у товара изменился, перезагрузите страницу"]},"status":"error"}`)
	v.ask(t, "POST", "/admin/products/1/variants.json", large, 404)
	variant := fmt.Sprintf("%s/variants/%v.json", path, first(p, "variants")["id"])
	refused("PUT", variant, `{"variant":{"options":[{"title":"Цвет","value":"Чёрный"}]}}`,
		`{"options":["Список свойств у товара изменился, перезагрузите страницу"]}`)
	refused("PUT", variant, `{"variant":{"options":[{"title":"docs-api Размер","value":"L"}]}}`,
		`{"options":["Вариант с такими значениями свойств уже существует"]}`)
	refused("PUT", path+".json", `{"product":{"options":[{"title":"Цвет","values":["Чёрный"]}]}}`,
		`{"options":["имеет неверное значение"]}`)

	got := v.ask(t, "PUT", path+".json",
		`{"product":{"options":[{"option_name_id":`+option+`},{"title":"Цвет","value":"Чёрный"}]}}`, 200).object(t)
	equal(t, "options", strings.Join(each(got["option_names"], "title"), ","), "Цвет,docs-api Размер")
	equal(t, "variants", strings.Join(each(got["variants"], "title"), ","), "Чёрный / M,Чёрный / L")
	refused("PUT", path+".json", `{"product":{"options":[{"title":"Цвет"}]}}`,
		`{"options":["Вариант с такими значениями свойств уже существует"]}`)
	white := v.post(t, path+"/variants.json",
		`{"variant":{"price":1300,"options":[{"option_name_id":`+option+
			`,"value":"M"},{"title":"Цвет","value":"Белый"}]}}`)
	equal(t, "both", text(white["title"]), "Белый / M")

	equal(t, "deleted", string(v.ask(t, "DELETE", fmt.Sprintf("%s/variants/%v.json", path, white["id"]), "", 200).body),
		`{"status":"ok"}`)
	v.ask(t, "GET", fmt.Sprintf("%s/variants/%v.json", path, white["id"]), "", 404)
	v.ask(t, "DELETE", fmt.Sprintf("%s/variants/%v.json", path, white["id"]), "", 404)
	v.ask(t, "DELETE", variant, "", 200)
	last := first(v.show(t, p["id"]), "variants")
	refused("DELETE", fmt.Sprintf("%s/variants/%v.json", path, last["id"]), "",
		`{"base":["Нельзя удалить последний вариант"]}`)
	names := v.ask(t, "GET", "/admin/option_names.json", "", 200).body
	equal(t, "dictionary", strings.Contains(string(names), "docs-api Размер") &&
		strings.Contains(string(names), "Цвет"), true)
	values := v.ask(t, "GET", "/admin/option_values.json", "", 200).body
	equal(t, "values", strings.Contains(string(values), "Чёрный"), true)
}

func TestProductProperties(t *testing.T) {
	v := visit(t, insalestest.New(insalestest.Config{}))
	p := v.post(t, "/admin/products.json",
		`{"product":{"title":"Параметры","variants_attributes":[{"price":500}],"properties_attributes":[
		{"title":"Состав","value":"90% хлопок"},{"title":"Материал","value":"Хлопок"},
		{"title":"Состав","value":"10% эластан"}]}}`)
	equal(t, "properties", strings.Join(each(p["properties"], "title"), ","), "Состав,Материал")
	equal(t, "values", strings.Join(each(p["characteristics"], "title"), ","), "90% хлопок,10% эластан,Хлопок")
	equal(t, "permalinks", strings.Join(each(p["characteristics"], "permalink"), ","), "90-hlopok,10-elastan,hlopok")
	of := each(p["characteristics"], "property_id")
	equal(t, "pairs", of[0] == of[1] && of[0] == each(p["properties"], "id")[0] && of[2] != of[0], true)
	path := fmt.Sprintf("/admin/products/%v.json", p["id"])
	got := v.ask(t, "PUT", path, `{"product":{"properties_attributes":[{"title":"Материал","value":"Лён"}]}}`,
		200).object(t)
	equal(t, "the whole list", strings.Join(each(got["characteristics"], "title"), ","), "Лён")
	got = v.ask(t, "PUT", path,
		fmt.Sprintf(`{"product":{"product_characteristics_attributes":[{"property_id":%s,"characteristic_id":%s}]}}`,
			of[0], each(p["characteristics"], "id")[1]), 200).object(t)
	equal(t, "one more", strings.Join(each(got["characteristics"], "title"), ","), "Лён,10% эластан")
	got = v.ask(t, "PUT", path, `{"product":{"title":"Иначе"}}`, 200).object(t)
	equal(t, "left alone", strings.Join(each(got["characteristics"], "title"), ","), "Лён,10% эластан")
	v.ask(t, "PUT", path,
		`{"product":{"product_characteristics_attributes":[{"property_id":1,"characteristic_id":1}]}}`, 422)
	var list []map[string]any
	decode(t, v.ask(t, "GET", "/admin/properties.json", "", 200).body, &list)
	equal(t, "dictionary", text(list[0]["title"])+text(list[1]["title"]), "СоставМатериал")
	one := v.ask(t, "GET", fmt.Sprintf("/admin/properties/%v.json", list[0]["id"]), "", 200).object(t)
	equal(t, "one", fmt.Sprint(one), fmt.Sprint(list[0]))
	values := v.ask(t, "GET", fmt.Sprintf("/admin/properties/%v/characteristics.json", list[0]["id"]), "", 200)
	equal(t, "its values", len(values.ids(t)), 2)
	v.ask(t, "GET", "/admin/properties/1.json", "", 404)
	v.ask(t, "GET", "/admin/properties/1/characteristics.json", "", 404)
}

func TestProductIsRefused(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	before := string(v.ask(t, "GET", "/admin/products.json?with_deleted=1", "", 200).body)
	for _, test := range []struct{ body, want string }{
		{`{"product":{"variants_attributes":[{"price":1}]}}`, `{"title":["не может быть пустым"]}`},
		{`{"product":{"title":"x"}}`, `{"variants":["не может быть пустым"]}`},
		{`{"product":{"title":"x","variants_attributes":[{}]}}`, `{"price":["не может быть пустым"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":-1}]}}`, `{"price":["имеет неверное значение"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1,"quantity":"много"}]}}`,
			`{"quantity":["имеет неверное значение"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1,"weight":"тяжёлый"}]}}`,
			`{"weight":["имеет неверное значение"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1,"old_price":"x"}]}}`,
			`{"old_price":["имеет неверное значение"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1,"image_id":5}]}}`,
			`{"image_id":["имеет неверное значение"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1,"external_id":"1c"}]}}`,
			`{"variants_attributes":["undefined keys [\"external_id\"]"]}`},
		{`{"product":{"title":"x","variants_attributes":[{"price":1},{"price":2}]}}`,
			`{"options":["Вариант с такими значениями свойств уже существует"]}`},
		{`{"product":{"title":"x","category_id":27837968,"variants_attributes":[{"price":1}]}}`,
			`{"category_id":["Категория удалена или отсутствует."]}`},
		{`{"product":{"title":"x","properties_attributes":[{}],"variants_attributes":[{"price":1}]}}`,
			`{"properties":["имеет неверное значение"]}`},
	} {
		equal(t, test.body, string(v.ask(t, "POST", "/admin/products.json", test.body, 422).body), test.want)
	}
	v.ask(t, "PUT", "/admin/products/300000001.json", `{"product":{"title":"","is_hidden":true}}`, 422)
	v.ask(t, "PUT", "/admin/products/300000001/variants/500000001.json", `{"variant":{"sku":"X","price":"x"}}`, 422)
	equal(t, "nothing has changed", string(v.ask(t, "GET", "/admin/products.json?with_deleted=1", "", 200).body),
		before)
	for _, path := range []string{"/admin/products/1.json", "/admin/products/1/variants/500000001.json",
		"/admin/products/300000002/variants/500000001.json", "/admin/products/1/images/1.json"} {
		v.ask(t, "PUT", path, `{}`, 404)
	}
	equal(t, "told", fmt.Sprint(shop.UnknownFields()), "[product.variants_attributes.external_id]")
}

// TestProductTrash: a deleted product is in the trash.
func TestProductTrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		v := visit(t, shop)
		time.Sleep(time.Minute)
		for _, id := range []int{300000001, 300000001, 999} {
			equal(t, "delete", string(v.ask(t, "DELETE", fmt.Sprintf("/admin/products/%d.json", id), "", 200).body),
				`{"status":"ok"}`)
		}
		v.ask(t, "GET", "/admin/products/300000001.json", "", 404)
		v.ask(t, "PUT", "/admin/products/300000001.json", `{"product":{"title":"x"}}`, 404)
		trash := v.ask(t, "GET", "/admin/products.json?deleted=true&per_page=250", "", 200)
		equal(t, "trash", trash.ids(t), []int64{300000001})
		p, _ := shop.Product(300000001)
		equal(t, "when", p.UpdatedAt.Equal(time.Now()), true)
	})
}

func TestProductBundle(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	p := v.post(t, "/admin/products.json",
		`{"product":{"title":"Комплект","bundle":true,"variants_attributes":[{"price":40}],
		"product_bundle_components_attributes":[
			{"variant_id":500000001,"quantity":1},{"variant_id":500000003,"quantity":2}]}}`)
	equal(t, "bundle", p["bundle"], any(true))
	equal(t, "parts", strings.Join(each(p["product_bundle_components"], "quantity"), ","), "1.0,2.0")
	equal(t, "of", strings.Join(each(p["product_bundle_components"], "product_id"), ","), "300000001,300000003")
	v.ask(t, "POST", "/admin/products.json",
		`{"product":{"title":"x","bundle":true,"variants_attributes":[{"price":40}],`+
			`"product_bundle_components_attributes":[{"variant_id":1,"quantity":1}]}}`, 422)
	got := v.ask(t, "PUT", "/admin/products/300000001.json",
		`{"product":{"bundle":true,"product_bundle_components_attributes":[{"variant_id":500000003,"quantity":1}]}}`,
		200).object(t)
	equal(t, "only when it is made", got["bundle"], nil)
	order := v.post(t, "/admin/orders.json",
		strings.Replace(smallOrder, "500000001", text(first(p, "variants")["id"]), 1))
	if n := len(order["order_lines"].([]any)); n < 3 {
		t.Errorf("%d lines", n)
	}
}

func TestProductStock(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Catalog: insalestest.Catalog{Products: 20}})
	v := visit(t, shop)
	put := func(body string) string {
		t.Helper()
		o := v.ask(t, "PUT", "/admin/products/300000005/variants/500000006.json", `{"variant":`+body+`}`, 200).object(t)
		return fmt.Sprint(o["quantity"], " ", o["quantity_at_warehouse0"], " ", o["quantity_at_warehouse1"], " ",
			o["available"])
	}
	equal(t, "all", put(`{"quantity":7}`), "7 7.0 0.0 true")
	equal(t, "the second", put(`{"quantity_at_warehouse1":"3.0"}`), "10 7.0 3.0 true")
	equal(t, "the first", put(`{"quantity_at_warehouse0":1}`), "4 1.0 3.0 true")
	equal(t, "none", put(`{"quantity_at_warehouse0":0,"quantity_at_warehouse1":0}`), "0 0.0 0.0 false")
	equal(t, "below zero", put(`{"quantity":-2}`), "-2 -2.0 0.0 false")
	equal(t, "a fraction", put(`{"quantity":"1.5"}`), "1.5 1.5 0.0 true")
	equal(t, "not tracked", put(`{"quantity":null}`), "<nil> 0 0 true")
	var list []map[string]any
	decode(t, v.ask(t, "GET", "/admin/warehouses.json", "", 200).body, &list)
	equal(t, "warehouses", fmt.Sprint(list[0]["array_index"], list[1]["array_index"]), "01")
}

// TestGroupUpdate is queued: the answer says nothing.
func TestGroupUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{GroupDelay: time.Minute})
		v := visit(t, shop)
		const body = `{"variants":[{"id":500000001,"price":1900},{"id":500000002,"price":"x"},{"id":1,"price":5},` +
			`{"id":500000006,"quantity":9,"price":500.5}]}`
		prices := func() string {
			var all string
			for p := range shop.Products() {
				for _, v := range p.Variants {
					all += v.Price + " "
				}
			}
			return all
		}
		before := prices()
		equal(t, "answer", string(v.ask(t, "PUT", "/admin/products/variants_group_update.json", body, 200).body), `[]`)
		time.Sleep(59 * time.Second)
		equal(t, "not yet", prices(), before)
		time.Sleep(2 * time.Second)
		equal(t, "now", prices(), "1900 990 1000 49.9 2400 500.5 ")
		p, _ := shop.Product(300000005)
		equal(t, "stock", p.Variants[0].Quantity, "9")
		equal(t, "when", p.UpdatedAt.Equal(time.Now().Add(-time.Second)), true)

		var many []string
		for range 101 {
			many = append(many, `{"id":500000001,"price":1}`)
		}
		v.ask(t, "PUT", "/admin/products/variants_group_update.json", `{"variants":[`+strings.Join(many, ",")+`]}`, 200)
		equal(t, "told", shop.UnknownFields(), []string{"variants over 100"})
	})
}

func TestImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := visit(t, insalestest.New(insalestest.Config{}))
		const path = "/admin/products/300000002"
		image := v.post(t, path+"/images.json", `{"image":{"src":"https://upload.example.test/wiki/1x1.png?x=1"}}`)
		equal(t, "at first",
			fmt.Sprint(image["image_processing"], image["original_url"], image["filename"], image["position"]),
			"true/images/loading.gif1x1.png1")
		second := v.post(t, path+"/images.json",
			`{"image":{"filename":"docs.png","attachment":"iVBORw0KGgo=","title":"Вид","position":1}}`)
		equal(t, "before it", fmt.Sprint(second["position"], second["title"]), "1Вид")
		time.Sleep(30 * time.Second)
		p := v.show(t, 300000002)
		equal(t, "files", strings.Join(each(p["images"], "filename"), ","), "docs.png,1x1.png")
		url := each(p["images"], "original_url")[1]
		equal(t, "address", strings.HasPrefix(url, "https://static.insales-cdn.com/images/products/") &&
			strings.HasSuffix(url, "/1x1.png"), true)
		equal(t, "large", each(p["images"], "large_url")[1], strings.Replace(url, "1x1.png", "large_1x1.png", 1))
		equal(t, "list", len(v.ask(t, "GET", path+"/images.json", "", 200).ids(t)), 2)
		sample := part(t, fixture(t, "product_rich_constructed.json"), "images", 0)
		one := fmt.Sprintf("%s/images/%v.json", path, image["id"])
		for _, d := range differences(t, sample, v.ask(t, "GET", one, "", 200).body) {
			t.Error(d)
		}
		got := v.ask(t, "PUT", one, `{"image":{"position":1,"title":"Первый"}}`, 200).object(t)
		equal(t, "moved", fmt.Sprint(got["position"], got["title"]), "1Первый")

		variant := v.ask(t, "PUT", path+"/variants/500000004.json",
			fmt.Sprintf(`{"variant":{"image_id":%v}}`, image["id"]), 200).object(t)
		equal(t, "tied", fmt.Sprint(variant["image_id"], variant["image_ids"]),
			fmt.Sprintf("%v[%v]", image["id"], image["id"]))
		v.ask(t, "DELETE", one, "", 200)
		v.ask(t, "DELETE", one, "", 404)
		v.ask(t, "GET", one, "", 404)
		equal(t, "untied", first(v.show(t, 300000002), "variants")["image_id"], nil)
		got = v.ask(t, "POST", path+"/images.json", `{"image":{"src":"ftp://x/y"}}`, 422).object(t)
		equal(t, "refused", fmt.Sprint(got["src"]), "[Недопустимый URL]")
		v.ask(t, "POST", "/admin/products/1/images.json", `{"image":{"src":"https://a.test/b.png"}}`, 404)
		v.ask(t, "GET", "/admin/products/1/images.json", "", 404)
	})
}

// TestProductChangesMoveTheFeed: each write is at the end of the feed.
func TestProductChangesMoveTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{})
		shop.AddCollection(insalestest.Collection{ID: 77, Title: "Акции"})
		v := visit(t, shop)
		for _, w := range [][3]string{
			{"PUT", "/admin/products/300000001.json", `{"product":{"title":"Новая футболка"}}`},
			{"POST", "/admin/products/300000001/variants.json",
				`{"variant":{"price":5,"options":[{"title":"Размер","value":"XXL"}]}}`},
			{"PUT", "/admin/products/300000002/variants/500000004.json", `{"variant":{"price":5}}`},
			{"DELETE", "/admin/products/300000001/variants/500000001.json", ""},
			{"POST", "/admin/products/300000003/images.json", `{"image":{"src":"https://a.test/b.png"}}`},
			{"POST", "/admin/collects.json", `{"collect":{"product_id":300000004,"collection_id":77}}`},
			{"PUT", "/admin/products/variants_group_update.json", `{"variants":[{"id":500000006,"price":7}]}`},
			{"POST", "/admin/products.json", `{"product":{"title":"x","variants_attributes":[{"price":1}]}}`},
		} {
			time.Sleep(2 * time.Second)
			r, err := v.try(t.Context(), w[0], w[1], w[2])
			if err != nil || r.status > 201 {
				t.Fatalf("%v: %d %s %v", w, r.status, r.body, err)
			}
			n := len(
				v.ask(t, "GET",
					strings.Replace(since(time.Now(), "&with_deleted=1"), "orders.json", "products.json", 1), "", 200).
					ids(t))
			equal(t, w[0]+" "+w[1], n, 1)
		}
		equal(t, "unknown", shop.UnknownFields(), []string(nil))
	})
}
