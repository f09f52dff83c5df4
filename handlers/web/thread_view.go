package web

// Thread is the way from an empty company to orders that flow.
type Thread struct {
	ID    string // of the company
	Steps []ThreadStep
	Live  bool // it is about to change by itself
}

// A ThreadStep is one step of it. At most one of Act, Go and Lists is what to press.
type ThreadStep struct {
	Name   string
	State  string // done, next, open or later
	Mark   string // ✓, or its number
	Told   string // the mark in a word
	Title  string
	Text   string
	Errors []string
	Act    *Button   // of a form of its own
	Go     *Link     // leads to a page
	Main   bool      // what leads there is the thing to press now
	Lists  []Mapping // to be chosen here and saved with one button
}

// Letter is what the developer of a chat needs, to be copied as a whole.
type Letter struct {
	Text string
	To   string
	Link string
}
