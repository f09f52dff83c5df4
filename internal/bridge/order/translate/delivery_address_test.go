package translate

import (
	"fmt"
	"testing"

	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// An order that is picked up carries what the customer wrote as its address, and no
// parts for the shop to calculate with.
func TestPickupKeepsTheTextAlone(t *testing.T) {
	c := mapped()
	c.Learnt = storage.Learnt{Pickups: []int64{7000001}}
	const text = "г. Тюмень, ул. Примерная, д. 1, кв. 2"
	for kind, parts := range map[string]bool{"pickup": false, "delivery": true} {
		o := example(t, "order_created", func(o *ineedchat.Order) { o.Delivery.TypeID = kind })
		got, problem := ToShop(c, &storage.Order{}, o, markerOf(o))
		a := got.Request.ShippingAddress
		if problem != nil || a.Address != text || (a.City != "") != parts ||
			(a.Country != "") != parts || (a.Street != "") != parts || a.Name == "" || a.Phone == "" {
			t.Errorf("%s: %+v %v", kind, a, problem)
		}
	}
}

// If a probe has seen that the shop takes no order for pickup without an address, the
// words of the delivery stand there, unless the chat gave an address. No other order, and
// none of another shop, gets them.
func TestPickupNeedsAddress(t *testing.T) {
	needs, not := &storage.Probed{PickupNeedsAddress: true}, &storage.Probed{}
	for _, tt := range []struct {
		kind, title, text string
		probed            *storage.Probed
		want              string
	}{
		{"pickup", " Пункт на Ленина ", "", needs, "Пункт на Ленина"},
		{"pickup", "", "", needs, "Самовывоз"},
		{"pickup", "Пункт на Ленина", "ул. Примерная, 1", needs, "ул. Примерная, 1"},
		{"pickup", "Пункт на Ленина", "", not, ""},
		{"pickup", "Пункт на Ленина", "", nil, ""},
		{"delivery", "Курьер", "", needs, ""},
	} {
		c := mapped()
		c.Learnt = storage.Learnt{Pickups: []int64{7000001}, Probed: tt.probed}
		o := example(t, "order_created", func(o *ineedchat.Order) {
			o.Delivery = ineedchat.Delivery{TypeID: tt.kind, Title: tt.title, Address: ineedchat.Address{Text: tt.text}}
		})
		got, problem := ToShop(c, &storage.Order{}, o, markerOf(o))
		if a := got.Request.ShippingAddress; problem != nil || a.Address != tt.want || a.City != "" || a.Name == "" {
			t.Errorf("%+v: %+v %v", tt, a, problem)
		}
	}
}

// The wished time is by the shop's clock, once that is known.
func TestDesiredTimeInTheShopsZone(t *testing.T) {
	zone := 5 * 3600 // the example says +03:00
	for _, tt := range []struct {
		zone           *int
		from, to       ineedchat.Time
		want, comments string
	}{
		{nil, "2026-11-23T18:00:00+03:00", "2026-11-23T20:30:00+03:00", "2026-11-23 18:0 20:30",
			"23.11.2026 18:00–20:30"},
		{&zone, "2026-11-23T18:00:00+03:00", "2026-11-23T20:30:00+03:00", "2026-11-23 20:0 22:30",
			"23.11.2026 20:00–22:30"},
		{&zone, "2026-11-23T20:00:00Z", "", "2026-11-24 1:0 -", "24.11.2026 01:00–"},
		{&zone, "", "2026-11-23T20:00:00Z", "2026-11-24 - 1:0", "–24.11.2026 01:00"},
		{&zone, "2026-11-23T18:00:00Z", "2026-11-23T20:00:00Z", "2026-11-23 23:0 -",
			"23.11.2026 23:00–24.11.2026 01:00"},
		{&zone, "", "", " - -", ""},
	} {
		c := mapped()
		c.Learnt.Zone = tt.zone
		o := example(t, "order_created", func(o *ineedchat.Order) {
			o.Delivery.DesiredFrom,
				o.Delivery.DesiredTo = tt.from, tt.to
		})
		got, problem := ToShop(c, &storage.Order{}, o, markerOf(o))
		r := got.Request
		text := r.DeliveryDate + " " + clockText(r.DeliveryFromHour,
			r.DeliveryFromMin) + " " + clockText(r.DeliveryToHour, r.DeliveryToMin)
		if problem != nil || text != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.from, tt.to, text, tt.want)
		}
		if got := desiredText(desired(o.Delivery, tt.zone)); got != tt.comments {
			t.Errorf("%s to %s: %q, want %q", tt.from, tt.to, got, tt.comments)
		}
	}
}

func clockText(hour, minute *int) string {
	if hour == nil {
		return "-"
	}
	return fmt.Sprintf("%d:%d", *hour, *minute)
}
