package handlers

import (
	"strings"
	"testing"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// TestWebhookReads: what real senders write is read to the letter, through the
// whole way in, and what is stored is read the same again.
func TestWebhookReads(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	body := func(id, old, as string) string { return strings.Replace(fresh(id), old, as, 1) }
	for _, test := range []struct {
		name, id, body string
		code           int
		want           string // part of the answer
		price          string // of the first line, as stored
		notice         string // the numbers of the notice
	}{
		{"another case of price", "a", body("a", `"price":"990.00"`, `"price":"990.00","Price":"450.00"`), 202, "",
			"990.00", ""},
		{"another case before it", "b", body("b", `"price":"990.00"`, `"PRICE":450,"price":"990.00"`), 202, "",
			"990.00", ""},
		{"TEST is no test", "c", body("c", `"type"`, `"TEST":true,"type"`), 202, "", "990.00", ""},
		{"ID is not the id", "d", body("d", `"id":"d"`, `"id":"d","ID":77`), 202, `"order_id":"d"`, "990.00", ""},
		{"two prices", "e", body("e", `"price":"990.00"`, `"price":"990.00","price":"450.00"`), 422,
			`"errors":[{"field":"data.items[0].price","rule":"repeated"`, "", ""},
		{"one price twice", "f", body("f", `"price":"990.00"`, `"price":"990.00","price":990.0`), 202, "", "990.00",
			""},
		{"byte order mark", "g", "\ufeff" + fresh("g"), 202, "", "990.00", ""},
		{"a number for an id", "77", body("77", `"id":"77"`, `"id":77`), 202, `"order_id":"77"`, "990.00", ""},
		{"noise", "h", body("h", `"price":"990.00"`, `"price":989.9999999999999`), 202, "", "990.00",
			"data.items[0].price 989.9999999999999 → 990.00"},
		{"noise in a string", "i", body("i", `"price":"990.00"`, `"price":"989.9999999999999"`), 422,
			`"field":"data.items[0].price","rule":"decimal"`, "", ""},
		{"too far for noise", "j", body("j", `"price":"990.00"`, `"price":989.9999`), 422,
			`"field":"data.items[0].price","rule":"decimal"`, "", ""},
		{"an endless exponent", "k", body("k", `"price":"990.00"`, `"price":1e300`), 422,
			`"field":"data.items[0].price","rule":"decimal"`, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := w.send(secret, test.body)
			if res.Code != test.code || !strings.Contains(res.Body.String(), test.want) {
				t.Fatalf("%d %s, want %d %s", res.Code, res.Body, test.code, test.want)
			}
			o, err := w.store.Order(t.Context(), storage.OrderKey{Company: "2", ID: test.id})
			if test.code != 202 {
				if err == nil {
					t.Error("stored all the same")
				}
				return
			}
			if err != nil || string(o.Body) != test.body || o.State != storage.StateNew {
				t.Fatalf("%v: stored %q, %s", err, o.Body, o.State)
			}
			again, wrong := translate.Decode(o.Body)
			if wrong != nil || again.Items[0].Price != ineedchat.Decimal(test.price) || again.ID != test.id {
				t.Errorf("read again: %+v", again)
			}
			notice := ""
			for _, n := range o.Notices {
				notice += n.Code + " " + n.Args["numbers"]
			}
			if want := test.notice; want != "" && notice != problem.NoticeNumberRounded+" "+want || want == "" &&
				notice != "" {
				t.Errorf("notice %q, want %q", notice, want)
			}
		})
	}
	// A refused body with a mark before it is shown like any other.
	if res := w.send(secret, "\ufeff"+body("l", `"990.00"}]`, `"9,90"}]`)); res.Code != 422 {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	if code, list := w.api("GET", "/companies/2/refusals", ""); code != 200 || at(list, "items.0.body.data.id") != "l" {
		t.Errorf("%d %v", code, list)
	}
}

// TestPaidWithNoise: the amount of a payment is rounded too, and the order says so.
func TestPaidWithNoise(t *testing.T) {
	w := newWorld(t)
	secret := w.company("signature")
	w.send(secret, fresh("1"))
	res := w.send(secret,
		`{"type":"order.paid","version":"1","company_id":2,"data":{"id":1,"amount":989.9999999999999}}`)
	o, err := w.store.Order(t.Context(), storage.OrderKey{Company: "2", ID: "1"})
	if res.Code != 202 || err != nil || !o.Paid || o.PaidAmount != "990.00" || len(o.Notices) != 1 ||
		o.Notices[0].Code != problem.NoticeNumberRounded {
		t.Errorf("%d %s: %v %v %q %v", res.Code, res.Body, err, o.Paid, o.PaidAmount, o.Notices)
	}
}
