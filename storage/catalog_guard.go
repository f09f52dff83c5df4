package storage

import "time"

// An Impact is how much a run would take from the catalog that the chat shows,
// and how much of the shop it has not seen.
type Impact struct {
	Removed    int `json:"removed"`    // products that would disappear
	Held       int `json:"held"`       // products that would become unavailable or cost nothing
	Categories int `json:"categories"` // that would disappear
	Unread     int `json:"unread"`     // products that the shop counts and did not give: no removal is believed
}

// Products is how many products would lose something.
func (i Impact) Products() int { return i.Removed + i.Held }

// A Guard is what a run withheld because it looks like an accident.
type Guard struct {
	Impact
	At      time.Time `json:"at"`
	Visible int       `json:"visible"` // products that the chat shows
	Changes bool      `json:"changes"` // what is unread is of a list of changes: the next may tell better
}

// Impact counts what a run would take from customers: products that the chat
// has and that are lost, and those that are held.
func (tx *Tx) Impact(company string) (i Impact, err error) {
	err = tx.queryRow(`SELECT
		(SELECT count(*) FROM catalog_products WHERE company = ?1 AND lost <> 0 AND hash <> 0),
		(SELECT count(*) FROM catalog_held WHERE company = ?1)`, company).Scan(&i.Removed, &i.Held)
	return i, err
}
