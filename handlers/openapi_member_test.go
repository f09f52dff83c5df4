package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// undescribed names the members of a JSON document that its schema lacks. A schema lets pass
// what it does not know, so that clients outlive new members; ours are to be described.
func (d *description) undescribed(schema node, body []byte) error {
	var value any
	if schema.value == nil || json.Unmarshal(body, &value) != nil {
		return nil
	}
	if bad := d.strangers("", value, []node{schema}); len(bad) > 0 {
		return fmt.Errorf("not described: %s", strings.Join(bad, ", "))
	}
	return nil
}

// strangers names what stands in a value and in none of the schemas that it may follow.
func (d *description) strangers(place string, value any, schemas []node) []string {
	schemas = d.alternatives(schemas)
	var bad []string
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			below, known := d.below(schemas, name)
			if !known {
				bad = append(bad, place+"."+name)
			}
			bad = append(bad, d.strangers(place+"."+name, value[name], below)...)
		}
	case []any:
		var items []node
		for _, s := range schemas {
			if n := d.child(s, "items"); n.value != nil {
				items = append(items, n)
			}
		}
		for i, v := range value {
			bad = append(bad, d.strangers(fmt.Sprintf("%s[%d]", place, i), v, items)...)
		}
	}
	return bad
}

// alternatives gives schemas with those that they are put together of.
func (d *description) alternatives(schemas []node) []node {
	var all []node
	for _, s := range schemas {
		if ref, is := s.value["$ref"].(string); is { // with a description of its own beside it
			names := strings.Split(strings.TrimPrefix(ref, "#/"), "/")
			all = append(all, d.alternatives([]node{d.child(node{d.document, ""}, names...)})...)
		}
		all = append(all, s)
		for _, group := range []string{"allOf", "oneOf", "anyOf"} {
			list, _ := s.value[group].([]any)
			for i := range list {
				all = append(all, d.alternatives([]node{d.child(node{map[string]any{group: list[i]}, ""}, group)})...)
			}
		}
		if then := d.child(s, "then"); then.value != nil {
			all = append(all, d.alternatives([]node{then})...)
		}
	}
	return all
}

// below gives the schemas of a member. An object of which no members are described may have
// all.
func (d *description) below(schemas []node, name string) (found []node, known bool) {
	described := false
	for _, s := range schemas {
		if member := d.child(s, "properties", name); member.value != nil {
			found = append(found, member)
		} else if more := d.child(s, "additionalProperties"); more.value != nil {
			found = append(found, more)
		}
		described = described || d.child(s, "properties").value != nil
	}
	return found, len(found) > 0 || !described
}
