package thread

import (
	"testing"

	"ineed-insales/storage"
)

// Each step is done by what it is about, and the first that is not is next.
func TestSteps(t *testing.T) {
	facts := func(change ...func(*Facts)) Facts {
		f := Facts{NoShop: &storage.Problem{Code: "shop_unreachable"}}
		for _, c := range change {
			c(&f)
		}
		return f
	}
	answered := func(f *Facts) { f.NoShop = nil }
	off := func(f *Facts) { f.Company.Orders.OwnSyncOff = true }
	heard := func(f *Facts) { f.Heard = true }
	uses := func(f *Facts) {
		f.Uses.Payments, f.Uses.Deliveries = []storage.Use{{Type: "cash"}}, []storage.Use{{Type: "pickup"}}
	}
	payment := func(f *Facts) { f.Company.Orders.Payments = map[string]int64{"cash": 1} }
	delivery := func(f *Facts) { f.Company.Orders.Deliveries = map[string]int64{"pickup": 1} }
	another := func(f *Facts) { f.Uses.Payments = append(f.Uses.Payments, storage.Use{Type: "sbp"}) }
	probed := func(f *Facts) { f.Company.Learnt.Probed = &storage.Probed{} }
	on := func(f *Facts) { f.Company.Orders.Enabled = true }
	for _, tt := range []struct {
		name string
		f    Facts
		want string // the first letters of the states
	}{
		{"nothing", facts(), "nlllool"},
		{"the shop answers", facts(answered), "dnllool"},
		{"sealed", facts(answered, func(f *Facts) { f.Company.Sealed = true }), "nlllool"},
		{"own sync off", facts(answered, off), "ddnlool"},
		{"a message, but the shop is away", facts(off, heard), "nddlool"},
		{"a message", facts(answered, off, heard), "dddnool"},
		{"words", facts(answered, off, heard, uses), "dddnool"},
		{"half mapped", facts(answered, off, heard, uses, payment), "dddnool"},
		{"mapped", facts(answered, off, heard, uses, payment, delivery), "ddddoon"},
		{"one more word", facts(answered, off, heard, uses, another, payment, delivery), "dddnool"},
		{"mapped by hand", facts(answered, off, payment, delivery), "ddndool"},
		{"probed", facts(answered, off, heard, payment, delivery, probed), "ddddodn"},
		{"an order is there", facts(answered, off, heard, payment, delivery, func(f *Facts) { f.InShop = true }), "dddddon"},
		{"on", facts(answered, off, heard, payment, delivery, on), "ddddood"},
	} {
		got := ""
		for _, s := range Of(tt.f) {
			got += string(s.State)[:1]
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if !facts().Begins() || facts(on).Begins() || facts(func(f *Facts) { f.Polled = true }).Begins() {
		t.Error("it begins only before it was ever on")
	}
}

// Who uses the catalog and has done nothing about orders lacks nothing; the first thing done
// about them makes the steps what there is to do.
func TestCatalogOnly(t *testing.T) {
	only := func(change func(*Facts)) bool {
		f := Facts{}
		f.Company.Catalog.Enabled = true
		change(&f)
		return f.CatalogOnly()
	}
	for name, tt := range map[string]struct {
		change func(*Facts)
		want   bool
	}{
		"the catalog alone":       {func(*Facts) {}, true},
		"a ping":                  {func(f *Facts) { f.Heard = true }, true},
		"not even the catalog":    {func(f *Facts) { f.Company.Catalog.Enabled = false }, false},
		"an order has come":       {func(f *Facts) { f.Came = true }, false},
		"orders are on":           {func(f *Facts) { f.Company.Orders.Enabled = true }, false},
		"they were on once":       {func(f *Facts) { f.Polled = true }, false},
		"a payment is mapped":     {func(f *Facts) { f.Company.Orders.Payments = map[string]int64{"cash": 1} }, false},
		"a delivery is mapped":    {func(f *Facts) { f.Company.Orders.Deliveries = map[string]int64{"pickup": 1} }, false},
		"the chat's own sync off": {func(f *Facts) { f.Company.Orders.OwnSyncOff = true }, false},
	} {
		if got := only(tt.change); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
