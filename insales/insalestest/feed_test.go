package insalestest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// place puts n orders into the shop, all in one second.
func place(t *testing.T, shop *insalestest.Shop, n int) {
	t.Helper()
	for range n {
		if _, err := shop.PlaceOrder(
			insalestest.Placement{Lines: []insalestest.PlacedLine{{VariantID: 500000001}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func since(at time.Time, more string) string {
	return "/admin/orders.json?updated_since=" + url.QueryEscape(at.Format(time.RFC3339)) + more
}

func TestFeedOrderAndCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{FirstOrderID: 1})
		v := visit(t, shop)
		start := time.Now()
		place(t, shop, 3) // 1, 2, 3 in one second
		time.Sleep(time.Second)
		place(t, shop, 1)
		_ = shop.Touch(2)
		list := func(path string) []int64 { return v.ask(t, "GET", path, "", 200).ids(t) }

		equal(t, "all", list(since(start, "")), []int64{1, 3, 2, 4})
		equal(t, "a page", list(since(start, "&per_page=2")), []int64{1, 3})
		equal(t, "after 1", list(since(start, "&from_id=1")), []int64{3, 2, 4})
		equal(t, "after 3", list(since(start, "&from_id=3")), []int64{2, 4})
		equal(t, "from the next second", list(since(start.Add(time.Second), "")), []int64{2, 4})
		equal(t, "from_id is for that second only", list(since(start, "&from_id=4")), []int64{2, 4})
		equal(t, "end", list(since(start.Add(time.Second), "&from_id=4")), []int64{})
		equal(t, "newest first", list("/admin/orders.json"), []int64{4, 3, 2, 1})
		equal(t, "page 2", list("/admin/orders.json?page=2&per_page=3"), []int64{1})
		equal(t, "page 9", list("/admin/orders.json?page=9"), []int64{})

		_ = shop.SetUpdatedAt(1, start.Add(time.Hour))
		equal(t, "from the future", list(since(start.Add(time.Minute), "")), []int64{1})
		_ = shop.Quietly(3, func() error { return shop.SetStatus(3, "otmenen") })
		equal(t, "a quiet change", list(since(start, "&per_page=1")), []int64{3})
	})
}

func TestFeedZones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := visit(t, insalestest.New(insalestest.Config{}))
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201) // at midnight, UTC
		for at, shown := range map[string]int{"2000-01-01 00:00:00": 1, "2000-01-01 00:00:00.5": 0,
			"2000-01-01 03:00:00": 0, "2000-01-01 03:00:00 +03:00": 1} {
			equal(t, at, len(v.ask(t, "GET", "/admin/orders.json?updated_since="+url.QueryEscape(at), "", 200).ids(t)),
				shown)
		}
		for _, good := range []string{"2000-01-01T00:00:00Z", "2000-01-01T03:00:00+03:00",
			"2000-01-01 03:00:00 +03:00", "2000-01-01 03:00:00+03:00", "2000-01-01T03:00:00 +03:00",
			"2000-01-01T03:00:00.171401+03:00", "2000-01-01T00:00:00", "2000-01-01 00:00:00", "2000-01-01 00:00:00.5"} {
			v.ask(t, "GET", "/admin/orders.json?updated_since="+url.QueryEscape(good), "", 200)
		}
		for _, bad := range []string{"2000-01-01T00:00:00+03:00", "yesterday",
			""} {
			v.ask(t, "GET", "/admin/orders.json?updated_since="+bad, "", 422)
			v.ask(t, "GET", "/admin/orders/count.json?updated_since="+bad, "", 422)
		}
	})
}

func TestFeedTrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{FirstOrderID: 1})
		v := visit(t, shop)
		start := time.Now()
		place(t, shop, 3)
		time.Sleep(time.Second)
		_ = shop.Trash(1)
		_ = shop.HardDelete(2)
		list := func(path string) []int64 { return v.ask(t, "GET", path, "", 200).ids(t) }
		equal(t, "without", list(since(start, "")), []int64{3})
		equal(t, "with", list(since(start, "&with_deleted=1")), []int64{3, 1})
		equal(t, "only", list(since(start, "&deleted=true")), []int64{1})
		equal(t, "deleted is ignored with with_deleted", list(since(start, "&deleted=1&with_deleted=1")), []int64{3, 1})
		count := v.ask(t, "GET",
			strings.Replace(since(start, "&with_deleted=1"), "orders.json", "orders/count.json", 1), "", 200)
		equal(t, "count", string(count.body), `{"count":2}`)
		equal(t, "count of all", string(v.ask(t, "GET", "/admin/orders/count.json", "", 200).body), `{"count":1}`)
	})
}

func TestFeedPageSize(t *testing.T) {
	shop := insalestest.New(insalestest.Config{PerPageMax: 3})
	v := visit(t, shop)
	place(t, shop, 5)
	equal(t, "clamped", len(v.ask(t, "GET", "/admin/orders.json?per_page=4", "", 200).ids(t)), 3)
	v.ask(t, "GET", "/admin/orders.json?per_page=0&page=x", "", 200)
	equal(t, "reported", fmt.Sprint(shop.UnknownFields()),
		"[?page not a positive number ?per_page not a positive number ?per_page over 3]")
}

// TestFeedWalk walks the feed by the documented algorithm while orders change,
// and must see the last state of each.
func TestFeedWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{FirstOrderID: 1})
		v := visit(t, shop)
		at, from := time.Now(), int64(0)
		place(t, shop, 40)
		seen := map[int64]string{}
		for step := range 200 {
			var page []struct {
				ID      int64
				Updated time.Time `json:"updated_at"`
				Status  string    `json:"fulfillment_status"`
			}
			decode(t, v.ask(t, "GET", since(at, fmt.Sprintf("&per_page=7&from_id=%d", from)), "", 200).body, &page)
			for _, o := range page {
				seen[o.ID], at, from = o.Status, o.Updated, o.ID
			}
			if step < 30 {
				time.Sleep(time.Second)
				_ = shop.SetStatus(int64(step%40+1), "otgruzhen")
			} else if len(page) == 0 {
				break
			}
		}
		for _, o := range shop.Orders() {
			equal(t, fmt.Sprint("order ", o.ID), seen[o.ID], o.Fulfillment)
		}
	})
}
