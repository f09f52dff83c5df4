package insalestest

import (
	"maps"
	"time"

	"github.com/shopspring/decimal"
)

// addressee takes over where the goods go. An update adds to what is known of the
// address, under either of the two names that clients write.
func (e *edit) addressee() {
	a := e.attrs.object("shipping_address_attributes", "shipping_address")
	if e.draft.address == nil {
		e.draft.address = attrs{}
		e.draft.addressID = e.shop.nextID()
	}
	maps.Copy(e.draft.address, a)
	delete(e.draft.address, "fields_values_attributes")
	e.draft.addressFields = e.shop.fill(e.draft.addressFields, a.list("fields_values_attributes"), e.bad)
}

// requireAddress refuses an order for pickup without an address, if the shop is like
// that. Of other deliveries nobody was seen to send none.
func (e *edit) requireAddress() {
	if e.shop.conf.PickupNeedsAddress && e.draft.needsNoAddress() && e.draft.address.plain("address") == "" {
		e.bad.add("shipping_address.address", "не может быть пустым")
	}
}

// deliver takes over the delivery variant, its price and the desired time.
func (e *edit) deliver() {
	o := e.draft
	if e.attrs.given("delivery_variant_id") {
		d, found := e.shop.delivery(e.attrs.id("delivery_variant_id"))
		if !found {
			e.bad.add("delivery_variant_id", "не найден")
		}
		o.delivery, o.ownPrice = &d, false
	}
	if e.attrs.given("delivery_price") {
		price, good := e.attrs.number("delivery_price")
		if !good || price.IsNegative() {
			e.bad.add("delivery_price", "имеет неверное значение")
		}
		o.deliveryPrice, o.ownPrice = e.shop.rounded(price), true
	}
	e.desired()
}

// freight is the price of the delivery, once the goods are known. What the
// types other than Fixed cost is decided elsewhere; here nothing.
func (e *edit) freight() {
	o := e.draft
	if o.ownPrice || o.delivery == nil {
		return
	}
	o.deliveryPrice = decimal.Zero
	goods := decimal.Zero
	for _, l := range o.lines {
		goods = goods.Add(l.sum())
	}
	free, err := decimal.NewFromString(o.delivery.ChargeUpTo)
	if o.delivery.Type != DeliveryFixed || (err == nil && goods.GreaterThanOrEqual(free)) {
		return
	}
	price, _ := decimal.NewFromString(o.delivery.Price)
	o.deliveryPrice = e.shop.rounded(price)
}

// rounded is a price as the shop keeps it.
func (s *Shop) rounded(price decimal.Decimal) decimal.Decimal {
	if s.conf.RoundPrices {
		return price.Round(0)
	}
	return price
}

// desired reads when the customer wants the order; a null clears.
func (e *edit) desired() {
	for name, most := range map[string]int64{
		"delivery_from_hour": 23, "delivery_from_minutes": 59, "delivery_to_hour": 24, "delivery_to_minutes": 59,
	} {
		if !e.attrs.given(name) {
			e.undesired(name)
			continue
		}
		n, good := e.attrs.number(name)
		if !good || !n.IsInteger() || n.IsNegative() || n.IntPart() > most {
			e.bad.add(name, "имеет неверное значение")
			continue
		}
		e.draft.when[name] = n.IntPart()
	}
	if !e.attrs.given("delivery_date") {
		e.undesired("delivery_date")
		return
	}
	day := e.attrs.plain("delivery_date")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		e.bad.add("delivery_date", "имеет неверное значение")
	}
	e.draft.when["delivery_date"] = day
}

// undesired clears what a null takes back; what is not there at all stays.
func (e *edit) undesired(name string) {
	if e.attrs.present(name) {
		delete(e.draft.when, name)
	}
}

// pay takes over the payment gateway. Whether InSales refuses one that is not
// linked to the delivery is not known; here it is taken.
func (e *edit) pay() {
	if !e.attrs.given("payment_gateway_id") {
		return
	}
	g, found := e.shop.gateway(e.attrs.id("payment_gateway_id"))
	if !found {
		e.bad.add("payment_gateway_id", "не найден")
	}
	e.draft.gateway = &g
}
