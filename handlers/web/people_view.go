package web

import "html/template"

// SignIn is the page where one signs in, and then the one that asks for a code.
type SignIn struct {
	To       string // where one wanted to go
	Code     *Field // nil = the password is asked for
	Name     *Field // nil = there is nobody to be told apart
	Password Field
	NoLogin  bool   // there is no password yet: a set-up link is needed
	Kept     string // that what was typed is not lost; "" = nothing was
}

// Setup is the page of a set-up link.
type Setup struct {
	Action   string
	Name     string // whose password it is
	Text     string
	Password Field
	Again    Field
}

// Access is the page of one's own password and sessions.
type Access struct {
	Tabs                 []Tab  // other pages of who may use the panel; empty = there are none
	Name                 string // who has signed in
	Old, Password, Again Field
	Code                 CodeState
	Sessions             Sessions
	Themes               []Option
}

// CodeState is whether one's own sign-in asks for a code.
type CodeState struct {
	On   bool
	Text string
	Do   string // what the link says that leads to where it is changed
}

// Factor is the page on which the code of one's own sign-in is switched on and off. It asks
// for the password, or for the first code of a secret, or shows recovery codes this once.
type Factor struct {
	State    CodeState
	Password Field
	Code     Field
	Secret   Copyable     // empty = the password is asked for
	Phone    template.URL // the secret as a link that a program on the phone opens
	Recovery []string     // empty = they are not shown
}

// Sessions are the browsers in which a user has signed in.
type Sessions struct {
	Rows   []Session
	EndAll *Button // nil = there are none to be ended
}

// A Session is one such browser.
type Session struct {
	Agent, Address string
	Since, Last    Moment // when it began and was used last
	Current        bool   // it is the one that looks
	End            Button
}

// People is the page of all users.
type People struct {
	Tabs       []Tab
	Rows       []PersonRow
	Name, Role Field // of whoever is invited
}

// A PersonRow is one user in the list.
type PersonRow struct {
	To, Name string
	You      bool
	Role     string
	State    Badge
	Code     bool   // the sign-in asks for a code
	Last     Moment // when a session was used last; nothing = never
}

// Person is the page of one user.
type Person struct {
	Action     string
	Name, Role Field
	State      Badge
	Sessions   Sessions
	Code       bool    // the sign-in asks for a code
	CodeOff    Button  // that it does no more; empty = it is oneself
	Link       *Button // a new link instead of the password; nil = it is oneself
	Text       string  // what that does
	Revoke     *Button // nil = there is no link
	Remove     Button
}

// Tokens is the page of the tokens of the API.
type Tokens struct {
	Tabs        []Tab
	Rows        []TokenRow
	Name, Right Field // of one that is to be made
}

// A TokenRow is one token in the list.
type TokenRow struct {
	Name, Right, MadeBy string
	Made, Used          Moment // nothing = it is not known, or never
	Revoke              Button // without an address, it cannot be revoked here
}

// Journal is the list of sign-ins, changes, and what was done to orders.
type Journal struct {
	Filter            []Field
	All               string // without a filter; "" = there is none
	CSV               string
	Entries           []JournalEntry
	First, Prev, Next string
}

// A JournalEntry is one line of the journal.
type JournalEntry struct {
	Time, Stamp string // for people, for machines
	What, Who   string
	Kind        string
	Order       Link // the one that it is about; without an address, it is not to be seen any more
	Changes     []Changed
}

// Changed is one setting, before and after.
type Changed struct{ Field, Old, New string }

// A SetupLink is the page that shows a link which sets a password, once.
type SetupLink struct {
	Text string
	Link Copyable
	To   string // back
}
