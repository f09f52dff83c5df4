package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the import path of the folder in which this test runs.
const module = "ineed-insales"

// A room is one package of this module. Its name is its folder below the root, "."
// for the root itself.
type room struct {
	name                    string
	production, test, xtest []*ast.File    // xtest are the files of the _test package
	checked                 *types.Package // of the production files; nil until it is imported or checked
	refs                    map[string]int // how often its production files name something of another room
}

// A house is the module as go/types sees it.
type house struct {
	fset   *token.FileSet
	rooms  map[string]*room
	others types.Importer                // of packages that are not ours
	users  map[token.Pos]map[string]bool // by where a name of ours is declared: the rooms that use it
}

// loadHouse parses and checks every file of the module, also those that only the
// tests in the browser and the torture build.
func loadHouse(t *testing.T) *house {
	t.Helper()
	h := &house{fset: token.NewFileSet(), rooms: map[string]*room{}, users: map[token.Pos]map[string]bool{}}
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		_, inner := os.Stat(filepath.Join(dir, "go.mod"))
		if dir != "." && (inner == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		return h.parse(filepath.ToSlash(dir))
	})
	if err != nil {
		t.Fatal(err)
	}
	h.others = h.openOthers(t)
	for _, name := range h.names() {
		if _, err := h.Import(path.Join(module, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range h.names() {
		h.checkTests(h.rooms[name])
	}
	return h
}

// names are the rooms' names in a steady order.
func (h *house) names() []string { return slices.Sorted(maps.Keys(h.rooms)) }

// parse reads the files of a folder, if there are any.
func (h *house) parse(dir string) error {
	context := build.Default
	context.BuildTags = []string{"browser", "torture"}
	p, err := context.ImportDir(dir, 0)
	if _, none := errors.AsType[*build.NoGoError](err); none {
		return nil
	}
	if err != nil {
		return err
	}
	r := &room{name: dir, refs: map[string]int{}}
	h.rooms[dir] = r
	for _, part := range []struct {
		names []string
		files *[]*ast.File
	}{{p.GoFiles, &r.production}, {p.TestGoFiles, &r.test}, {p.XTestGoFiles, &r.xtest}} {
		for _, name := range part.names {
			f, err := parser.ParseFile(h.fset, path.Join(dir, name), nil,
				parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				return err
			}
			*part.files = append(*part.files, f)
		}
	}
	return nil
}

// openOthers asks the go command for what it has compiled of the packages that
// are not ours. Those that drive the browser are left out: they take minutes to
// compile, and nothing of ours is used through them.
func (h *house) openOthers(t *testing.T) types.Importer {
	t.Helper()
	imports := map[string]bool{"fmt": true, "encoding/json": true} // for contracts
	for _, r := range h.rooms {
		for _, f := range slices.Concat(r.production, r.test, r.xtest) {
			for _, spec := range f.Imports {
				name := strings.Trim(spec.Path.Value, `"`)
				if name != "unsafe" && !strings.HasPrefix(name, module+"/") && !strings.Contains(name, "/chromedp/") {
					imports[name] = true
				}
			}
		}
	}
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	list := exec.CommandContext(t.Context(), "go", append(args, slices.Sorted(maps.Keys(imports))...)...)
	var errs bytes.Buffer
	list.Stderr = &errs
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &errs)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[name] = file
	}
	return importer.ForCompiler(h.fset, "gc", func(name string) (io.ReadCloser, error) {
		if exports[name] == "" {
			return nil, fmt.Errorf("%s is not compiled", name)
		}
		return os.Open(exports[name])
	})
}

// Import gives one of our packages as its production files make it, and one of
// others as it was compiled.
func (h *house) Import(name string) (*types.Package, error) {
	ours, is := roomOf(name)
	if !is {
		return h.others.Import(name)
	}
	r := h.rooms[ours]
	if r == nil {
		return nil, fmt.Errorf("there is no package %s", name)
	}
	if r.checked != nil {
		return r.checked, nil
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: h}
	checked, err := config.Check(name, h.fset, r.production, info)
	if err != nil {
		return nil, err
	}
	r.checked = checked
	for _, used := range info.Uses {
		if of := h.note(r.name, used); of != "" && of != r.name {
			r.refs[of]++
		}
	}
	return checked, nil
}

// roomOf is the room that an import path names, if it is ours.
func roomOf(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// An importFunc is an importer for one package's tests.
type importFunc func(string) (*types.Package, error)

// Import calls f.
func (f importFunc) Import(name string) (*types.Package, error) { return f(name) }

// checkTests checks a room's tests, inside and beside the package. What go/types
// cannot resolve there, such as the browser's packages, is passed over: the
// compiler judges that.
func (h *house) checkTests(r *room) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: h, Error: func(error) {}}
	within, _ := config.Check(path.Join(module, r.name), h.fset, slices.Concat(r.production, r.test), info)
	config.Importer = importFunc(func(name string) (*types.Package, error) {
		if name == path.Join(module, r.name) {
			return within, nil // with what its tests export
		}
		return h.Import(name)
	})
	_, _ = config.Check(path.Join(module, r.name)+"_test", h.fset, r.xtest, info)
	for _, used := range info.Uses {
		h.note(r.name, used)
	}
}

// note remembers that a room uses something, and tells whose it is; "" if it is
// not ours.
func (h *house) note(user string, used types.Object) string {
	if used.Pkg() == nil {
		return ""
	}
	owner, is := roomOf(strings.TrimSuffix(used.Pkg().Path(), "_test"))
	if !is {
		return ""
	}
	if h.users[used.Pos()] == nil {
		h.users[used.Pos()] = map[string]bool{}
	}
	h.users[used.Pos()][user] = true
	return owner
}
