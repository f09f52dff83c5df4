package catalog

import (
	"slices"
	"testing"

	"ineed-insales/insales"
)

func TestTreeOf(t *testing.T) {
	node := func(id, parent int64) treeNode { return treeNode{id, parent, false} }
	hidden := func(id, parent int64) treeNode { return treeNode{id, parent, true} }
	for name, tc := range map[string]struct {
		nodes []treeNode
		want  [][2]int64 // id and parent, parents first
	}{
		"nothing":             {nil, nil},
		"parents come first":  {[]treeNode{node(3, 2), node(2, 1), node(1, 0)}, [][2]int64{{1, 0}, {2, 1}, {3, 2}}},
		"hidden with all":     {[]treeNode{node(1, 0), hidden(2, 1), node(3, 2), node(4, 3), node(5, 1)}, [][2]int64{{1, 0}, {5, 1}}},
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
