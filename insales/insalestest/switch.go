package insalestest

import "time"

// Overstock says what happens to an order line with more than is in stock.
// What InSales does is not known; each of these was hinted at by somebody.
type Overstock string

// The ways to treat a line without enough stock.
const (
	overstockRefuse Overstock = ""      // 422
	OverstockDrop   Overstock = "drop"  // the order is created without the line
	overstockLimit  Overstock = "limit" // the line gets what is left, and goes if that is nothing
	overstockSell   Overstock = "sell"  // all is sold, the stock goes below zero
)

// Trash says which orders in the trash the lists show.
type Trash string

// The ways to show the trash.
const (
	trashAsked  Trash = ""       // with_deleted and deleted decide
	TrashAlways Trash = "always" // it stands among the others, whatever was asked
	TrashNever  Trash = "never"  // no list shows it
)

// Switches say how a merchant has set the shop up and, where nobody has told us
// which way InSales goes, which way this shop goes. The zero value is the way
// that we take for the likely one, so each switch that is turned is one of our
// assumptions turned round. A test of an assumption turns its switch and looks
// whether the connector still keeps its promises.
//
// A new switch is a field here, with a comment that says what is assumed and by
// what right, and one question at the place in the shop that acts on it. New
// takes the switches from its Config, and [Shop.Reconfigure] turns them in a
// living shop. They are read with the shop's lock held.
type Switches struct {
	// What a merchant sets.

	EnforceFields    bool   // orders without the obligatory fields are refused (inferred)
	AllObligatory    bool   // each checkout field is obligatory; default: those that are made so
	NoCustomStatuses bool   // the shop has system statuses only
	Blocked          bool   // shown by the account; a Rule with Status 423 does the rest
	PaidTill         string // YYYY-MM-DD, shown by the account; default a month ahead

	// What all answers have, and how much may be asked.

	NoAccountID   bool // account.json does not tell the shop's id (seen in all recorded answers: it does)
	NoDate        bool // answers have no Date (HTTP; seen in all recorded answers: they have one)
	NoUsage       bool // answers have no API-Usage-Limit (documented: they have it)
	ShareWindow   bool // all keys count into one window (documented: one for each app and shop)
	PageMax       int  // a page has no more rows, however many are asked for; 0 = 250 (documented for products)
	MissingStatus int  // the code of what is not there; default 404 (documented)
	RefusalIs400  bool // what the shop does not accept is 400 (documented: 422)

	// What the dictionaries and the catalog show.

	NewDeliveryType bool // the External delivery is of a type that no client knows
	NewPaymentType  bool // the External gateway is of a family that no client knows
	LinksOneSided   bool // only gateways show which deliveries they go with (seen: both do)
	NoPriceKinds    bool // the kinds of price are not to be had: 404 (other clients list them)
	ShowCosts       bool // variants show what they cost the merchant (inferred: not without that right)

	// What the lists of orders show.

	CountAll      bool          // count.json counts without the filters of the list (inferred: with them)
	FeedUnsorted  bool          // the change feed stands newest first (documented: by updated_at and id)
	FractionTimes bool          // orders change at fractions of a second (recorded: .000)
	FeedExclusive bool          // updated_since leaves out its own second, also with from_id (documented: it does not)
	IgnoreFromID  bool          // from_id has no effect (documented: it passes equal times)
	Trash         Trash         // which orders of the trash a list shows (documented for products: as it was asked)
	FeedDelay     time.Duration // until lists show a new order; by its id it is there at once (not known)

	// What a write may be met with. None of it is documented.

	CreatedIs200        bool // a create is answered 200 (other clients expect 201)
	Idempotent          bool // the same create once more gives the order that is there
	DropMarker          bool // manager_comment is not kept on create
	HideManagerComment  bool // no order has the key manager_comment, as a right may have it
	IgnoreSalePrice     bool // a line's sale_price does not stick on create
	IgnoreDeliveryPrice bool // a Fixed delivery keeps its own price
	RoundPrices         bool // prices of lines and deliveries are rounded to whole roubles
	ChangeComment       bool // the shop puts words of its own before a comment
	MaskPhone           bool // phones of clients are shown with stars
	MergeClients        bool // who orders with a known phone is the known client
	PickupNeedsAddress  bool // an order for pickup is refused without an address (clients send none)
	RefuseEmoji         bool // text outside of the basic multilingual plane is refused
	StrictKeys          bool // keys of an order that no client was seen writing are refused (inferred: they are not)
	StripEmoji          bool // it is left out without a word
	RefuseControl       bool // text with a control character is refused
	Overstock           Overstock

	// What a change of an order does.

	EmptyUpdates      bool // it is answered without the order (documented: with it)
	IgnorePaid        bool // financial_status has no effect (other clients set it alone)
	StatusApart       bool // a custom status does not bring its system status along (documented: it does)
	IgnoreFulfillment bool // fulfillment_status has no effect (documented: it has)

	// How texts are shown.

	EncodeHTML bool // titles, names and values of fields come HTML-encoded (seen in values of text fields)

	// What is gone, and how it is shown.

	NoReserve    bool // an order takes nothing out of the stock (inferred: it does)
	KeepReserved bool // a declined, returned or deleted order keeps its goods out of the stock (inferred: it does not)
	NoDelete     bool // DELETE of an order is refused: 405 (documented: it is taken)
	NoArchive    bool // archived cannot be set (nobody was seen setting it; default: it can)
	DeleteHard   bool // DELETE of an order leaves no trace; default: it moves to the trash
	ShowTrash    bool // a product in the trash is answered by id, archived; documented, and the default: 404

	// What becomes of webhooks.

	NoHooks bool // none ever comes (documented: delivery is not guaranteed)
	XMLOnly bool // they come as XML, whatever was asked for (documented: in their format_type)
}

// Reconfigure turns the switches of a living shop.
func (s *Shop) Reconfigure(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.conf.Switches)
	for _, o := range s.orders.byID {
		o.shown = nil // what an order shows depends on switches
	}
}
