package main

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path"
	"slices"
	"testing"
)

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

// checkNames tells what rooms export in vain. What nobody outside needs is
// written in lower case; what only the tests of a room need stands in its
// export_test.go.
func checkNames(h *house) []string {
	var bad []string
	for _, name := range h.names() {
		for _, text := range h.unused(h.rooms[name]) {
			bad = append(bad, fmt.Sprintf("%s: nobody outside uses %s: write it in lower case", name, text))
		}
	}
	return bad
}

func TestHouseNames(t *testing.T) {
	for _, b := range checkNames(loadHouse(t)) {
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
	if got := checkNames(loadHouse(t)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
