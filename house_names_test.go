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

// closedRooms are the packages whose every exported name has a user in another
// package. A package that has become so is added here, and then stays so: what
// nobody outside needs is written in lower case.
func closedRooms() []string {
	return []string{
		"handlers", "handlers/failure", "handlers/panel", "handlers/visit", "handlers/web",
		"internal/api", "internal/cli", "internal/config", "internal/demo", "internal/gate", "internal/legible",
		"internal/locale",
		"internal/notify", "internal/notify/notifytest", "internal/weburl", "migrations",
	}
}

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

// A name is an exported name of a room: of a function, a type, a variable or a
// constant, or Type.Method.
type name struct {
	text   string
	object types.Object
}

// exported lists the names that a room's production files export.
func (r *room) exported() []name {
	var list []name
	scope := r.checked.Scope()
	for _, text := range scope.Names() {
		object := scope.Lookup(text)
		if !object.Exported() {
			continue
		}
		list = append(list, name{text, object})
		kind, is := object.(*types.TypeName)
		if !is || kind.IsAlias() {
			continue
		}
		if named, is := kind.Type().(*types.Named); is {
			for m := range named.Methods() {
				if m.Exported() {
					list = append(list, name{text + "." + m.Name(), m})
				}
			}
		}
	}
	return list
}

// unused lists the exported names of a room that no other room uses. A type has a
// user if something of it has, or if a name that is used mentions it. A method may
// be there for an interface, and then has its user in whoever calls that.
func (h *house) unused(r *room) []string {
	used := map[token.Pos]bool{}
	for _, n := range r.exported() {
		if h.usedOutside(r, n.object) {
			h.mark(r, n.object, used)
		}
	}
	contracts := h.contracts(r)
	var list []string
	for _, n := range r.exported() {
		method, is := n.object.(*types.Func)
		if !used[n.object.Pos()] && !(is && answers(method, contracts)) {
			list = append(list, n.text)
		}
	}
	return list
}

// usedOutside reports whether another room names the object, or a field of it.
func (h *house) usedOutside(r *room, object types.Object) bool {
	others := func(pos token.Pos) bool {
		for user := range h.users[pos] {
			if user != r.name {
				return true
			}
		}
		return false
	}
	if others(object.Pos()) {
		return true
	}
	if kind, is := object.(*types.TypeName); is {
		if structure, is := kind.Type().Underlying().(*types.Struct); is {
			for field := range structure.Fields() {
				if others(field.Pos()) {
					return true
				}
			}
		}
	}
	return false
}

// mark says that an object is used, and with it the types that it mentions.
func (h *house) mark(r *room, object types.Object, used map[token.Pos]bool) {
	if used[object.Pos()] {
		return
	}
	used[object.Pos()] = true
	if kind, is := object.(*types.TypeName); is {
		h.markType(r, kind.Type().Underlying(), used)
		return
	}
	h.markType(r, object.Type(), used)
}

func (h *house) markType(r *room, t types.Type, used map[token.Pos]bool) {
	switch t := t.(type) {
	case *types.Named:
		if t.Obj().Pkg() != nil && t.Obj().Pkg().Path() == r.checked.Path() {
			h.mark(r, t.Obj(), used)
		}
		for argument := range t.TypeArgs().Types() {
			h.markType(r, argument, used)
		}
	case *types.Struct:
		for field := range t.Fields() {
			if field.Exported() {
				h.markType(r, field.Type(), used)
			}
		}
	case *types.Signature:
		if t.Recv() != nil {
			h.markType(r, t.Recv().Type(), used)
		}
		for v := range t.Params().Variables() {
			h.markType(r, v.Type(), used)
		}
		for v := range t.Results().Variables() {
			h.markType(r, v.Type(), used)
		}
	case *types.Map:
		h.markType(r, t.Key(), used)
		h.markType(r, t.Elem(), used)
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		h.markType(r, t.Elem(), used)
	}
}

// contracts are the interfaces for which a room may have methods: error, those of
// its imports and of every room, and those that printing and encoding look for.
func (h *house) contracts(r *room) []*types.Interface {
	list := []*types.Interface{types.Universe.Lookup("error").Type().Underlying().(*types.Interface)}
	packages := slices.Clone(r.checked.Imports())
	for _, other := range h.rooms {
		packages = append(packages, other.checked)
	}
	for _, name := range []string{"fmt", "encoding", "encoding/json", "github.com/go-json-experiment/json"} {
		if p, err := h.others.Import(name); err == nil {
			packages = append(packages, p)
		}
	}
	for _, p := range packages {
		for _, text := range p.Scope().Names() {
			kind, is := p.Scope().Lookup(text).(*types.TypeName)
			if !is {
				continue
			}
			if contract, is := kind.Type().Underlying().(*types.Interface); is && contract.NumMethods() > 0 {
				list = append(list, contract)
			}
		}
	}
	return list
}

// answers reports whether a method is one that its type needs for a contract.
func answers(method *types.Func, contracts []*types.Interface) bool {
	receiver := method.Signature().Recv()
	if receiver == nil {
		return false
	}
	if slices.Contains([]string{"Unwrap", "Is", "As"}, method.Name()) {
		return true // package errors looks for these, by interfaces without a name
	}
	kind := receiver.Type()
	if pointer, is := kind.(*types.Pointer); is {
		kind = pointer.Elem()
	}
	for _, contract := range contracts {
		asked, _, _ := types.LookupFieldOrMethod(contract, false, method.Pkg(), method.Name())
		if asked != nil && types.Implements(types.NewPointer(kind), contract) {
			return true
		}
	}
	return false
}

// checkClosed tells what closed rooms export in vain.
func checkClosed(h *house, closed []string) []string {
	var bad []string
	for _, name := range closed {
		r := h.rooms[name]
		if r == nil {
			bad = append(bad, name+": is closed, but does not exist")
			continue
		}
		for _, text := range h.unused(r) {
			bad = append(bad, fmt.Sprintf("%s: nobody outside uses %s: write it in lower case", name, text))
		}
	}
	return bad
}

func TestHouseNames(t *testing.T) {
	for _, b := range checkClosed(loadHouse(t), closedRooms()) {
		t.Error(b)
	}
}

// TestHouseNamesNotices builds a small module in which some names have a user
// outside their room and some have none.
func TestHouseNamesNotices(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"a/a.go": `package a

type Used struct{}

func (Used) Called()       {}
func (Used) Lonely()       {}
func (Used) Error() string { return "" }

type Mentioned struct{ Field Deeper }
type Deeper int

func Make() Mentioned { return Mentioned{} }

const OfTests, OfNobody = 1, 2

func OfItsOwnTests() {}
`,
		"a/a_test.go": "package a_test\n\nimport \"" + module + "/a\"\n\nfunc f() { a.OfItsOwnTests() }\n",
		"b/b.go":      "package b\n\nimport \"" + module + "/a\"\n\nfunc f() { a.Used{}.Called(); a.Make() }\n",
		"b/b_test.go": "package b\n\nimport \"" + module + "/a\"\n\nvar _ = a.OfTests\n",
	} {
		if err := errors.Join(os.MkdirAll(path.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for _, text := range []string{"OfItsOwnTests", "OfNobody", "Used.Lonely"} {
		want = append(want, "a: nobody outside uses "+text+": write it in lower case")
	}
	want = append(want, "c: is closed, but does not exist")
	if got := checkClosed(loadHouse(t), []string{"a", "b", "c"}); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
