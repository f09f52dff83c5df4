package yml

import (
	"strconv"

	"ineed-insales/internal/ineedchat"
)

// A tree is the categories of a document. They stand before the offers, and while the
// offers are read the shop may get others: an offer names only what stands there.
type tree struct {
	list  []category
	depth map[string]int // of each that is listed; a root has 1
	rest  string         // the category of what stands in none that is listed
}

type category struct {
	ID     string `xml:"id,attr"`
	Parent string `xml:"parentId,attr,omitempty"`
	Title  string `xml:",chardata"`
}

// plant makes a tree of categories, in their order. A parent that is not there is left
// out, and a ring is cut open: categories are delivered in several batches, between which
// one may stand below the other and the other below it.
//
// What stands in no category belongs to the root, if there is one. If there are none or
// several, a category of our own is added, which is always listed: an offer that comes
// to stand nowhere while the document is written needs one, too.
func plant(list []ineedchat.Category, rest string) *tree {
	t := &tree{depth: make(map[string]int, len(list))}
	parents := make(map[string]string, len(list))
	for _, c := range list {
		if _, twice := parents[c.ID]; twice || !isNumber(c.ID, longestCategory) {
			continue
		}
		parents[c.ID] = ""
		if c.ParentID != nil {
			parents[c.ID] = *c.ParentID
		}
		title := line(c.Title, longestText)
		if title == "" {
			title = c.ID
		}
		t.list = append(t.list, category{ID: c.ID, Title: title})
	}
	roots := 0
	for i := range t.list {
		c := &t.list[i]
		t.measure(c.ID, parents)
		if c.Parent = parents[c.ID]; c.Parent == "" {
			roots++
			t.rest = c.ID
		}
	}
	if roots != 1 {
		t.rest = unusedID(parents)
		t.list = append(t.list, category{ID: t.rest, Title: line(rest, longestText)})
		t.depth[t.rest] = 1
	}
	return t
}

// measure tells how deep a category and those above it stand, and takes away parents that
// are not there or that lead back.
func (t *tree) measure(id string, parents map[string]string) {
	var path []string
	onPath := map[string]bool{}
	for t.depth[id] == 0 {
		path, onPath[id] = append(path, id), true
		up := parents[id]
		if _, there := parents[up]; !there || onPath[up] {
			parents[id] = ""
			break
		}
		id = up
	}
	depth := t.depth[id]
	for i := len(path) - 1; i >= 0; i-- {
		depth++
		t.depth[path[i]] = depth
	}
}

// unusedID is the smallest number that no category has. Those of InSales are counted over
// all shops and long since above it.
func unusedID(taken map[string]string) string {
	for n := 1; ; n++ {
		id := strconv.Itoa(n)
		if _, is := taken[id]; !is {
			return id
		}
	}
}

// of is the category that an offer names: of those that its product stands in the deepest,
// since a product names only one.
func (t *tree) of(ids []string) string {
	found, depth := t.rest, 0
	for _, id := range ids {
		if d := t.depth[id]; d > depth {
			found, depth = id, d
		}
	}
	return found
}
