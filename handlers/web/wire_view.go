package web

// Wire is the page of how what a chat posts becomes orders: which format it has, on which
// message that is tried, and what comes of it.
type Wire struct {
	Here     string // the page's own path
	Received string // where all is that came
	Version  string // of the settings that are shown

	Kind    Field
	Preset  string // the program of the shipped format that is chosen; "" = none is
	Rows    []WireRow
	Rare    []WireRow // folded
	Paths   []WireList
	Table   bool // it is unfolded
	RareOut bool // likewise
	Receive WireText
	Program bool // it is unfolded

	Body     Field
	Chosen   *WireBody // nil = it is what is pasted
	Text     WireText
	Type     Field
	TextOpen bool
	Trial    WireTrial

	Auth      Field
	Signature []Field
	Draft     string // under which a typed secret is kept
	Signed    bool   // the fields of a signature are unfolded
	Addresses []Copyable
	Status    Field
	Catalog   Field
	Answer    WireText
	Report    WireText
	More      bool // the answer is unfolded

	Waiting  string // how much is unread; "" = nothing
	Replayed *Replayed
}

// A WireRow is one field of an order and where it stands in the chat's message.
type WireRow struct {
	Field
	Needed string // that an order must have it
	ListID string // of the paths to choose from
	Found  string // what stands there, and what becomes of it
}

// A WireList is paths to choose from.
type WireList struct {
	ID      string
	Options []Option
}

// A WireText is a text of several lines that a person types.
type WireText struct {
	Name, Label, Hint, Value, Error string
	Now                             string // what is stored meanwhile; "" = what is typed
	Rows                            int
}

// A WireBody is the message on which a format is tried.
type WireBody struct {
	Facts []Fact
	Text  string
	Cut   string // that it is not all of it; "" = it is
}

// A WireTrial is what a format makes of a message.
type WireTrial struct {
	Note   Note
	Errors []Fact
	Orders []WireOrder
	More   string // that there are others; "" = there are none
	Result *PreviewResult
}

// A WireOrder is one thing that a message says, as an envelope of the contract.
type WireOrder struct {
	Title  string
	Facts  []Fact
	Lines  []OrderLine
	More   string // that it has other lines
	Totals []Fact
	JSON   string
}

// A Replayed is what has come of reading what was unread, or would come.
type Replayed struct {
	Note Note
	Why  *Note  // the first that could not be read
	Do   string // that it is to be done; "" = it is done, or there is nothing
}
