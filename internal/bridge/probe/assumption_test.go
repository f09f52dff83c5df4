package probe

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declared gives the names of all functions, methods and types of the program, and of
// all its tests.
func declared(t *testing.T) (names, tests map[string]bool) {
	t.Helper()
	names, tests = map[string]bool{}, map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type )(\w+)`)
	err := filepath.WalkDir("../../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		into := names
		if strings.HasSuffix(path, "_test.go") {
			into = tests
		}
		for _, found := range declaration.FindAllSubmatch(text, -1) {
			into[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, tests
}

// Every assumption says all that is to be said of it once, names a function that is
// there, and a test that shows what happens if it is otherwise. Only what nothing relies
// on has none.
func TestAssumptions(t *testing.T) {
	names, tests := declared(t)
	seen := map[string]bool{}
	for _, a := range assumptions {
		if seen[a.Name] || a.Name == "" || a.Says == "" || a.Source == "" || a.Where == "" || a.Else == "" {
			t.Errorf("%+v lacks something, or is there twice", a)
		}
		seen[a.Name] = true
		if a.Where == "nowhere relied upon" {
			if a.Test != "" || a.Else != "nothing" {
				t.Errorf("%s is relied upon nowhere, and yet %q", a.Name, a.Else)
			}
			continue
		}
		if where := a.Where[strings.LastIndexByte(a.Where, '.')+1:]; !names[where] {
			t.Errorf("%s: there is no %s", a.Name, a.Where)
		}
		if !strings.HasPrefix(a.Test, "Test") || !tests[a.Test] {
			t.Errorf("%s: there is no test %q", a.Name, a.Test)
		}
	}
}
