package wire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"ineed-insales/internal/ineedchat"
)

// A table says of each field of an order where it stands in the chat's body: an
// expression of jq, mostly a path. Those of the lines, items.price and so on, are looked
// up in one line of what items gives. Sums, times and quantities may be written as people
// write them.

// A Field is one that a table may fill.
type Field struct {
	Name string // as a table names it: customer.phone, items.price
	kind string // the function that reads it
}

// itemsField is the field whose values are the lines.
const itemsField = "items"

// Fields are all fields of an order, as the contract has them.
func Fields() []Field {
	list := []Field{{Name: itemsField}}
	list = fieldsOf(reflect.TypeFor[ineedchat.Order](), "", list)
	return fieldsOf(reflect.TypeFor[ineedchat.Item](), itemsField+".", list)
}

func fieldsOf(t reflect.Type, before string, list []Field) []Field {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || f.Type == reflect.TypeFor[ineedchat.Items]():
			continue
		case f.Type.Kind() == reflect.Struct:
			list = fieldsOf(f.Type, before+name+".", list)
			continue
		}
		kind := "text"
		switch {
		case name == "type_id":
			kind = "word"
		case f.Type == reflect.TypeFor[ineedchat.Time]():
			kind = "datetime"
		case f.Type.Kind() == reflect.Bool:
			kind = "truth"
		case f.Type == reflect.TypeFor[ineedchat.Decimal]():
			kind = "money"
			if f.Tag.Get("wire") == "quantity" {
				kind = "quantity"
			}
		}
		list = append(list, Field{Name: before + name, kind: kind})
	}
	return list
}

// A FieldError says what is wrong with one field of a table.
type FieldError struct {
	Field string
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }
func (e *FieldError) Unwrap() error { return e.Err }

// tableProgram gives the program that a table of fields stands for. It fails with a
// *FieldError for the first field, by name, that is not known or no expression.
func tableProgram(table map[string]string, variables []string) (string, error) {
	known := map[string]Field{}
	for _, f := range Fields() {
		known[f.Name] = f
	}
	order, line := node{}, node{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		expression := strings.TrimSpace(table[name])
		f, ok := known[name]
		if !ok {
			return "", &FieldError{name, &SyntaxError{Reason: "no field of an order"}}
		}
		if expression == "" {
			continue
		}
		if _, err := compile(expression, variables, nil); err != nil {
			return "", &FieldError{name, err}
		}
		short, inLine := strings.CutPrefix(name, itemsField+".")
		switch {
		case name == itemsField:
			order.put([]string{itemsField}, expression) // its lines come below
		case inLine:
			line.put(strings.Split(short, "."), f.read(expression))
		default:
			order.put(strings.Split(name, "."), f.read(expression))
		}
	}
	if err := linesNowhere(table); err != nil {
		return "", err
	}
	if items, ok := order[itemsField].(string); ok {
		order[itemsField] = fmt.Sprintf("(try [(%s\n) | if type == \"array\" then .[] else . end | %s]\n"+
			"catch error(\"items: \" + tostring))", items, line)
	}
	return fmt.Sprintf("{type: \"order.created\", data: %s}\n", order), nil
}

// linesNowhere fails for a table that says what stands in a line and not where the lines are.
func linesNowhere(table map[string]string) error {
	if strings.TrimSpace(table[itemsField]) != "" {
		return nil
	}
	for name, expression := range table {
		if strings.HasPrefix(name, itemsField+".") && strings.TrimSpace(expression) != "" {
			return &FieldError{itemsField, &SyntaxError{Reason: "it is not said where the lines stand"}}
		}
	}
	return nil
}

// read is the expression that reads a field and says whose fault an error is. An
// expression that yields several values gives the first.
func (f Field) read(expression string) string {
	kind := f.kind
	if kind == "truth" {
		kind = `(. as $v | $v == true or any("true", "1", "yes", "paid"; . == ($v | tostring | ascii_downcase)))`
	}
	return fmt.Sprintf("(try ([%s\n][0] | %s) catch error(%q + tostring))", expression, kind, f.Name+": ")
}

// A node is an object under construction: of nodes, and of expressions.
type node map[string]any

func (n node) put(path []string, expression string) {
	for _, step := range path[:len(path)-1] {
		inner, ok := n[step].(node)
		if !ok {
			inner = node{}
			n[step] = inner
		}
		n = inner
	}
	n[path[len(path)-1]] = expression
}

// String gives the object as jq writes it, its names in order.
func (n node) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%q: %s", name, n[name]))
	}
	return "{" + strings.Join(parts, ",\n") + "}"
}
