package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ineed-insales/internal/bridge/order"
	"ineed-insales/internal/bridge/probe"
	"ineed-insales/internal/locale"
	"ineed-insales/storage"
)

// constants gives the values of all string constants of a Go file whose names
// begin with one of the prefixes, exported or not.
func constants(t *testing.T, file string, prefixes ...string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name := spec.Names[0].Name
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		begins := func(p string) bool { return strings.HasPrefix(strings.ToLower(name), strings.ToLower(p)) }
		if !slices.ContainsFunc(prefixes, begins) {
			return true
		}
		value, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		found[name] = value
		return true
	})
	return found
}

func wantText(t *testing.T, id, what string) {
	t.Helper()
	for _, lang := range []string{locale.Russian, locale.English} {
		if !slices.Contains(locale.IDs(lang), id) {
			t.Errorf("%s: no text %s in %s", what, id, lang)
		}
	}
}

func TestEveryCodeHasItsWords(t *testing.T) {
	codes := constants(t, "../internal/bridge/problem/code.go", "")
	if len(codes) < 40 {
		t.Fatalf("only %d codes found in problem/code.go", len(codes))
	}
	for name, code := range codes {
		wantText(t, "problem."+code, name)
	}
	events := constants(t, "../storage/event.go", "Event")
	if len(events) < 10 {
		t.Fatalf("only %d kinds of events found in storage/event.go", len(events))
	}
	for name, kind := range events {
		wantText(t, "event."+kind, name)
	}
	for _, state := range storage.States() {
		wantText(t, "state."+string(state), "state")
	}
	for _, a := range []order.Action{order.ActionRetry, order.ActionCancel, order.ActionLink, order.ActionAccept,
		order.ActionErase, order.ActionPreview, order.ActionRefresh, order.ActionReport} {
		wantText(t, "action."+string(a), "action")
	}
	// A word for each name, result and right.
	for prefix, id := range map[string]string{"Check": "check.", "Result": "check.result.", "Right": "right."} {
		codes := constants(t, "../internal/bridge/check/check.go", prefix)
		if len(codes) < 5 {
			t.Fatalf("only %d constants %s… found in internal/bridge/check/check.go", len(codes), prefix)
		}
		for name, code := range codes {
			wantText(t, id+code, name)
		}
	}
	for _, a := range probe.Assumptions() {
		wantText(t, "probe."+a.Name, a.Name)
		wantText(t, "probe.if_not."+a.Name, a.Name)
	}
	for name, reason := range constants(t, "../internal/bridge/probe/assumption.go", "reason") {
		wantText(t, "probe.reason."+reason, name)
	}
	for _, rule := range []string{ruleType, ruleDuration, ruleTime, ruleMismatch, ruleWireBody, ruleWireNone,
		ruleWireSyntax, ruleWireProgram, ruleWireTime, ruleWireOutput, ruleWireMemory, ruleWireYield, ruleWireRequest,
		ruleWireBusy} {
		wantText(t, "problem."+rule, "rule")
	}
}
