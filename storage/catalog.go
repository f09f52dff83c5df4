package storage

import (
	"context"
	"time"
)

// A CatalogSync is the settings of a company's catalog sync.
type CatalogSync struct {
	Enabled  bool          `json:"enabled"`
	Interval time.Duration `json:"interval"` // between the beginnings of two runs
	Price    string        `json:"price"`    // which of the shop's prices: price, price2, …
}

// A Catalog is how a company's catalog stands. The zero time means "never" in
// every time field.
type Catalog struct {
	Company      string    `json:"-"`
	Floor        Cursor    `json:"floor"`         // where the next reading of changes begins
	Last         Cursor    `json:"last"`          // the last product that was read: the list of changes must show it
	Reading      int64     `json:"reading"`       // number of the last complete reading that was begun
	NextAt       time.Time `json:"next_at"`       // when the timer wants the next run
	FullAt       time.Time `json:"full_at"`       // when the last full sync began
	Complete     bool      `json:"complete"`      // the chat has a full sync to its end and has not asked for another
	EverythingAt time.Time `json:"everything_at"` // when the last complete reading that went through began
	RetryAt      time.Time `json:"retry_at"`      // no complete reading before; zero = the last one could be believed
	SuccessAt    time.Time `json:"success_at"`    // as of when the chat's catalog is the shop's
	Want         Want      `json:"want"`          // what is wanted of the next run beside the timer's wish
	WantCause    Cause     `json:"want_cause"`
	PageSize     int       `json:"page_size"`         // that the shop has managed to answer
	Allowed      Harm      `json:"allowed"`           // what a person has allowed to happen
	Guard        *Guard    `json:"guard,omitempty"`   // what is withheld; nil = nothing
	Problem      *Problem  `json:"problem,omitempty"` // why the running sync does not get on; nil = it does

	Remarks []ProductRemark `json:"remarks,omitempty"` // what products lack in the chat; the first that were met
}

// Renew asks for all of the catalog anew: what it was made of is another shop,
// or another price. What the chat has stays known, so that the guard can judge.
func (c *Catalog) Renew() {
	if !c.FullAt.IsZero() {
		c.Want, c.WantCause = WantFull, CauseSettings
	}
	c.Floor, c.Last, c.EverythingAt, c.PageSize = Cursor{}, Cursor{}, time.Time{}, 0
}

// A Want is a wish for a kind of run.
type Want string

// The wishes, the stronger later.
const (
	WantNothing    Want = ""
	WantEverything Want = "everything" // read everything, send differences
	WantFull       Want = "full"       // read everything and send everything
)

// A Cause is why a run began.
type Cause string

// The causes of runs.
const (
	CauseTimer    Cause = "timer"
	CausePerson   Cause = "person"
	CauseFirst    Cause = "first"    // the chat has never had a full sync
	CauseSettings Cause = "settings" // the settings that it was made by are others now
	CauseResync   Cause = "resync"   // the chat asked for it
)

// Catalog gives how the company's catalog stands; one that never ran is zero.
func (s *Store) Catalog(ctx context.Context, company string) (Catalog, error) {
	return scanCatalog(company, s.queryRow(ctx, "SELECT state FROM catalogs WHERE company = ?", company))
}

// Catalog gives how the company's catalog stands; one that never ran is zero.
func (tx *Tx) Catalog(company string) (Catalog, error) {
	return scanCatalog(company, tx.queryRow("SELECT state FROM catalogs WHERE company = ?", company))
}

func scanCatalog(company string, r scanner) (Catalog, error) {
	c := Catalog{Company: company}
	text, err := value[string](r)
	if err == ErrNotFound {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	err = fromJSON(column{text, &c})
	c.Company = company
	return c, err
}

// PutCatalog stores how the catalog stands.
func (tx *Tx) PutCatalog(c Catalog) error {
	if err := tx.needCompany(c.Company); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO catalogs (company, state) VALUES (?, ?)
		ON CONFLICT (company) DO UPDATE SET state = excluded.state`,
		c.Company, toJSON(&c))
	return err
}

// ClearCatalog forgets all that is known of a company's catalog but its runs:
// the chat that had it is another one now, or the company is gone.
func (tx *Tx) ClearCatalog(company string) error {
	for _, table := range []string{
		"catalog_products", "catalog_skus", "catalog_categories", "catalog_held", "catalog_batches", "catalogs",
	} {
		if _, err := tx.exec("DELETE FROM "+table+" WHERE company = ?", company); err != nil {
			return err
		}
	}
	return nil
}
