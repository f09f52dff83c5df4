package web

// Orders is the list of orders of all companies or of one, with what waits for a person first.
type Orders struct {
	Companies  []Option // to choose from; empty if there is one
	Company    string   // that is chosen; "" = all
	Tabs       []Tab    // states, and what is asked for most
	Troubled   []Tab    // companies with orders that need attention
	Causes     []Cause
	MoreCauses string // what opens those beyond three; "" = there are none
	Query      string
	State      string // kept by the search form, as the next two are
	Problem    string
	Type       string
	From, To   string // days
	Pay, Sort  []Option
	More       bool   // what is folded of the search form is unfolded
	Cause      string // the problem in words
	Narrowed   bool   // some orders are asked for
	All        string // the list without that
	Total      string // how many there are, and what they cost; "" = there are none
	Rows       []OrderRow
	Refresh    int // after so many seconds it is looked at again
	First      string
	Prev       string
	Next       string
	CSV        string
}

// A Tab is one of several views of the same.
type Tab struct {
	Title, To string
	Count     int // 0 = not shown
	Current   bool
}

// A Cause is why orders need attention.
type Cause struct {
	Title  string
	Text   string // what to do
	Orders string
	Since  string
	When   Moment // since when
	Mend   Link   // To "" = nothing to be mended
	Show   Link
	Retry  Button
	Value  string // the type that goes with the button
}

// An OrderRow is one line of the list.
type OrderRow struct {
	To, Number       string
	Company          string // "" = that is plain
	Time, Stamp      string
	State            Badge
	Problem          string
	Customer, Sum    string
	Payment          string // how it is paid, as the chat calls it
	There, ThereLink string // number and address in InSales
	Status           string
}
