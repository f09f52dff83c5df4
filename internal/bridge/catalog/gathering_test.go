package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ineed-insales/storage"
)

// TestPlanProducts gathers one product, number 1, and looks what follows from what
// is known of it. An older showing of it stands before it and must not count.
func TestPlanProducts(t *testing.T) {
	type product = storage.CatalogProduct
	type item = storage.CatalogItem
	everything := storage.CatalogRun{Everything: true}
	full := storage.CatalogRun{Everything: true, Full: true}
	had := product{Seq: 3, ID: 1, Hash: 7, Available: 2} // what the chat has acknowledged
	same, other := item{ID: 1, Hash: 7, Available: 2}, item{ID: 1, Hash: 8, Available: 2}
	unready, fewer, free := same, item{ID: 1, Hash: 8, Available: 1}, item{ID: 1, Hash: 8, Available: 2, Free: 1}
	unready.Unready = true
	but := func(change func(*product)) *product {
		p := had
		change(&p)
		return &p
	}
	for name, tc := range map[string]struct {
		known *product // nil = nothing
		item  item
		run   storage.CatalogRun
		byID  bool
		want  string
	}{
		"new":                         {item: same, want: "seen send"},
		"the chat has it":             {known: &had, item: same},
		"met by a complete reading":   {known: &had, item: same, run: everything, want: "seen"},
		"sent again in a full sync":   {known: &had, item: same, run: full, want: "seen send"},
		"changed":                     {known: &had, item: other, want: "send"},
		"less can be bought":          {known: &had, item: fewer, want: "hold"},
		"more costs nothing":          {known: &had, item: free, want: "hold"},
		"nobody knows what it has":    {known: but(func(p *product) { p.Hash = -1 }), item: same, want: "send"},
		"the chat has nothing of it":  {known: but(func(p *product) { p.Hash = 0 }), item: fewer, want: "send"},
		"there again":                 {known: but(func(p *product) { p.Lost = 1 }), item: same, want: "seen"},
		"other article numbers":       {known: but(func(p *product) { p.SKUs = "A" }), item: same, want: "seen"},
		"refused before, now as told": {known: but(func(p *product) { p.Tries = 1 }), item: same, want: "settled"},
		"waited for": {
			known: but(func(p *product) { p.LookAt = time.UnixMilli(1) }), item: same, byID: true, want: "settled",
		},
		"pictures not ready":         {known: &had, item: unready, byID: true, want: "unready"},
		"pictures not ready, listed": {known: &had, item: unready},
		"asked for and changed":      {known: &had, item: other, byID: true, want: "send postponed"},
		"asked for and held":         {known: &had, item: fewer, byID: true, want: "hold postponed"},
	} {
		t.Run(name, func(t *testing.T) {
			rows := map[int64]product{}
			if tc.known != nil {
				rows[1] = *tc.known
			}
			older := mappedProduct{item: item{ID: 1, Hash: 99}, mainPrice: 1}
			g := &gathering{byID: tc.byID, products: []mappedProduct{older, {item: tc.item}}}
			plan := planProducts(tc.run, rows, g)
			if got := planned(plan); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if len(plan.ids) != 1 || plan.mainPrice != 0 {
				t.Errorf("%+v", plan)
			}
		})
	}
}

// planned names what a plan does, in its own order.
func planned(plan productPlan) string {
	var names []string
	for _, one := range []struct {
		name string
		n    int
	}{
		{"seen", len(plan.seen)}, {"settled", len(plan.settled)}, {"unready", len(plan.unready)},
		{"hold", len(plan.hold)}, {"send", len(plan.send)}, {"postponed", len(plan.postponed)},
	} {
		if one.n > 0 {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, " ")
}

// What a list shows as hidden is suspected; what was asked for by its id is gone.
func TestPlanProductsNotForSale(t *testing.T) {
	list := &gathering{hidden: []int64{2}, skipped: 1}
	if plan := planProducts(storage.CatalogRun{}, nil, list); !slices.Equal(plan.suspected, []int64{2}) ||
		plan.gone != nil || plan.skipped != 1 {
		t.Errorf("by a list: %+v", plan)
	}
	asked := &gathering{byID: true, hidden: []int64{2}, gone: []int64{3}, skipped: 1}
	if plan := planProducts(storage.CatalogRun{}, nil, asked); !slices.Equal(plan.gone, []int64{3, 2}) ||
		plan.suspected != nil || plan.skipped != 0 {
		t.Errorf("by their ids: %+v", plan)
	}
}
