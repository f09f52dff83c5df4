package insalestest

import (
	"net/http"
	"time"
)

// What a Shop has, for some of it unless its Config says otherwise. All of it is
// fictional.
const (
	DefaultKeyID     = "00000000000000000000000000000a01"
	DefaultPassword  = "00000000000000000000000000000b01"
	DefaultAccountID = 100001
	shopHost         = "shop-test.myinsales.ru"
	shopTitle        = "Тестовый магазин"

	defaultLimit   = 500
	DefaultWindow  = 5 * time.Minute // fixed, begins with the first request of a series
	defaultPerPage = 100             // not documented; the sandbox's own choice
	maxPerPage     = 250

	DefaultFirstOrderID = 70000001
	firstNumber         = 2001
)

// A Phase is a moment of a request at which Config.OnRequest is called.
type Phase string

// The phases of a request.
const (
	before Phase = "before" // arrived; nothing has been done
	After  Phase = "after"  // carried out and committed; nothing has been answered
)

// A Config describes a Shop. The zero value is a usable shop with the defaults
// above and the seeded catalogue.
type Config struct {
	AccountID int64

	Limit       int // requests per window and key
	LimitStatus int // 429 (default), or 503 as it was until 2023
	PerPageMax  int

	Zone *time.Location // of all timestamps; default +03:00
	Skew time.Duration  // how far the shop's clock is ahead of ours

	FirstOrderID int64

	NoSeed  bool    // start without catalogue and dictionaries
	Catalog Catalog // products beside those of the seed; the zero value has none

	GroupDelay time.Duration // until variants_group_update does what it was told; default none

	Switches

	// OnRequest, if set, is called twice for each request, without any lock
	// held. An error aborts the connection at that phase. It may block.
	OnRequest func(r *http.Request, p Phase) error

	// Deliver, if set, is handed each webhook that is due, right after the
	// change and without any lock held, by whoever made the change: a request
	// waits for it. Changes made at the same time may come in either order.
	// [Courier.Deliver] fits here.
	Deliver func(hook Hook, body []byte)
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	def(&c.AccountID, DefaultAccountID)
	def(&c.Limit, defaultLimit)
	def(&c.LimitStatus, http.StatusTooManyRequests)
	def(&c.PerPageMax, maxPerPage)
	def(&c.FirstOrderID, DefaultFirstOrderID)
	if c.Zone == nil {
		c.Zone = time.FixedZone("MSK", 3*60*60)
	}
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
