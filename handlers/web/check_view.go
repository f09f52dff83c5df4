package web

// Check is what was found of a shop, and what is known of a chat.
type Check struct {
	OK     bool
	Text   string
	Shop   CheckPart
	Chat   CheckPart
	Letter *Letter // of a chat that has sent nothing yet
	Again  string
	Probe  string // where the shop can be tried out
}

// A CheckPart is the findings of one side. What only waits for something else is folded.
type CheckPart struct {
	Items  []CheckItem
	Waits  string // how many wait for what
	Folded []CheckItem
}

// A CheckItem is one finding.
type CheckItem struct {
	Kind   string // good, bad, warn or ""
	Mark   string
	Result string // the mark in a word
	Title  string
	When   Moment // a time of which the title tells
	Text   string
	To     string // where it can be mended; "" = not here
	Link   string // what that link says

	TextWhen Moment // a time of which the text tells
}

// Preview is the page that shows what would go to the shop.
type Preview struct {
	Action                                   string // "" = of an order that is there
	Payment, Delivery, Variant, Price, Count Field
	Customer, Phone, Address                 Field
	Raw                                      string
	RawError                                 string
	CanSend                                  bool
	Result                                   *PreviewResult
}

// A PreviewResult is the request in words and whole.
type PreviewResult struct {
	Notes   []Note
	Facts   []Fact
	Lines   []OrderLine
	Request string // as JSON; "" = it cannot be sent
}
