package main

import (
	"encoding/json"
	"io"
	"strings"
)

// A component is one part in a CycloneDX document.
type component struct {
	Type     string    `json:"type"`
	Ref      string    `json:"bom-ref"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl,omitempty"`
	Licences []licence `json:"licenses,omitempty"`
}

// A licence is one by its SPDX name, or several by an expression of such names.
type licence struct {
	Licence    *named `json:"license,omitempty"`
	Expression string `json:"expression,omitempty"`
}

type named struct {
	ID string `json:"id"`
}

// A dependency says what a component needs.
type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn,omitempty"`
}

// A document is a bill of materials. It has no number and no time of its own, so that the
// same source makes the same bytes.
type document struct {
	Schema   string `json:"$schema"`
	Format   string `json:"bomFormat"`
	Spec     string `json:"specVersion"`
	Version  int    `json:"version"`
	Metadata struct {
		Component component `json:"component"`
	} `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

// sbom writes the bill of materials of a version of the program.
func sbom(out io.Writer, version string) error {
	list, err := linked()
	if err != nil {
		return err
	}
	d := document{Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1}
	d.Metadata.Component = component{Type: "application", Ref: "ineed-insales@" + version, Name: "ineed-insales",
		Version: version, Licences: licencesOf("MIT")}
	std, err := goCommand(program, nil, "env", "GOVERSION")
	if err != nil {
		return err
	}
	goVersion := strings.TrimPrefix(strings.TrimSpace(string(std)), "go")
	d.Components = append(d.Components, component{Type: "library", Ref: "std@" + goVersion, Name: "std",
		Version: goVersion, PURL: "pkg:golang/std@" + goVersion, Licences: licencesOf("BSD-3-Clause")})
	for _, m := range list {
		id, err := kind(m)
		if err != nil {
			return err
		}
		d.Components = append(d.Components, component{Type: "library", Ref: m.Path + "@" + m.Version, Name: m.Path,
			Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version, Licences: licencesOf(id)})
	}
	needs := dependency{Ref: d.Metadata.Component.Ref}
	for _, c := range d.Components {
		needs.On = append(needs.On, c.Ref)
	}
	d.Dependencies = []dependency{needs}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

func licencesOf(id string) []licence {
	if strings.Contains(id, " ") {
		return []licence{{Expression: id}}
	}
	return []licence{{Licence: &named{id}}}
}
