package panel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ineed-insales/handlers/web"
	"ineed-insales/storage"
)

// A message is taken apart into the paths at which something stands in it, written as jq
// has them, so that a person picks a place and does not have to write it. Lists are taken
// apart by their first element: the lines of an order are alike. Only so many places are
// given, and of each only as much as a person needs to recognise it.

// Bounds of what is found in one message.
const (
	mostPaths    = 200 // of a message; and again of one line
	longestPath  = 120 // bytes
	deepestPath  = 12  // steps
	longestValue = 60  // characters that are shown
)

// A place is something that stands in a message.
type place struct {
	path  string
	value string // as it is shown; "" of a list
	lines int    // of a list whose elements are objects; 0 = it is none
}

// A placer finds places.
type placer struct {
	hide  []string // secrets that must not be seen
	found []place
}

// placesOf are the places in a message, as package wire reads it. Those of a list's
// elements are not among them, but for its first one.
func placesOf(message any, hide []string) []place {
	p := placer{hide: hide}
	p.walk(message, "", 0, false)
	return p.found
}

// walk adds what stands below a path. It ends when there is enough.
func (p *placer) walk(v any, path string, deep int, secret bool) {
	if len(p.found) >= mostPaths || len(path) > longestPath || deep > deepestPath {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p.walk(v[name], path+pathStep(name), deep+1, secret || secretName.MatchString(name))
		}
	case []any:
		if len(v) == 0 {
			return
		}
		if _, is := v[0].(map[string]any); is {
			p.found = append(p.found, place{path: cmp.Or(path, ".") + "[]", lines: len(v)})
		}
		p.walk(v[0], cmp.Or(path, ".")+"[0]", deep+1, secret)
	default:
		p.found = append(p.found, place{path: cmp.Or(path, "."), value: p.shown(v, secret)})
	}
}

// plainName is a name that stands in a path as it is.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// secretName is the name of a member that holds a secret, as secretMember has it.
var secretName = regexp.MustCompile(`(?i)token|secret|passw|api[_-]?key|authorization|signature`)

// pathStep is the step from a path to a member.
func pathStep(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		return "." // not reached: a text always encodes
	}
	return "." + string(quoted)
}

// shown is a value as a person sees it.
func (p *placer) shown(v any, secret bool) string {
	if secret {
		return storage.Masked
	}
	text := ""
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		text = v
	default:
		text = fmt.Sprint(v)
	}
	text, _ = shownText(text, 4*longestValue, p.hide)
	text = strings.Join(strings.Fields(visible(text)), " ")
	if r := []rune(text); len(r) > longestValue {
		text = string(r[:longestValue]) + "…"
	}
	return text
}

// A survey is what stands in a message, and in one line of its order.
type survey struct {
	whole, line []place
	from        string // the list that the lines are from
}

// surveyOf looks through a message. Its lines are those of the list that the table names
// for them, else those of the first list.
func surveyOf(message any, items string, hide []string) survey {
	out := survey{whole: placesOf(message, hide)}
	named := strings.TrimSuffix(strings.TrimSpace(items), "[]")
	for _, p := range out.whole {
		if p.lines > 0 && (out.from == "" || strings.TrimSuffix(p.path, "[]") == named) {
			out.from = p.path
		}
	}
	if line, is := firstLine(message, strings.TrimSuffix(out.from, "[]")); is {
		out.line = placesOf(line, hide)
	}
	return out
}

// firstLine is the first element of the list at a path that placesOf has given.
func firstLine(message any, list string) (line any, is bool) {
	if list == "" {
		return nil, false
	}
	var find func(v any, path string) (any, bool)
	find = func(v any, path string) (any, bool) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				if below := path + pathStep(name); strings.HasPrefix(list, below) {
					if found, is := find(v[name], below); is {
						return found, true
					}
				}
			}
		case []any:
			if len(v) == 0 {
				return nil, false
			}
			if cmp.Or(path, ".") == list {
				return v[0], true
			}
			return find(v[0], cmp.Or(path, ".")+"[0]")
		}
		return nil, false
	}
	return find(message, "")
}

// lists are the paths to choose from: for the fields of the order, for those of its lines,
// and for the list of these.
func (s survey) lists(c echo.Context) []web.WireList {
	list := func(id string, places []place, lines bool) web.WireList {
		out := web.WireList{ID: id}
		for _, p := range places {
			title := p.value
			if p.lines > 0 {
				title = say(c, "wire.lines", "n", itoa(p.lines))
			}
			if lines == (p.lines > 0) {
				out.Options = append(out.Options, web.Option{Value: p.path, Title: title})
			}
		}
		return out
	}
	return []web.WireList{list("paths-whole", s.whole, false), list("paths-line", s.line, false),
		list("paths-list", s.whole, true)}
}

// at is what stands at a path, if it is one that was found.
func (s survey) at(c echo.Context, path string, inLine bool) string {
	places := s.whole
	if inLine {
		places = s.line
	}
	path = strings.TrimSpace(path)
	for _, p := range places {
		switch {
		case p.lines > 0 && path != "" && strings.TrimSuffix(p.path, "[]") == strings.TrimSuffix(path, "[]"):
			return say(c, "wire.lines", "n", itoa(p.lines))
		case p.lines == 0 && p.path == path:
			return p.value
		}
	}
	return ""
}
