package web

// A View is a whole page: the frame that all have, and what is only its own.
type View struct {
	Lang     string // ru or en
	Theme    string // light, dark, or "" as the system says
	Foreign  bool   // another site has the browser ask for the page
	Keys     string // where the keys are named that work on it; "" = none do
	Title    string
	Here     string // path and query of this page, for the switch of languages
	Section  string // which entry of the menu it belongs to
	SignedIn bool
	Owner    bool     // of those who have signed in: may do everything
	Waiting  int      // orders that need attention, for the menu
	Unseen   int      // messages that are unread, or were refused and nobody has seen, likewise
	Notes    []Note   // on top of the page
	Trail    []Crumb  // how one came here, without this page
	Page     any      // the page's own view
	Switch   []Switch // the languages
}

// A Switch leads to the same page in a language.
type Switch struct {
	Lang, Title, To string
	Current         bool
}

// A Crumb is a page above this one.
type Crumb struct{ Title, To string }

// The kinds of notes, which are also their look.
const (
	NoteGood = "good"
	NoteBad  = "bad"
	NoteWarn = "warn"
	NoteInfo = "info"
)

// A Note is a message on top of a page or in a card.
type Note struct {
	Kind string
	Text string
	When Moment // a time of which the text tells
	To   string // where it can be mended; "" = nowhere
	Link string // what that link says
}

// A Field is an input with its label, hint and error.
type Field struct {
	Name         string // of the input; also its id
	Label        string
	Hint         string
	Value        string
	Error        string
	Type         string // of the input; "" = text
	Autocomplete string
	Mode         string // the keyboard of a phone: numeric, url, …
	Placeholder  string
	Required     bool
	Mono         bool // shown with letters of one width
	Options      []Option
	Go           bool     // choosing one sends the form
	List         []Option // suggestions for what may be typed freely
	Now          string   // what is stored meanwhile; "" = what the field has
}

// An Option is one choice of a list.
type Option struct {
	Value    string
	Title    string
	Selected bool
	Disabled bool
}

// A Copyable is text to be copied as it is.
type Copyable struct {
	ID     string
	Label  string
	Value  string
	Hint   string
	Secret bool // it is shown this once
}

// A Button is a form of its own that does one thing.
type Button struct {
	To    string
	Name  string // of the value that goes with it
	Value string
	Title string
	Look  string // "", primary or danger
}

// Notify is the page of how people are told that something is wrong.
type Notify struct{ Channels []Channel }

// A Channel is one way to people.
type Channel struct {
	Kind, Title, Text string
	State             Badge
	Enabled           bool
	Error             string
	Notes             []Note
	Fields            []Field
	Drafts            map[string]string // under which typed secrets are kept
	Find              bool              // it can be asked for the chats that it knows
	Weekly            bool              // it is sent the summary of each week
}

// Resume asks whether a form is to be sent after all.
type Resume struct{ Text, Send, Drop string }

// Message is a page that says one thing.
type Message struct {
	Text string
	To   string
	Link string
}

// A Badge is a state in a word or two.
type Badge struct {
	Kind, Text string
	When       Moment // a time of which the text tells
}

// A Moment is a time in the words in which a text tells it. Whoever points at them sees the
// exact time, which is printed as well.
type Moment struct {
	Text  string
	Stamp string // for machines; "" = it is no time
	Since bool   // the words say how long it is since
}

// A Fact is a line of a short list of facts.
type Fact struct {
	Name, Value string
	When        Moment // a time of which the value tells
	To          string // "" = it leads nowhere
	Phone       string // the number that a click dials; "" = the value is none
}

// Overview says whether everything is all right.
type Overview struct {
	Rows      []CompanyRow // of many companies, instead of their cards
	Companies []Card
	All       string // leads from the card of one of many to all; "" = all are here
	Chart     *Chart
}

// A Card is one company on the overview, or in the list of companies.
type Card struct {
	ID, Name string
	Settings string // where they are changed; "" = not by whoever looks
	Shop     string
	States   []Badge
	Notes    []Note
	Facts    []Fact
	Thread   *Thread // what to do first; nil = it runs, or ran
	More     *Link   // to what it could be used for and is not
}

// A CompanyRow is one of many companies on the overview.
type CompanyRow struct {
	ID, Name  string
	To        string
	States    []Badge
	Trouble   string // the first thing that is wrong
	Attention Link
	Waiting   Link
	Last      Moment
	SetUp     *Link // to orders, of a company that uses only its catalog
}

// NewCompany is the page where a company is added.
type NewCompany struct {
	ID, Name, ShopURL, KeyID, Password Field
	Draft                              string
	More                               bool // what needs not be filled in is open
}

// Made shows secrets that were just made, for this once.
type Made struct {
	Text    string
	Secrets []Copyable
	Letter  Letter // with them in it
}

// Manage is the page of a company's settings.
type Manage struct {
	ID      string
	Version string // of the settings that are shown
	State   Badge
	Enabled bool
	Paused  bool

	Complete bool // all is there to switch orders on, and they are off

	Name, ShopURL, KeyID, Password Field
	ShopError                      string // what a check says of the access as a whole
	NotOn                          *NotOn // why orders could not be switched on just now
	Draft                          string // under which a typed password is kept
	Lists                          *Note  // what the lists of the shop could not tell
	Payments, Deliveries           Mapping
	Statuses, Fields               Mapping
	Defaults                       []Fact // what is told of a status unless the settings say otherwise
	MaxAge, EraseAfter             Field
	ChatURL, ChatToken, Auth       Field

	Catalog Catalog

	Webhook                    Copyable
	Hooks                      Note // how the shop tells of changes
	Rotate, RotateHook, Delete Button
	Confirm                    *Button // of another account; nil = there is none

	Mapped *OrderNote // orders that can be sent again now; nil = there are none
}

// NotOn is why something could not be switched on, told at its button.
type NotOn struct {
	Text string
	Why  []string
}

// Catalog is the catalog's section of a company's settings.
type Catalog struct {
	Shop     string // the source, without https://
	State    Badge
	Enabled  bool
	Error    string
	NotOn    *NotOn // why it could not be switched on just now
	Price    Field
	Interval Field
	Feed     *Copyable // where it is fetched; nil = it is no feed
	Live     bool      // it is about to change by itself
	Notes    []Note
	Progress *Progress // of the run that runs; nil = none does
	Confirm  *Button   // lets happen what a bad note says is withheld; nil = nothing is
	Acts     []Button  // of forms outside the section, by their Name
	Facts    []Fact
	Runs     []Run
}

// A Progress is how far something has come.
type Progress struct {
	Text       string
	Value, Max int // Max 0 = not known
}

// A Run is a run of the catalog sync.
type Run struct{ Time, Stamp, Cause, Outcome, Counts, Problem, Seen, Took string }

// A Link leads somewhere.
type Link struct{ To, Title string }

// A Mapping is a list of pairs, of which each side is typed or chosen.
type Mapping struct {
	Name     string // the prefix of its inputs
	Title    string
	Hint     string
	Left     string // heading of the left side
	Right    string
	Other    string // heading of the typed right side; "" = there is none
	Error    string
	Lines    []MapLine
	Known    []Option // suggestions for the left side
	Now      string   // what was added meanwhile and stands in no line; "" = nothing
	Fixed    bool     // the left side is given
	FreeText bool     // the right side is typed only
}

// A MapLine is one pair.
type MapLine struct {
	N       int
	Anchor  string // "" = it has none
	From    string
	Title   string // what the left side is called, if it is given
	Missing string // that it has no right side yet
	Now     string // what is stored meanwhile; "" = what the line has
	Hint    string
	Options []Option
	Other   string
	Error   string
}

// An OrderLine is a line of an order.
type OrderLine struct{ Title, Variant, Quantity, Price, Sum, There string }

// Received is what a chat has sent and became nothing: what could not be read yet, and
// what was refused.
type Received struct {
	Unread     []Delivery
	NextUnread string
	Refused    []Delivery
	Next       string
	Erase      *Button // nil = there is nothing
	Unproven   *Unproven
}

// Unproven is what came and did not prove its sender; nil on later pages.
type Unproven struct {
	Text  string // whether bodies are kept, and until when
	Items []Delivery
	Open  bool
	Acts  []Button
}

// A Delivery is one webhook as it came.
type Delivery struct {
	ID          string // part of the ids of its elements
	Time, Stamp string // for people, for machines
	State       Badge
	New         bool // nobody has seen it
	Reason      string
	Errors      []Fact // what is wrong with each field
	Facts       []Fact
	Text        string // what is copied, without secrets
	Cut         string // that it is not all of it; "" = it is
	Format      string // where it is tried with a format; "" = it is not whole
	Acts        []Button
}

// Order is one order with all that is known of it.
type Order struct {
	State     Badge
	Live      bool // it is about to change by itself
	Test      bool
	Notes     []OrderNote
	Acts      []Button
	Last      []Button // what cannot be undone
	LinkError string
	Link      string // where to say which order of the shop it is; "" = not possible
	Preview   string // "" = not possible
	Shop      string // the order in the admin of the shop; "" = it is not there
	Numbers   []Fact
	Customer  []Fact
	Lines     []OrderLine
	Totals    []Fact
	Statuses  []Fact
	There     *Note  // why the shop's lines are not shown, when they were asked for
	ShowThere string // asks for them; "" = they are shown, or there are none
	HasThere  bool
	Events    []OrderEvent
	Erased    *Note // since when there are no personal data; nil = there are
	Original  *Original
}

// An Original is what an order was made of, where the chat has a format of its own.
type Original struct {
	Facts    []Fact
	Text     string
	Envelope string // what was made of it
	Cut      string // that it is not all of them; "" = it is
}

// An OrderNote is a problem or a remark, with what can be done about it.
type OrderNote struct {
	Note
	Acts []Button
}

// An OrderEvent is one entry of an order's history.
type OrderEvent struct {
	Day         string // the heading above it; "" = the day of the entry before
	Time, Stamp string
	Text        string
	When        Moment // another time of which the text tells
	Args        []Fact
	Request     string // what was sent; "" = not known
	Answer      string // what came back, likewise
}
