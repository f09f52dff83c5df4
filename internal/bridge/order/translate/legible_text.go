package translate

import (
	"slices"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
)

// Legible is an order whose texts can be read, as far as people or the shop
// get to see them. Whoever reads a stored body gets this, so that what is sent,
// shown, exported and compared is the same. Ids stay as they are: they are names
// within the chat, and nothing but their own spelling finds them again.
func Legible(o *ineedchat.Order) *ineedchat.Order {
	out := *o
	for _, s := range []*string{&out.Customer.Name, &out.Customer.Channel, &out.Number, &out.Delivery.Title,
		&out.Payment.Title} {
		*s = legible.Line(*s)
	}
	for _, s := range []*string{&out.Customer.Email, &out.URL} {
		*s = legible.Signs(*s)
	}
	out.Customer.Phone = plainPhone(out.Customer.Phone)
	a := &out.Delivery.Address
	for _, s := range []*string{&a.City, &a.Street, &a.House, &a.Flat, &a.Entrance, &a.Floor, &a.Zip} {
		*s = legible.Line(*s)
	}
	for _, s := range []*string{&out.Comment, &a.Text, &a.Comment} {
		*s = legible.Text(*s)
	}
	out.Items = slices.Clone(out.Items)
	for i := range out.Items {
		item := &out.Items[i]
		item.SKU, item.Title, item.Comment = legible.Line(item.SKU), legible.Line(item.Title),
			legible.Text(item.Comment)
	}
	return &out
}

// legibleRequest makes the last of it legible: what the company's own settings
// have put between the order's texts.
func legibleRequest(r *insales.NewOrder) {
	for _, s := range texts(r) {
		*s = legible.Text(*s)
	}
}

// texts gives all texts of a request that come from outside.
func texts(r *insales.NewOrder) []*string {
	c, a := &r.Client, &r.ShippingAddress
	list := []*string{&r.Comment, &r.ManagerComment, &c.Name, &c.Surname, &c.Middle, &c.Phone, &a.Name, &a.Phone,
		&a.Address,
		&a.City, &a.Locality, &a.Street, &a.House, &a.Flat, &a.Zip}
	for i := range r.Fields {
		list = append(list, &r.Fields[i].Value)
	}
	return list
}
