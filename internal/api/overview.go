package api

// An Overview is how the connector and its machine stand.
type Overview struct {
	Ready    bool      `json:"ready"`    // orders can be taken and worked on
	Problems []Problem `json:"problems"` // what is wrong with the machine, the database or its disk
	Database Database  `json:"database"`
	Disk     *Disk     `json:"disk"` // of the database; null = it tells nothing of itself
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
