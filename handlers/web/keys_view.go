package web

// Keys is the page that names the keys which lead through the panel.
type Keys struct {
	Rows  []KeyRow
	Note  string // that they are off; "" = they work
	Title string // of the button that switches them
	Off   string // what that sends; "" = it switches them on
}

// A KeyRow is what a few keys do that are pressed one after the other.
type KeyRow struct {
	Keys []string
	Text string
}
