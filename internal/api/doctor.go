package api

// An Examination is what the running server has found out about itself and about
// everybody whom it has to reach.
type Examination struct {
	Items []Examined `json:"items"`
}

// An Examined is what was found of one thing: which one, in codes and in words, and what is
// to be said and done.
type Examined struct {
	Name    string            `json:"name"`
	Args    map[string]string `json:"args,omitempty"`
	Result  string            `json:"result"` // ok, warning, problem or unchecked
	Reason  string            `json:"reason,omitempty"`
	Title   string            `json:"title"`
	Message string            `json:"message,omitempty"`
}
