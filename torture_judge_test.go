package main

import (
	"maps"
	"strings"
	"testing"
)

// goodWorld is a world in which one order of each kind has ended well.
func goodWorld() *evidence {
	ref := func(id string) orderRef { return orderRef{"2", id} }
	there := func(id int64, financial string) shopOrder {
		return shopOrder{ID: id, Number: "2001", Fulfillment: "new", Custom: "novyy", Financial: financial}
	}
	return &evidence{
		Accepted: map[orderRef]claim{
			ref("plain"): {}, ref("paid"): {Paid: true}, ref("test"): {Test: true}, ref("cancelled"): {Cancelled: true},
			ref("late wish"): {Cancelled: true}, ref("refused"): {Poison: poisonRefused},
			ref("payless"): {Paid: true, Poison: poisonPayment}, ref("mute"): {Poison: poisonReport},
			{"gone", "last"}: {}, {"gone", "wish"}: {Cancelled: true},
		},
		Tried: map[orderRef]bool{ref("unanswered"): true, ref("never arrived"): true},
		InShop: map[orderRef][]shopOrder{
			ref("plain"): {there(1, "pending")}, ref("paid"): {there(2, "paid")},
			ref("late wish"): {there(3, "pending")}, ref("payless"): {there(4, "pending")},
			ref("mute"): {there(5, "pending")}, ref("unanswered"): {there(6, "pending")},
			{"gone", "last"}: {there(7, "pending")},
		},
		Known: map[orderRef]knownOrder{
			ref("plain"): {State: "sent"}, ref("paid"): {State: "sent"}, ref("test"): {State: "test"},
			ref("cancelled"): {State: "cancelled"}, ref("refused"): {State: "attention", Problem: "shop_refused"},
			ref("late wish"): {State: "sent", Notices: []string{"cancelled_too_late"}},
			ref("payless"):   {State: "sent", Notices: []string{"not_paid"}},
			ref("mute"):      {State: "sent", ReportProblem: "report_expired"}, ref("unanswered"): {State: "sent"},
		},
		Told: map[orderRef]shopOrder{
			ref("plain"): there(1, "pending"), ref("paid"): there(2, "paid"), ref("late wish"): there(3, "pending"),
			ref("payless"): there(4, "pending"), ref("unanswered"): there(6, "pending"),
		},
		Goods: map[string]string{"1": "990.00", "2": "5.00"}, Shown: map[string]string{"1": "990.00", "2": "5.00"},
		Deleted: map[string]bool{"gone": true}, Troubles: map[string]string{},
		Integrity: "ok", Memory: memoryBound, Backups: []backupCheck{{Name: "b1"}},
		Before: usage{20, 40}, After: usage{20 + spareDescriptors, 40 + spareGoroutines},
	}
}

// TestTortureOracle falsifies a good world in each way that matters: a check
// that cannot fail checks nothing.
func TestTortureOracle(t *testing.T) {
	if faults := goodWorld().judge(); len(faults) > 0 {
		t.Fatalf("a good world: %q", faults)
	}
	ref := func(id string) orderRef { return orderRef{"2", id} }
	know := func(id string, o knownOrder) func(*evidence) {
		return func(e *evidence) { e.Known[ref(id)] = o }
	}
	shop := func(id string, change func(*shopOrder)) func(*evidence) {
		return func(e *evidence) { change(&e.InShop[ref(id)][0]) }
	}
	again := func(ref orderRef) func(*evidence) {
		return func(e *evidence) { e.InShop[ref] = append(e.InShop[ref], shopOrder{ID: 99}) }
	}
	tests := []struct {
		name   string
		change func(*evidence)
		want   string // the only fault begins with it
	}{
		{"doubled", again(ref("plain")), "doubled: 2/plain"},
		{"doubled and never answered", again(ref("unanswered")), "doubled: 2/unanswered"},
		{"doubled in a deleted company", again(orderRef{"gone", "last"}), "doubled: gone/last"},
		{"lost", func(e *evidence) { delete(e.InShop, ref("plain")) }, "lost: 2/plain is said"},
		{"lost with its company", func(e *evidence) { delete(e.InShop, orderRef{"gone", "last"}) }, "lost: gone/last"},
		{"nowhere", func(e *evidence) { delete(e.Known, ref("refused")) }, "nowhere: 2/refused"},
		{"forgotten though in the shop", func(e *evidence) { delete(e.Known, ref("plain")) }, "nowhere: 2/plain"},
		{"still new", know("refused", knownOrder{State: "new"}), "unsettled: 2/refused is new"},
		{"still being sent", know("refused", knownOrder{State: "sending"}), "unsettled: 2/refused is sending"},
		{"waits beside the shop's", know("plain", knownOrder{State: "attention", Problem: "x"}), "unseen: 2/plain"},
		{"cancelled beside the shop's order", know("late wish", knownOrder{State: "cancelled"}), "unseen: 2/late wish"},
		{"no reason", know("refused", knownOrder{State: "attention"}), "reason: 2/refused"},
		{"cancelled by nobody", know("refused", knownOrder{State: "cancelled"}), "cancelled: 2/refused"},
		{"a test that left", func(e *evidence) {
			e.Tried[ref("test")], e.InShop[ref("test")] = true, []shopOrder{{ID: 9}}
		}, "test: 2/test"},
		{"a test that is sent", know("test", knownOrder{State: "new"}), "test: 2/test"},
		{"a foreign order", func(e *evidence) { e.InShop[ref("other")] = []shopOrder{{ID: 9}} }, "stranger: 2/other"},
		{"wrong status", shop("plain", func(o *shopOrder) { o.Fulfillment = "delivered" }), "status: of 2/plain"},
		{"wrong custom status", shop("plain", func(o *shopOrder) { o.Custom = "dostavlen" }), "status: of 2/plain"},
		{"wrong payment status", shop("plain", func(o *shopOrder) { o.Financial = "paid" }), "status: of 2/plain"},
		{"wrong number", shop("plain", func(o *shopOrder) { o.Number = "7" }), "status: of 2/plain"},
		{"another order", shop("plain", func(o *shopOrder) { o.ID = 77 }), "status: of 2/plain"},
		{"never told", func(e *evidence) { delete(e.Told, ref("plain")) }, "status: the chat was never told of"},
		{"never told, and nobody knows", know("mute", knownOrder{State: "sent"}), "status: the chat was never told of"},
		{"the shop is not told of a payment", func(e *evidence) {
			e.InShop[ref("paid")][0].Financial = "pending"
			e.Told[ref("paid")] = e.InShop[ref("paid")][0]
		}, "payment: 2/paid"},
		{"no person is told of a payment", know("payless", knownOrder{State: "sent"}), "payment: 2/payless"},
		{"an old price", func(e *evidence) { e.Shown["1"] = "1.00" },
			`catalog: the chat shows 1 as "1.00" instead of "990.00" (1`},
		{"a product is missing", func(e *evidence) { delete(e.Shown, "2") },
			`catalog: the chat shows 2 as "" instead of "5.00"`},
		{"a product too many", func(e *evidence) { e.Shown["3"] = "" },
			`catalog: the chat shows 3 as "" instead of not at all`},
		{"trouble", func(e *evidence) { e.Troubles["2"] = "shop_failing" }, "trouble: company 2: shop_failing"},
		{"damaged", func(e *evidence) { e.Integrity = "row 7 missing from index" }, "integrity: row 7"},
		{"not looked at", func(e *evidence) { e.Integrity = "" }, "integrity: not looked at"},
		{"memory", func(e *evidence) { e.Memory++ }, "memory: 50.0 MiB"},
		{"memory not measured", func(e *evidence) { e.Memory = 0 }, "memory: never"},
		{"descriptors", func(e *evidence) { e.After.Descriptors++ }, "leak: 33 descriptors and 64"},
		{"goroutines", func(e *evidence) { e.After.Goroutines++ }, "leak: 32 descriptors and 65"},
		{"not counted", func(e *evidence) { e.After = usage{} }, "leak: descriptors and goroutines were not"},
		{"backup", func(e *evidence) { e.Backups[0].Fault = "lacks 2/plain" }, "backup: b1: lacks"},
		{"complaint", func(e *evidence) { e.Complaints = []string{"panic"} }, "complaint: panic"},
		{"nothing done", func(e *evidence) {
			clear(e.Accepted)
			maps.DeleteFunc(e.InShop, func(ref orderRef, _ []shopOrder) bool { return !e.Tried[ref] })
		}, "idle:"},
	}
	for _, test := range tests {
		e := goodWorld()
		test.change(e)
		if faults := e.judge(); len(faults) != 1 || !strings.HasPrefix(faults[0], test.want) {
			t.Errorf("%s: %q, want only %q", test.name, faults, test.want)
		}
	}
}
