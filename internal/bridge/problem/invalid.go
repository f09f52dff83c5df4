package problem

import (
	"maps"
	"strconv"
	"strings"

	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// Invalid lists what is wrong with settings.
type Invalid struct{ Fields []FieldProblem }

// A FieldProblem is what is wrong with one field, named by its JSON path.
type FieldProblem struct {
	Field   string
	Problem storage.Problem
}

// Error names the fields and the codes, for the log.
func (i *Invalid) Error() string {
	names := make([]string, len(i.Fields))
	for n, f := range i.Fields {
		names[n] = f.Field + ": " + f.Problem.Code
	}
	return "invalid settings: " + strings.Join(names, ", ")
}

// Add notes that a field is wrong; args are the names and values of the code's
// arguments, in turn.
func (i *Invalid) Add(field, code string, args ...string) {
	i.Fields = append(i.Fields, FieldProblem{field, Of(code, args...)})
}

// Err gives i as an error, nil if nothing is wrong.
func (i *Invalid) Err() error {
	if len(i.Fields) == 0 {
		return nil
	}
	return i
}

// Refused says why an action is not possible now.
type Refused struct{ Problem storage.Problem }

// Error names the code, for the log.
func (r *Refused) Error() string { return "not possible now: " + r.Problem.Code }

// Refuse makes a Refused; args as those of Of.
func Refuse(code string, args ...string) error {
	return &Refused{Of(code, args...)}
}

// Of makes a problem of a code and its arguments, name by name.
func Of(code string, args ...string) storage.Problem {
	p := storage.Problem{Code: code}
	for n := 0; n+1 < len(args); n += 2 {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[args[n]] = args[n+1]
	}
	return p
}

// Clip makes one legible line of a text and cuts it to a number of characters.
func Clip(s string, most int) string {
	s = legible.Line(s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// ShopSays tells at a field what came of asking the shop.
func ShopSays(field string, p storage.Problem) FieldProblem {
	told := Of(fieldShopCheck, "code", p.Code)
	maps.Copy(told.Args, p.Args)
	return FieldProblem{Field: field, Problem: told}
}

// ID writes an id of the shop as an argument.
func ID(id int64) string { return strconv.FormatInt(id, 10) }
