package api

import "time"

// A Catalog is how a company's catalog stands.
type Catalog struct {
	Enabled      bool       `json:"enabled"`
	Way          string     `json:"way"`           // push, feed, none: how it reaches the chat
	Stopped      bool       `json:"stopped"`       // by the problem, until the settings are saved again
	FreshAsOf    *time.Time `json:"fresh_as_of"`   // as of when INEED.CHAT has the shop's catalog; null = never
	EverythingAt *time.Time `json:"everything_at"` // when everything was last read
	FullAt       *time.Time `json:"full_at"`       // when everything was last sent
	NextAt       *time.Time `json:"next_at"`       // when the timer wants the next run; null = never
	Problem      *Problem   `json:"problem"`       // why it does not get on
	Guard        *Guard     `json:"guard"`         // what is withheld
	Running      *Run       `json:"running"`
	Products     int        `json:"products"` // that INEED.CHAT has
	Waiting      int        `json:"waiting"`  // that it has refused or not acknowledged yet
	Remarks      []Remark   `json:"remarks"`  // what products lack in INEED.CHAT, at most a hundred
}

// A Remark tells why INEED.CHAT does not have a product, or not all of it.
type Remark struct {
	Product string   `json:"product"`
	Title   string   `json:"title"`
	Offered bool     `json:"offered"` // without what the problem names
	Problem *Problem `json:"problem"`
}

// A Guard is what is withheld because it looks like an accident.
type Guard struct {
	Since      *time.Time `json:"since"`
	Visible    int        `json:"visible"`
	Removed    int        `json:"removed"`
	Held       int        `json:"unavailable_or_free"`
	Categories int        `json:"categories"`
	Unread     int        `json:"unread"`
	Problem    *Problem   `json:"problem"`
}

// A Run is one run of the catalog sync.
type Run struct {
	ID         int64      `json:"id"`
	Cause      string     `json:"cause"`
	Full       bool       `json:"full"`
	Everything bool       `json:"everything"`
	BeganAt    *time.Time `json:"began_at"`
	EndedAt    *time.Time `json:"ended_at"` // null = it runs
	Outcome    string     `json:"outcome"`  // done, withheld, resync, superseded, stopped; "" = it runs
	Problem    *Problem   `json:"problem"`

	Requests  int       `json:"requests"` // to the shop
	Seen      int       `json:"seen"`     // products read
	Offered   int       `json:"offered"`  // of these, visible to customers
	Changed   int       `json:"changed"`  // products that INEED.CHAT has taken
	Removed   int       `json:"removed"`
	Withheld  int       `json:"withheld"`
	Refused   int       `json:"refused"`    // products that INEED.CHAT refused
	Skipped   int       `json:"skipped"`    // products of the feed that cannot be read or offered
	MainPrice int       `json:"main_price"` // variants without the chosen price: the main one was taken
	Batches   int       `json:"batches"`
	Phase     string    `json:"phase,omitempty"` // while it runs
	Progress  *Progress `json:"progress,omitempty"`
}

// A Progress tells how far a running run has come.
type Progress struct {
	Expected int     `json:"expected"` // products to read; 0 = not known yet
	PerHour  int     `json:"products_per_hour"`
	Percent  float64 `json:"percent"`
	Left     string  `json:"left,omitempty"` // roughly, as the window of requests admits
}

// A Sync begins a run; a full one sends everything, not only what differs.
type Sync struct {
	Full bool `json:"full"`
}
