package insales

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
)

// documents are bodies that were met, that are hostile, or that name things
// twice or in another case: the seeds of all the targets here.
func documents(f *testing.F) {
	for _, name := range []string{"order_full_constructed.json", "webhook_orders_update_constructed.json",
		"error_422_constructed.json"} {
		if text, err := os.ReadFile("../testdata/insales/" + name); err == nil {
			f.Add(text)
			f.Add([]byte("[" + string(text) + "]"))
		}
	}
	for _, text := range []string{
		small, "[" + small + "," + small + "]", `{"order":` + small + `}`, "\ufeff[" + small + "]", `null`, `[null]`,
		`[{}]`, `[7,"x",[]]`, ``,
		`{"id":7,"ID":8,"id":"7","updated_at":"2026-11-23T12:00:00+03:00","manager_comment":null,` +
			`"Manager_Comment":"x"}`,
		`[{"id":7,"id":8,"manager_comment":"[ineed:"}]`, `{"order":{"order":{"order":{}}}}`,
		strings.Repeat(`{"order":`, 100), strings.Repeat("[", 100),
		`[{"id":1e999999999,"total_price":"1e999999999"}]`, `[{"manager_comment":"\ud800\u0000\u202e"}]`,
		"[{\"title\":\"\xff\xfe\"}]",
		`{"errors":{"phone":["плохой"]},"error":"x"}`,
		`[{"id":1,"address":"https://x.example/","topic":"orders/update","format_type":"json"}]`,
		`[{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","price":"1","variants":[{"id":1,"price":"9",` +
			`"PRICE":"4","option_values":[{}]}]}]`,
		`[{"id":7,"updated_at":"2026-11-23T12:00:00+03:00","variants":[{"id":1,"price":"9","price":"4"}]}]`, `[1,]`,
		`[{]}`, `["\"]`, `[01]`, `{"id":1}{}`,
	} {
		f.Add([]byte(text))
	}
}

// FuzzOrders looks for pages whose orders are lost without a word, and for
// orders that say something else when they are read again.
func FuzzOrders(f *testing.F) {
	documents(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var page Page
		if err := page.decode(newBody(bytes.NewReader(body), maxFeed, nil), "ineed:"); err == nil &&
			page.Len != len(page.Orders)+len(page.Unreadable) {
			t.Errorf("%d of %d", len(page.Orders)+len(page.Unreadable), page.Len)
		}
		for _, o := range page.Orders {
			if o.ID <= 0 || o.UpdatedAt.IsZero() {
				t.Errorf("%+v", o)
			}
		}
		one, err := decodeOrder(body)
		again, err2 := decodeOrder(body)
		if !reflect.DeepEqual(one, again) || (err == nil) != (err2 == nil) {
			t.Errorf("%+v %v, %+v %v", one, err, again, err2)
		}
		var o Order
		if err := orderInto(&o)(newBody(bytes.NewReader(body), maxOrder, nil)); err == nil && o.ID <= 0 {
			t.Errorf("%+v", o)
		}
	})
}

// FuzzProducts looks for the same of products.
func FuzzProducts(f *testing.F) {
	documents(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var page ProductPage
		n := 0
		err := page.decode(newBody(bytes.NewReader(body), maxPage, nil), ProductQuery{PerPage: 250, Price: "price"},
			func(p Product) {
				if n++; p.ID <= 0 || p.UpdatedAt.IsZero() {
					t.Errorf("%+v", p)
				}
			})
		if err == nil && page.Len != n+page.Unreadable {
			t.Errorf("%d and %d of %d", n, page.Unreadable, page.Len)
		}
	})
}

// FuzzDictionaries reads all that comes as one object or as a list of them, and
// the bodies of errors.
func FuzzDictionaries(f *testing.F) {
	documents(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var m fields
		_ = jsonInto(&m, append(hookFields, "count", "main_host", "blocked")...)(newBody(bytes.NewReader(body),
			maxSmall, nil))
		for _, wanted := range [][]string{hookFields, collectionFields, deliveryFields, paymentFields, statusFields,
			checkoutFields, {"variants"}} {
			_ = each(100, maxEntry, wanted, func(m fields) {
				_, _ = decodeHook(m), m.links("id")
				_ = m.title("title")
				for _, v := range m.objects("variants", 10, "price2") {
					_ = v.sight("price2")
				}
			})(newBody(bytes.NewReader(body), maxDictionary, nil))
		}
		for _, text := range messages(body) {
			if text == "" {
				t.Error("an empty message")
			}
		}
	})
}
