package catalog

import (
	"slices"
	"testing"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

func TestTreeOf(t *testing.T) {
	node := func(id, parent int64) treeNode { return treeNode{id, parent, false} }
	hidden := func(id, parent int64) treeNode { return treeNode{id, parent, true} }
	for name, tc := range map[string]struct {
		nodes []treeNode
		want  [][2]int64 // id and parent, parents first
	}{
		"nothing":            {nil, nil},
		"parents come first": {[]treeNode{node(3, 2), node(2, 1), node(1, 0)}, [][2]int64{{1, 0}, {2, 1}, {3, 2}}},
		"hidden with all": {[]treeNode{node(1, 0), hidden(2, 1), node(3, 2), node(4, 3), node(5, 1)},
			[][2]int64{{1, 0}, {5, 1}}},
		"a parent is missing": {[]treeNode{node(2, 77), node(3, 2)}, [][2]int64{{2, 0}, {3, 2}}},
		"its own parent":      {[]treeNode{node(1, 1), node(2, 1)}, [][2]int64{{1, 0}, {2, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nodesOf(treeOf(collectionsOf(tc.nodes))); !slices.Equal(got, tc.want) {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
	// A ring is cut open somewhere: all of it is there, below one root.
	ring := nodesOf(treeOf(collectionsOf([]treeNode{node(1, 3), node(2, 1), node(3, 2), node(4, 3)})))
	roots := 0
	placed := map[int64]bool{}
	for _, n := range ring {
		if n[1] == 0 {
			roots++
		} else if !placed[n[1]] {
			t.Errorf("%d stands before its parent %d", n[0], n[1])
		}
		placed[n[0]] = true
	}
	if len(ring) != 4 || roots != 1 {
		t.Errorf("%v", ring)
	}
}

// The chat has ten categories as the shop shows them; only what differs from that
// is told.
func TestPlanTree(t *testing.T) {
	tree := func(ids ...int64) []insales.Collection {
		var list []insales.Collection
		for _, id := range ids {
			list = append(list, insales.Collection{ID: id, Title: "x"})
		}
		return list
	}
	var all []int64
	known := map[int64]storage.CatalogCategory{}
	for _, c := range tree(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) {
		all = append(all, c.ID)
		known[c.ID] = sealCategory(c).CatalogCategory
	}
	full := storage.CatalogRun{Full: true}
	more := append(slices.Clone(all), 11)
	renamed := tree(all...)
	renamed[0].Title = "y"
	type counts struct{ there, kept, send, doubt int }
	for name, tc := range map[string]struct {
		shown   shownTree
		allowed int
		run     storage.CatalogRun
		want    counts
		grown   bool
	}{
		"the same":       {shown: shownTree{collections: tree(all...)}, want: counts{there: 10}},
		"the same, full": {shown: shownTree{collections: tree(all...)}, run: full, want: counts{10, 0, 10, 10}},
		"a new one": {
			shown: shownTree{collections: tree(more...)}, want: counts{there: 11, send: 1}, grown: true,
		},
		"another name":    {shown: shownTree{collections: renamed}, want: counts{there: 10, send: 1, doubt: 1}},
		"few are gone":    {shown: shownTree{collections: tree(all[5:]...)}, want: counts{there: 5}},
		"many are gone":   {shown: shownTree{collections: tree(all[6:]...)}, want: counts{there: 10, kept: 6}},
		"as many allowed": {shown: shownTree{collections: tree(all[6:]...)}, allowed: 6, want: counts{there: 4}},
		"all are gone":    {want: counts{there: 10, kept: 10}},
		"all, as allowed": {allowed: 10},
		"one is there":    {shown: shownTree{tree(all[1:]...), true}, want: counts{there: 10, kept: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planTree(tc.run, known, tc.shown, tc.allowed)
			got := counts{len(plan.there), plan.kept, len(plan.send), len(plan.doubt)}
			if got != tc.want || plan.grown != tc.grown {
				t.Errorf("%+v, grown %v; want %+v", got, plan.grown, tc.want)
			}
		})
	}
}

// What was gone and is there again, and what the chat has refused, has grown or
// is told again like something new.
func TestPlanTreeKnown(t *testing.T) {
	c := insales.Collection{ID: 1, Title: "x"}
	sealed := sealCategory(c).CatalogCategory
	for name, tc := range map[string]struct {
		known             storage.CatalogCategory
		grown             bool
		sent, doubt, kept int
	}{
		"there again":     {storage.CatalogCategory{ID: 1, Hash: sealed.Hash, Gone: true}, true, 0, 0, 0},
		"never told":      {storage.CatalogCategory{ID: 1}, false, 1, 0, 0},
		"nobody knows":    {storage.CatalogCategory{ID: 1, Hash: -1}, false, 1, 1, 0},
		"another, untold": {storage.CatalogCategory{ID: 2}, true, 1, 0, 0},
	} {
		known := map[int64]storage.CatalogCategory{tc.known.ID: tc.known}
		plan := planTree(storage.CatalogRun{}, known, shownTree{collections: []insales.Collection{c}}, 0)
		if plan.grown != tc.grown || len(plan.send) != tc.sent || len(plan.doubt) != tc.doubt || plan.kept != tc.kept {
			t.Errorf("%s: %+v", name, plan)
		}
	}
}

type treeNode struct {
	id, parent int64
	hidden     bool
}

func collectionsOf(nodes []treeNode) (list []insales.Collection) {
	for _, n := range nodes {
		list = append(list, insales.Collection{ID: n.id, ParentID: n.parent, Hidden: n.hidden, Title: "x"})
	}
	return list
}

func nodesOf(tree []insales.Collection) (list [][2]int64) {
	for _, c := range tree {
		list = append(list, [2]int64{c.ID, c.ParentID})
	}
	return list
}
