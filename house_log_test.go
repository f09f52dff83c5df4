package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// logKey is how a key of the log is written, so that one grep finds it everywhere.
var logKey = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// checkLogKeys looks at what is given to the log: keys are words in lower case, and an
// error stands under err and nowhere else.
func checkLogKeys(name string, f *ast.File) []string {
	var bad []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || !logs(call) {
			return true
		}
		args := pairsOf(call)
		for i := 0; i+1 < len(args); i++ {
			key, is := textOf(args[i])
			if !is {
				continue
			}
			v, named := args[i+1].(*ast.Ident)
			isError := named && (v.Name == "err" || v.Name == "cause")
			switch {
			case !logKey.MatchString(key):
				bad = append(bad, fmt.Sprintf("%s: %q is no key of the log: use words in lower case", name, key))
			case key == "error" || isError && key != "err":
				bad = append(bad, fmt.Sprintf("%s: an error is logged as %q: its key is err", name, key))
			}
			i++
		}
		return true
	})
	return bad
}

// logs reports whether a call writes to a log, or makes an attribute for one.
func logs(call *ast.CallExpr) bool {
	s, is := call.Fun.(*ast.SelectorExpr)
	if !is {
		return false
	}
	on := ""
	switch x := s.X.(type) {
	case *ast.Ident:
		on = x.Name
	case *ast.SelectorExpr:
		on = x.Sel.Name
	}
	if on == "slog" {
		return slices.Contains([]string{"Any", "Bool", "Duration", "Float64", "Int", "Int64", "String", "Time", "Uint64"},
			s.Sel.Name)
	}
	return strings.EqualFold(on, "log") &&
		slices.Contains([]string{"Debug", "Info", "Warn", "Error", "Log", "With"}, s.Sel.Name)
}

// pairsOf gives the keys and values of a call: what stands before the first key is a
// context, a level and the message.
func pairsOf(call *ast.CallExpr) []ast.Expr {
	switch s := call.Fun.(*ast.SelectorExpr); s.Sel.Name {
	case "Debug", "Info", "Warn", "Error":
		return call.Args[min(1, len(call.Args)):]
	case "Log":
		return call.Args[min(3, len(call.Args)):]
	}
	return call.Args
}

func textOf(e ast.Expr) (text string, is bool) {
	lit, is := e.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// TestHouseLogNotices: the rule for the keys of the log finds what breaks it.
func TestHouseLogNotices(t *testing.T) {
	for call, want := range map[string]string{
		`log.Warn("m", "err", err)`:                                 "",
		`log.Warn("m", "error", err)`:                               `logged as "error"`,
		`log.Warn("m", "error", text)`:                              `logged as "error"`,
		`c.Log.Error("m", "order", id, "cause", cause)`:             `logged as "cause"`,
		`c.cfg.Log.Info("m", "orderID", id)`:                        "is no key",
		`c.cfg.Log.Info("m", "order id", id)`:                       "is no key",
		`a.log.Log(ctx, level, "any message", "why", err)`:          `logged as "why"`,
		`a.log.Log(ctx, level, "any message", "err", err)`:          "",
		`s.log.LogAttrs(ctx, level, "m", slog.Any("error", err))`:   `logged as "error"`,
		`s.log.LogAttrs(ctx, level, "m", slog.Any("err", err))`:     "",
		`s.log.LogAttrs(ctx, level, "M", slog.String("kind", "X"))`: "",
		`log.With("error", err).Info("m")`:                          `logged as "error"`,
		`fmt.Println("error", err)`:                                 "",
		`log.Info("m")`:                                             "",
		`log.Info()`:                                                "",
	} {
		files := map[string]string{"serve.go": "package main\n\nfunc f() { " + call + " }\n"}
		bad := strings.Join(slices.DeleteFunc(checkHouse("ineed-insales", files),
			func(b string) bool { return !strings.HasPrefix(b, "serve.go: ") }), "\n")
		if want == "" && bad != "" || !strings.Contains(bad, want) {
			t.Errorf("%s: %q, want %q", call, bad, want)
		}
	}
}
