package web

// System is how the program and its machine are.
type System struct {
	Facts    []Fact
	Wrong    []Note // what is wrong now
	Backups  Backups
	Support  bool // there is a text for those who help
	Settings []Setting
	Warnings []LogLine
}

// A Setting is one setting of the program with where it comes from.
type Setting struct{ Name, Value, Source string }

// A LogLine is one line of the log.
type LogLine struct {
	At   Moment
	Text string
}

// Support is the text for those who help.
type Support struct{ Text string }
