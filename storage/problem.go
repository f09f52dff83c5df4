package storage

// A Problem says what is wrong, in a code and its arguments; the words are
// package locale's. Arguments carry no personal data and no secrets.
type Problem struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Equal reports whether both say the same.
func (p Problem) Equal(q Problem) bool {
	if p.Code != q.Code || len(p.Args) != len(q.Args) {
		return false
	}
	for k, v := range p.Args {
		if w, ok := q.Args[k]; !ok || v != w {
			return false
		}
	}
	return true
}
