package ineedchat

import (
	"slices"
	"time"
)

// The statuses of an order that INEED.CHAT knows.
const (
	StatusNew        = "new"
	StatusAccepted   = "accepted"
	StatusAssembling = "assembling"
	StatusDelivering = "delivering"
	StatusCompleted  = "completed"
	StatusCancelled  = "cancelled"
	StatusReturned   = "returned"
)

// The payment statuses of an order.
const (
	PaymentPending = "pending"
	PaymentPaid    = "paid"
)

// Statuses lists the statuses in the order in which an order usually has them.
func Statuses() []string {
	return []string{
		StatusNew, StatusAccepted, StatusAssembling, StatusDelivering,
		StatusCompleted, StatusCancelled, StatusReturned,
	}
}

// ValidStatus reports whether s is a status of the wire.
func ValidStatus(s string) bool { return slices.Contains(Statuses(), s) }

// FinalStatus reports whether an order with status s needs no more watching. It
// may still change: a completed order can be returned.
func FinalStatus(s string) bool {
	return s == StatusCompleted || s == StatusCancelled || s == StatusReturned
}

// A Status tells INEED.CHAT how an order stands in the shop. It is the whole
// state, never a change, so a receiver that missed some loses nothing.
type Status struct {
	Version string `json:"version"` // empty = the version of this package

	OrderID       string    `json:"order_id"`               // INEED.CHAT's own id
	Status        string    `json:"status"`                 // StatusNew …
	StatusTitle   string    `json:"status_title,omitempty"` // the merchant's wording, for the customer
	PaymentStatus string    `json:"payment_status"`         // PaymentPending or PaymentPaid
	ChangedAt     time.Time `json:"changed_at"`             // of the change in the shop, in the shop's zone

	// Revision grows with every change seen, with gaps. The receiver drops what
	// is not newer, so late and repeated reports do no harm.
	Revision int64 `json:"revision"`

	Total   string   `json:"total,omitempty"`
	Comment string   `json:"comment"`
	InSales *InSales `json:"insales,omitempty"`
}

// InSales is the order in the shop's own terms, for people who look for it
// there.
type InSales struct {
	OrderID           string `json:"order_id"`
	OrderNumber       string `json:"order_number,omitempty"`
	CustomStatus      string `json:"custom_status,omitempty"` // permalink
	FulfillmentStatus string `json:"fulfillment_status,omitempty"`
	FinancialStatus   string `json:"financial_status,omitempty"`
}
