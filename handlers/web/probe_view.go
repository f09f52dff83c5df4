package web

// Probe is what a probe of a shop would do, and what the last one has found.
type Probe struct {
	Here    string // the page's own path, below which its forms go
	Running bool
	Live    bool // it is about to change by itself
	Left    []Link
	Last    *ProbeResult // nil = there was none
	NoMaps  *Note        // why no order can be tried; nil = one can
	Write   bool
	Fields  []Field
	Start   string
}

// A ProbeResult is what one probe has found.
type ProbeResult struct {
	State    Badge
	Progress *Progress // nil = it has ended
	Notes    []Note
	Facts    []Fact
	Groups   []ProbeGroup // by verdict; none is empty
}

// A ProbeGroup is all that was found to be so.
type ProbeGroup struct {
	Title, Kind, Mark string
	Folded            bool // nobody has to read it
	Items             []ProbeItem
}

// A ProbeItem is one assumption, with the exchange that shows it.
type ProbeItem struct {
	Title, Detail  string
	Does           string // what the connector does about it; "" = nothing has to be done
	Sent, Answered string
	Took           string
}
