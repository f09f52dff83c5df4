package storage

import "time"

// A Harm is what a run would do to the catalog that the chat shows, and how
// much of the shop it has not seen.
type Harm struct {
	Removed    int `json:"removed"`    // products that would disappear
	Held       int `json:"held"`       // products that would become unavailable or cost nothing
	Categories int `json:"categories"` // that would disappear
	Unread     int `json:"unread"`     // products that the shop counts and did not give: no removal is believed
}

// Products is how many products are harmed.
func (h Harm) Products() int { return h.Removed + h.Held }

// A Guard is what a run withheld because it looks like an accident.
type Guard struct {
	Harm
	At      time.Time `json:"at"`
	Visible int       `json:"visible"` // products that the chat shows
	Changes bool      `json:"changes"` // what is unread is of a list of changes: the next may tell better
}

// Harm counts what a run would harm: products that the chat has and that are
// lost, and those that are held.
func (tx *Tx) Harm(company string) (h Harm, err error) {
	err = tx.queryRow(`SELECT
		(SELECT count(*) FROM catalog_products WHERE company = ?1 AND lost <> 0 AND hash <> 0),
		(SELECT count(*) FROM catalog_held WHERE company = ?1)`, company).Scan(&h.Removed, &h.Held)
	return h, err
}
