package storage

import (
	"context"
	"time"
)

// A Phase is what a run does next.
type Phase string

// The phases of a run, in their order.
const (
	PhaseTree       Phase = "tree"       // the collections
	PhaseReading    Phase = "reading"    // products, page after page
	PhaseLooking    Phase = "looking"    // products that are asked for by their id
	PhaseReleasing  Phase = "releasing"  // products that were held until the run was seen whole
	PhaseClosing    Phase = "closing"    // what is deleted, and the last batch
	PhaseDelivering Phase = "delivering" // what is left of the batches
)

// A CatalogRun is one run of a catalog sync, past or present. Everything that the
// run has to know stands in its row and is stored with each step, in the
// transaction of what the step has done: after a restart it goes on where it was,
// as if nothing had happened. The first group of fields says what the run is, the
// second where it stands, the third what it has counted for people to see.
type CatalogRun struct {
	ID         int64     `json:"-"`
	Company    string    `json:"-"`
	BeganAt    time.Time `json:"-"`
	EndedAt    time.Time `json:"-"` // zero = it runs
	Cause      Cause     `json:"cause"`
	Full       bool      `json:"full"`       // everything is sent, not only differences
	Everything bool      `json:"everything"` // everything is read, not only changes
	Outcome    string    `json:"outcome"`    // RunDone … ; "" = it runs
	Problem    *Problem  `json:"problem,omitempty"`

	Version        int64     `json:"version"` // of the settings that it began with
	Sync           string    `json:"sync"`    // ULID on the wire
	Seq            int       `json:"seq"`     // of the last batch that was staged
	Phase          Phase     `json:"phase"`
	Cursor         Cursor    `json:"cursor"`
	ShopBegan      time.Time `json:"shop_began"`      // the shop's time when it began
	Reading        int64     `json:"reading"`         // if everything is read: the number of this reading
	Released       int64     `json:"released"`        // the last held product that was staged
	Judged         bool      `json:"judged"`          // what was read has been judged: Blocked and Incomplete are known
	Blocked        bool      `json:"blocked"`         // the guard withholds what would harm
	Unread         int       `json:"unread"`          // if everything is read: what the shop counts and did not give
	Incomplete     bool      `json:"incomplete"`      // these are too many, and nobody has said that it is right so
	Parked         int       `json:"parked"`          // products and categories whose whole batch was refused
	KeptCategories int       `json:"kept_categories"` // that the guard keeps
	PageSize       int       `json:"page_size"`
	WellRead       int       `json:"well_read"` // full pages of this size in a row
	AwayAt         time.Time `json:"away_at"`   // since when the chat has taken nothing; zero = it takes batches
	Floor          Cursor    `json:"floor"`     // where the reading of changes began
	Counted        int       `json:"counted"`   // of the changes, by the shop, when they seemed read; 0 = not asked
	Late           int       `json:"late"`      // products read that were changed later than the second of the floor
	Fresh          int       `json:"fresh"`     // new products whose article numbers are not in the index yet

	Expected   int `json:"expected"` // products that the shop says there are to read; 0 = not known
	Seen       int `json:"seen"`     // products read
	Offered    int `json:"offered"`  // of these, visible
	Changed    int `json:"changed"`  // products acknowledged by the chat
	Removed    int `json:"removed"`  // products whose removal the chat has acknowledged
	Withheld   int `json:"withheld"` // products that the guard keeps back
	Refused    int `json:"refused"`  // products that the chat refused
	Skipped    int `json:"skipped"`  // products of the feed that could not be read or offered
	MainPrice  int `json:"main_price"`
	Looked     int `json:"looked"`   // products asked for by id
	Requests   int `json:"requests"` // to the shop
	Batches    int `json:"batches"`  // acknowledged
	Named      int `json:"named"`    // products in the batches of this sync
	Categories int `json:"categories"`
}

// The outcomes of runs.
const (
	RunDone       = "done"
	RunWithheld   = "withheld"   // done but for what the guard keeps back
	RunResync     = "resync"     // the chat asked for a full sync instead
	RunSuperseded = "superseded" // the settings have changed
	RunStopped    = "stopped"    // the catalog sync was switched off
)

// A Place is how far a run has read, with what it had counted until then.
type Place struct {
	Cursor
	Seen, Offered, Skipped, MainPrice int
}

// Place is where the run is.
func (r *CatalogRun) Place() Place { return Place{r.Cursor, r.Seen, r.Offered, r.Skipped, r.MainPrice} }

// Return takes the run back to a place.
func (r *CatalogRun) Return(p Place) {
	r.Cursor, r.Seen, r.Offered, r.Skipped, r.MainPrice = p.Cursor, p.Seen, p.Offered, p.Skipped, p.MainPrice
}

const maxRuns = 200 // of a company that are kept

// The columns of a run; its number stands before them.
const (
	runColumns = "company, began_at, ended_at, run"
	selectRuns = "SELECT id, " + runColumns + " FROM catalog_runs"
)

// BeginRun adds a run and forgets the company's oldest. It fails with ErrStale
// while one runs.
func (tx *Tx) BeginRun(r *CatalogRun) error {
	if err := tx.needCompany(r.Company); err != nil {
		return err
	}
	n, err := tx.exec(
		"INSERT INTO catalog_runs ("+runColumns+") VALUES ("+marksOf(runColumns)+") ON CONFLICT DO NOTHING",
		r.Company, ms(r.BeganAt), 0, toJSON(r))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrStale
	}
	r.ID, err = value[int64](tx.queryRow("SELECT id FROM catalog_runs WHERE company = ? AND ended_at = 0", r.Company))
	if err != nil {
		return err
	}
	_, err = tx.exec(
		`DELETE FROM catalog_runs WHERE company = ?1 AND id <= (SELECT id FROM catalog_runs WHERE company = ?1
		ORDER BY id DESC LIMIT 1 OFFSET ?2)`, r.Company, maxRuns)
	return err
}

// PruneRuns forgets runs that ended before a time, but the last one of each company, and
// tells how many these were: at most limit.
func (tx *Tx) PruneRuns(before time.Time, limit int) (int64, error) {
	return tx.exec(`DELETE FROM catalog_runs WHERE id IN (SELECT id FROM catalog_runs r
		WHERE ended_at <> 0 AND ended_at < ? AND id < (SELECT max(id) FROM catalog_runs WHERE company = r.company)
		ORDER BY id LIMIT ?)`, ms(before), limit)
}

// PutRun stores a run that runs. It fails with ErrStale if it has been ended.
func (tx *Tx) PutRun(r CatalogRun) error {
	n, err := tx.exec("UPDATE catalog_runs SET ended_at = ?, run = ? WHERE id = ? AND ended_at = 0",
		ms(r.EndedAt), toJSON(&r), r.ID)
	if err == nil && n == 0 {
		return ErrStale
	}
	return err
}

// RunningRun gives the company's run that runs, or ErrNotFound.
func (s *Store) RunningRun(ctx context.Context, company string) (CatalogRun, error) {
	return scanRun(s.queryRow(ctx, selectRuns+" WHERE company = ? AND ended_at = 0", company))
}

// RunningRun gives the company's run that runs, or ErrNotFound.
func (tx *Tx) RunningRun(company string) (CatalogRun, error) {
	return scanRun(tx.queryRow(selectRuns+" WHERE company = ? AND ended_at = 0", company))
}

func scanRun(row scanner) (CatalogRun, error) {
	var r CatalogRun
	var began, ended int64
	var text string
	if err := row.Scan(&r.ID, &r.Company, &began, &ended, &text); err != nil {
		return r, err
	}
	r.BeganAt, r.EndedAt = fromMS(began), fromMS(ended)
	err := fromJSON(column{text, &r})
	return r, err
}

// Runs gives a page of the company's runs, the newest first, and the cursor of
// the next page. It fails with ErrCursor if the cursor is none that it gave.
func (s *Store) Runs(
	ctx context.Context, company, cursor string, limit int,
) (list []CatalogRun, next string, err error) {
	place := func(r CatalogRun) int64 { return r.ID }
	return page(cursor, limit, place, func(before int64, limit int) ([]CatalogRun, error) {
		rows, err := s.query(ctx, selectRuns+" WHERE company = ? AND id < ? ORDER BY id DESC LIMIT ?",
			company, before, limit)
		return collect(rows, err, scanRun)
	})
}
