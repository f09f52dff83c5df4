package api

// An Overview is how the connector and its machine stand.
type Overview struct {
	Ready    bool      `json:"ready"`    // orders can be taken and worked on
	Problems []Problem `json:"problems"` // what is wrong with the machine, the database or its disk
	Database Database  `json:"database"`
	Disk     *Disk     `json:"disk"` // of the database; null = it tells nothing of itself

	Companies []Beginning `json:"companies"` // null = they cannot be read, or a manager asks
}

// A Beginning is a company with what is to do until its orders flow.
type Beginning struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Steps []Step `json:"steps"` // none, once orders were on, and while only the catalog is used
}

// A Step is one thing to do, as the panel shows it: done, next, open (to be done or left out) or
// later.
type Step struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	State string `json:"state"`
}

// A Database is what the database takes up, in bytes.
type Database struct {
	Size   int64 `json:"size"`   // with its log
	Log    int64 `json:"log"`    // of that
	Free   int64 `json:"free"`   // of that, what holds nothing and is used again
	Schema int64 `json:"schema"` // version of the tables
}

// A Disk is the room on a disk, in bytes.
type Disk struct {
	Size uint64 `json:"size"`
	Free uint64 `json:"free"`
}
