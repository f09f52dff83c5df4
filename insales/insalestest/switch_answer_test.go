package insalestest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ineed-insales/insales/insalestest"
)

// TestSwitchesOfAnswers asks for the same with each switch off and on.
func TestSwitchesOfAnswers(t *testing.T) {
	const order = "/admin/orders/70000001.json"
	for name, tt := range map[string]struct {
		turn      func(*insalestest.Switches)
		method    string
		path      string
		body      string
		off, on   int    // codes
		field     string // of the answer, after a change to off and to on
		was, then string
	}{
		"NoAccountID": {turn: func(c *insalestest.Switches) { c.NoAccountID = true },
			path: "/admin/account.json", field: "id", was: "100001", then: "<nil>"},
		"HideManagerComment": {turn: func(c *insalestest.Switches) { c.HideManagerComment = true },
			path: order, field: "manager_comment", was: "[ineed:A-1:MAC]", then: "<nil>"},
		"MissingStatus": {turn: func(c *insalestest.Switches) { c.MissingStatus = 410 },
			path: "/admin/orders/1.json", off: 404, on: 410},
		"NoPriceKinds": {turn: func(c *insalestest.Switches) { c.NoPriceKinds = true },
			path: "/admin/price_kinds.json", on: 404},
		"RefusalIs400": {turn: func(c *insalestest.Switches) { c.RefusalIs400 = true }, method: "PUT", path: order,
			body: `{"order":{"fulfillment_status":"x"}}`, off: 422, on: 400},
		"IgnorePaid": {turn: func(c *insalestest.Switches) { c.IgnorePaid = true }, method: "PUT", path: order,
			body: `{"order":{"financial_status":"paid"}}`, field: "financial_status", was: "paid", then: "pending"},
		"IgnoreFulfillment": {turn: func(c *insalestest.Switches) { c.IgnoreFulfillment = true }, method: "PUT",
			path: order, body: `{"order":{"fulfillment_status":"accepted"}}`, field: "fulfillment_status",
			was: "accepted", then: "new"},
		"StatusApart": {turn: func(c *insalestest.Switches) { c.StatusApart = true }, method: "PUT", path: order,
			body: `{"order":{"custom_status_permalink":"v-obrabotke"}}`, field: "fulfillment_status",
			was: "accepted", then: "new"},
		"NoArchive": {turn: func(c *insalestest.Switches) { c.NoArchive = true }, method: "PUT", path: order,
			body: `{"order":{"archived":true}}`, field: "archived", was: "true", then: "false"},
		"ChangeComment": {turn: func(c *insalestest.Switches) { c.ChangeComment = true }, method: "PUT", path: order,
			body: `{"order":{"comment":"Да"}}`, field: "comment", was: "Да", then: "Комментарий покупателя: Да"},
		"StripEmoji": {turn: func(c *insalestest.Switches) { c.StripEmoji = true }, method: "PUT", path: order,
			body: `{"order":{"comment":"Да 🙂"}}`, field: "comment", was: "Да 🙂", then: "Да "},
		"RefuseControl": {turn: func(c *insalestest.Switches) { c.RefuseControl = true }, method: "PUT", path: order,
			body: `{"order":{"comment":"a\u0001\n"}}`, on: 422},
		"NoDelete": {turn: func(c *insalestest.Switches) { c.NoDelete = true }, method: "DELETE", path: order, on: 405},
		"CreatedIs200": {turn: func(c *insalestest.Switches) { c.CreatedIs200 = true }, method: "POST",
			path: "/admin/orders.json", body: smallOrder, off: 201},
		"DropMarker": {turn: func(c *insalestest.Switches) { c.DropMarker = true }, method: "POST",
			path: "/admin/orders.json", body: smallOrder, off: 201, on: 201, field: "manager_comment",
			was: "[ineed:A-1:MAC]", then: "<nil>"},
		"PickupNeedsAddress": {turn: func(c *insalestest.Switches) { c.PickupNeedsAddress = true }, method: "POST",
			path: "/admin/orders.json", off: 201, on: 422, body: `{"order":{"client":{"name":"Тест"},` +
				`"delivery_variant_id":7000001,"order_lines_attributes":[{"variant_id":500000003,"quantity":1}]}}`},
		"CountAll": {turn: func(c *insalestest.Switches) { c.CountAll = true },
			path: "/admin/orders/count.json?fulfillment_status=returned", field: "count", was: "0", then: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, on := range []bool{false, true} {
				shop := insalestest.New(insalestest.Config{})
				v := visit(t, shop)
				v.made(t, "/admin/orders.json", smallOrder)
				code, want := tt.off, tt.was
				if on {
					shop.Reconfigure(tt.turn)
					code, want = tt.on, tt.then
				}
				got := v.ask(t, cmp.Or(tt.method, "GET"), tt.path, tt.body, cmp.Or(code, 200))
				if tt.field != "" {
					equal(t, tt.field, fmt.Sprint(got.object(t)[tt.field]), want)
				}
			}
		})
	}
}

// TestSwitchesOfTheFeed asks for what has changed since the time of an order.
func TestSwitchesOfTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := insalestest.New(insalestest.Config{FirstOrderID: 1})
		v := visit(t, shop)
		for range 4 {
			v.made(t, "/admin/orders.json", smallOrder)
		}
		v.ask(t, "DELETE", "/admin/orders/2.json", "", 200)
		since := time.Now().UTC().Format(time.RFC3339)
		for _, tt := range []struct {
			turn        func(*insalestest.Switches)
			query, want string
		}{
			{func(*insalestest.Switches) {}, "&from_id=1", "[3 4]"},
			{func(c *insalestest.Switches) { c.FeedUnsorted = true }, "", "[4 3 1]"},
			{func(c *insalestest.Switches) { c.FeedExclusive = true }, "", "[]"},
			{func(c *insalestest.Switches) { c.IgnoreFromID = true }, "&from_id=3", "[1 3 4]"},
			{func(c *insalestest.Switches) { c.Trash = insalestest.TrashAlways }, "", "[1 2 3 4]"},
			{func(c *insalestest.Switches) { c.Trash = insalestest.TrashNever }, "&with_deleted=true", "[1 3 4]"},
			{func(c *insalestest.Switches) { c.PageMax = 2 }, "&with_deleted=true", "[1 2]"},
			{func(c *insalestest.Switches) { c.FeedDelay = time.Second }, "", "[]"},
		} {
			shop.Reconfigure(func(c *insalestest.Switches) { *c = insalestest.Switches{}; tt.turn(c) })
			list := v.ask(t, "GET", "/admin/orders.json?updated_since="+since+tt.query, "", 200).ids(t)
			equal(t, tt.query, fmt.Sprint(list), tt.want)
		}
		time.Sleep(time.Second)
		equal(t, "late", len(v.ask(t, "GET", "/admin/orders.json", "", 200).ids(t)), 3)
	})
}

// TestOneOrderForOneBody: who repeats a create gets the order that is there, while
// another body makes another one.
func TestOneOrderForOneBody(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{Idempotent: true, MergeClients: true}})
	v := visit(t, shop)
	one, again := v.made(t, "/admin/orders.json", smallOrder), v.made(t, "/admin/orders.json", smallOrder)
	other := v.made(t, "/admin/orders.json", strings.Replace(smallOrder, "Позвоните за час", "Не звоните", 1))
	equal(t, "again", again, one)
	if other == one || len(shop.Clients()) != 1 {
		t.Errorf("%s and %s of %v", one, other, shop.Clients())
	}
}

// TestSharedWindow: what one key asks for counts for the other.
func TestSharedWindow(t *testing.T) {
	shop := insalestest.New(insalestest.Config{})
	shop.AddKey("b", "b")
	shop.Use("b", 3)
	equal(t, "apart", shop.Usage(insalestest.DefaultKeyID), 0)
	shop.Reconfigure(func(c *insalestest.Switches) { c.ShareWindow = true })
	shop.Use("b", 3)
	equal(t, "together", shop.Usage(insalestest.DefaultKeyID), 3)
	equal(t, "header", visit(t, shop).ask(t, "GET", "/admin/account.json", "", 200).header.Get("API-Usage-Limit"),
		"4/500")
	shop.Reconfigure(func(c *insalestest.Switches) { c.NoUsage, c.NoDate = true, true })
	h := visit(t, shop).ask(t, "GET", "/admin/account.json", "", 200).header
	equal(t, "no headers", h.Get("API-Usage-Limit")+h.Get("Date"), "")
}

// TestNewTypes: what no client knows, and what only one side tells.
func TestNewTypes(t *testing.T) {
	shop := insalestest.New(insalestest.Config{Switches: insalestest.Switches{NewDeliveryType: true,
		NewPaymentType: true, LinksOneSided: true, AllObligatory: true, ShowCosts: true}})
	v := visit(t, shop)
	for path, want := range map[string]string{
		"delivery_variants/7000003": "DeliveryVariant::Courier24", "payment_gateways/5000002": "Acquiring::Sbp",
	} {
		equal(t, path, v.ask(t, "GET", "/admin/"+path+".json", "", 200).object(t)["type"], any(want))
	}
	_, linked := v.ask(t, "GET", "/admin/delivery_variants/7000001.json", "",
		200).object(t)["payment_delivery_variants"]
	equal(t, "linked", linked, false)
	equal(t, "obligatory", v.ask(t, "GET", "/admin/fields/12500001.json", "", 200).object(t)["obligatory"], any(true))
	var p struct {
		Variants []struct {
			Cost string `json:"cost_price"`
		} `json:"variants"`
	}
	if err := json.Unmarshal(v.ask(t, "GET", "/admin/products/300000001.json", "", 200).body, &p); err != nil {
		t.Fatal(err)
	}
	equal(t, "cost", p.Variants[0].Cost, "1.0")
}
