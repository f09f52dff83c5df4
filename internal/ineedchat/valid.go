package ineedchat

import (
	"slices"
	"unicode/utf8"
)

// What comes with every order says by itself whether it is as its `validate` tags have it:
// reading the tags costs more than reading the order. The tags say what a value must look
// like, and the validator that knows them tells what is wrong with one. A test in package
// handlers holds both against each other.

// Valid reports whether the envelope is as its tags have it.
func (e *Envelope) Valid() bool {
	return e.Type != "" && e.Version == Version && absentOr(validTime, e.Timestamp) && ValidID(e.CompanyID)
}

// Valid reports whether the order is as its tags have it.
func (o *Order) Valid() bool {
	return ValidID(o.ID) && validTime(string(o.CreatedAt)) && o.Currency != "" &&
		absentOr(validDecimal, o.ItemsTotal, o.DiscountTotal, o.DeliveryTotal) && validDecimal(string(o.Total)) &&
		o.Customer.valid() && o.Delivery.valid() && o.Payment.valid() &&
		1 <= len(o.Items) && len(o.Items) <= maxItems && !slices.ContainsFunc(o.Items, Item.invalid) &&
		atMost(maxComment, o.Comment)
}

func (c *Customer) valid() bool {
	return (c.Name != "" || c.Phone != "") && atMost(maxForeignID, c.ID) && atMost(maxForeignID, c.ChannelUserID)
}

func (d *Delivery) valid() bool {
	return ValidID(d.TypeID) && absentOr(validTime, d.DesiredFrom, d.DesiredTo)
}

func (p *Payment) valid() bool {
	return ValidID(p.TypeID) && absentOr(validTime, p.PaidAt) && absentOr(validDecimal, p.Amount)
}

func (i Item) invalid() bool {
	named := i.VariantID != "" || i.SKU != ""
	return !named || !absentOr(ValidID, i.VariantID, i.ProductID) || !atMost(maxForeignID, i.ID) ||
		!positive(string(i.Quantity)) || !nonNegative(string(i.Price)) || !absentOr(validDecimal, i.Total)
}

// The tags' max, in characters.
const (
	maxForeignID = 128 // of an id that is nothing but repeated
	maxComment   = 4000
)

func atMost(most int, text string) bool {
	return len(text) <= most || utf8.RuneCountInString(text) <= most
}

// absentOr reports whether every value is absent or fits the rule.
func absentOr[T ~string](rule func(string) bool, values ...T) bool {
	for _, v := range values {
		if v != "" && !rule(string(v)) {
			return false
		}
	}
	return true
}
