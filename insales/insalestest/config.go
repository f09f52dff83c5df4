package insalestest

import (
	"net/http"
	"time"
)

// What a Shop has unless its Config says otherwise. All of it is fictional.
const (
	DefaultKeyID     = "00000000000000000000000000000a01"
	DefaultPassword  = "00000000000000000000000000000b01"
	DefaultAccountID = 100001
	defaultHost      = "shop-test.myinsales.ru"
	defaultTitle     = "Тестовый магазин"

	defaultLimit   = 500
	DefaultWindow  = 5 * time.Minute
	defaultPerPage = 100 // not documented; the sandbox's own choice
	maxPerPage     = 250

	DefaultFirstOrderID = 70000001
	defaultFirstNumber  = 2001
)

// A Phase is a moment of a request at which Config.OnRequest is called.
type Phase string

// The phases of a request.
const (
	before Phase = "before" // arrived; nothing has been done
	After  Phase = "after"  // carried out and committed; nothing has been answered
)

// Overstock says what happens to an order line with more than is in stock.
// What InSales does is not known; several of these were hinted at.
type Overstock string

// The ways to treat a line without enough stock.
const (
	overstockRefuse Overstock = "refuse" // 422
	OverstockDrop   Overstock = "drop"   // the order is created without the line
	overstockLimit  Overstock = "limit"  // the line gets what is left, and goes if that is nothing
	overstockSell   Overstock = "sell"   // all is sold, the stock goes below zero
)

// A Config describes a Shop. The zero value is a usable shop with the defaults
// above and the seeded catalogue of [Shop.Seed].
type Config struct {
	Host      string
	Title     string
	AccountID int64
	KeyID     string
	Password  string

	Limit       int           // requests per window and key
	Window      time.Duration // fixed, begins with the first request of a series
	LimitStatus int           // 429 (default), or 503 as it was until 2023
	PerPageMax  int

	Zone *time.Location // of all timestamps; default +03:00
	Skew time.Duration  // how far the shop's clock is ahead of ours

	FirstOrderID int64
	FirstNumber  int64

	NoSeed  bool    // start without catalogue and dictionaries
	Catalog Catalog // products beside those of the seed; the zero value has none

	GroupDelay time.Duration // until variants_group_update does what it was told; default none
	ImageDelay time.Duration // until a picture's addresses are there; default 30 s

	// The switches: how the shop is set up, and where it is not known which way
	// InSales goes. [Shop.Reconfigure] turns them in a living shop.

	IgnoreSalePrice     bool // a line's sale_price does not stick on create
	IgnoreDeliveryPrice bool // a Fixed delivery keeps its own price
	DeleteHard          bool // DELETE of an order leaves no trace; default: moves to the trash
	Overstock           Overstock
	EnforceFields       bool   // orders without the obligatory fields are refused
	RefuseEmoji         bool   // text outside of the basic multilingual plane is refused
	RoundPrices         bool   // prices of lines and deliveries are rounded to whole roubles
	NoCustomStatuses    bool   // the shop has system statuses only
	Blocked             bool   // shown by the account; a Rule with Status 423 does the rest
	PaidTill            string // YYYY-MM-DD, shown by the account; default a month ahead
	ShowTrash           bool   // a product in the trash is answered by id, archived; documented, and the default: 404

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
	def(&c.Host, defaultHost)
	def(&c.Title, defaultTitle)
	def(&c.AccountID, DefaultAccountID)
	def(&c.KeyID, DefaultKeyID)
	def(&c.Password, DefaultPassword)
	def(&c.Limit, defaultLimit)
	def(&c.Window, DefaultWindow)
	def(&c.LimitStatus, http.StatusTooManyRequests)
	def(&c.PerPageMax, maxPerPage)
	def(&c.FirstOrderID, DefaultFirstOrderID)
	def(&c.FirstNumber, defaultFirstNumber)
	def(&c.Overstock, overstockRefuse)
	def(&c.ImageDelay, defaultImageDelay)
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

// Reconfigure turns the switches of a living shop. What else change does to
// the Config is forgotten.
func (s *Shop) Reconfigure(change func(*Config)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conf
	change(&c)
	// One by one: the other fields are read without the lock.
	s.conf.IgnoreSalePrice, s.conf.IgnoreDeliveryPrice = c.IgnoreSalePrice, c.IgnoreDeliveryPrice
	s.conf.DeleteHard, s.conf.Overstock = c.DeleteHard, c.withDefaults().Overstock
	s.conf.EnforceFields, s.conf.RefuseEmoji = c.EnforceFields, c.RefuseEmoji
	s.conf.RoundPrices, s.conf.NoCustomStatuses = c.RoundPrices, c.NoCustomStatuses
	s.conf.Blocked, s.conf.PaidTill, s.conf.ShowTrash = c.Blocked, c.PaidTill, c.ShowTrash
	for _, o := range s.orders.byID {
		o.shown = nil // an order names its status differently without custom ones
	}
}
