package insalestest

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
	NoCustomStatuses bool   // the shop has system statuses only
	Blocked          bool   // shown by the account; a Rule with Status 423 does the rest
	PaidTill         string // YYYY-MM-DD, shown by the account; default a month ahead

	// What a write may be met with. None of it is documented.

	HideManagerComment  bool // no order has the key manager_comment, as a right may have it
	IgnoreSalePrice     bool // a line's sale_price does not stick on create
	IgnoreDeliveryPrice bool // a Fixed delivery keeps its own price
	RoundPrices         bool // prices of lines and deliveries are rounded to whole roubles
	RefuseEmoji         bool // text outside of the basic multilingual plane is refused
	StrictKeys          bool // keys of an order that no client was seen writing are refused (inferred: they are not)
	Overstock           Overstock

	// How lists are given.

	PageMax       int  // a page has no more rows, however many are asked for; 0 = 250 (documented for products)
	FeedExclusive bool // updated_since leaves out what has changed at that very second, also with from_id

	// How texts are shown.

	EncodeHTML bool // titles, names and values of fields come HTML-encoded (seen in values of text fields)

	// What is gone, and how it is shown.

	KeepReserved bool // a declined, returned or deleted order keeps its goods out of the stock (inferred: it does not)
	DeleteHard   bool // DELETE of an order leaves no trace; default: it moves to the trash
	ShowTrash    bool // a product in the trash is answered by id, archived; documented, and the default: 404
}

// Reconfigure turns the switches of a living shop.
func (s *Shop) Reconfigure(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.conf.Switches)
	for _, o := range s.orders.byID {
		o.shown = nil // an order names its status differently without custom ones
	}
}
