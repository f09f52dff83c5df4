package yml_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/ineedchat/yml"
	"ineed-insales/internal/ineedchat/yml/ymltest"
)

var shop = yml.Shop{Name: "Магазин", URL: "https://shop.ru", Rest: "Без категории",
	Date: time.Date(2026, 11, 29, 12, 5, 59, 0, time.FixedZone("MSK", 3*3600))}

var oneRoot = []ineedchat.Category{{ID: "10", Title: "Каталог"},
	{ID: "11", ParentID: new("10"), Title: "Одежда"}, {ID: "12", ParentID: new("11"), Title: "Футболки"}}

// written is a document with all variants of these products, which must keep the rules.
func written(t *testing.T, shop yml.Shop, tree []ineedchat.Category, products ...ineedchat.Product) *ymltest.Catalog {
	t.Helper()
	text := write(t, shop, tree, products...)
	c, bad := ymltest.Check(text)
	for _, b := range bad {
		t.Error(b)
	}
	if len(bad) > 0 {
		t.Logf("%.3000s", text)
	}
	return c
}

func write(t *testing.T, shop yml.Shop, tree []ineedchat.Category, products ...ineedchat.Product) []byte {
	t.Helper()
	var text bytes.Buffer
	w, err := yml.NewWriter(&text, shop, tree)
	if err != nil {
		t.Fatal(err)
	}
	for i := range products {
		w.Product(&products[i])
		for _, v := range products[i].Variants {
			if err := w.Offer(v.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// params is a list of names, each with its value.
func params(text ...string) (list []ymltest.Param) {
	for i := 0; i < len(text); i += 2 {
		list = append(list, ymltest.Param{Name: text[i], Value: text[i+1]})
	}
	return list
}

// shirt is a product with all that one can have.
func shirt() ineedchat.Product {
	return ineedchat.Product{ID: "501", Title: "Футболка & Ко", Visible: true,
		Description: `<p>Мягкая <b>и</b> тёплая</p><script>alert(1)</script>`,
		CategoryIDs: []string{"10", "12"}, URL: "https://shop.ru/product/shirt?a=1&b=2",
		Images:     []ineedchat.Image{{URL: "https://cdn.ru/1.jpg"}, {URL: "https://cdn.ru/2.jpg"}},
		Properties: []ineedchat.Property{{Name: "Бренд", Value: "Ромашка"}, {Name: "Состав", Value: "Хлопок"}},
		Variants: []ineedchat.Variant{
			{ID: "901", SKU: "TS-1", Barcode: "4600000000015",
				Options: []ineedchat.Option{{Name: "Размер", Value: "L"}},
				Price:   "990.00", OldPrice: new("1200.00"), Quantity: new("5"), Available: true,
				WeightKG: new("0.250")},
			{ID: "902", SKU: "TS-2", Options: []ineedchat.Option{{Name: "Размер", Value: "XL"}}, Price: "990.50",
				OldPrice: new("990.50"), Quantity: new("3.000"), Available: false},
		}}
}

func TestDocument(t *testing.T) {
	c := written(t, shop, oneRoot, shirt())
	want := &ymltest.Catalog{Date: "2026-11-29 12:05", Name: "Магазин", Company: "Магазин", URL: "https://shop.ru",
		Currencies: []string{"RUB"},
		Categories: []ymltest.Category{{ID: "10", Title: "Каталог"},
			{ID: "11", Parent: "10", Title: "Одежда"}, {ID: "12", Parent: "11", Title: "Футболки"}},
		Offers: []ymltest.Offer{
			{ID: "901", GroupID: "501", Available: "true", URL: "https://shop.ru/product/shirt?a=1&b=2", Price: "990",
				OldPrice: "1200", Currency: "RUB", CategoryID: "12",
				Pictures: []string{"https://cdn.ru/1.jpg", "https://cdn.ru/2.jpg"}, Name: "Футболка & Ко (L)",
				Vendor: "Ромашка", VendorCode: "TS-1", Description: "<p>Мягкая и тёплая</p>",
				Barcode: "4600000000015", Count: "5", Weight: "0.25",
				Params: params("Состав", "Хлопок", "Размер", "L")},
			{ID: "902", GroupID: "501", Available: "false", URL: "https://shop.ru/product/shirt?a=1&b=2",
				Price: "990.5", Currency: "RUB", CategoryID: "12",
				Pictures: []string{"https://cdn.ru/1.jpg", "https://cdn.ru/2.jpg"}, Name: "Футболка & Ко (XL)",
				Vendor: "Ромашка", VendorCode: "TS-2", Description: "<p>Мягкая и тёплая</p>", Count: "0",
				Params: params("Состав", "Хлопок", "Размер", "XL")},
		}}
	if fmt.Sprintf("%+v", c) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v\nwant\n%+v", c, want)
	}
}

// TestHostile: whatever the shop has written, the document keeps the rules.
func TestHostile(t *testing.T) {
	long := strings.Repeat("Очень длинное слово ", 5000)
	evil := []string{"<b>&amp;]]></offer>", "]]>", "]]]]>>", "a\x00b\x0bc\ufffed", "\xff\xfe", "=1+1", "@SUM(A1)",
		"\t=cmd|'/C calc'!A0", "+HYPERLINK(\"http://evil\")", "-2+3+cmd|' /C calc'!A0", "＝1+1", "-Sheet1!A1",
		"\"=1", "\u200b=1", "-", "=", "+", " ", "", "'", "<!--", "<![CDATA[x]]>", "<p>=1+1</p>", "&#1;&#0;", "<p",
		"<li><ul><p><h1>x", long, strings.Repeat("<p>", 3000) + "x", strings.Repeat("]]>", 2000),
		"javascript:alert(1)", "//evil.ru/x", "http://", "ftp://x/y", "https://x.ru/" + long}
	var products []ineedchat.Product
	for i, s := range evil {
		p := ineedchat.Product{ID: strconv.Itoa(i + 1), Title: s, Description: s, CategoryIDs: []string{s}, URL: s,
			Properties: []ineedchat.Property{{Name: s, Value: s}, {Name: "Бренд", Value: s}}}
		for range 15 {
			p.Images = append(p.Images, ineedchat.Image{URL: s + strconv.Itoa(len(p.Images))})
		}
		for k := range 2 {
			p.Variants = append(p.Variants, ineedchat.Variant{ID: strconv.Itoa(1000 + i*2 + k), SKU: s, Barcode: s,
				Options: []ineedchat.Option{{Name: s, Value: s}}, Price: "1.00", OldPrice: new(s), Quantity: new(s),
				Available: k == 0, WeightKG: new(s)})
		}
		products = append(products, p)
	}
	for _, price := range []string{"0", "0.00", "-1", "", "NaN", "1e400", "x", "0.01", "999999999999999"} {
		id := strconv.Itoa(2000 + len(products))
		products = append(products, ineedchat.Product{ID: "99" + id, Title: "Цена " + price,
			Variants: []ineedchat.Variant{
				{ID: id, Price: price, OldPrice: new("0"), Quantity: new("0.5"), Available: true}}})
	}
	for _, id := range []string{"", "0", "-1", "1 2", "a/b", strings.Repeat("9", 21), "1\"><x", "12345678901"} {
		products = append(products, ineedchat.Product{ID: id, Title: "id " + id,
			Variants: []ineedchat.Variant{{ID: id, Price: "1"}, {ID: id, Price: "1"}}})
	}
	var tree []ineedchat.Category
	for i, s := range evil {
		tree = append(tree, ineedchat.Category{ID: strconv.Itoa(i + 1), ParentID: new(s), Title: s},
			ineedchat.Category{ID: s, Title: s}, ineedchat.Category{ID: strconv.Itoa(i + 1), Title: "дважды"})
	}
	for i, name := range evil {
		named, products, want := shop, products, 2*len(evil)+2+2 // two prices that can be paid, two ids that are such
		if named.Name = "x" + name; i > 0 {
			products, want = nil, 0
		}
		var text bytes.Buffer
		w, err := yml.NewWriter(&text, named, tree)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range products {
			w.Product(&products[i])
			for _, v := range products[i].Variants {
				if seen[v.ID] { // who calls goes through the ids
					continue
				}
				seen[v.ID] = true
				if err := w.Offer(v.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		c, bad := ymltest.Check(text.Bytes())
		for _, b := range bad {
			t.Errorf("%.20q: %s", name, b)
		}
		if len(c.Offers) != want {
			t.Fatalf("%d offers, want %d", len(c.Offers), want)
		}
	}
}

// TestHarmless: what is really sold keeps its name.
func TestHarmless(t *testing.T) {
	for name, want := range map[string]string{
		"-20% на всё": "-20% на всё", "+5 °C": "+5 °C", "-15 кг, 2 шт.": "-15 кг, 2 шт.",
		"-50% (новое)": "-50% (новое)", "+ подарок!": "+ подарок!",
		"Куртка =1": "Куртка =1", "a@b": "a@b", "-Сумма(1)": "'-Сумма(1)", "=1+1": "'=1+1", "@home": "'@home",
		"+cmd|x": "'+cmd|x", "5 < 6 & 7 > 2": "5 < 6 & 7 > 2", "'цитата'": "'цитата'",
	} {
		p := ineedchat.Product{ID: "1", Title: name, Variants: []ineedchat.Variant{{ID: "2", Price: "1"}}}
		if c := written(t, shop, nil, p); len(c.Offers) != 1 || c.Offers[0].Name != want {
			t.Errorf("%q is %+v", name, c.Offers)
		}
	}
}

// TestDescription: what of HTML stays, and how much.
func TestDescription(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		" \n ":                         "",
		"Просто текст":                 "Просто текст",
		"<p></p><br>":                  "",
		"<img src=x onerror=alert(1)>": "",
		"<h1 onclick=x>Имя</h1><div>Раз<div>Два</div></div><p>Три<p>Четыре"://
		"<h3>Имя</h3><p>Раз</p><p>Два</p><p>Три</p><p>Четыре</p>",
		"<ol><li>a<li>b<ul><li>c</ul></ol>":                     "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>",
		"H<sub>2</sub>O &lt;b&gt; &amp;amp;":                    "H2O &lt;b&gt; &amp;amp;",
		"<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>": "<br/>a b<br/> c",
		"<style>p{}</style><p>x</p><script>1</script>y":         "<p>x</p>y",
		"<p>=1+1</p>":  "<p>'=1+1</p>",
		"]]&gt;":       "]]&gt;",
		"x</p></ul>y":  "xy",
		"<b>-20%</b>!": "-20%!",
	} {
		p := ineedchat.Product{ID: "1", Title: "x", Description: text,
			Variants: []ineedchat.Variant{{ID: "2", Price: "1"}}}
		if c := written(t, shop, nil, p); c.Offers[0].Description != want {
			t.Errorf("%q is\n%q, want\n%q", text, c.Offers[0].Description, want)
		}
	}
	p := ineedchat.Product{ID: "1", Title: "x", Description: "<p><ul><li>" + strings.Repeat("ж&amp;", 4000),
		Variants: []ineedchat.Variant{{ID: "2", Price: "1"}}}
	got := written(t, shop, nil, p).Offers[0].Description
	if n := len([]rune(got)); n < 2900 || n > 3000 || !strings.HasSuffix(got, "</li></ul></p>") {
		t.Errorf("%d %.40q … %q", n, got, got[len(got)-40:])
	}
}

// TestTree: parents that are not there, rings, and what stands in no category.
func TestTree(t *testing.T) {
	p := func(ids ...string) ineedchat.Product {
		return ineedchat.Product{ID: "1", Title: "x", CategoryIDs: ids,
			Variants: []ineedchat.Variant{{ID: "2", Price: "1"}}}
	}
	tests := []struct {
		tree  [][2]string // id, parent
		of    []string
		want  string // id<parent …
		named string
	}{
		{nil, nil, "1", "1"},
		{[][2]string{{"5", ""}}, nil, "5", "5"},
		{[][2]string{{"5", ""}, {"6", "5"}}, []string{"5", "6"}, "5 6<5", "6"},
		{[][2]string{{"5", ""}, {"6", ""}}, []string{"6"}, "5 6 1", "6"},
		{[][2]string{{"5", ""}, {"6", ""}}, []string{"7"}, "5 6 1", "1"},
		{[][2]string{{"5", "9"}}, nil, "5", "5"},
		{[][2]string{{"1", ""}, {"2", ""}}, nil, "1 2 3", "3"},
		{[][2]string{{"5", "5"}}, []string{"5"}, "5", "5"},
		{[][2]string{{"5", "6"}, {"6", "5"}}, []string{"5", "6"}, "5<6 6", "5"},
		{[][2]string{{"4", "5"}, {"5", "6"}, {"6", "7"}, {"7", "5"}}, []string{"4"}, "4<5 5<6 6<7 7", "4"},
		{[][2]string{{"x", ""}, {"0", ""}, {"-1", ""}, {"5", ""}}, []string{"x"}, "5", "5"},
	}
	for _, test := range tests {
		var tree []ineedchat.Category
		for _, c := range test.tree {
			one := ineedchat.Category{ID: c[0], Title: "t"}
			if c[1] != "" {
				one.ParentID = new(c[1])
			}
			tree = append(tree, one)
		}
		c := written(t, shop, tree, p(test.of...))
		var got []string
		for _, one := range c.Categories {
			text := one.ID
			if one.Parent != "" {
				text += "<" + one.Parent
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != test.want || c.Offers[0].CategoryID != test.named {
			t.Errorf("%v: %v and %s", test.tree, got, c.Offers[0].CategoryID)
		}
	}
}

// TestManyVariants: a product of a thousand, met in any order, and one that it does not have.
func TestManyVariants(t *testing.T) {
	p := shirt()
	p.Variants = nil
	for i := range 1000 {
		p.Variants = append(p.Variants, ineedchat.Variant{ID: strconv.Itoa(i + 1), Price: "1",
			Options: []ineedchat.Option{{Name: "Цвет", Value: strconv.Itoa(i)}}})
	}
	c := written(t, shop, oneRoot, p)
	names := map[string]bool{}
	for _, o := range c.Offers {
		names[o.Name] = true
		if len(o.Params) != 2 {
			t.Fatalf("%+v", o.Params)
		}
	}
	if len(c.Offers) != 1000 || len(names) != 1000 {
		t.Errorf("%d offers, %d names", len(c.Offers), len(names))
	}
	var text bytes.Buffer
	w, err := yml.NewWriter(&text, shop, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := text.Len()
	if err := w.Offer("1"); err != nil || text.Len() != before {
		t.Error("an offer of no product", err)
	}
	w.Product(&p)
	if err := w.Offer("1001"); err != nil || text.Len() != before {
		t.Error("an offer that the product does not have", err)
	}
}

// TestChecks: a validator that finds nothing checks nothing.
func TestChecks(t *testing.T) {
	good := string(write(t, shop, oneRoot, shirt()))
	for _, change := range [][2]string{
		{"UTF-8", "utf-9"}, {"2026-11-29 12:05", "29.11.2026"}, {"<currencies>", "<offers></offers><currencies>"},
		{"<name>Магазин", "<name>" + strings.Repeat("М", 21)}, {`currency id="RUB"`, `currency id="RUR"`},
		{`category id="11"`, `category id="0"`}, {`category id="11"`, `category id="10"`},
		{`parentId="10"`, `parentId="99"`},
		{`category id="10"`, `category id="10" parentId="12"`}, {`offer id="902"`, `offer id="901"`},
		{`offer id="901"`, `offer id="a-1"`}, {`available="true"`, `available="yes"`},
		{`group_id="501"`, `group_id="1234567890"`},
		{"<url>https://shop.ru/product", "<url>/product"}, {"<price>990<", "<price>0<"},
		{"<oldprice>1200", "<oldprice>990"},
		{"<currencyId>RUB", "<currencyId>USD"}, {"<categoryId>12", "<categoryId>13"},
		{"<picture>https://cdn.ru/1.jpg</picture>", strings.Repeat("<picture>https://cdn.ru/1.jpg</picture>", 10)},
		{"<picture>https", "<picture>ftp"}, {"<name>Футболка", "<name>" + strings.Repeat("Ф", 150)},
		{"<p>Мягкая", "<p>" + strings.Repeat("М", 3000)}, {"<p>Мягкая", "<p><b>Мягкая"},
		{"<p>Мягкая", "<p onclick=x>Мягкая"},
		{"<p>Мягкая", "<p><p>Мягкая"}, {"<barcode>4600000000015", "<barcode>46"},
		{"<count>5", "<count>0"}, {"<count>0", "<count>1"},
		{"<weight>0.25", "<weight>-1"}, {`<param name="Размер">L`, `<param name="Размер">`},
		{"Ромашка", "=1"}, {"Ромашка", "+SUM(1)"},
		{"Ромашка", "Рома\x01шка"}, {"<description><![CDATA[", "<description>"}, {"</yml_catalog>", ""},
		{"</yml_catalog>", "</yml_catalog><x/>"}, {"<yml_catalog", "<!DOCTYPE yml_catalog><yml_catalog"},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Errorf("%q is not in the document", change[0])
		}
		if _, bad := ymltest.Check([]byte(text)); len(bad) == 0 {
			t.Errorf("%q in place of %q passes", change[1], change[0])
		}
	}
	if c, err := ymltest.Read(strings.NewReader(good)); err != nil || !slices.Equal(c.Currencies, []string{"RUB"}) {
		t.Error(err)
	}
}

func BenchmarkOffer(b *testing.B) {
	p := shirt()
	w, err := yml.NewWriter(io.Discard, shop, oneRoot)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.Product(&p)
		if err := w.Offer("901"); err != nil {
			b.Fatal(err)
		}
	}
}
