package insalestest_test

import (
	"net/http"
	"testing"

	"ineed-insales/insales/insalestest"
)

// A list shows less than there is, in another order, or whatever is asked; what
// is asked for by its id is as it was.
func TestFaultList(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		for range 5 {
			v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		}
		const feed = "/admin/orders.json?updated_since=2000-01-01T00%3A00%3A00Z&from_id=70000001"
		all := v.ask(t, "GET", feed, "", 200).ids(t)
		equal(t, "as it is", all, []int64{70000002, 70000003, 70000004, 70000005})
		for name, tc := range map[string]struct {
			rule insalestest.Rule
			want []int64
		}{
			"nothing":     {insalestest.Rule{List: insalestest.NoRows}, []int64{}},
			"half":        {insalestest.Rule{List: insalestest.FirstHalf}, all[:2]},
			"no first":    {insalestest.Rule{List: insalestest.WithoutFirst}, all[1:]},
			"each second": {insalestest.Rule{List: insalestest.EverySecond}, []int64{70000003, 70000005}},
			"backwards": {insalestest.Rule{List: insalestest.Backwards},
				[]int64{70000005, 70000004, 70000003, 70000002}},
			"from_id": {insalestest.Rule{Ignore: []string{"from_id"}}, append([]int64{70000001}, all...)},
		} {
			tc.rule.Op = insalestest.OpOrders
			f := shop.Fault(tc.rule)
			equal(t, name, v.ask(t, "GET", feed, "", 200).ids(t), tc.want)
			f.Clear()
		}
		shop.Fault(
			insalestest.Rule{List: insalestest.NoRows, Header: http.Header{"Date": {"Thu, 01 Jan 2099 00:00:00 GMT"}},
				Times: 1})
		got := v.ask(t, "GET", "/admin/orders/70000002.json", "", 200)
		equal(t, "date", got.header.Get("Date"), "Thu, 01 Jan 2099 00:00:00 GMT")
	})
}

// What was made since a backup is gone with it, and its ids are given again.
func TestBackup(t *testing.T) {
	faulty(t, func(t *testing.T, shop *insalestest.Shop, v *visitor) {
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		restore := shop.Backup()
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		_ = shop.SetStatus(70000001, "otgruzhen")
		restore()
		v.ask(t, "GET", "/admin/orders/70000002.json", "", 404)
		o, _ := shop.Order(70000001)
		equal(t, "status", o.Fulfillment, "new")
		v.ask(t, "POST", "/admin/orders.json", smallOrder, 201)
		v.ask(t, "GET", "/admin/orders/70000002.json", "", 200)
	})
}
