package insalestest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"ineed-insales/insales/insalestest"
)

const firstProduct = insalestest.FirstCatalogProduct

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// changes are the ids in the feed from a time on.
func changes(t *testing.T, shop *insalestest.Shop, from time.Time, more string) []int64 {
	t.Helper()
	q := "/admin/products.json?per_page=250&updated_since=" + url.QueryEscape(from.Format(time.RFC3339)) + more
	return reply{body: fetch(t, shop, q)}.ids(t)
}

func TestProductKnobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := stocked(insalestest.Catalog{Products: 50, Seed: 1})
		id := firstProduct + 7
		must(t, shop.RestoreProduct(id))
		v := visit(t, shop)
		status := func() string {
			t.Helper()
			r, err := v.try(t.Context(), "GET", fmt.Sprintf("/admin/products/%d.json", id), "")
			must(t, err)
			return fmt.Sprint(r.status)
		}
		for _, step := range []struct {
			name         string
			do           func(int64) error
			byID         string
			plain, trash bool // in the feed without and with with_deleted
			shown        bool
		}{
			{"hide", shop.HideProduct, "200", true, true, false},
			{"unhide", shop.UnhideProduct, "200", true, true, true},
			{"trash", shop.TrashProduct, "404", false, true, false},
			{"restore", shop.RestoreProduct, "200", true, true, true},
			{"delete", shop.DeleteProduct, "404", false, false, false},
		} {
			time.Sleep(time.Minute)
			now := time.Now()
			must(t, step.do(id))
			equal(t, step.name+": by id", status(), step.byID)
			equal(t, step.name+": feed", slices.Contains(changes(t, shop, now, ""), id), step.plain)
			equal(t, step.name+": feed with the trash", slices.Contains(changes(t, shop, now, "&with_deleted=1"), id),
				step.trash)
			p, found := shop.Product(id)
			equal(t, step.name+": shown", found && p.Shown(), step.shown)
		}
		equal(t, "no trace", len(changes(t, shop, time.Now().AddDate(-5, 0, 0), "&with_deleted=1")), 49)
		for name, err := range map[string]error{
			"trash": shop.TrashProduct(id), "delete": shop.DeleteProduct(id), "edit": shop.EditVariant(5, nil),
			"many": shop.EditProducts([]int64{id}, nil),
		} {
			if err == nil || !strings.Contains(err.Error(), "not in the shop") {
				t.Errorf("%s of what is not there: %v", name, err)
			}
		}
	})
}

// TestLateProduct: what is committed late has an older time than what was read
// already.
func TestLateProduct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{NoSeed: true, Limit: 1000})
		v := visit(t, shop)
		shop.Fault(insalestest.Rule{Op: "product_create", LateVisible: time.Minute, Times: 1})
		start := time.Now()
		late := v.post(t, "/admin/products.json", `{"product":{"title":"Поздний","variants_attributes":[{"price":1}]}}`)
		time.Sleep(10 * time.Second)
		v.post(t, "/admin/products.json", `{"product":{"title":"Обычный","variants_attributes":[{"price":1}]}}`)
		path := "/admin/products/" + text(late["id"]) + ".json"
		v.ask(t, "GET", path, "", 404)
		equal(t, "hidden", len(changes(t, shop, start, "")), 1)
		equal(t, "count", string(fetch(t, shop, "/admin/products/count.json")), `{"count":1}`)
		time.Sleep(50 * time.Second)
		v.ask(t, "GET", path, "", 200)
		equal(t, "first of both", fmt.Sprint(changes(t, shop, start, "")[0]), text(late["id"]))

		must(t, shop.ConcealProduct(changes(t, shop, start, "")[1], time.Hour))
		equal(t, "concealed", len(changes(t, shop, start, "")), 1)
		time.Sleep(time.Hour)
		equal(t, "again", len(changes(t, shop, start, "")), 2)
		must(t, shop.SetProductUpdatedAt(changes(t, shop, start, "")[1], start.Add(-time.Hour)))
		equal(t, "older than all", len(changes(t, shop, start, "")), 1)
	})
}

// TestMassEdit: many products at one time, more than a page.
func TestMassEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := stocked(insalestest.Catalog{Products: 1200, Seed: 3})
		var ids []int64
		for p := range shop.Products() {
			if !p.Archived && len(ids) < 700 {
				ids = append(ids, p.ID)
			}
		}
		time.Sleep(time.Hour)
		now := time.Now()
		must(t, shop.EditProducts(ids, func(p *insalestest.Product, variants []insalestest.Variant) {
			p.Title = "Акция: " + p.Title
			for i := range variants {
				variants[i].Price = decimal.NewFromInt(77)
			}
		}))
		c, seen := cursor{since: now}, 0
		for {
			list := c.next(t, shop, 250)
			if len(list) == 0 {
				break
			}
			for _, h := range heads(t, list) {
				equal(t, "equal times", h.Updated.Equal(now), true)
				seen++
			}
		}
		equal(t, "all of them", seen, 700)
		p, _ := shop.Product(ids[699])
		equal(t, "edited", strings.HasPrefix(p.Title, "Акция: "), true)
		equal(t, "all variants", p.Variants[len(p.Variants)-1].Price, "77")
	})
}

// TestExchange takes all stock away and gives it back, as an exchange with an
// accounting program does, and the same with prices.
func TestExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(
			insalestest.Config{Limit: 1 << 20, Catalog: insalestest.Catalog{Products: 600, Seed: 3}})
		v := visit(t, shop)
		stock := func() (sum decimal.Decimal, all string) {
			for p := range shop.Products() {
				for _, v := range p.Variants {
					q, _ := decimal.NewFromString(v.Quantity)
					sum = sum.Add(q.Abs())
					all += v.Quantity + "×" + v.Price + " "
				}
			}
			return sum, all
		}
		_, before := stock()
		quantity := map[int64]string{}
		for p := range shop.Products() {
			quantity[p.ID] = p.Variants[0].Quantity
		}
		edited := firstProduct + 11
		must(t, shop.HideProduct(edited)) // an own one keeps its stock too
		time.Sleep(time.Hour)
		now := time.Now()
		shop.EmptyStock()
		sum, _ := stock()
		equal(t, "nothing left", sum.String(), "0")
		c, n, last := cursor{since: now, more: "&with_deleted=1"}, 0, int64(0)
		for {
			list := c.next(t, shop, 250)
			if len(list) == 0 {
				break
			}
			for _, h := range heads(t, list) {
				if !h.Updated.Equal(now) || h.ID <= last {
					t.Fatalf("%v after %d", h, last)
				}
				last = h.ID
				n++
			}
		}
		equal(t, "all have changed", n, 605)
		equal(t, "shown", string(part(t, fetch(t, shop, "/admin/products/300000005.json"), "variants", 0, "quantity")),
			"0")

		time.Sleep(time.Minute)
		v.ask(t, "PUT", "/admin/products/300000005/variants/500000006.json", `{"variant":{"quantity":8}}`, 200)
		five, by := decimal.NewFromInt(5), firstProduct
		for p := range shop.Products() {
			if p.ID > firstProduct && len(p.Variants) == 1 && p.Variants[0].Quantity != "" {
				by = p.ID
			}
		}
		p, _ := shop.Product(by)
		must(t, shop.EditVariant(p.Variants[0].ID, func(v *insalestest.Variant) { v.Stock = &five }))
		shop.RefillStock()
		p, _ = shop.Product(by)
		equal(t, "written by hand meanwhile", p.Variants[0].Quantity, "5")
		was := decimal.RequireFromString(quantity[by])
		must(t, shop.EditVariant(p.Variants[0].ID, func(v *insalestest.Variant) { v.Stock = &was }))
		_, after := stock()
		equal(t, "as before, but for what was written meanwhile", after, strings.Replace(before, "3×450 ", "8×450 ", 1))
		equal(t, "later", len(changes(t, shop, now.Add(time.Second), "&with_deleted=1")), 250)

		shop.ZeroPrices()
		for p := range shop.Products() {
			for _, v := range p.Variants {
				if v.Price != "0" {
					t.Fatalf("variant %d costs %s", v.ID, v.Price)
				}
			}
		}
		must(t, shop.EditVariant(500000003, func(v *insalestest.Variant) { v.Price = decimal.NewFromInt(60) }))
		shop.RestorePrices()
		_, after = stock()
		equal(t, "prices again", after,
			strings.Replace(strings.Replace(before, "3×450 ", "8×450 ", 1), "×49.9 ", "×60 ", 1))
		time.Sleep(time.Minute)
		shop.TouchProducts()
		_, touched := stock()
		equal(t, "only touched", touched, after)
		equal(t, "all", len(changes(t, shop, time.Now(), "")), 250)
	})
}

func TestMangledProduct(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	v := visit(t, shop)
	must(t, shop.MangleProduct(300000001, func(p map[string]any) { p["variants"] = "broken"; delete(p, "title") }))
	equal(t, "by id", v.show(t, 300000001)["variants"], any("broken"))
	list := v.ask(t, "GET", "/admin/products.json", "", 200).body
	equal(t, "in a list", string(part(t, list, 4, "variants")), `"broken"`)
	equal(t, "next to it", len(reply{body: list}.ids(t)), 5)
	must(t, shop.MangleProduct(300000001, nil))
	equal(t, "whole", text(v.show(t, 300000001)["title"]), "Футболка")
}

// TestLargePages: pages above a size are too much for the shop.
func TestLargePages(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 300})
	v := visit(t, shop)
	fault := shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, PerPageOver: 62, Status: 504})
	for query, want := range map[string]int{"per_page=250": 504, "per_page=125": 504, "per_page=62": 200, "": 504,
		"per_page=10&page=2": 200} {
		v.ask(t, "GET", "/admin/products.json?"+query, "", want)
	}
	v.ask(t, "GET", "/admin/products/count.json?per_page=250", "", 200)
	equal(t, "hits", fault.Hits(), 3)
}

func TestTruncatedBody(t *testing.T) {
	shop := stocked(insalestest.Catalog{Products: 300})
	v := visit(t, shop)
	shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Action: insalestest.Half, Times: 1})
	shop.Fault(insalestest.Rule{Op: insalestest.OpProducts, Action: insalestest.Torn, Times: 1})
	half := v.ask(t, "GET", "/admin/products.json?per_page=250", "", 200)
	equal(t, "JSON", json.Valid(half.body), false)
	equal(t, "length", half.header.Get("Content-Length"), fmt.Sprint(len(half.body)))
	if r, err := v.try(t.Context(), "GET", "/admin/products.json?per_page=250", ""); err == nil {
		t.Errorf("a torn body was read: %d bytes", len(r.body))
	}
	whole := v.ask(t, "GET", "/admin/products.json?per_page=250", "", 200)
	equal(t, "half of it", len(whole.body)/2, len(half.body))
}

// TestProductHooks: lists of products, no longer than batch_size.
func TestProductHooks(t *testing.T) {
	var box mailbox
	shop := insalestest.New(
		insalestest.Config{Limit: 1000, Deliver: box.deliver, Catalog: insalestest.Catalog{Products: 60, Seed: 1}})
	v := visit(t, shop)
	v.post(t, "/admin/webhooks.json",
		`{"webhook":{"address":"http://receiver/a","topic":"products/update","format_type":"json","batch_size":25}}`)
	v.post(t, "/admin/webhooks.json",
		`{"webhook":{"address":"http://receiver/b","topic":"products/update","format_type":"json"}}`)
	v.post(t, "/admin/webhooks.json", `{"webhook":{"address":"http://receiver/c","topic":"products/create"}}`)
	heard := func() string {
		t.Helper()
		all := ""
		_, list := box.take()
		for _, l := range list {
			n := strings.Count(string(l.body), "<product>")
			if l.hook.Format == insalestest.FormatJSON {
				n = len(reply{body: l.body}.ids(t))
			}
			all += fmt.Sprintf("%s %d, ", strings.TrimPrefix(l.hook.Address, "http://receiver/"), n)
		}
		return all
	}
	v.ask(t, "PUT", "/admin/products/300000001.json", `{"product":{"title":"x"}}`, 200)
	equal(t, "one", heard(), "a 1, b 1, ")
	v.ask(t, "PUT", "/admin/products/300000001.json", `{"product":{"title":""}}`, 422)
	equal(t, "refused", heard(), "")
	v.post(t, "/admin/products.json", `{"product":{"title":"y","variants_attributes":[{"price":1}]}}`)
	equal(t, "new", heard(), "c 1, ")
	v.post(t, "/admin/orders.json", smallOrder)
	equal(t, "an order", heard(), "a 2, b 2, ")
	var ids []int64
	for i := range int64(27) {
		ids = append(ids, firstProduct+i)
	}
	must(t, shop.EditProducts(ids, func(p *insalestest.Product, _ []insalestest.Variant) { p.Hidden = true }))
	equal(t, "many", heard(), "a 25, a 2, b 10, b 10, b 7, ")
	shop.EmptyStock()
	must(t, shop.SetProductUpdatedAt(firstProduct, time.Unix(1, 0)))
	must(t, shop.DeleteProduct(firstProduct))
	equal(t, "without a word", heard(), "")
	v.ask(t, "DELETE", "/admin/products/300000001.json", "", 200)
	equal(t, "the trash", heard(), "a 1, b 1, ")
}

// TestFeedFindsAllEdits walks the feed by the documented algorithm while
// products are changed in all ways; at the end what was read last of each is
// what the shop has. What is hard-deleted can only be found by looking.
func TestFeedFindsAllEdits(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			shop := insalestest.New(
				insalestest.Config{Limit: 1 << 20, Switches: insalestest.Switches{ShowTrash: true},
					Catalog: insalestest.Catalog{Products: 400, Seed: seed}})
			v := visit(t, shop)
			read, c := map[int64]string{}, cursor{since: time.Now().AddDate(-5, 0, 0), more: "&with_deleted=1"}
			gone := map[int64]bool{}
			step := func() int {
				list := c.next(t, shop, 40)
				for _, raw := range list {
					var h head
					decode(t, raw, &h)
					read[h.ID] = string(raw)
				}
				return len(list)
			}
			for range 300 {
				time.Sleep(time.Duration(r.IntN(3)) * time.Second)
				randomEdit(t, r, shop, v, gone)
				if r.IntN(3) == 0 {
					time.Sleep(time.Second) // what changes in the second of the cursor can be missed
					step()
				}
			}
			time.Sleep(time.Second)
			for step() > 0 {
			}
			for id := range gone {
				delete(read, id)
			}
			n := 0
			for p := range shop.Products() {
				n++
				now := string(fetch(t, shop, fmt.Sprintf("/admin/products/%d.json", p.ID)))
				if read[p.ID] != now {
					t.Fatalf("seed %d: product %d was read as\n%s\nand is\n%s", seed, p.ID, read[p.ID], now)
				}
			}
			equal(t, "products", n, len(read))
		})
	}
}

func randomEdit(t *testing.T, r *rand.Rand, shop *insalestest.Shop, v *visitor, gone map[int64]bool) {
	t.Helper()
	id := firstProduct + int64(r.IntN(400))
	p, found := shop.Product(id)
	if !found {
		return
	}
	switch r.IntN(12) {
	case 0:
		must(t, shop.TrashProduct(id))
	case 1:
		must(t, shop.RestoreProduct(id))
	case 2:
		must(t, shop.HideProduct(id))
	case 3:
		gone[id] = true
		must(t, shop.DeleteProduct(id))
	case 4:
		must(t,
			shop.EditProducts([]int64{id, 300000001},
				func(p *insalestest.Product, _ []insalestest.Variant) { p.Description = fmt.Sprint(r.IntN(100)) }))
	case 5:
		if r.IntN(10) == 0 {
			shop.EmptyStock()
		}
	case 6:
		if r.IntN(10) == 0 {
			shop.RefillStock()
		}
	case 7:
		if !p.Archived {
			v.post(t, fmt.Sprintf("/admin/products/%d/images.json", id),
				`{"image":{"filename":"a.png","attachment":"x"}}`)
			time.Sleep(31 * time.Second) // its address comes without a change
			must(t, shop.UnhideProduct(id))
		}
	default:
		body := fmt.Sprintf(`{"variants":[{"id":%d,"price":%d},{"id":%d,"quantity":%d}]}`,
			p.Variants[0].ID, r.IntN(1000), p.Variants[len(p.Variants)-1].ID, r.IntN(50)-5)
		v.ask(t, "PUT", "/admin/products/variants_group_update.json", body, 200)
	}
}
