package config

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// A given is what is known of values beside the values: the secret key as somebody gave it,
// and the files that values were read from, by the names of their settings.
type given struct {
	text  string
	files map[string]string
}

// readEnvironment gives the values of all known variables and where each came
// from.
func readEnvironment(environ []string, bad *Problems) (values, sources map[string]string, as given) {
	values, sources, as.files = map[string]string{}, map[string]string{}, map[string]string{}
	known := map[string]bool{}
	for _, o := range options() {
		known[o.name] = true
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "CONNECTOR_") {
			continue
		}
		base, isFile := strings.CutSuffix(name, "_FILE")
		switch {
		case known[name] && value != "":
			if sources[name] == "file" {
				bad.add(name, "is set, and so is %s_FILE: unset one of them", name)
			}
			values[name], sources[name] = value, "environment"
			if name == "CONNECTOR_SECRET_KEY" {
				as.text = value
			}
		case known[name], isFile && known[base] && value == "": // empty is the same as unset, as in a compose file
		case isFile && known[base]:
			if sources[base] != "" {
				bad.add(base, "is set, and so is %s: unset one of them", name)
			}
			raw, err := readValue(value)
			if err != nil {
				bad.add(name, "%v: name a file that this user can read", err)
				continue
			}
			text, err := plainText(raw)
			if err != nil {
				bad.add(name, "its file %v", err)
				continue
			}
			values[base], sources[base], as.files[base] = text, "file", value
			if base == "CONNECTOR_SECRET_KEY" {
				// As versions before this one read it: without its last line break.
				as.text = strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
			}
		default:
			bad.add(name, "is not a setting%s", nearest(name, known))
		}
	}
	return values, sources, as
}

func readValue(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}

// nearest suggests the known name that shares most of its words.
func nearest(name string, known map[string]bool) string {
	best, most := "", 1 // the prefix is shared by all
	for _, o := range options() {
		n := 0
		for w := range strings.SplitSeq(name, "_") {
			if slices.Contains(strings.Split(o.name, "_"), w) {
				n++
			}
		}
		if n > most {
			best, most = o.name, n
		}
	}
	if best == "" {
		return "; `ineed-insales config` lists them all"
	}
	return "; do you mean " + best + "?"
}

// parseProblems translates env's errors, which name the struct's fields and
// Go's functions, but no remedy.
func parseProblems(err error, values map[string]string, bad *Problems) {
	if err == nil {
		return
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		*bad = append(*bad, err.Error())
		return
	}
	for _, e := range all.Errors {
		var p env.ParseError
		if !errors.As(e, &p) {
			*bad = append(*bad, e.Error())
			continue
		}
		for _, o := range options() {
			if o.field == p.Name {
				bad.add(o.name, "%q is not a value for it: use %s", values[o.name], o.want)
			}
		}
	}
}
