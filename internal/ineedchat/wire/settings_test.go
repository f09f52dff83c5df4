package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	table := map[string]string{"items": ".offers", "id": ".id"}
	for name, test := range map[string]struct {
		s     Settings
		want  string // a part of the program; "" = an error
		field string
	}{
		"the contract":      {Settings{Preset: "contract", Receive: ""}, "", ""},
		"nothing":           {Settings{}, "", ""},
		"learn":             {Settings{Preset: "learn"}, "", ""},
		"a preset":          {Settings{Preset: "tilda"}, "tranid", ""},
		"no such preset":    {Settings{Preset: "tilde"}, "", "preset"},
		"a table":           {Settings{Fields: table}, ".offers", ""},
		"over a preset":     {Settings{Preset: "taplink", Fields: table}, "order_status_id", ""},
		"over contract":     {Settings{Preset: "contract", Fields: table}, ".offers", ""},
		"a program":         {Settings{Preset: "tilda", Fields: table, Receive: "empty"}, "empty", ""},
		"a bad program":     {Settings{Receive: "empty("}, "", "receive"},
		"a bad field":       {Settings{Fields: map[string]string{"id": ")"}}, "", "id"},
		"its variables":     {Settings{Receive: "$headers, $query, $company"}, "$headers", ""},
		"others' ones":      {Settings{Receive: "$token"}, "", "receive"},
		"a table's headers": {Settings{Fields: map[string]string{"id": `$headers["x-id"]`}}, "x-id", ""},
	} {
		got, err := test.s.Program()
		if test.want != "" {
			if err != nil || !strings.Contains(got, test.want) {
				t.Errorf("%s: %v\n%s", name, err, got)
			}
			if _, err := compile(got, variables, nil); err != nil {
				t.Errorf("%s: %v\n%s", name, err, got)
			}
			continue
		}
		e, is := errors.AsType[*FieldError](err)
		if test.field == "" && !errors.Is(err, ErrNoProgram) || test.field != "" && (!is || e.Field != test.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
