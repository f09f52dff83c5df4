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
type tree map[string]any

// put adds a field.
func (t tree) put(name, value string) error {
	path, err := unfold(name)
	if err != nil {
		return err
	}
	at := t
	for i, step := range path {
		if step == "" {
			step = at.next()
		}
		if i == len(path)-1 {
			at[step] = value
			return nil
		}
		inner, ok := at[step].(tree)
		if !ok {
			inner = tree{}
			at[step] = inner
		}
		at = inner
	}
	return nil
}

// unfold takes a name apart: goods[0][price] is goods, 0, price. A name whose brackets
// do not close is one whole name.
func unfold(name string) ([]string, error) {
	head, rest, found := strings.Cut(name, "[")
	if !found || head == "" {
		return []string{name}, nil
	}
	path := []string{head}
	for {
		step, behind, closed := strings.Cut(rest, "]")
		if !closed {
			return []string{name}, nil
		}
		if path = append(path, step); len(path) > maxNested {
			return nil, &BodyError{fmt.Sprintf("the name of a field has more than %d brackets", maxNested)}
		}
		if behind == "" {
			return path, nil
		}
		if behind[0] != '[' {
			return []string{name}, nil
		}
		rest = behind[1:]
	}
}

// next is the name of the next element of a list.
func (t tree) next() string {
	n := len(t)
	for ; ; n++ {
		if _, taken := t[strconv.Itoa(n)]; !taken {
			return strconv.Itoa(n)
		}
	}
}

// value gives the tree as JSON has it.
func (t tree) value() any {
	keys, numbers := make([]string, 0, len(t)), true
	for k := range t {
		keys = append(keys, k)
		numbers = numbers && k != "" && len(k) < 10 && strings.Trim(k, "0123456789") == ""
	}
	inner := func(v any) any {
		if below, ok := v.(tree); ok {
			return below.value()
		}
		return v
	}
	if !numbers || len(keys) == 0 {
		object := make(map[string]any, len(t))
		for k, v := range t {
			object[k] = inner(v)
		}
		return object
	}
	slices.SortFunc(keys, func(a, b string) int { return index(a) - index(b) })
	list := make([]any, 0, len(keys))
	for _, k := range keys {
		list = append(list, inner(t[k]))
	}
	return list
}

func index(key string) int {
	n, _ := strconv.Atoi(key) // it has at most nine digits
	return n
}
