package insales

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func decodePage(t *testing.T, body, price string) (ProductPage, []Product, error) {
	t.Helper()
	var page ProductPage
	var list []Product
	err := page.decode(strings.NewReader(body), ProductQuery{PerPage: 250, Price: price},
		func(p Product) { list = append(list, p) })
	return page, list, err
}

func TestDecodeProduct(t *testing.T) {
	raw, err := os.ReadFile("testdata/product.json")
	if err != nil {
		t.Fatal(err)
	}
	page, list, err := decodePage(t, "["+string(raw)+"]", "price2")
	if err != nil || page.Len != 1 || len(list) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	p := list[0]
	if p.ID != 300000001 || p.Title != "Футболка «Тест»" || p.Permalink != "futbolka-test" || p.Currency != "RUR" ||
		p.Hidden || p.Archived {
		t.Errorf("%+v", p)
	}
	if want := time.Date(2026, 11, 22, 11, 24, 30, 0, time.UTC); !p.UpdatedAt.Equal(want) {
		t.Errorf("updated at %v", p.UpdatedAt)
	}
	if len(p.Images) != 1 || p.Images[0].URL != "https://static.example.com/original.jpg" {
		t.Errorf("images %+v", p.Images)
	}
	if len(p.Properties) != 1 || p.Properties[0] != (Property{Name: "Производитель", Value: "Фабрика", Position: 1}) {
		t.Errorf("properties %+v: one of the back office must not be among them", p.Properties)
	}
	if len(p.Variants) != 2 {
		t.Fatalf("variants %+v", p.Variants)
	}
	v := p.Variants[0]
	if v.SKU != "TS-46" || v.Barcode != "4600000000017" || v.Price.Decimal.String() != "1400" ||
		v.Main.Decimal.String() != "1490.5" ||
		!v.HasKind || v.OldPrice.Decimal.String() != "2490" || v.Quantity.Decimal.String() != "4" ||
		v.Weight.Decimal.String() != "0.25" || !*v.Available {
		t.Errorf("%+v", v)
	}
	if len(v.Options) != 2 || v.Options[0] != (Option{"Размер", "46"}) || v.Options[1] != (Option{"Цвет", "чёрный"}) {
		t.Errorf("options %+v", v.Options)
	}
	if v := p.Variants[1]; v.Price.Valid || !v.HasKind || v.Quantity.Valid || v.Weight.Decimal.String() != "1.3" {
		t.Errorf("%+v", v)
	}
}

// What has another type than expected is as if it were not there.
func TestDecodeProductTolerates(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want int
		bad  int
	}{
		"numbers as strings": {`[{"id":"7","updated_at":"2026-01-01T00:00:00+03:00"}]`, 1, 0},
		"strings as numbers": {`[{"id":7,"updated_at":"2026-01-01 00:00:00 +0300","title":5,"variants":[{"id":1,` +
			`"price":10}]}]`, 1, 0},
		"objects for strings": {`[{"id":7,"updated_at":"2026-01-01T00:00:00+03:00","title":{"ru":"x"},` +
			`"variants":{},"images":"none","collections_ids":7}]`, 1, 0},
		"everything null": {`[{"id":7,"updated_at":"2026-01-01T00:00:00+03:00","title":null,"variants":null,` +
			`"images":null,"properties":null}]`, 1, 0},
		"a lone surrogate": {`[{"id":7,"updated_at":"2026-01-01T00:00:00+03:00","title":"a\ud800b"}]`, 1, 0},
		"a byte that is no UTF-8": {
			"[{\"id\":7,\"updated_at\":\"2026-01-01T00:00:00+03:00\",\"title\":\"a\xffb\"}]", 1, 0},
		"no id": {`[{"updated_at":"2026-01-01T00:00:00+03:00"},{"id":8,"updated_at":"2026-01-01T00:00:00+03:00"}]`,
			1, 1},
		"no time":   {`[{"id":7,"updated_at":"soon"}]`, 0, 1},
		"no object": {`[7,null,"x",[]]`, 0, 4},
		"nothing":   {`[]`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			page, list, err := decodePage(t, tc.body, "price")
			if err != nil || len(list) != tc.want || page.Unreadable != tc.bad || page.Len != tc.want+tc.bad {
				t.Errorf("%+v, %d products, %v", page, len(list), err)
			}
		})
	}
}

// A body that is not whole is an error, and the error quotes nothing of it.
func TestDecodeProductsTorn(t *testing.T) {
	whole := `[{"id":7,"updated_at":"2026-01-01T00:00:00+03:00","title":"tайна","variants":[{"id":1,"price":"10.0"}]}]`
	for n := range len(whole) {
		_, _, err := decodePage(t, whole[:n], "price")
		if err == nil || strings.Contains(err.Error(), "айна") {
			t.Errorf("%q: %v", whole[:n], err)
		}
	}
	for _, body := range []string{whole + "x", whole + "[]", `<html>`, `{"error":"x"}`, `null`} {
		if _, _, err := decodePage(t, body, "price"); err == nil {
			t.Errorf("%q: no error", body)
		}
	}
	if _, list, err := decodePage(t, whole+" \n", "price"); err != nil || len(list) != 1 {
		t.Errorf("%v", err)
	}
}

func TestDecodeProductsTooLarge(t *testing.T) {
	var page ProductPage
	body := io.MultiReader(strings.NewReader(`[{"id":7,"updated_at":"2026-01-01T00:00:00+03:00","description":"`),
		endless{})
	err := page.decode(newBody(body, maxPage, nil), ProductQuery{PerPage: 250, Price: "price"}, func(Product) {})
	if !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// BenchmarkDecodeProducts reads a page of 250 products.
func BenchmarkDecodeProducts(b *testing.B) {
	raw, err := os.ReadFile("testdata/product.json")
	if err != nil {
		b.Fatal(err)
	}
	body := "[" + strings.Repeat(string(raw)+",", 249) + string(raw) + "]"
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var page ProductPage
		if err := page.decode(&pieces{body, []int{4096}}, ProductQuery{PerPage: 250, Price: "price"},
			func(Product) {}); err != nil || page.Len != 250 {
			b.Fatal(page, err)
		}
	}
}

// What was handed over stays as it was while others are read.
func TestDecodeProductsKeep(t *testing.T) {
	one := func(id string) string {
		return strings.ReplaceAll(`{"id":#,"updated_at":"2026-01-01T00:00:00+03:00","collections_ids":[#1],
			"images":[{"id":#2,"original_url":"https://e.org/#"}],
			"properties":[{"id":1,"title":"P#"}],"characteristics":[{"property_id":1,"title":"C#"}],
			"option_names":[{"id":1,"title":"O#"}],
			"variants":[{"id":0,"option_values":[{"option_name_id":1,"title":"nobody's"}]},{"id":#3,"price":#,
			"option_values":[{"option_name_id":1,"title":"V#"}]},{"id":#4}]}`, "#", id)
	}
	_, list, err := decodePage(t, "["+one("7")+","+one("8")+`,{"id":9,"updated_at":"2026-01-01T00:00:00+03:00"}]`,
		"price")
	if err != nil || len(list) != 3 {
		t.Fatal(err, list)
	}
	for i, want := range []string{
		"[71] [{72 0 https://e.org/7 false}] [{P7 C7 0}] 73 7 [{O7 V7}] 74 []",
		"[81] [{82 0 https://e.org/8 false}] [{P8 C8 0}] 83 8 [{O8 V8}] 84 []",
	} {
		p := list[i]
		v := p.Variants
		if got := fmt.Sprint(p.Collection, p.Images, p.Properties, v[0].ID, v[0].Price.Decimal, v[0].Options, v[1].ID,
			v[1].Options); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if p := list[2]; p.Collection != nil || p.Images != nil || p.Properties != nil || p.Variants != nil {
		t.Errorf("%+v", p)
	}
}
