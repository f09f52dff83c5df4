package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A tree is a form under construction: the names of its fields unfolded as PHP does it,
// from which all known senders have the notation. Of a name that stands twice the last
// value counts; name[] is the next element of a list; and an object whose names are all
// numbers is a list in their order, however far these are apart.
type tree struct {
	root map[string]any
	path []string // of the field at hand; used again for the next

	// Fields of one line stand together: where the last one stood.
	before string // its name up to the last bracket
	parent map[string]any
}

func newTree() *tree { return &tree{root: map[string]any{}} }

// put adds a field.
func (t *tree) put(name, value string) error {
	if last := strings.LastIndexByte(name, '['); t.parent != nil && last > 0 && name[:last] == t.before &&
		last+1 < len(name)-1 && name[len(name)-1] == ']' && strings.IndexByte(name[last:], ']') == len(name)-last-1 {
		t.parent[name[last+1:len(name)-1]] = value
		return nil
	}
	if err := t.unfold(name); err != nil {
		return err
	}
	at, last := t.root, len(t.path)-1
	for _, step := range t.path[:last] {
		if step == "" {
			step = next(at)
		}
		inner, ok := at[step].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[step] = inner
		}
		at = inner
	}
	t.parent = nil
	step := t.path[last]
	switch {
	case step == "" && last > 0:
		step = next(at)
	case last > 0 && !slices.Contains(t.path, ""):
		t.before, t.parent = name[:strings.LastIndexByte(name, '[')], at
	}
	at[step] = value
	return nil
}

// unfold takes a name apart: goods[0][price] is goods, 0, price. A name whose brackets
// do not close is one whole name.
func (t *tree) unfold(name string) error {
	head, rest, found := strings.Cut(name, "[")
	if !found || head == "" {
		t.path = append(t.path[:0], name)
		return nil
	}
	t.path = append(t.path[:0], head)
	for {
		step, behind, closed := strings.Cut(rest, "]")
		if !closed || behind != "" && behind[0] != '[' {
			t.path = append(t.path[:0], name)
			return nil
		}
		if t.path = append(t.path, step); len(t.path) > maxNested {
			return &BodyError{fmt.Sprintf("the name of a field has more than %d brackets", maxNested)}
		}
		if behind == "" {
			return nil
		}
		rest = behind[1:]
	}
}

// next is the name of the next element of a list.
func next(list map[string]any) string {
	for n := len(list); ; n++ {
		name := strconv.Itoa(n)
		if _, taken := list[name]; !taken {
			return name
		}
	}
}

// value gives the tree as JSON has it. The tree is used up.
func (t *tree) value() any { return settle(t.root) }

// settle makes lists of the objects that are some, from the inside out.
func settle(object map[string]any) any {
	type element struct {
		at    int
		value any
	}
	elements := make([]element, 0, len(object))
	for name, v := range object {
		if inner, ok := v.(map[string]any); ok {
			v = settle(inner)
			object[name] = v
		}
		if n, ok := index(name); ok {
			elements = append(elements, element{n, v})
		}
	}
	if len(object) == 0 || len(elements) < len(object) {
		return object
	}
	slices.SortStableFunc(elements, func(a, b element) int { return a.at - b.at })
	list := make([]any, len(elements))
	for i, e := range elements {
		list[i] = e.value
	}
	return list
}

// index is a name that is the number of an element.
func index(name string) (int, bool) {
	if name == "" || len(name) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(name) {
		digit := name[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = 10*n + int(digit)
	}
	return n, true
}
