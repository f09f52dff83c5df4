package insalestest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

// stocked is a shop with a catalogue and nothing else, whose window never ends.
func stocked(c insalestest.Catalog) *insalestest.Shop {
	return insalestest.New(insalestest.Config{NoSeed: true, Limit: 1 << 30, Catalog: c})
}

// fetch asks past HTTP, for tests of many pages.
func fetch(t testing.TB, shop *insalestest.Shop, path string) []byte {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.SetBasicAuth(insalestest.DefaultKeyID, insalestest.DefaultPassword)
	w := httptest.NewRecorder()
	shop.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("%s = %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// A cursor is the state of a reader of the feed.
type cursor struct {
	since time.Time
	from  int64
	more  string // further parameters
}

// next asks for a page and moves the cursor.
func (c *cursor) next(t *testing.T, shop *insalestest.Shop, perPage int) []json.RawMessage {
	t.Helper()
	q := fmt.Sprintf("/admin/products.json?per_page=%d&updated_since=%s&from_id=%d%s",
		perPage, url.QueryEscape(c.since.Format(time.RFC3339)), c.from, c.more)
	var list []json.RawMessage
	if err := json.Unmarshal(fetch(t, shop, q), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) > 0 {
		var last struct {
			ID      int64
			Updated time.Time `json:"updated_at"`
		}
		decode(t, list[len(list)-1], &last)
		c.since, c.from = last.Updated, last.ID
	}
	return list
}

// readAll reads the whole feed.
func readAll(t *testing.T, shop *insalestest.Shop, perPage int, more string) []json.RawMessage {
	t.Helper()
	c := cursor{since: time.Unix(0, 0).UTC().AddDate(-50, 0, 0), more: more}
	var all []json.RawMessage
	for {
		list := c.next(t, shop, perPage)
		if len(list) == 0 {
			return all
		}
		all = append(all, list...)
	}
}

type head struct {
	ID       int64
	Updated  time.Time `json:"updated_at"`
	Archived bool
}

func heads(t *testing.T, list []json.RawMessage) []head {
	t.Helper()
	var out []head
	for _, raw := range list {
		var h head
		decode(t, raw, &h)
		out = append(out, h)
	}
	return out
}

func TestCatalogIsAFunctionOfItsSeed(t *testing.T) {
	until := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	read := func(seed uint64, products int) string {
		shop := stocked(insalestest.Catalog{Products: products, Seed: seed, Until: until})
		return string(bytes.Join(rawBytes(readAll(t, shop, 250, "&with_deleted=1")), nil))
	}
	first := read(1, 700)
	if again := read(1, 700); again != first {
		t.Error("two shops of one seed differ")
	}
	if read(2, 700) == first {
		t.Error("two seeds are the same")
	}
	a := stocked(insalestest.Catalog{Products: 700, Seed: 1, Until: until})
	_ = a.EditProduct(insalestest.FirstCatalogProduct, func(p *insalestest.Product) { p.Title = "другое" })
	b := readAll(t, stocked(insalestest.Catalog{Products: 700, Seed: 1, Until: until}), 250, "")
	if bytes.Contains(bytes.Join(rawBytes(b), nil), []byte("другое")) {
		t.Error("an edit in one shop is seen in another")
	}
}

func rawBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, len(list))
	for i, raw := range list {
		out[i] = raw
	}
	return out
}

// TestCatalogFeed reads catalogues of many sizes: each product once, oldest
// change first, equal times by id, and the same as by id.
func TestCatalogFeed(t *testing.T) {
	for _, products := range []int{1, 2, 9, 10, 37, 300, 1023, 1024, 1025} {
		shop := stocked(insalestest.Catalog{Products: products, Seed: 7})
		for _, perPage := range []int{10, 250}[products%2:] {
			list := heads(t, readAll(t, shop, perPage, "&with_deleted=true"))
			if len(list) != products {
				t.Fatalf("%d products: %d were read", products, len(list))
			}
			seen := map[int64]bool{}
			for i, h := range list {
				seen[h.ID] = true
				if i > 0 &&
					(h.Updated.Before(list[i-1].Updated) || h.Updated.Equal(list[i-1].Updated) &&
						h.ID <= list[i-1].ID) {
					t.Fatalf("%d products: %v after %v", products, h, list[i-1])
				}
			}
			equal(t, "different ones", len(seen), products)
		}
		for _, raw := range readAll(t, shop, 250, "")[:min(products*9/10, 40)] {
			var h head
			decode(t, raw, &h)
			equal(t, "by id", string(fetch(t, shop, fmt.Sprintf("/admin/products/%d.json", h.ID))), string(raw))
		}
	}
}

func TestCatalogTimes(t *testing.T) {
	until := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	list := heads(t, readAll(t, stocked(insalestest.Catalog{Products: 3000, Until: until}), 250, "&with_deleted=1"))
	groups := map[time.Time]int{}
	for _, h := range list {
		groups[h.Updated.UTC()]++
	}
	large, alone := 0, 0
	for _, n := range groups {
		large = max(large, n)
		if n == 1 {
			alone++
		}
	}
	equal(t, "the largest group is larger than a page", large > 250, true)
	if alone < 300 || alone > 2400 {
		t.Errorf("%d of 3000 have a time of their own", alone)
	}
	if first, last := list[0].Updated, list[2999].Updated; last.After(until) || last.Sub(first) < 700*24*time.Hour {
		t.Errorf("from %v to %v", first, last)
	}
}

func TestCatalogTrashAndCount(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 2000, Seed: 3})
	count := func(query string) int {
		var c struct{ Count int }
		decode(t, fetch(t, shop, "/admin/products/count.json?"+query), &c)
		return c.Count
	}
	all, current, trash := len(readAll(t, shop, 250, "&with_deleted=1")), readAll(t, shop, 250, ""), heads(t,
		readAll(t, shop, 250, "&deleted=1"))
	equal(t, "all", all, 2000)
	equal(t, "count of all", count("with_deleted=true"), 2000)
	equal(t, "count", count(""), len(current))
	equal(t, "count of the trash", count("deleted=true"), len(trash))
	equal(t, "together", len(current)+len(trash), 2000)
	if n := len(trash); n < 20 || n > 80 {
		t.Errorf("%d of 2000 are in the trash", n)
	}
	at := heads(t, current)[1000]
	since := "updated_since=" + url.QueryEscape(at.Updated.Format(time.RFC3339))
	if n := count(since + fmt.Sprintf("&from_id=%d", at.ID)); n != len(current)-1001 {
		t.Errorf("%d after the cursor, want %d", n, len(current)-1001)
	}
	id := trash[0].ID
	v := visit(t, shop)
	v.ask(t, "GET", fmt.Sprintf("/admin/products/%d.json", id), "", 404)
	shop.Reconfigure(func(c *insalestest.Switches) { c.ShowTrash = true })
	got := v.ask(t, "GET", fmt.Sprintf("/admin/products/%d.json", id), "", 200).object(t)
	equal(t, "archived", got["archived"], any(true))
}

// TestCatalogPages walks plain pages, newest id first.
func TestCatalogPages(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 333, Seed: 5})
	shop.AddVariant(insalestest.Variant{ID: 5, ProductID: 4, Title: "Старый"})
	_ = shop.EditProduct(insalestest.FirstCatalogProduct+100, func(p *insalestest.Product) { p.Title = "Правка" })
	var ids []int64
	for page := 1; ; page++ {
		list := reply{body: fetch(t, shop,
			fmt.Sprintf("/admin/products.json?with_deleted=1&per_page=50&page=%d", page))}.ids(t)
		if len(list) == 0 {
			break
		}
		ids = append(ids, list...)
	}
	equal(t, "all", len(ids), 334)
	equal(t, "the last", ids[333], 4)
	if !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
		t.Error("not by id")
	}
}

// TestCatalogFeedWithFilters: a page other than the first, and a filter beside
// the cursor, are what a plain reading of the same gives.
func TestCatalogFeedWithFilters(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 900, Seed: 8})
	all := heads(t, readAll(t, shop, 250, ""))
	from := all[200]
	since := "/admin/products.json?updated_since=" + url.QueryEscape(from.Updated.Format(time.RFC3339)) +
		fmt.Sprintf("&from_id=%d", from.ID)
	second := reply{body: fetch(t, shop, since+"&per_page=20&page=2")}.ids(t)
	for i, id := range second {
		equal(t, fmt.Sprint("the second page, ", i), id, all[221+i].ID)
	}
	equal(t, "its size", len(second), 20)
	var want []int64
	for _, h := range all[201:] {
		if p, _ := shop.Product(h.ID); slices.Contains(p.CollectionIDs, 27900001) {
			want = append(want, h.ID)
		}
	}
	got := reply{body: fetch(t, shop, since+"&per_page=250&collection_id=27900001")}.ids(t)
	equal(t, "of a collection", got, want[:min(len(want), 250)])
	var n struct{ Count int }
	decode(t, fetch(t, shop, strings.Replace(since, ".json", "/count.json", 1)+"&collection_id=27900001"), &n)
	equal(t, "count", n.Count, len(want))
	equal(t, "unknown", shop.UnknownFields(), []string(nil))
}

func TestCatalogCollections(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 2000, Seed: 5})
	var list []struct {
		ID     int64
		Parent *int64 `json:"parent_id"`
		Title  string
	}
	decode(t, fetch(t, shop, "/admin/collections.json?per_page=250"), &list)
	parents := map[int64]int64{}
	for _, c := range list {
		parents[c.ID] = 0
		if c.Parent != nil {
			parents[c.ID] = *c.Parent
		}
	}
	levels := map[int]int{}
	for id := range parents {
		depth := 0
		for ; id != 0; id = parents[id] {
			depth++
		}
		levels[depth]++
	}
	equal(t, "levels", fmt.Sprint(levels), "map[1:5 2:15 3:45]")

	// By collection, on each level, it is those that show its id.
	sizes := map[int64]int{}
	for p := range shop.Products() {
		for _, id := range p.CollectionIDs {
			sizes[id]++
			if parent := parents[id]; parent != 0 && !slices.Contains(p.CollectionIDs, parent) {
				t.Fatalf("product %d is in %d and not in %d above", p.ID, id, parent)
			}
		}
	}
	for _, c := range list[:10] {
		var n struct{ Count int }
		decode(t, fetch(t, shop, fmt.Sprintf("/admin/products/count.json?with_deleted=1&collection_id=%d", c.ID)), &n)
		equal(t, c.Title, n.Count, sizes[c.ID])
	}
	var byCategory struct{ Count int }
	decode(t, fetch(t, shop, "/admin/products/count.json?category_id=32380147"), &byCategory)
	if byCategory.Count < 50 {
		t.Errorf("%d in a category", byCategory.Count)
	}
	some := reply{body: fetch(t, shop, "/admin/products.json?filter[title]=кофе&per_page=250")}.ids(t)
	if len(some) < 50 {
		t.Errorf("%d have coffee in the title", len(some))
	}
}

// TestCatalogIsWhatItShows compares each product as the shop has it with what
// the API writes, read as leniently as a good client reads.
func TestCatalogIsWhatItShows(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 1500, Seed: 11})
	shown := map[int64]map[string]any{}
	for _, raw := range readAll(t, shop, 250, "&with_deleted=1") {
		var o map[string]any
		decode(t, raw, &o)
		id, _ := o["id"].(json.Number).Int64()
		shown[id] = o
	}
	n := 0
	for p := range shop.Products() {
		n++
		o := shown[p.ID]
		equal(t, "title", text(o["title"]), p.Title)
		equal(t, "description", text(o["description"]), p.Description)
		equal(t, "short description", text(o["short_description"]), p.ShortDescription)
		equal(t, "permalink", text(o["permalink"]), p.Permalink)
		equal(t, "hidden", o["is_hidden"], any(p.Hidden))
		equal(t, "archived", o["archived"], any(p.Archived))
		equal(t, "collections", fmt.Sprint(each(o["collections_ids"], "")), fmt.Sprint(p.CollectionIDs))
		images := slices.DeleteFunc(each(o["images"], "original_url"),
			func(url string) bool { return url == "/images/loading.gif" })
		equal(t, "images", strings.Join(images, " "), strings.Join(p.Images, " "))
		names, properties := map[string]string{}, []string{}
		for i, id := range each(o["properties"], "id") {
			names[id] = each(o["properties"], "title")[i]
		}
		for i, id := range each(o["characteristics"], "property_id") {
			properties = append(properties, fmt.Sprintf("{%s %s}", names[id], each(o["characteristics"], "title")[i]))
		}
		equal(t, "properties", "["+strings.Join(properties, " ")+"]", fmt.Sprint(p.Properties))
		equal(t, "options", strings.Join(each(o["option_names"], "title"), " "), strings.Join(p.Options, " "))
		variants := o["variants"].([]any)
		equal(t, "variants", len(variants), len(p.Variants))
		for i, v := range p.Variants {
			o := variants[i].(map[string]any)
			got := insalestest.VariantView{
				SKU: text(o["sku"]), Barcode: text(o["barcode"]), Price: plain(o["price"]),
				OldPrice:  plain(o["old_price"]),
				CostPrice: plain(o["cost_price"]), Quantity: plain(o["quantity"]), Weight: plain(o["weight"]),
				ID: v.ID, Values: v.Values, Prices: v.Prices,
			}
			equal(t, "variant", got, v)
			equal(t, "values", strings.Join(each(o["option_values"], "title"), " / "), strings.Join(v.Values, " / "))
			if len(v.Prices) > 1 {
				equal(t, "price2", plain(o["price2"])+plain(o["price3"]), v.Prices[0]+v.Prices[1])
			}
		}
		if t.Failed() {
			t.Fatalf("product %d: %v", p.ID, o)
		}
	}
	equal(t, "products", n, 1500)
}

// text reads a string or a number; what has no text is empty.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func plain(v any) string {
	d, err := decimal.NewFromString(text(v))
	if err != nil {
		return text(v)
	}
	return d.String()
}

// each takes a field of each element, or the elements themselves.
func each(list any, field string) []string {
	out := []string{}
	elements, _ := list.([]any)
	for _, e := range elements {
		if field != "" {
			e = e.(map[string]any)[field]
		}
		out = append(out, text(e))
	}
	return out
}

// TestCatalogHasWhatShopsHave looks for everything that a reader must cope with.
func TestCatalogHasWhatShopsHave(t *testing.T) {
	all := bytes.Join(
		rawBytes(readAll(t, stocked(insalestest.Catalog{Products: 1500, Seed: 1}), 250, "&with_deleted=1")),
		[]byte("\n"))
	for name, pattern := range map[string]string{
		"hidden": `"is_hidden":true`, "trash": `"archived":true`, "weighed": `"unit":"kgm"`,
		"no collection":     `"collections_ids":\[\]`,
		"no article number": `"sku":null`, "the same number": `"sku":"DUP-3"`, "a number for a string": `"sku":\d`,
		"below zero": `"quantity":-\d`, "not tracked": `"quantity":null`, "a fraction": `"quantity":\d+\.\d`,
		"a string for a number": `"quantity":"`,
		"price":                 `"price":"\d+\.\d+"`, "a price as a number": `"price":\d`,
		"weight": `"weight":"0\.25"`, "weight as a number": `"weight":1\.3`,
		"second price": `"price2":"\d`, "prices": `"prices":\["\d+\.\d+",null\]`, "cost price": `"cost_price":"\d`,
		"old price":        `"old_price":"\d`,
		"in site currency": `"price2_in_site_currency":null`, "second warehouse": `"quantity_at_warehouse1":"[1-9]`,
		"script": `<script>`, "handler": `onerror=\\"`, "address": `javascript:`, "comment": `<!-- <script>`,
		"line": `\\n`, "tab": `\\t`,
		"backslash": `\\\\ `, "quotes in a value": `"title":"\\"серебро\\""`,
		"several images":  `"position":4,"created_at"`,
		"null for a list": `"images":null`, "false for a text": `"description":false`,
		"an object for a text": `"short_description":{}`,
		"an object":            `"dimensions":{`, "vat": `"vat":"20"`, "a title of digits": `"title":"\d{4}"`,
		"two options":                    `"title":"\d\d / [а-яё]+"`,
		"two values of one property":     `"property_id":151753429,[^}]+},{"id":\d+,"property_id":151753429`,
		"an image that is not there yet": `"image_processing":true`,
		"image of a variant":             `"image_id":2`, "bar code as a number": `"barcode":46`,
	} {
		if !regexp.MustCompile(pattern).Match(all) {
			t.Errorf("%s: none", name)
		}
	}
	calm := bytes.Join(
		rawBytes(readAll(t, stocked(insalestest.Catalog{Products: 1500, Seed: 1, Plain: true}), 250, "")), nil)
	if found := regexp.MustCompile(`<script|javascript:|onerror|"price":\d|"description":false|"sku":\d`).
		Find(calm); found != nil {
		t.Errorf("a plain catalogue has %s", found)
	}
	t.Logf("%d bytes a product", len(all)/1500)
}

// TestCatalogProductLooksLikeTheSample: all names of the sample, and no others.
func TestCatalogProductLooksLikeTheSample(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 400, Seed: 2, Plain: true})
	compared := 0
	for p := range shop.Products() {
		if p.Variants[0].Quantity == "" || len(p.Images) == 0 || len(p.Properties) == 0 || len(p.Options) == 0 ||
			p.Archived || p.Description == "" {
			continue
		}
		compared++
		got := fetch(t, shop, fmt.Sprintf("/admin/products/%d.json", p.ID))
		for _, d := range differences(t, fixture(t, "product_rich_constructed.json"), got) {
			if strings.Contains(d, "null, sample has") || strings.Contains(d, "sample has null") ||
				strings.HasSuffix(d, ".bundle: not in the sample") ||
				strings.Contains(d, "quantity_at_warehouse1") {
				continue
			}
			t.Errorf("product %d: %s", p.ID, d)
		}
	}
	if compared < 20 {
		t.Errorf("only %d were compared", compared)
	}
}

// TestCatalogTakesOrders: what is bought is an own product from then on.
func TestCatalogTakesOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{Catalog: insalestest.Catalog{Products: 100, Seed: 4}})
		v := visit(t, shop)
		time.Sleep(time.Hour)
		var bought insalestest.ProductView
		for p := range shop.Products() {
			if q := p.Variants[0].Quantity; !p.Archived && len(q) > 1 && q[0] != '-' && !strings.Contains(q, ".") {
				bought = p
			}
		}
		variant := bought.Variants[0]
		o := v.ask(t, "POST", "/admin/orders.json", strings.Replace(smallOrder, "500000001", fmt.Sprint(variant.ID), 1),
			201).object(t)
		title := text(o["order_lines"].([]any)[0].(map[string]any)["title"])
		if !strings.HasPrefix(title, bought.Title) || len(variant.Values) > 0 &&
			!strings.HasSuffix(title, " ("+strings.Join(variant.Values, " / ")+")") {
			t.Errorf("title of the line: %s", title)
		}
		after, _ := shop.Product(bought.ID)
		was, _ := decimal.NewFromString(variant.Quantity)
		equal(t, "left", after.Variants[0].Quantity, was.Sub(decimal.NewFromInt(2)).String())
		equal(t, "changed", after.UpdatedAt.Equal(time.Now().Truncate(time.Second)), true)
		all := heads(t, readAll(t, shop, 250, "&with_deleted=1"))
		equal(t, "once in the feed", len(all), 105)
		equal(t, "at its end", all[104].ID, bought.ID)
	})
}

// TestCatalogIsShared reads and changes one shop from many sides at once.
func TestCatalogIsShared(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 500, Seed: 6})
	var all sync.WaitGroup
	for worker := range int64(4) {
		all.Go(func() {
			for i := range int64(25) {
				id := insalestest.FirstCatalogProduct + (i*4+worker)%500
				if err := shop.HideProduct(id); err != nil {
					t.Error(err)
				}
				r := httptest.NewRequest("GET",
					"/admin/products.json?per_page=20&updated_since=2020-01-01T00%3A00%3A00Z", nil)
				r.SetBasicAuth(insalestest.DefaultKeyID, insalestest.DefaultPassword)
				shop.ServeHTTP(httptest.NewRecorder(), r)
				if worker == 0 && i%10 == 0 {
					shop.EmptyStock()
				}
				for p := range shop.Products() {
					if p.ID > id {
						break
					}
				}
			}
		})
	}
	all.Wait()
	hidden := 0
	for p := range shop.Products() {
		if p.Hidden && p.ID < insalestest.FirstCatalogProduct+100 {
			hidden++
		}
	}
	equal(t, "hidden", hidden, 100)
}

// TestCatalogCostsNoMemory looks at pages from all over a million products.
func TestCatalogCostsNoMemory(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 1_000_000, Seed: 9})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	at := time.Now().AddDate(-2, 0, 0)
	for range 24 {
		c := cursor{since: at}
		if n := len(c.next(t, shop, 10)); n != 10 {
			t.Fatalf("%d products from %v", n, at)
		}
		at = at.AddDate(0, 1, -1)
	}
	equal(t, "count", string(fetch(t, shop, "/admin/products/count.json?with_deleted=1")), `{"count":1000000}`)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	runtime.KeepAlive(shop)
}

// BenchmarkCatalog reads pages of a large catalogue one after the other: the
// time of one product.
func BenchmarkCatalog(b *testing.B) {
	shop := stocked(insalestest.Catalog{Products: 1_000_000, Seed: 9})
	at, from, size := time.Now().AddDate(-3, 0, 0), int64(0), 0
	last := regexp.MustCompile(`"id":(\d+),"category_id":\d+,"created_at":"[^"]+","updated_at":"([^"]+)"`)
	b.ReportAllocs()
	for n := 0; n < b.N; n += 250 {
		body := fetch(b, shop,
			fmt.Sprintf("/admin/products.json?per_page=250&updated_since=%s&from_id=%d",
				url.QueryEscape(at.Format(time.RFC3339)), from))
		size += len(body)
		b.StopTimer()
		found := last.FindAllSubmatch(body, -1)
		if len(found) == 0 {
			at, from = time.Now().AddDate(-3, 0, 0), 0
		} else {
			end := found[len(found)-1]
			_ = json.Unmarshal(end[1], &from)
			at, _ = time.Parse(time.RFC3339, string(end[2]))
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(size)/float64(b.N), "bytes/product")
}
