package wire

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The presets are programs for chats that are known, each with a comment on what of it is
// documented and what is inferred.
//
//go:embed presets/*.jq
var presets embed.FS

// The names of settings that are no shipped program.
const (
	presetContract = "contract" // nothing is translated
	presetLearn    = "learn"    // everything is kept until there is a program
)

// Presets are the names of the shipped programs.
func Presets() []string {
	names, err := fs.Glob(presets, "presets/*.jq")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(name, "presets/"), ".jq")
	}
	return names
}

// Preset is a shipped program's text.
func Preset(name string) (string, bool) {
	text, err := presets.ReadFile("presets/" + name + ".jq")
	return string(text), err == nil
}

// lines is where a preset's lines stand in its body, as a table would say it; "" if the
// preset does not know.
func lines(preset string) string {
	_, behind, found := strings.Cut(preset, "\ndef lines: ")
	if !found {
		return ""
	}
	expression, _, _ := strings.Cut(behind, ";\n")
	return expression
}

// over gives the program whose orders are a preset's with what a table says in the place
// of what the preset says. What the table finds nothing for stays the preset's. A table
// that says nothing of where the lines stand says of the preset's lines what it says of
// lines; else its lines are all there are. What a table says is not read by the preset, so
// that what stops the preset there can be mended by a row.
func over(preset string, fields map[string]string) (string, error) {
	own, named := maps.Clone(fields), []string{}
	each, whole := false, strings.TrimSpace(fields[itemsField]) != ""
	for name, expression := range fields {
		if strings.TrimSpace(expression) != "" {
			named = append(named, strconv.Quote(name))
			each = each || strings.HasPrefix(name, itemsField+".")
		}
	}
	if each = each && !whole; each {
		own[itemsField] = lines(preset)
	}
	table, err := tableProgram(own, variables)
	if err != nil {
		return "", err
	}
	slices.Sort(named)
	var program strings.Builder
	for _, f := range functions(nil) {
		fmt.Fprintf(&program, "def %s($field): if any(%s; . == $field) then null else _%s($field) end;\n", f.name,
			strings.Join(named, ", "), f.name)
	}
	fmt.Fprintf(&program, `def _kept: if type == "object" then with_entries(select(.value != null) | .value |= _kept) else . end;
. as $body
| (%s
)
| if .type == "order.created" then ($body | %s | .data | _kept) as $own
    | .data.items as $lines
    | .data |= (. * $own)
    | if %t then .data.items = [range($own.items | length) as $n | ($lines[$n] // {}) * $own.items[$n]] else . end
  else . end
`, preset, table, each)
	return program.String(), nil
}
