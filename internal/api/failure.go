package api

import (
	"cmp"
	"fmt"
	"strings"
)

// A Failure is the body of every answer that is an error, problem+json.
type Failure struct {
	Type   string            `json:"type"`
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
	Errors []FieldError      `json:"errors,omitempty"`

	// Company is settings that were stored all the same, though what they switch on
	// could not be switched on. It has the secrets that this save has made.
	Company *Company `json:"company,omitempty"`
}

// A FieldError says what is wrong with one value of a request.
type FieldError struct {
	Field   string            `json:"field"` // JSON path, "data.items[0].price"; "" = the body itself
	Rule    string            `json:"rule"`
	Args    map[string]string `json:"args,omitempty"`
	Message string            `json:"message,omitempty"`
}

// Error is the answer in words, with a line for each field that is wrong.
func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(f.Detail, f.Title, fmt.Sprintf("status %d", f.Status)))
	for _, e := range f.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", e.Field, cmp.Or(e.Message, e.Rule))
	}
	return b.String()
}
