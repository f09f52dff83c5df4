package storage

import (
	"maps"
	"slices"
	"time"
)

// The ways in which INEED.CHAT proves that a webhook is its own.
const (
	AuthSignature = "signature" // Standard Webhooks headers
	AuthBearer    = "bearer"    // Authorization: Bearer
	AuthPath      = "path"      // a token at the end of the URL, or as ?token=
	AuthHMAC      = "hmac"      // a signature as Chat.HMAC describes it
)

// A Company is one company of the INEED.CHAT tenant with its settings.
type Company struct {
	ID     string // chosen by INEED.CHAT
	Name   string
	Shop   Shop
	Chat   Chat
	Orders OrderSync

	Catalog      CatalogSync
	CatalogFault *Problem // what stops its catalog until the settings change; nil = nothing
	FeedAddress  FeedAddress

	AccountID  int64    // the InSales account it is bound to; 0 = not yet
	MarkerKept *bool    // whether the shop kept our marker in the last create; nil = no create yet
	Problem    *Problem // what stops all its orders; nil = nothing
	ChatFault  *Problem // what stops all its reports to the chat; nil = nothing
	Sealed     bool     // its secrets cannot be opened with our key: it cannot work
	Learnt     Learnt
	Hooks      Hooks
	HookFault  *Problem // why the shop does not tell us of changes at once; nil = it does, or need not
	Version    int64    // grows with every save of the settings
	UpdatedAt  time.Time
}

// A Shop is the access to an InSales shop.
type Shop struct {
	URL      string // scheme and host, no path
	KeyID    string
	Password Secret
}

// A Chat is how a company and its INEED.CHAT tenant talk to each other.
type Chat struct {
	URL     string   // empty = the connector's own default
	Auth    string   // AuthSignature, AuthBearer, AuthPath or AuthHMAC
	Secrets []Secret // verify what comes in; at most two, the first signs what goes out
	Token   Secret   // authorises what goes out
	HMAC    HMAC     // with AuthHMAC
	Wire    *Wire    // nil = the contract is spoken
}

// An OrderSync is the settings of a company's order sync.
type OrderSync struct {
	Enabled    bool              `json:"enabled"`
	Paused     bool              `json:"paused"`
	Payments   map[string]int64  `json:"payments"`    // chat payment type → InSales payment gateway id
	Deliveries map[string]int64  `json:"deliveries"`  // chat order type → InSales delivery variant id
	Statuses   map[string]string `json:"statuses"`    // custom status permalink → chat status
	MaxAge     time.Duration     `json:"max_age"`     // older orders wait for a person
	Fields     map[string]string `json:"fields"`      // what to fill checkout fields with that the shop demands
	EraseAfter time.Duration     `json:"erase_after"` // age at which orders lose their personal data; 0 = never

	// OwnSyncOff is that a person has said: INEED.CHAT's own way into InSales is off.
	OwnSyncOff bool `json:"own_sync_off,omitempty"`
}

// Untouched reports whether nobody has set up anything of order sync.
func (o OrderSync) Untouched() bool {
	return !o.Enabled && !o.OwnSyncOff && len(o.Payments) == 0 && len(o.Deliveries) == 0
}

// Hooks are our webhooks in the shop.
type Hooks struct {
	Token    Secret    // the last segment of their address
	Old      Secret    // the one before; valid until OldUntil
	OldUntil time.Time // zero = there is none
	IDs      []int64   // as registered
}

// A FeedAddress guards the address at which the catalog is fetched as a feed.
type FeedAddress struct {
	Token    Secret    // a segment of it; "" = the feed was never chosen
	Old      Secret    // the one before; valid until OldUntil
	OldUntil time.Time // zero = there is none
}

// A Learnt is what the shop has told and need not be asked for again.
type Learnt struct {
	// Pickups are the delivery variants that need no address.
	Pickups []int64 `json:"pickups,omitempty"`

	// PaidTill is the day until which the shop's plan is paid, YYYY-MM-DD, as the
	// shop last said; "" before it did.
	PaidTill string `json:"paid_till,omitempty"`

	// Zone is the offset of the shop's clock from UTC, in seconds; nil before its
	// first order was seen.
	Zone *int `json:"zone,omitempty"`

	// Outlets are deliveries of the settings with which the shop has shown an order that
	// goes to a carrier's pick-up point.
	Outlets []int64 `json:"outlets,omitempty"`

	// CommentHidden tells that the shop shows no manager's comments, so that our marker
	// cannot be seen; then MarkerKept is false.
	CommentHidden bool `json:"comment_hidden,omitempty"`

	// Probed is what a probe has found; nil if there was none.
	Probed *Probed `json:"probed,omitempty"`
}

// A Probed is what the program acts on of what a probe has found at the shop. The
// zero value is what is assumed of every shop.
type Probed struct {
	At      time.Time `json:"at"`
	Version string    `json:"version"` // of the program that probed

	MarkerKept         *bool         `json:"marker_kept,omitempty"`          // nil = not known
	PageSize           int           `json:"page_size,omitempty"`            // most rows of a page; 0 = no bound seen
	FeedExclusive      bool          `json:"feed_exclusive,omitempty"`       // updated_since leaves that second out
	FeedDelay          time.Duration `json:"feed_delay,omitempty"`           // until a new order was in the feed
	PickupNeedsAddress bool          `json:"pickup_needs_address,omitempty"` // an order for pickup was refused without
	FieldsRequired     *bool         `json:"fields_required,omitempty"`      // also over the API; nil = not known
}

// Clone copies the company deeply.
func (c Company) Clone() Company {
	c.Orders.Payments = maps.Clone(c.Orders.Payments)
	c.Orders.Deliveries = maps.Clone(c.Orders.Deliveries)
	c.Orders.Statuses = maps.Clone(c.Orders.Statuses)
	c.Orders.Fields = maps.Clone(c.Orders.Fields)
	c.Learnt.Pickups = slices.Clone(c.Learnt.Pickups)
	c.Learnt.Outlets = slices.Clone(c.Learnt.Outlets)
	if c.Learnt.Probed != nil {
		probed := *c.Learnt.Probed
		c.Learnt.Probed = &probed
	}
	c.Hooks.IDs = slices.Clone(c.Hooks.IDs)
	c.Chat.Secrets = append([]Secret(nil), c.Chat.Secrets...)
	c.Chat.Wire = c.Chat.Wire.clone()
	return c
}
