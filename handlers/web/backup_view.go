package web

// A Backups is how the copies of the database stand.
type Backups struct {
	Text  string // instead of facts
	Facts []Fact
	Notes []Note
}
