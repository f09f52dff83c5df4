package ineedchat

import "github.com/shopspring/decimal"

// An Order is the data of an order.created. Optional text is empty when it was
// absent or null. Only what the contract demands is validated: a strange title
// or phone is no reason to refuse an order.
type Order struct {
	ID        string `json:"id" validate:"required,chatid" wire:"id"` // unique within the company
	Number    string `json:"number,omitempty" wire:"id"`              // what people see
	CreatedAt Time   `json:"created_at" validate:"required,rfc3339"`

	Currency      string  `json:"currency" validate:"required"` // RUB
	ItemsTotal    Decimal `json:"items_total,omitempty" validate:"omitempty,decimal"`
	DiscountTotal Decimal `json:"discount_total,omitempty" validate:"omitempty,decimal"` // of the whole order
	DeliveryTotal Decimal `json:"delivery_total,omitempty" validate:"omitempty,decimal"`
	Total         Decimal `json:"total" validate:"required,decimal"`

	Customer Customer `json:"customer"`
	Delivery Delivery `json:"delivery"`
	Payment  Payment  `json:"payment"`
	Items    Items    `json:"items" validate:"required,min=1,max=500,dive"`

	Comment string `json:"comment,omitempty" validate:"max=4000"`

	// URL is where the order is seen in INEED.CHAT. It is the sender's word: make
	// a link of it only if it is http or https.
	URL string `json:"url,omitempty"`

	// Rounded are the numbers that were not taken as they were sent. It is found
	// anew in the body each time it is decoded.
	Rounded []Rounded `json:"-"`
}

// A Customer is who ordered: a name, a phone in any notation, or both.
type Customer struct {
	ID            string `json:"id,omitempty" validate:"max=128" wire:"id"`
	Name          string `json:"name,omitempty" validate:"required_without=Phone"`
	Phone         string `json:"phone,omitempty" validate:"required_without=Name"`
	Email         string `json:"email,omitempty"`
	Channel       string `json:"channel,omitempty"` // telegram, vk, …: an open set
	ChannelUserID string `json:"channel_user_id,omitempty" validate:"max=128" wire:"id"`
}

// A Delivery is how the goods reach the customer. TypeID is INEED.CHAT's order
// type, which the company's settings map to an InSales delivery variant.
type Delivery struct {
	TypeID      string  `json:"type_id" validate:"required,chatid" wire:"id"`
	Title       string  `json:"title,omitempty"`
	Address     Address `json:"address,omitzero"`
	DesiredFrom Time    `json:"desired_from,omitempty" validate:"omitempty,rfc3339"`
	DesiredTo   Time    `json:"desired_to,omitempty" validate:"omitempty,rfc3339"`
}

// An Address may be given whole, as Text, or in parts, or both.
type Address struct {
	Text     string `json:"text,omitempty"`
	City     string `json:"city,omitempty"`
	Street   string `json:"street,omitempty"`
	House    string `json:"house,omitempty"`
	Flat     string `json:"flat,omitempty"`
	Entrance string `json:"entrance,omitempty"`
	Floor    string `json:"floor,omitempty"`
	Zip      string `json:"zip,omitempty"`
	Comment  string `json:"comment,omitempty"`
	Lat      Scalar `json:"lat,omitempty"`
	Lon      Scalar `json:"lon,omitempty"`
}

// A Payment is how the order is paid. TypeID is mapped by the company's
// settings to an InSales payment gateway.
type Payment struct {
	TypeID string  `json:"type_id" validate:"required,chatid" wire:"id"`
	Title  string  `json:"title,omitempty"`
	Paid   bool    `json:"paid,omitempty"`
	PaidAt Time    `json:"paid_at,omitempty" validate:"omitempty,rfc3339"`
	Amount Decimal `json:"amount,omitempty" validate:"omitempty,decimal"`
}

// An Item is one line. VariantID is the InSales variant id that the catalog
// push gave; SKU stands in for it only on an exact, unique match. Price is per
// unit, before the order's discount.
type Item struct {
	ID        string  `json:"id,omitempty" validate:"max=128" wire:"id"`
	VariantID string  `json:"variant_id,omitempty" validate:"required_without=SKU,omitempty,chatid" wire:"id"`
	ProductID string  `json:"product_id,omitempty" validate:"omitempty,chatid" wire:"id"`
	SKU       string  `json:"sku,omitempty" validate:"required_without=VariantID" wire:"id"`
	Title     string  `json:"title,omitempty"`
	Quantity  Decimal `json:"quantity" validate:"required,decimal,positive" wire:"quantity"`
	Price     Decimal `json:"price" validate:"required,decimal,nonnegative"`
	Total     Decimal `json:"total,omitempty" validate:"omitempty,decimal"`
	Comment   string  `json:"comment,omitempty"`
}

// Items are the lines of an order.
type Items []Item

// maxItems is the validate tag's max, known here only to stop reading.
const maxItems = 500

// Hundredths is the total in hundredths of its currency, to count with; 0 for one that no
// order can cost.
func (o *Order) Hundredths() int64 {
	n := number(o.Total).Shift(2).Round(0)
	if n.IsNegative() || n.GreaterThan(mostHundredths) {
		return 0
	}
	return n.IntPart()
}

// mostHundredths bounds what is counted, so that no sum of a million orders overflows.
var mostHundredths = decimal.New(1, 12)

// ComputedTotal is what the order should cost by its own lines: the sum of
// price * quantity, minus the discount, plus the delivery. The order must have
// been validated; a number that cannot be read counts as zero.
func (o *Order) ComputedTotal() decimal.Decimal {
	var sum decimal.Decimal
	for _, item := range o.Items {
		sum = sum.Add(number(item.Price).Mul(number(item.Quantity)))
	}
	return sum.Sub(number(o.DiscountTotal)).Add(number(o.DeliveryTotal))
}

// tolerance is by how much two sums of one order may differ: each was rounded.
var tolerance = decimal.New(1, -2)

// SumDiffers reports whether the total is further from the computed one than
// rounding explains. That is a remark on the order, never a refusal.
func (o *Order) SumDiffers() bool {
	return number(o.Total).Sub(o.ComputedTotal()).Abs().GreaterThan(tolerance)
}

// An OrderPaid is the data of an order.paid. It may come before, after or
// without the order, and more than once.
type OrderPaid struct {
	ID     string  `json:"id" validate:"required,chatid" wire:"id"`
	PaidAt Time    `json:"paid_at,omitempty" validate:"omitempty,rfc3339"`
	Amount Decimal `json:"amount,omitempty" validate:"omitempty,decimal"`

	Rounded []Rounded `json:"-"` // as of an Order
}

// An OrderCancelled is the data of an order.cancelled. It may come before,
// after or without the order, and more than once.
type OrderCancelled struct {
	ID          string `json:"id" validate:"required,chatid" wire:"id"`
	CancelledAt Time   `json:"cancelled_at,omitempty" validate:"omitempty,rfc3339"`
	Reason      string `json:"reason,omitempty"`
}
