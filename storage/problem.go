package storage

import "slices"

// A Problem says what is wrong, in a code and its arguments; the words are
// package locale's. Arguments carry no personal data and no secrets.
type Problem struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`

	// Also is what else is wrong and has to be mended with it; they have no more.
	Also []Problem `json:"also,omitempty"`
}

// All gives the problem, and after it what else has to be mended.
func (p Problem) All() []Problem { return append([]Problem{p}, p.Also...) }

// Equal reports whether both say the same.
func (p Problem) Equal(q Problem) bool {
	if p.Code != q.Code || len(p.Args) != len(q.Args) || !slices.EqualFunc(p.Also, q.Also, Problem.Equal) {
		return false
	}
	for k, v := range p.Args {
		if w, ok := q.Args[k]; !ok || v != w {
			return false
		}
	}
	return true
}
