// The tables of the catalog, and how a product goes through them.
//
// catalog_products has a row for every product that was met in the shop and not
// yet forgotten. The row does not hold the product. It holds what the chat has of
// it, and what is suspected of it:
//
//   - hash, available, free and variants are what the chat has acknowledged. A hash
//     of 0 means that the chat has nothing of the product. Doubt sets any other
//     to -1 just before the product is staged or deleted, because from then on nobody
//     knows what the chat has; only Acknowledge writes a real hash. A step that
//     reads a product of the shop compares its hash with this one: if they are
//     equal there is nothing to send.
//   - seen is the number of the last complete reading that was begun when the
//     product was met. Complete readings are counted in Catalog.Reading, and
//     SeeProducts writes the number: a complete reading for every product that it
//     meets, a reading of changes for those that are new, were lost or have other
//     article numbers. When a complete reading has come to its end and is believed
//     to be whole, the step that judges it calls LoseUnseen: whatever has an older
//     number was not shown. After a full sync the chat has hidden the same
//     products by itself, so ForgetUnseen deletes their rows.
//   - lost says how sure it is that the product is gone. 0: it is visible. 1, a
//     suspicion: a list lacked it, or shows it as hidden. 2: the shop was asked
//     for it by its id and does not show it. LoseProducts and LoseUnseen raise it,
//     SeeProducts puts it back to 0. A list proves no absence, so nothing is
//     deleted from the chat by its id before lost is 2: the step that closes a
//     run deletes what ConfirmedLost gives, and Acknowledge then deletes the row.
//   - look_at is when the product is to be asked for by its id; 0 means never.
//     Three reasons set it: it is suspected to be lost; the chat has refused it or
//     has not acknowledged it; its pictures are still being made. tries counts
//     how often that was in vain, so that each wait is longer, and problem keeps
//     what the chat had against it. The looking step of a run asks for what
//     ToLook gives. While the guard withholds removals it leaves out what is
//     lost, because the answers could not be used. SettleProducts ends it. So does
//     Acknowledge, except for what is lost, and it puts off what has pictures that
//     are not ready.
//   - skus are the article numbers as they were last read. catalog_skus is the
//     index over them; see sku.go.
//
// catalog_held has the products whose newest content takes something away from
// customers: fewer variants can be bought, or more of them cost nothing. Such a
// change may be an accident of the shop, so a reading step puts it here (Hold)
// instead of into a batch. When everything was read, the judging step counts what
// is held and what is lost (Impact). If that looks like a merchant's decision, the
// releasing step stages what Held gives; if it looks like an accident, the guard
// keeps it until a person confirms it, and Catalog.Guard says so. A row leaves when
// the chat has acknowledged exactly that content, when a newer content needs no
// holding (Unhold), or when the product is lost.
//
// catalog_categories is the same for the tree, with a hash of its own and gone
// instead of lost. PutTree writes which categories there are; what is gone is
// deleted from the chat by the closing step.
//
// catalog_batches are the intents: a batch stands here before it is sent, and
// leaves with its acknowledgement in the transaction that changes the rows above.
// After a crash the same content goes out under the same number.
//
// catalog_feed_* are what the chat fetches by itself, where it is not sent batches: see
// catalog_feed.go.
//
// catalog_runs has one row a run, with everything that the run needs to go on after
// a restart; at most one of a company has not ended. catalogs has one row a
// company: what outlives its runs.
//
// Almost every statement on these tables works on a whole page of the shop: its
// rows come and go as one JSON document, because a statement for each row would
// cost a large catalog more than all the rest.

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
	Allowed      Impact    `json:"allowed"`           // what a person has allowed to happen
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

// Restart asks for all of the catalog anew because whoever is told it now has nothing of
// it. What is known of the products stays, so that the guard can judge.
func (c *Catalog) Restart() {
	if !c.FullAt.IsZero() {
		c.Want, c.WantCause = WantFull, CauseSettings
	}
	c.Complete = false
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
	return tx.ClearFeed(company)
}
