package wire

import (
	"embed"
	"fmt"
	"io/fs"
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

// over gives the program whose orders are a preset's with what a table says in the place
// of what the preset says. What the table finds nothing for stays the preset's.
func over(preset, table string) string {
	return fmt.Sprintf(`def filled: if type == "object" then with_entries(select(.value != null) | .value |= filled) else . end;
. as $body
| (%s
)
| if .type == "order.created" then .data |= (. * ($body | %s | .data | filled)) else . end
`, preset, table)
}
