package web

// Confirm asks before something is done that cannot be undone.
type Confirm struct {
	Text   []string
	Action string  // where the form goes once more
	Values []Value // of the form that is asked about
	Word   *Field  // what has to be typed; nil = nothing
	Do     string  // what the button says
	Look   string  // of the button
	Back   string  // where the way back leads
}

// A Value goes with a form without being seen.
type Value struct{ Name, Value string }
