package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the pages that people read. What they name must exist.
func documents() []string {
	written, err := filepath.Glob("docs/*.md")
	if err != nil {
		panic(err) // not reached: the pattern is a good one
	}
	return append(written, "README.md", "README.ru.md", "CONTRIBUTING.md")
}

// elsewhere are names of files that documents speak of and that are no files of
// this repository.
func elsewhere() []string { return []string{"axe.min.js"} }

// A repository is what a document may name.
type repository struct {
	paths   map[string]bool // files and folders, from the root
	bases   map[string]bool // names of files, without their folders
	rooms   map[string]bool // names of packages
	names   map[string]bool // of Go: Name, package.Name and package.Type.Name
	targets map[string]bool // of make
}

// loadRepository reads the names of all files of a folder, and of what its Go
// files declare.
func loadRepository(t *testing.T, root fs.FS) *repository {
	t.Helper()
	r := &repository{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			r.paths[name] = true
			return nil
		}
		r.paths[name], r.bases[d.Name()] = true, true
		if path.Ext(name) == ".go" {
			return r.declare(root, name)
		}
		return nil
	})
	text, err2 := fs.ReadFile(root, "Makefile")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(text), -1) {
		r.targets[m[1]] = true
	}
	return r
}

// declare adds what a Go file declares at its top, and what its types consist of.
func (r *repository) declare(root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	r.rooms[f.Name.Name] = true
	add := func(names ...string) {
		last := names[len(names)-1]
		r.names[last], r.names[f.Name.Name+"."+strings.Join(names, ".")] = true, true
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name.Name)
				continue
			}
			add(receiver(d.Recv.List[0].Type), d.Name.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				declareSpec(spec, add)
			}
		}
	}
	return nil
}

func declareSpec(spec ast.Spec, add func(...string)) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range spec.Names {
			add(n.Name)
		}
	case *ast.TypeSpec:
		add(spec.Name.Name)
		structure, is := spec.Type.(*ast.StructType)
		if !is {
			return
		}
		for _, field := range structure.Fields.List {
			for _, n := range field.Names {
				add(spec.Name.Name, n.Name)
			}
		}
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

var (
	fences    = regexp.MustCompile("(?ms)^```.*?^```$")
	spans     = regexp.MustCompile("`([^`]+)`")
	links     = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	testNames = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*`)
	makes     = regexp.MustCompile(`\bmake ([a-z-]+)`)
	pathForm  = regexp.MustCompile(`^\.?[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]+)*/?$`)
	fileForm  = regexp.MustCompile(`\.(?:go|mod|md|sql|json|ya?ml|html|css|js|txtar)$`)
	dotted    = regexp.MustCompile(`^([a-z]+)\.[A-Za-z]+(?:\.[A-Za-z]+)?$`)
	camel     = regexp.MustCompile(`^[A-Za-z]*[a-z][A-Z][A-Za-z0-9]*$`)
)

// wrong says what is wrong with what stands between two backticks; "" if nothing
// is, or if it is no name of anything here.
func (r *repository) wrong(span string) string {
	for _, name := range testNames.FindAllString(span, -1) {
		if !r.names[name] {
			return "there is no test " + name
		}
	}
	for _, m := range makes.FindAllStringSubmatch(span, -1) {
		if !r.targets[m[1]] {
			return "make has no target " + m[1]
		}
	}
	for word := range strings.FieldsSeq(span) {
		folder, is := strings.CutPrefix(strings.TrimSuffix(word, "/..."), "./")
		if is && !r.paths[folder] {
			return "there is no folder " + word
		}
	}
	first, _, deep := strings.Cut(span, "/")
	switch {
	case slices.Contains(elsewhere(), span) || !pathForm.MatchString(span):
	case strings.HasSuffix(span, "/"), fileForm.MatchString(span) && deep, deep && r.paths[first]:
		if !r.paths[strings.TrimSuffix(span, "/")] {
			return "there is no such file or folder"
		}
	case fileForm.MatchString(span):
		if !r.bases[span] {
			return "there is no file of this name"
		}
	case dotted.MatchString(span):
		if r.rooms[dotted.FindStringSubmatch(span)[1]] && !r.names[span] {
			return "there is no such name"
		}
	case camel.MatchString(span) && !r.names[span]:
		return "nothing has this name"
	}
	return ""
}

// checkDocument tells what a document names that does not exist.
func (r *repository) checkDocument(name, text string) []string {
	var bad []string
	text = fences.ReplaceAllString(text, "")
	for _, m := range spans.FindAllStringSubmatch(text, -1) {
		if why := r.wrong(strings.Join(strings.Fields(m[1]), " ")); why != "" {
			bad = append(bad, fmt.Sprintf("%s: `%s`: %s", name, m[1], why))
		}
	}
	for _, m := range links.FindAllStringSubmatch(text, -1) {
		to := path.Join(path.Dir(name), m[1])
		if !strings.Contains(m[1], "://") && !r.paths[to] {
			bad = append(bad, fmt.Sprintf("%s: a link leads to %s, which does not exist", name, to))
		}
	}
	return bad
}

func TestHouseDocs(t *testing.T) {
	r := loadRepository(t, os.DirFS("."))
	for _, name := range documents() {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, b := range r.checkDocument(name, string(text)) {
			t.Error(b)
		}
	}
}

// TestHouseDocsNotices names things that exist, and things that do not.
func TestHouseDocsNotices(t *testing.T) {
	r := loadRepository(t, os.DirFS("."))
	for text, want := range map[string]string{
		"`house_test.go`, `docs/`, `internal/bridge/order/machine.go`, `machine.go`, `.ci/run`": "",
		"`nothing.go`":                                           "no file of this name",
		"`internal/bridge/order/nothing.go`":                     "no such file",
		"`bridge/nothing.go`":                                    "no such file",
		"`bridge/`":                                              "no such file",
		"`internal/bridge/nowhere`":                              "no such file",
		"`application/json`, `connector.db`":                     "",
		"`TestHouse`, `go test -run TestX .`":                    "no test TestX",
		"`go test ./bridge`":                                     "no folder ./bridge",
		"`go test ./... ./internal/bridge`":                      "",
		"`make house`, `TORTURE=2h make\nup`":                    "no target up",
		"`order.Desk.mu`, `storage.Guard`, `orders.erase_after`": "",
		"`order.Desk.nothing`":                                   "no such name",
		"`order.Nothing`":                                        "no such name",
		"`mayImport`, `make`, `2xx`":                             "",
		"`mayExport`":                                            "nothing has this name",
		"[the life](Makefile#x)":                                 "",
		"[x](http://example.org/nothing)":                        "",
		"[the life](docs/nothing.md)":                            "does not exist",
		"```\n`nothing.go`\n```\n`go.mod`":                       "",
	} {
		switch bad := r.checkDocument("README.md", text); {
		case want == "" && len(bad) > 0:
			t.Errorf("%q: %q, want nothing", text, bad)
		case want != "" && (len(bad) != 1 || !strings.Contains(bad[0], want)):
			t.Errorf("%q: %q, want only %q", text, bad, want)
		}
	}
	if len(r.names) < 3000 || len(r.paths) < 500 {
		t.Errorf("only %d names and %d paths", len(r.names), len(slices.Collect(maps.Keys(r.paths))))
	}
}
