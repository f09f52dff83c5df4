package storage

import "time"

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
	Complete     bool      `json:"complete"`      // the chat has taken a full sync to its end and has not asked for another
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

// A CatalogRun is one run of a catalog sync, past or present.
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
	Unread         int       `json:"unread"`          // if everything is read: products that the shop counts and did not give
	Incomplete     bool      `json:"incomplete"`      // these are too many, and nobody has said that it is right so
	Parked         int       `json:"parked"`          // products and categories whose whole batch was refused
	KeptCategories int       `json:"kept_categories"` // that the guard keeps
	PageSize       int       `json:"page_size"`
	WellRead       int       `json:"well_read"` // full pages of this size in a row
	AwayAt         time.Time `json:"away_at"`   // since when the chat has taken nothing; zero = it takes batches
	Floor          Cursor    `json:"floor"`     // where the reading of changes began
	Counted        int       `json:"counted"`   // of the changes, by the shop, when they seemed to be read; 0 = not asked
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

// HashUnsure is the hash of what the chat may have got and has not acknowledged
// yet. No content has it.
const HashUnsure int64 = -1

// A CatalogProduct is what is known of a product of the shop.
type CatalogProduct struct {
	Seq       int64 // its row
	ID        int64
	Hash      int64   // of what the chat has acknowledged; 0 = it has nothing of it, HashUnsure = nobody knows
	Available int     // variants that can be bought, as the chat has it
	Free      int     // variants that cost nothing, as the chat has it
	Variants  []int64 // that the chat has
	SKUs      string  // as last read from the shop: see SKUs
	Lost      Loss
	LookAt    time.Time // when to ask for it by id; zero = no need
	Tries     int
}

// A Loss says whether a product is still there.
type Loss int

// The degrees of loss.
const (
	LossNone      Loss = iota
	LossSuspected      // not in the feed any more, or hidden there
	LossConfirmed      // asked for by its id
)

// A CatalogItem is a product as it is to be sent.
type CatalogItem struct {
	Seq       int64   `json:"q"` // the product's row; 0 = not known
	ID        int64   `json:"id"`
	Hash      int64   `json:"h"`
	Available int     `json:"a"` // variants that can be bought
	Free      int     `json:"f"` // variants that cost nothing
	Unready   bool    `json:"u"` // pictures are still being made: ask for it again soon
	Variants  []int64 `json:"v"`
	SKUs      []SKU   `json:"-"`
	Body      []byte  `json:"-"` // JSON on one line
}

// A SKU is a variant's article number.
type SKU struct {
	SKU     string
	Variant int64
}

// SKUs packs article numbers, so that two lists can be compared.
func SKUs(list []SKU) string {
	if len(list) == 0 {
		return ""
	}
	rows := make([][2]any, len(list))
	for i, s := range list {
		rows[i] = [2]any{s.SKU, s.Variant}
	}
	return pack(&rows)
}

// A SeenProduct is a product that is visible in the shop.
type SeenProduct struct {
	Seq  int64 // its row; 0 = it is new
	ID   int64
	SKUs string // packed
	Had  string // SKUs before
}

// A CatalogCategory is a category as the chat has it.
type CatalogCategory struct {
	ID   int64 `json:"id"`
	Hash int64 `json:"h"` // 0 = the chat has nothing of it, HashUnsure = nobody knows
	Gone bool  `json:"-"`
}

// BatchItems are what the acknowledgement of a batch means.
type BatchItems struct {
	Products       []CatalogItem     `json:"p,omitempty"`
	Categories     []CatalogCategory `json:"c,omitempty"`
	Gone           []int64           `json:"gp,omitempty"` // products
	GoneVariants   []int64           `json:"gv,omitempty"`
	GoneCategories []int64           `json:"gc,omitempty"`
}

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

// A CatalogBatch is a batch on its way to the chat. Its texts, a megabyte at
// most, are read when they are needed.
type CatalogBatch struct {
	Company    string
	Seq        int
	Last       bool
	StagedAt   time.Time
	Before     Place // where the run was before the page that it was read with
	Items      BatchItems
	Categories []byte // a JSON document per line
	Products   []byte // a JSON document per line
}
