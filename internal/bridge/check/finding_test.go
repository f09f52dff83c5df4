package check

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// unasked are the facts of a shop that was not asked.
func unasked() facts {
	return factsOf(context.Background(), "", storage.Company{Sealed: true}, nil)
}

// TestSealedIsNotAsked: without its key nothing can be known of a shop.
func TestSealedIsNotAsked(t *testing.T) {
	list := judgeShop(storage.Company{Sealed: true, Orders: storage.OrderSync{Payments: map[string]int64{"cash": 1}}},
		unasked())
	for _, f := range list {
		want := string(resultUnprobed)
		if f.Name == CheckKey {
			want = string(ResultFailed)
		}
		if string(f.Result) != want {
			t.Errorf("%s %v: %s", f.Name, f.Args, f.Result)
		}
	}
	if r := (Report{Findings: list}); r.OK() || r.errors()[0].Problem.Code != problem.SecretsSealed {
		t.Errorf("%+v", r.errors())
	}
}

// TestFindingsAreUnlike: name and arguments tell every finding from all others,
// and whatever does not work says why.
func TestFindingsAreUnlike(t *testing.T) {
	f := facts{now: time.Now()}
	f.payments.value = []insales.Payment{{ID: 1, Title: "Один", Margin: "10.0", Deliveries: []int64{9}},
		{ID: 2, Margin: "0.0"}}
	f.deliveries.value = []insales.Delivery{{ID: 1, Pickup: true}, {ID: 2, Type: "DeliveryVariant::External"}}
	f.fields.value = []insales.Field{{ID: 1, Destiny: 3, Obligatory: true}, {ID: 2, Destiny: 3, Obligatory: true}}
	c := storage.Company{Orders: storage.OrderSync{Payments: map[string]int64{"a": 1, "b": 2, "c": 3},
		Deliveries: map[string]int64{"a": 1, "b": 2, "c": 3}}}
	seen := map[string]bool{}
	for _, facts := range []facts{f, unasked()} {
		clear(seen)
		for _, f := range judgeShop(c, facts) {
			id := fmt.Sprint(f.Name, f.Args)
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
			if (f.Problem == nil) != (f.Result == ResultWorks) {
				t.Errorf("%s: %s says %v", id, f.Result, f.Problem)
			}
		}
	}
	for _, f := range judgeShop(c, f) {
		if f.Name == CheckPayment && f.Args["id"] == "1" && f.Args["margin"] != "10.0" ||
			f.Args["id"] == "2" && f.Args["margin"] != "" {
			t.Errorf("margin of %v", f.Args)
		}
	}
}

func TestWhyNot(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errNotAsked, "not_asked"},
		{context.DeadlineExceeded, "window_full"}, // no permit was to be had
		{answered(429, limited), "window_full"},
		{answered(503, limited), "window_full"},
		{answered(503), "shop_failing status=503"},
		{&insales.Error{Op: "account", Reached: true, Err: context.DeadlineExceeded},
			"shop_unreachable reason=timeout"},
		{answered(301, moved), "shop_redirects to=shop-1.myinsales.ru"},
	} {
		if p := whyNot(tt.err); told(&p) != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, told(&p), tt.want)
		}
	}
}

// TestSwitchedOff: only answers that could mean it.
func TestSwitchedOff(t *testing.T) {
	for err, want := range map[error]bool{
		answered(404): true, answered(400): true, answered(405): true, answered(422): true, answered(500): true,
		answered(401): false, answered(403): false, answered(423): false, answered(429, limited): false,
		answered(301): false,
		answered(502): false, answered(503): false, answered(504): false, answered(200, torn): false,
		&insales.Error{Op: "statuses", Err: errors.New("refused")}: false, context.DeadlineExceeded: false,
	} {
		if got := switchedOff(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestDaysLeft(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	for day, want := range map[string]string{
		"2026-11-23": "0 true", "2026-11-24": "1 true", "2026-11-22": "-1 true", "2027-11-23": "365 true",
		"": "0 false", "soon": "0 false", "23.11.2026": "0 false",
	} {
		n, ok := daysLeft(day, at)
		if got := fmt.Sprint(n, ok); got != want {
			t.Errorf("%q: %s, want %s", day, got, want)
		}
	}
}

// TestDefaultStatuses: the map that is shown is the one that counts.
func TestDefaultStatuses(t *testing.T) {
	m := DefaultStatuses()
	if len(m) != 7 {
		t.Errorf("%v", m)
	}
	for fulfillment, want := range m {
		if got, ok := translate.ChatStatus(fulfillment); !ok || got != want || want == "" {
			t.Errorf("%s: %q, %q", fulfillment, want, got)
		}
	}
}

// Who uses the catalog and has done nothing about orders lacks nothing that orders need.
func TestCatalogNeedsNoOrders(t *testing.T) {
	f := facts{now: time.Now()}
	no := &insales.Error{Status: 403}
	f.orders.err, f.payments.err, f.deliveries.err = no, no, no
	c := storage.Company{Catalog: storage.CatalogSync{Enabled: true}}
	if r := (Report{Findings: judgeShop(c, f)}); !r.OK() {
		t.Errorf("%+v", r.errors())
	}
	for name, change := range map[string]func(*storage.Company){
		"orders are on":       func(c *storage.Company) { c.Orders.Enabled = true },
		"a payment is mapped": func(c *storage.Company) { c.Orders.Payments = map[string]int64{"cash": 1} },
		"no catalog":          func(c *storage.Company) { c.Catalog.Enabled = false },
	} {
		other := c.Clone()
		change(&other)
		if n := len((Report{Findings: judgeShop(other, f)}).errors()); n < 2 {
			t.Errorf("%s: %d errors", name, n)
		}
	}
}
