package translate

import (
	"cmp"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/ineedchat"
)

// translateAddress gives the recipient and the address. Of an order that is picked up
// only the text is taken over: the shop has nothing to calculate, but what was written
// may name the point where the order is to be picked up, and is never lost. Parts
// without a text are where the customer lives.
func translateAddress(o *ineedchat.Order, pickup bool) insales.NewAddress {
	a := o.Delivery.Address
	to := insales.NewAddress{Name: o.Customer.Name, Phone: o.Customer.Phone}
	if phone, ok := normalPhone(to.Phone); ok {
		to.Phone = phone
	}
	a.Lat, a.Lon = "", "" // a point alone is no address, and the shop takes none
	switch {
	case a == (ineedchat.Address{}), pickup && a.Text == "":
		return to
	case pickup:
		to.Address = addressText(a, pickupKeys)
		return to
	}
	to.Country = "RU"
	to.Address = addressText(a, nil)
	to.Locality, to.City = a.City, a.City
	to.Street, to.House, to.Flat, to.Zip = a.Street, a.House, a.Flat, a.Zip
	return to
}

// addressPickup gives an order for pickup without an address the words of its delivery as
// one: a probe has seen that the shop takes no order without.
func addressPickup(to *insales.NewAddress, o *ineedchat.Order) {
	to.Address = cmp.Or(to.Address, strings.TrimSpace(o.Delivery.Title), "Самовывоз")
}

// pickupKeys are not written for an order that is picked up: its text has them all.
var pickupKeys = []string{keyZip, keyCity, keyStreet, keyHouse, keyFlat}

// desired gives the wished time of delivery by the shop's clock, or, as long as
// that is not known, by the one that the chat wrote it in; the zero time stands
// for an end that is open.
func desired(d ineedchat.Delivery, zone *int) (from, to time.Time) {
	at := func(written ineedchat.Time) time.Time {
		t, err := written.Time()
		if err != nil || zone == nil { // absent, or validated
			return t
		}
		return t.In(time.FixedZone("", *zone))
	}
	return at(d.DesiredFrom), at(d.DesiredTo)
}

// desiredTime asks the shop for the wished time. The shop has a place for one day and
// two times of that day, so an end on another day is left out here; the manager reads
// both ends in the comment (desiredText).
func desiredTime(r *insales.NewOrder, from, to time.Time) {
	day := from
	if day.IsZero() {
		day = to
	}
	if day.IsZero() {
		return
	}
	r.DeliveryDate = day.Format(time.DateOnly)
	r.DeliveryFromHour, r.DeliveryFromMin = timeOfDay(from, day)
	r.DeliveryToHour, r.DeliveryToMin = timeOfDay(to, day)
}

// timeOfDay gives hour and minute of a time on the given day; nil for one on another
// day, or for an end that is open.
func timeOfDay(t, day time.Time) (hour, minute *int) {
	if t.IsZero() || t.Format(time.DateOnly) != day.Format(time.DateOnly) {
		return nil, nil
	}
	h, m := t.Hour(), t.Minute()
	return &h, &m
}

// desiredText writes the wished time for the manager, both ends whole.
func desiredText(from, to time.Time) string {
	const whole, clock = "02.01.2006 15:04", "15:04"
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case to.IsZero():
		return from.Format(whole) + "–"
	case from.IsZero():
		return "–" + to.Format(whole)
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		return from.Format(whole) + "–" + to.Format(clock)
	}
	return from.Format(whole) + "–" + to.Format(whole)
}
