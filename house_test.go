package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The measure of the house, in lines.
const (
	maxFunction = 80
	maxFile     = 450
)

// mayImport is who may import what of ours, by folder below the module's root.
// A package that is not here may not exist. The arrows point one way only, so
// that what the connector decides (bridge) can be read and tested without HTTP
// and SQL, and the two clients without either. Of the program only demo reaches
// the sandboxes.
func mayImport() map[string][]string {
	return map[string][]string{
		".": {"handlers", "handlers/panel", "internal/api", "internal/bridge", "internal/cli", "internal/config",
			"internal/demo", "internal/gate", "internal/ineedchat/wire", "internal/systemd", "internal/version",
			"storage"},
		"handlers": slices.Concat(rooms(), []string{"handlers/failure", "handlers/panel", "handlers/visit",
			"internal/api", "internal/ineedchat", "internal/ineedchat/wire", "insales", "internal/locale", "storage"}),
		"handlers/panel": slices.Concat(rooms(), []string{"handlers/failure", "handlers/visit", "handlers/web",
			"internal/api", "internal/ineedchat", "internal/ineedchat/wire", "insales", "internal/gate",
			"internal/legible", "internal/locale", "internal/weburl", "storage"}),
		"handlers/visit": {"handlers/failure", "internal/bridge", "internal/bridge/company", "internal/bridge/login",
			"internal/bridge/problem", "internal/gate", "internal/weburl", "storage"},
		"handlers/failure": {"internal/api", "internal/bridge/login", "internal/bridge/probe",
			"internal/bridge/problem",
			"internal/gate",
			"internal/ineedchat", "internal/locale", "storage"},
		"handlers/web": {},
		"internal/demo": {"insales/insalestest", "internal/api", "internal/config", "internal/ineedchat/ineedchattest",
			"internal/locale"},
		"internal/api": {},
		"internal/cli": {"internal/api", "internal/atomicfile", "internal/bridge/problem", "internal/bridge/reach",
			"internal/config", "internal/doctor", "internal/legible", "internal/locale", "internal/version", "storage"},
		"internal/config": {"internal/api", "internal/atomicfile", "internal/bridge/login", "internal/proxy",
			"internal/weburl", "storage"},
		"internal/bridge": slices.Concat(rooms(),
			[]string{"internal/ineedchat", "internal/ineedchat/wire", "insales", "internal/proxy", "internal/weburl",
				"storage"}),
		"internal/bridge/host": {"internal/bridge/company", "internal/bridge/problem", "internal/noredirect",
			"internal/proxy", "storage"},
		"internal/bridge/alert": {"internal/bridge/check", "internal/bridge/order", "internal/bridge/catalog",
			"internal/bridge/company", "internal/bridge/host", "internal/bridge/problem", "internal/notify",
			"internal/weburl", "storage"},
		"internal/bridge/reach": {"internal/bridge/problem"},
		"internal/doctor":       {"internal/bridge/reach", "internal/config", "storage"},
		"internal/bridge/check": {"internal/bridge/order", "internal/bridge/order/hook",
			"internal/bridge/order/translate", "internal/bridge/catalog", "internal/bridge/company",
			"internal/bridge/problem", "insales", "storage"},
		"internal/bridge/thread": {"internal/bridge/check", "storage"},
		"internal/bridge/order": {"internal/bridge/order/feed", "internal/bridge/order/hook",
			"internal/bridge/order/outcome", "internal/bridge/order/translate", "internal/bridge/company",
			"internal/bridge/problem", "internal/ineedchat", "internal/ineedchat/wire", "insales", "internal/weburl",
			"storage"},
		"internal/bridge/order/hook": {"internal/bridge/company", "internal/bridge/problem", "insales",
			"internal/weburl", "storage"},
		"internal/bridge/order/feed": {"internal/bridge/company", "internal/bridge/problem", "insales", "storage"},
		"internal/bridge/order/outcome": {"internal/bridge/company", "internal/bridge/problem", "internal/ineedchat",
			"internal/ineedchat/wire", "insales", "storage"},
		"internal/bridge/order/translate": {"internal/bridge/problem", "internal/ineedchat", "insales",
			"internal/legible", "internal/weburl", "storage"},
		"internal/bridge/catalog": {"internal/bridge/company", "internal/bridge/problem", "internal/ineedchat",
			"internal/ineedchat/yml", "insales", "internal/legible", "internal/weburl", "storage"},
		"internal/bridge/probe": {"internal/bridge/order/hook", "internal/bridge/company", "internal/bridge/problem",
			"insales", "internal/legible", "storage"},
		"internal/bridge/upkeep": {"internal/bridge/company", "internal/bridge/problem", "storage"},
		"internal/bridge/login":  {"internal/bridge/company", "internal/bridge/problem", "storage"},
		"internal/bridge/company": {"internal/bridge/problem", "internal/ineedchat", "internal/ineedchat/wire", "insales",
			"internal/proxy", "internal/weburl", "storage"},
		"internal/bridge/problem":        {"internal/ineedchat", "insales", "internal/legible", "storage"},
		"storage":                        {"internal/atomicfile", "migrations"},
		"internal/gate":                  {},
		"internal/systemd":               {},
		"internal/legible":               {},
		"internal/proxy":                 {},
		"internal/version":               {},
		"internal/weburl":                {},
		"internal/noredirect":            {},
		"internal/retryafter":            {},
		"internal/atomicfile":            {},
		"insales":                        {"internal/legible", "internal/retryafter", "internal/weburl"},
		"internal/ineedchat":             {"internal/legible", "internal/noredirect", "internal/retryafter"},
		"internal/ineedchat/wire":        {"internal/ineedchat"},
		"internal/ineedchat/yml":         {"internal/ineedchat"},
		"internal/ineedchat/yml/ymltest": {},
		"internal/notify":                {"internal/legible", "internal/retryafter"},
		"internal/locale":                {}, "migrations": {},
		"storage/storagetest":              {"storage"},
		"storage/storagetest/inmemory":     {},
		"storage/storagetest/smalldisk":    {},
		"internal/locale/localetest":       {"internal/locale"},
		"insales/insalestest":              {"insales"},
		"internal/notify/notifytest":       {},
		"internal/bridge/login/logintest":  {},
		"internal/ineedchat/ineedchattest": {"internal/ineedchat", "internal/retryafter"},
	}
}

// rooms are the packages that decide, from the assembly down. Orders and catalog
// never import each other.
func rooms() []string {
	list := []string{"internal/bridge"}
	for _, room := range []string{
		"alert", "check", "probe", "order", "order/hook", "order/translate", "catalog", "login", "upkeep", "company",
		"host", "reach", "problem", "thread",
	} {
		list = append(list, "internal/bridge/"+room)
	}
	return list
}

// future are packages that have their rule before they have a file.
func future() []string { return nil }

// doors is which packages alone may use a dependency, so that it can be
// replaced there and nowhere else.
func doors() map[string][]string {
	return map[string][]string{
		"github.com/caarlos0/env":            {"internal/config"},
		"github.com/urfave/cli":              {"internal/cli"},
		"github.com/labstack/echo":           {"handlers", "handlers/failure", "handlers/panel", "handlers/visit"},
		"github.com/boombuler/barcode":       {"handlers/web"},
		"github.com/go-playground/validator": {"handlers"},
		"github.com/klauspost/compress":      {"storage"},
		"modernc.org/sqlite":                 {"storage"},
		"github.com/pressly/goose":           {"storage"},
		"golang.org/x/crypto":                {"internal/bridge/login"},
		"golang.org/x/net": {"internal/weburl", "internal/bridge/catalog", "internal/ineedchat/yml",
			"internal/proxy"},
		"github.com/wneessen/go-mail": {"internal/notify"},
	}
}

// ownBytes are the files that may decode with encoding/json, which takes a name in
// any case for a field ("Price" for price) and the last of two. What they read we
// have written ourselves; what comes from outside is read to the letter, with
// jsontext, jx or json of go-json-experiment.
func ownBytes() []string {
	return []string{
		"internal/api/client.go",                        // the running server, over its own socket
		"storage/column.go",                             // columns
		"storage/seal.go",                               // sealed settings
		"internal/bridge/company/journal.go",            // settings, to compare them
		"internal/bridge/order/translate/comparison.go", // our last request
		"internal/locale/locale.go",                     // the catalogue
	}
}

// checkDecoding looks for decoders of encoding/json. The sandboxes stand for
// programs of others, which have it as they like.
func checkDecoding(name string, f *ast.File) []string {
	if slices.Contains(ownBytes(), name) || strings.HasSuffix(path.Dir(name), "test") {
		return nil
	}
	var bad []string
	local := ""
	for _, spec := range f.Imports {
		switch spec.Path.Value {
		case `"encoding/json"`:
			if local = "json"; spec.Name != nil {
				local = spec.Name.Name
			}
		case `"github.com/go-json-experiment/json/v1"`:
			bad = append(bad, name+": must not decode as encoding/json does")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, is := n.(*ast.SelectorExpr)
		if !is {
			return true
		}
		from, is := s.X.(*ast.Ident)
		switch {
		case !is:
		case from.Name == local && (s.Sel.Name == "Unmarshal" || s.Sel.Name == "NewDecoder" || s.Sel.Name == "Decoder"):
			bad = append(bad, fmt.Sprintf("%s: must not decode with encoding/json", name))
		case s.Sel.Name == "MatchCaseInsensitiveNames":
			bad = append(bad, name+": must not match names in any case")
		}
		return true
	})
	return bad
}

// checkHouse tells what breaks the rules in the given files, by name.
func checkHouse(module string, files map[string]string) []string {
	var bad []string
	exists := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		exists[path.Dir(name)] = true
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			bad = append(bad, err.Error())
			continue
		}
		bad = append(bad, checkImports(module, name, f)...)
		bad = append(bad, checkMeasure(fset, name, files[name], f)...)
		bad = append(bad, checkDecoding(name, f)...)
		bad = append(bad, checkLogKeys(name, f)...)
	}
	for pkg := range mayImport() {
		if !exists[pkg] && !slices.Contains(future(), pkg) {
			bad = append(bad, fmt.Sprintf("%s: has a rule, but does not exist", pkg))
		}
	}
	return bad
}

func checkImports(module, name string, f *ast.File) []string {
	var bad []string
	pkg := path.Dir(name)
	allowed, known := mayImport()[pkg]
	if !known {
		bad = append(bad, fmt.Sprintf("%s: package %s has no import rule", name, pkg))
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			bad = append(bad, name+": "+err.Error())
			continue
		}
		if ours, is := strings.CutPrefix(imported, module+"/"); is && !slices.Contains(allowed, ours) {
			bad = append(bad, fmt.Sprintf("%s: must not import %s", name, ours))
		}
		for dependency, open := range doors() {
			if (imported == dependency || strings.HasPrefix(imported, dependency+"/")) && !slices.Contains(open, pkg) {
				bad = append(bad, fmt.Sprintf("%s: only %s may import %s", name, strings.Join(open, ", "), dependency))
			}
		}
	}
	return bad
}

func checkMeasure(fset *token.FileSet, name, text string, f *ast.File) []string {
	var bad []string
	if n := strings.Count(text, "\n"); n > maxFile {
		bad = append(bad, fmt.Sprintf("%s: has %d lines, %d are the most", name, n, maxFile))
	}
	for _, d := range f.Decls {
		fn, is := d.(*ast.FuncDecl)
		if !is {
			continue
		}
		if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFunction {
			bad = append(bad, fmt.Sprintf("%s: %s has %d lines, %d are the most", name, fn.Name.Name, n, maxFunction))
		}
	}
	return bad
}

// productionFiles reads every Go file of this module that is no test. Folders
// with a go.mod of their own are other modules.
func productionFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != ".":
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(name)] = string(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestHouse(t *testing.T) {
	files := productionFiles(t)
	if len(files) < 40 {
		t.Errorf("only %d files were found", len(files))
	}
	for _, b := range checkHouse("ineed-insales", files) {
		t.Error(b)
	}
}

// TestHouseBench: what measures the program beside others is a module of its own, so that
// the program can import nothing of it and it nothing of the program, and it requires
// nothing. Its files have the same measure.
func TestHouseBench(t *testing.T) {
	text, err := os.ReadFile("bench/go.mod")
	if err != nil || strings.Contains(string(text), "require") {
		t.Errorf("bench/go.mod: %v\n%s", err, text)
	}
	names, err := filepath.Glob("bench/*.go")
	if err != nil || len(names) < 5 {
		t.Errorf("only %q: %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range checkMeasure(fset, name, string(text), f) {
			t.Error(b)
		}
	}
}

// TestHouseNotices breaks each rule once: a check that cannot fail checks
// nothing.
func TestHouseNotices(t *testing.T) {
	imports := func(p string) string { return "package x\n\nimport _ \"" + p + "\"\n" }
	function := func(lines int) string {
		return "package x\n\nfunc long() {\n" + strings.Repeat("\t_ = 0\n", lines-2) + "}\n"
	}
	decodes := func(imported, call string) string {
		return "package x\n\nimport " + imported + "\n\nfunc f(b []byte, v any) { _ = " + call + " }\n"
	}
	const std = `"encoding/json"`
	tests := []struct{ name, text, want string }{
		{"handlers/body.go", decodes(std, "json.Unmarshal(b, v)"), "must not decode with encoding/json"},
		{"internal/ineedchat/client.go", decodes(std, "json.NewDecoder(nil).Decode(v)"),
			"must not decode with encoding/json"},
		{"internal/notify/telegram.go", decodes("old "+std, "old.Unmarshal(b, v)"),
			"must not decode with encoding/json"},
		{"insales/hook.go", decodes(std, "(*json.Decoder)(nil)"), "must not decode with encoding/json"},
		{"insales/hook.go", decodes(std, "json.Valid(b)"), ""},
		{"insales/client.go", decodes(std, "json.Unmarshal"), "must not decode with encoding/json"}, // as a value
		{"handlers/body.go", decodes(`"github.com/go-json-experiment/json"`, "json.Unmarshal(b, v)"), ""},
		{"handlers/body.go", decodes(`"github.com/go-json-experiment/json"`, "json.MatchCaseInsensitiveNames(true)"),
			"in any case"},
		{"handlers/body.go", imports("github.com/go-json-experiment/json/v1"), "as encoding/json does"},
		{"storage/seal.go", decodes(std, "json.Unmarshal(b, v)"), ""},
		{"storage/restore.go", decodes(std, "json.Unmarshal(b, v)"), "must not decode with encoding/json"},
		{"insales/insalestest/shop.go", decodes(std, "json.Unmarshal(b, v)"), ""},
		{"main.go", imports("ineed-insales/insales/insalestest"), "must not import insales/insalestest"},
		{"serve.go", imports("ineed-insales/internal/ineedchat/ineedchattest"),
			"must not import internal/ineedchat/ineedchattest"},
		{"main.go", imports("ineed-insales/handlers"), ""},
		{"internal/demo/demo.go", imports("ineed-insales/insales/insalestest"), ""},
		{"internal/demo/demo.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"internal/config/config.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"main.go", imports("github.com/caarlos0/env/v11"), "only internal/config may import"},
		{"internal/api/order.go", imports("ineed-insales/storage"), "must not import storage"},
		{"internal/cli/order.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"internal/cli/order.go", imports("ineed-insales/insales/insalestest"), "must not import insales/insalestest"},
		{"serve.go", imports("github.com/urfave/cli/v3"), "only internal/cli may import"},
		{"handlers/order.go", imports("ineed-insales/migrations"), "must not import migrations"},
		{"handlers/order.go", imports("ineed-insales/insales/insalestest"), "must not import insales/insalestest"},
		{"handlers/order.go", imports("ineed-insales/internal/bridge"), ""},
		{"handlers/web/web.go", imports("ineed-insales/internal/locale"), "must not import internal/locale"},
		{"internal/bridge/order/desk.go", imports("ineed-insales/internal/bridge/catalog"),
			"must not import internal/bridge/catalog"},
		{"internal/bridge/order/translate/status.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/order/translate/status.go", imports("ineed-insales/internal/bridge/company"),
			"must not import internal/bridge/company"},
		{"internal/bridge/order/feed/walk.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/order/hook/registration.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/order/outcome/create.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/catalog/run.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/company/task.go", imports("ineed-insales/internal/bridge/order"),
			"must not import internal/bridge/order"},
		{"internal/bridge/order.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"internal/bridge/demo.go", imports("ineed-insales/insales/insalestest"),
			"must not import insales/insalestest"},
		{"internal/bridge/order.go", imports("ineed-insales/internal/locale"), "must not import internal/locale"},
		{"storage/order.go", imports("ineed-insales/insales"), "must not import insales"},
		{"insales/order.go", imports("ineed-insales/storage"), "must not import storage"},
		{"insales/insalestest/shop.go", imports("ineed-insales/internal/ineedchat"),
			"must not import internal/ineedchat"},
		{"internal/ineedchat/order.go", imports("ineed-insales/insales"), "must not import insales"},
		{"internal/ineedchat/ineedchattest/chat.go", imports("ineed-insales/storage"), "must not import storage"},
		{"internal/locale/locale.go", imports("ineed-insales/internal/bridge"), "must not import internal/bridge"},
		{"internal/notify/email.go", imports("ineed-insales/storage"), "must not import storage"},
		{"internal/bridge/notify.go", imports("github.com/wneessen/go-mail"), "only internal/notify may import"},
		{"migrations/migrations.go", imports("ineed-insales/storage"), "must not import storage"},
		{"util/util.go", "package x\n", "package util has no import rule"},
		{"internal/bridge/order.go", imports("github.com/labstack/echo/v4/middleware"),
			"may import github.com/labstack/echo"},
		{"handlers/visit/param.go", imports("github.com/labstack/echo/v4"), ""},
		{"handlers/web/web.go", imports("github.com/labstack/echo/v4"),
			"only handlers, handlers/failure, handlers/panel, handlers/visit may import"},
		{"handlers/failure/failure.go", imports("github.com/go-playground/validator/v10"), "only handlers may import"},
		{"handlers/failure/failure.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"handlers/visit/site.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"handlers/panel/order_page.go", imports("ineed-insales/handlers"), "must not import handlers"},
		{"handlers/panel/order_page.go", imports("ineed-insales/handlers/web"), ""},
		{"handlers/order.go", imports("ineed-insales/handlers/web"), "must not import handlers/web"},
		{"internal/ineedchat/order.go", imports("github.com/go-playground/validator/v10"), "only handlers may import"},
		{"serve.go", imports("modernc.org/sqlite"), "only storage may import modernc.org/sqlite"},
		{"migrations/migrations.go", imports("github.com/pressly/goose/v3"), "only storage may import"},
		{"internal/bridge/order.go", function(maxFunction + 1), "long has 81 lines"},
		{"internal/bridge/order.go", function(maxFunction), ""},
		{"internal/bridge/order.go", "package x\n" + strings.Repeat("\n", maxFile), "has 451 lines"},
		{"internal/bridge/order.go", "package x\n" + strings.Repeat("\n", maxFile-1), ""},
		{"internal/bridge/order.go", "package", "expected"},
	}
	for _, test := range tests {
		files := map[string]string{test.name: test.text}
		for pkg := range mayImport() {
			if pkg != path.Dir(test.name) {
				files[pkg+"/good.go"] = "package x\n"
			}
		}
		bad := checkHouse("ineed-insales", files)
		switch {
		case test.want == "" && len(bad) > 0:
			t.Errorf("%s %q: %q, want nothing", test.name, test.text[:min(60, len(test.text))], bad)
		case test.want != "" && (len(bad) != 1 || !strings.HasPrefix(bad[0], test.name) ||
			!strings.Contains(bad[0], test.want)):
			t.Errorf("%s %q: %q, want only %q", test.name, test.text[:min(60, len(test.text))], bad, test.want)
		}
	}
	if bad := checkHouse("ineed-insales", nil); len(bad) != len(mayImport())-len(future()) {
		t.Errorf("of rules without a package only these were noticed: %q", bad)
	}
}
