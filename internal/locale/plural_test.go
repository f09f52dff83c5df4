package locale

import (
	"strings"
	"testing"
	"text/template"
	"text/template/parse"
)

func TestCount(t *testing.T) {
	tests := []struct{ n, russian, english string }{
		{"0", "0 заказов", "0 orders"},
		{"1", "1 заказ", "1 order"},
		{"2", "2 заказа", "2 orders"},
		{"4", "4 заказа", "4 orders"},
		{"5", "5 заказов", "5 orders"},
		{"11", "11 заказов", "11 orders"},
		{"12", "12 заказов", "12 orders"},
		{"14", "14 заказов", "14 orders"},
		{"21", "21 заказ", "21 orders"},
		{"22", "22 заказа", "22 orders"},
		{"25", "25 заказов", "25 orders"},
		{"101", "101 заказ", "101 orders"},
		{"111", "111 заказов", "111 orders"},
		{"112", "112 заказов", "112 orders"},
		{"1001", "1001 заказ", "1001 orders"},
		{"9999", "9999 заказов", "9999 orders"},
		{"10001", "10 001 заказ", "10 001 orders"},
		{"12 345", "12 345 заказов", "12 345 orders"},
		{"1234567", "1 234 567 заказов", "1 234 567 orders"},
		{"10000000000000000000000002", "10000000000000000000000002 заказа", "10000000000000000000000002 orders"},
		{"-1", "-1 заказ", "-1 order"},
		{"1,5", "1,5 заказа", "1,5 orders"},
		{"1.5", "1.5 заказа", "1.5 orders"},
		{"1.0", "1.0 заказа", "1.0 orders"},
		{"5,0", "5,0 заказа", "5,0 orders"},
		{"", "заказов", "orders"},
		{"много", "много заказов", "много orders"},
		{"1e3", "1e3 заказов", "1e3 orders"},
		{",5", ",5 заказов", ",5 orders"},
		{"-", "- заказов", "- orders"},
	}
	plain := func(text string) string { return strings.ReplaceAll(text, nbsp, " ") }
	for _, test := range tests {
		n := strings.ReplaceAll(test.n, " ", nbsp)
		if got := plain(count(n, "заказ", "заказа", "заказов")); got != test.russian {
			t.Errorf("count(%q) in Russian = %q, want %q", n, got, test.russian)
		}
		if got := plain(count(n, "order", "orders")); got != test.english {
			t.Errorf("count(%q) in English = %q, want %q", n, got, test.english)
		}
	}
	if got := word("5"); got != "" {
		t.Errorf("no forms: %q", got)
	}
	if got := word("5", "сутки"); got != "сутки" {
		t.Errorf("one form: %q", got)
	}
}

// calls gives the forms of each call of count and plural in a text.
func calls(t *testing.T, text string) (all [][]string) {
	t.Helper()
	tmpl, err := template.New("").Funcs(functions).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(node parse.Node)
	walk = func(node parse.Node) {
		switch n := node.(type) {
		case *parse.ListNode:
			for _, one := range n.Nodes {
				walk(one)
			}
		case *parse.IfNode:
			walk(n.List)
			if n.ElseList != nil {
				walk(n.ElseList)
			}
		case *parse.WithNode:
			walk(n.List)
			if n.ElseList != nil {
				walk(n.ElseList)
			}
		case *parse.ActionNode:
			for _, command := range n.Pipe.Cmds {
				name, ok := command.Args[0].(*parse.IdentifierNode)
				if !ok || name.Ident != "count" && name.Ident != "plural" {
					continue
				}
				var forms []string
				for _, arg := range command.Args[2:] {
					forms = append(forms, arg.(*parse.StringNode).Text)
				}
				all = append(all, forms)
			}
		}
	}
	walk(tmpl.Root)
	return all
}

// TestForms: a call brings as many forms as its language has, and none is empty.
func TestForms(t *testing.T) {
	for lang, want := range map[string]int{Russian: 3, English: 2} {
		found := 0
		for id, text := range source(t, lang) {
			for _, forms := range calls(t, text) {
				found++
				if len(forms) != want || strings.Contains(" "+strings.Join(forms, " ")+" ", "  ") {
					t.Errorf("%s %s: %q, want %d forms", lang, id, forms, want)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no text counts", lang)
		}
	}
	const sample = `{{with .a}}{{count . "x" "y"}}{{else}}{{if .b}}{{plural .n "z"}}{{else}}{{count .n}}{{end}}{{end}}`
	if got := calls(t, sample); len(got) != 3 {
		t.Errorf("%d calls found of 3: %q", len(got), got)
	}
}
