package web

// A View is a whole page: the frame that all have, and what is only its own.
type View struct {
	Lang     string // ru or en
	Title    string
	Here     string // path and query of this page, for the switch of languages
	Section  string // which entry of the menu it belongs to
	SignedIn bool
	Waiting  int      // orders that need attention, for the menu
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
	List         []Option // suggestions for what may be typed freely
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
	To      string
	Name    string // of the value that goes with it
	Value   string
	Title   string
	Look    string // "", primary or danger
	Confirm string // asked before, where the script runs
}

// SignIn is the page where one signs in.
type SignIn struct {
	To       string // where one wanted to go
	Password Field
	NoLogin  bool // there is no password yet: a set-up link is needed
}

// Setup is the page of a set-up link.
type Setup struct {
	Action   string
	Password Field
	Again    Field
}

// Access is the page of the password and the sessions.
type Access struct{ Old, Password, Again Field }

// Message is a page that says one thing.
type Message struct {
	Text string
	To   string
	Link string
}
