package catalog

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

func testMapper() *productMapper {
	return &productMapper{shopURL: "https://shop-1.myinsales.ru", price: "price",
		tree: map[int64]struct{}{1: {}, 2: {}}, html: newCleaner()}
}

func nullable(text string) decimal.NullDecimal {
	return decimal.NewNullDecimal(decimal.RequireFromString(text))
}

// good is a product with all there is to have.
func good() insales.Product {
	return insales.Product{
		ID: 300000001, UpdatedAt: time.Date(2026, 11, 22, 11, 24, 30, 0, time.UTC), Title: "  Футболка \n «Тест» ",
		Permalink: "futbolka test", Currency: "RUR",
		Description: `<p onclick="x()">Состав: <b>хлопок</b></p><script>alert(1)</script><a href="javascript:x">y</a>`,
		Collection:  []int64{2, 77, 1, 2},
		Images: []insales.Image{{ID: 2, Position: 2, URL: "https://static.example.com/2.jpg"},
			{ID: 1, Position: 1, URL: "https://static.example.com/1.jpg"},
			{ID: 3, Position: 0, URL: "https://static.example.com/loading.gif", Unready: true},
			{ID: 4, URL: "data:image/png;base64,AA"}},
		Properties: []insales.Property{{Name: "Цвет", Value: "чёрный", Position: 2},
			{Name: "Бренд", Value: "Фабрика", Position: 1}, {Name: "Пусто", Value: " "}},
		Variants: []insales.Variant{
			{ID: 20, SKU: " TS-2 ", Price: nullable("990.5"), Main: nullable("990.5"), HasKind: true,
				OldPrice: nullable("990.5"), Quantity: nullable("-3"), Available: new(false)},
			{ID: 10, SKU: "TS-1", Barcode: "460", Price: nullable("990"), Main: nullable("990"), HasKind: true,
				OldPrice: nullable("1290"), Quantity: nullable("1.23456"), Weight: nullable("0.2"),
				Options: []insales.Option{{Name: "Размер", Value: "46"}}},
			{ID: 10, SKU: "TS-1", Price: nullable("1")},
		},
	}
}

// TestMapProduct compares the whole of what the chat gets with testdata/product.json.
func TestMapProduct(t *testing.T) {
	o, ok := testMapper().mapProduct(good())
	if !ok {
		t.Fatal("not offered")
	}
	want, err := os.ReadFile("testdata/product.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(o.item.Body); got != strings.TrimSpace(string(want)) {
		t.Errorf("%s", got)
	}
	if o.item.Available != 1 || o.item.Free != 0 || !o.item.Unready || len(o.item.Variants) != 2 ||
		len(o.item.SKUs) != 2 {
		t.Errorf("%+v", o.item)
	}
}

// The hash is of what a customer sees: neither the time of a change nor the
// order in which the shop lists things is part of it.
func TestMapProductHash(t *testing.T) {
	o, _ := testMapper().mapProduct(good())
	same := good()
	same.UpdatedAt = same.UpdatedAt.Add(time.Hour)
	same.Collection = []int64{1, 2}
	same.Variants[0], same.Variants[1] = same.Variants[1], same.Variants[0]
	same.Images[0], same.Images[1] = same.Images[1], same.Images[0]
	if got, _ := testMapper().mapProduct(same); got.item.Hash != o.item.Hash {
		t.Errorf("%s\n%s", got.item.Body, o.item.Body)
	}
	other := good()
	other.Variants[0].Quantity = nullable("5")
	if got, _ := testMapper().mapProduct(other); got.item.Hash == o.item.Hash {
		t.Error("a stock that has changed is not seen")
	}
}

func TestMapProductPrices(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*insales.Product)
		want   string // of the first variant; "" = not offered
		main   int
	}{
		"its kind": {func(p *insales.Product) {}, "990.00", 0},
		"the kind is empty": {func(p *insales.Product) { p.Variants[1].Price = decimal.NullDecimal{} }, "990.00",
			1},
		"the kind is not shown": {func(p *insales.Product) {
			p.Variants[1].Price,
				p.Variants[1].HasKind = decimal.NullDecimal{}, false
		}, "", 0},
		"no price at all": {func(p *insales.Product) {
			p.Variants[1].Price, p.Variants[1].Main = decimal.NullDecimal{}, decimal.NullDecimal{}
		}, "", 0},
		"another currency": {func(p *insales.Product) {
			p.Currency, p.Variants[1].SitePrice = "USD",
				nullable("81000.5")
		}, "81000.50", 0},
		"no price in roubles":    {func(p *insales.Product) { p.Currency = "USD" }, "", 0},
		"hidden":                 {func(p *insales.Product) { p.Hidden = true }, "", 0},
		"in the trash":           {func(p *insales.Product) { p.Archived = true }, "", 0},
		"nothing to be ordered":  {func(p *insales.Product) { p.Variants = nil }, "", 0},
		"costs nothing":          {func(p *insales.Product) { p.Variants[1].Price = nullable("0") }, "0.00", 0},
		"more digits than a sum": {func(p *insales.Product) { p.Variants[1].Price = nullable("0.999") }, "1.00", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := good()
			only := p.Variants[1]
			p.Variants = []insales.Variant{{}, only} // the table speaks of [1]
			tc.change(&p)
			if len(p.Variants) > 0 {
				p.Variants = p.Variants[1:]
			}
			o, ok := testMapper().mapProduct(p)
			var doc struct{ Variants []struct{ Price string } }
			if ok {
				if err := json.Unmarshal(o.item.Body, &doc); err != nil {
					t.Fatal(err)
				}
			}
			if ok != (tc.want != "") || ok && doc.Variants[0].Price != tc.want || o.mainPrice != tc.main {
				t.Errorf("%v %s, %d with the main price", ok, o.item.Body, o.mainPrice)
			}
		})
	}
}

// The shop's own flags say whether it sells; without them the stock does.
func TestAvailable(t *testing.T) {
	yes, no := new(true), new(false)
	for name, tc := range map[string]struct {
		product, variant *bool
		stock            decimal.NullDecimal
		want             bool
	}{
		"both say so":             {yes, yes, nullable("1"), true},
		"sells what is not there": {yes, yes, nullable("0"), true},
		"the variant does not":    {yes, no, nullable("9"), false},
		"the product does not":    {no, yes, nullable("9"), false},
		"not said, counted":       {nil, nil, nullable("0.5"), true},
		"not said, none":          {nil, nil, nullable("0"), false},
		"not said, owed":          {nil, nil, nullable("-1"), false},
		"not said, not counted":   {nil, nil, decimal.NullDecimal{}, true},
	} {
		if got := available(insales.Product{Available: tc.product},
			insales.Variant{Available: tc.variant, Quantity: tc.stock}); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Control characters are left out: one NUL would have a whole batch fail.
func TestMapProductLegible(t *testing.T) {
	p := good()
	p.Title, p.Description, p.Variants[0].SKU = "Круж\x00ка\x1b", "Две\n\x00строки", "A\x00-1"
	o, ok := testMapper().mapProduct(p)
	if body := string(o.item.Body); !ok || strings.Contains(body, `\u00`) || !strings.Contains(body, "Кружка") ||
		!strings.Contains(body, `Две\nстроки`) || !strings.Contains(body, `"A-1"`) {
		t.Errorf("%s", body)
	}
}

// A description that would not fit a batch is left out, the product is not.
func TestMapProductTooLarge(t *testing.T) {
	p := good()
	p.Description = "<p>" + strings.Repeat("много ", longestProduct/8) + "</p>"
	o, ok := testMapper().mapProduct(p)
	if !ok || len(o.item.Body) > longestProduct || strings.Contains(string(o.item.Body), "description_html") {
		t.Errorf("%v, %d bytes", ok, len(o.item.Body))
	}
	if r := o.remark; r == nil || told(&r.Problem) != "product_cut description="+strconv.Itoa(len(p.Description))+
		" pictures=1" || r.Whole {
		t.Errorf("%+v", r)
	}
	p.Description = ""
	for i := range 5000 {
		p.Variants = append(p.Variants, insales.Variant{ID: int64(i + 100), Price: nullable("1"), HasKind: true,
			SKU: strings.Repeat("x", 200)})
	}
	o, ok = testMapper().mapProduct(p)
	if ok {
		t.Error("a product that fits no batch is offered")
	}
	if r := o.remark; r == nil || !strings.HasPrefix(told(&r.Problem), "product_too_large bytes=") ||
		r.Problem.Args["variants"] != "5002" || !r.Whole || r.Title != "Футболка «Тест»" {
		t.Errorf("%+v", r)
	}
}

// Whoever looks for a product of the shop that is not in the chat, or not whole,
// is told why; of one that is not for sale there is nothing to tell.
func TestRemarks(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*insales.Product)
		want   string
		whole  bool
	}{
		"all of it":    {func(p *insales.Product) { p.Images = p.Images[:3] }, "", false},
		"hidden":       {func(p *insales.Product) { p.Hidden, p.Variants = true, nil }, "", false},
		"in the trash": {func(p *insales.Product) { p.Archived, p.Variants = true, nil }, "", false},
		"no variants":  {func(p *insales.Product) { p.Variants = nil }, "product_no_variants", true},
		"no price": {func(p *insales.Product) {
			p.Variants = []insales.Variant{{ID: 1}, {ID: 2, Price: nullable("-1")}}
		}, "product_no_price variants=2", true},
		"one without a price": {func(p *insales.Product) {
			p.Images, p.Variants = nil, append(p.Variants, insales.Variant{ID: 30})
		}, "product_cut variants=1", false},
		"a long article number": {func(p *insales.Product) {
			p.Images, p.Variants[0].SKU = nil, strings.Repeat("ы", 200)
		}, "product_cut skus=1", false},
		"pictures": {func(p *insales.Product) {
			p.Images = []insales.Image{{URL: "data:x"}, {URL: "//"}, {URL: "mailto:a@example.com"}, {URL: "/1.jpg"}}
		}, "product_cut pictures=3", false},
		"links": {func(p *insales.Product) {
			p.Images, p.Description = nil, `<img src="data:image/png;base64,AA"><a href="ftp://e.com">1</a>`+
				`<a href="javascript:x">2</a><a href="/x">3</a>`
		}, "product_cut links=2", false},
	} {
		p := good()
		tt.change(&p)
		o, ok := testMapper().mapProduct(p)
		got, whole := "", false
		if r := o.remark; r != nil {
			got, whole = told(&r.Problem), r.Whole
			if r.ID != p.ID || r.Title == "" || r.At.IsZero() || r.Whole == ok {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if got != tt.want || whole != tt.whole {
			t.Errorf("%s: %q %v, want %q %v", name, got, whole, tt.want, tt.whole)
		}
	}
}

// URLs lead where they would on the product's page, and are escaped once.
func TestMapProductURLs(t *testing.T) {
	p := good()
	p.Permalink = "kruzhka"
	p.Description = `<p>Все <a href="/collection/x">кружки</a>, <a href="?view=big">крупно</a>, ` +
		`<a href="TEL:+79990001122">звоните</a>, ` +
		`<a href="java&#9;script:x">нет</a>, <a href="https://u:p@пример.рф/ф">тут</a></p>` +
		`<img src="/files/кружка 100%.jpg"><img src="//static.e.com/1.jpg">` +
		`<img src="data:x">&#x202e;&#1;`
	p.Images = nil
	for _, at := range []string{"https://s.e.com/кружка 1.jpg", "https://s.e.com/%D0%BA%20.jpg?1699",
		"https://s.e.com/100%.jpg", "//static.e.com/1.jpg", "HTTPS://S.e.com/2.jpg",
		"http://s.e.com/3.jpg", "/files/4.jpg", "https://s.e.com/%zz.jpg", "", "data:x"} {
		p.Images = append(p.Images, insales.Image{ID: int64(len(p.Images) + 1), URL: at})
	}
	o, _ := testMapper().mapProduct(p)
	var doc struct {
		URL    string
		HTML   string `json:"description_html"`
		Images []struct{ URL string }
	}
	if err := json.Unmarshal(o.item.Body, &doc); err != nil {
		t.Fatal(err)
	}
	const shop = "https://shop-1.myinsales.ru"
	want := `<p>Все <a href="` + shop + `/collection/x" rel="nofollow">кружки</a>, <a href="` + shop +
		`/product/kruzhka?view=big" rel="nofollow">крупно</a>, ` +
		`<a href="tel:+79990001122" rel="nofollow">звоните</a>, нет, ` +
		`<a href="https://xn--e1afmkfd.xn--p1ai/%D1%84" rel="nofollow">тут</a></p>` +
		`<img src="` + shop + `/files/%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B0%20100%25.jpg">` +
		`<img src="https://static.e.com/1.jpg">`
	if doc.HTML != want {
		t.Errorf("got  %s\nwant %s", doc.HTML, want)
	}
	var list []string
	for _, i := range doc.Images {
		list = append(list, i.URL)
	}
	if got := strings.Join(list, " "); got != "https://s.e.com/%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B0%201.jpg "+
		"https://s.e.com/%D0%BA%20.jpg?1699 https://s.e.com/100%25.jpg "+
		"https://static.e.com/1.jpg https://s.e.com/2.jpg http://s.e.com/3.jpg "+shop+
		"/files/4.jpg https://s.e.com/%25zz.jpg" {
		t.Error(got)
	}
	for permalink, want := range map[string]string{"кружка": "%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B0", "%D0%BA": "%D0%BA",
		"a b/c?d#e": "a%20b%2Fc%3Fd%23e", "100%": "100%25"} {
		p.Permalink = permalink
		o, _ := testMapper().mapProduct(p)
		if !strings.Contains(string(o.item.Body), `"url":"`+shop+"/product/"+want+`"`) {
			t.Errorf("%s: %s", permalink, o.item.Body)
		}
	}
}

// TestFixed: a number is written as decimal does it.
func TestFixed(t *testing.T) {
	for _, text := range []string{"0", "0.0", "0.00", "5", "990", "990.", "990.5", "990.50", "990.500", "0.045", "0.005",
		"12.3456", "0.0001", "100", "123456789012345", "99999999999999.999", "0.1"} {
		d := decimal.RequireFromString(text)
		for _, places := range []int32{2, 3} {
			if got := fixed(d, places); got != d.StringFixed(places) {
				t.Errorf("%s: %s, want %s", text, got, d.StringFixed(places))
			}
		}
	}
	if d := decimal.New(5, 3); fixed(d, 2) != "5000.00" {
		t.Error(fixed(d, 2))
	}
}

// told is a problem as one text: its code and, by name, its arguments.
func told(p *storage.Problem) string {
	if p == nil {
		return ""
	}
	text := p.Code
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		text += " " + name + "=" + p.Args[name]
	}
	return text
}
