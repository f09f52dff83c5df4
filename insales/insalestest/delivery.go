package insalestest

import (
	"maps"
	"slices"
)

// A Delivery is a delivery variant.
type Delivery struct {
	ID          int64
	Title       string
	Description string
	Type        string // DeliveryVariant::Fixed, …
	Price       string // of a Fixed one, as InSales writes it: "300.0"
	Pickup      bool   // customer_pickup
	Points      bool   // a PickUp one of a carrier, with its pick_up_sources
	ChargeUpTo  string // sum of the goods from which a Fixed one costs nothing; "" = never
}

// The types of delivery variants that were seen.
const (
	DeliveryFixed          = "DeliveryVariant::Fixed"
	DeliveryPickUp         = "DeliveryVariant::PickUp"
	deliveryExternal       = "DeliveryVariant::External"
	deliveryPriceDepend    = "DeliveryVariant::PriceDepend"
	deliveryLocationDepend = "DeliveryVariant::LocationDepend"
	deliveryNone           = "DeliveryVariant::None"
	deliveryRussianPost    = "DeliveryVariant::OfficialRussianpost"
	deliveryEMS            = "DeliveryVariant::OfficialEmsShipping"
	deliveryFirstClass     = "DeliveryVariant::OfficialFirstClass"
)

// isDeliveryType reports whether there is such a type at all.
func isDeliveryType(name string) bool {
	return slices.Contains([]string{
		DeliveryFixed, DeliveryPickUp, deliveryExternal, deliveryPriceDepend, deliveryLocationDepend,
		deliveryNone, deliveryRussianPost, deliveryEMS, deliveryFirstClass,
	}, name)
}

// deliveryShape is the union of what the known clients write. What is under
// whatever is kept and shown again; no price depends on it here.
var deliveryShape = leaves(
	"title", "description", "type", "position", "price", "charge_up_to", "min_price", "inverted", "customer_pickup",
	"add_payment_gateways", "javascript", "url", "api_version",
).with("payment_delivery_variants_attributes", leaves("id", "_destroy", "payment_gateway_id")).
	with("delivery_locations_attributes", whatever).with("delivery_zones_attributes", whatever).
	with("rules_attributes", whatever).with("pick_up_sources_attributes", whatever).
	with("pick_up_source_delivery_variants_attributes", whatever)

// AddDelivery adds or replaces a delivery variant. A new one is linked to all
// gateways.
func (s *Shop) AddDelivery(d Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deliveries.where(d.ID) < 0 {
		s.linkDelivery(d.ID)
	}
	s.deliveries.put(d, s.birth())
}

// RemoveDelivery makes a delivery variant unknown.
func (s *Shop) RemoveDelivery(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropDelivery(id)
}

// dropDelivery takes a variant out with its links. Orders hold it as it was.
func (s *Shop) dropDelivery(id int64) {
	s.deliveries.remove(id)
	s.links = slices.DeleteFunc(s.links, func(l link) bool { return l.deliveryID == id })
}

func (d Delivery) key() any { return d.ID }

func (s *Shop) delivery(id int64) (Delivery, bool) { return s.deliveries.get(id) }

// listDeliveries serves GET /admin/delivery_variants.json.
func (s *Shop) listDeliveries(*call) answer { return s.deliveries.showAll(s.deliveryJSON) }

// showDelivery serves GET /admin/delivery_variants/{id}.json.
func (s *Shop) showDelivery(c *call) answer {
	return showOne(s.deliveries.where(parseID(c.id)), s.deliveryJSON)
}

// createDelivery serves POST /admin/delivery_variants.json. One without a type is
// refused, and so is a Fixed one without a price and one by place without zones (seen by
// clients of 2023 to 2026).
func (s *Shop) createDelivery(c *call) answer {
	return s.writeDelivery(c, Delivery{ID: s.nextID()})
}

// updateDelivery serves PUT /admin/delivery_variants/{id}.json. Whether it
// answers the variant or nothing is not known; here the variant.
func (s *Shop) updateDelivery(c *call) answer {
	d, found := s.delivery(parseID(c.id))
	if !found {
		return notFound()
	}
	return s.writeDelivery(c, d)
}

// writeDelivery works the request into a variant, known or new, and answers it.
func (s *Shop) writeDelivery(c *call, d Delivery) answer {
	a, refused := s.attrs(c, "delivery_variant", deliveryShape)
	if a == nil {
		return refused
	}
	bad := invalid{}
	a.set("title", &d.Title)
	a.set("description", &d.Description)
	a.set("type", &d.Type)
	a.setFlag("customer_pickup", &d.Pickup)
	a.decimal("price", &d.Price, bad)
	a.decimal("charge_up_to", &d.ChargeUpTo, bad)
	if d.Title == "" {
		bad.add("title", "не может быть пустым")
	}
	if !isDeliveryType(d.Type) {
		bad.add("type", "имеет неверное значение")
	}
	if d.Type == DeliveryFixed && d.Price == "" {
		bad.add("price", "не может быть пустым")
	}
	zones := len(a.list("delivery_zones_attributes")) + len(a.list("delivery_locations_attributes"))
	if d.Type == deliveryLocationDepend && s.deliveries.where(d.ID) < 0 && zones == 0 {
		bad.add("delivery_zones", "не может быть пустым")
	}
	links := s.relinked(a, bad, link{deliveryID: d.ID})
	if len(bad) > 0 {
		return bad.answer()
	}
	kept := []string{"min_price", "inverted", "javascript", "url", "api_version"}
	for _, name := range []string{"pick_up_sources", "delivery_locations", "delivery_zones", "rules"} {
		if a.present(name + "_attributes") {
			a[name], kept = a[name+"_attributes"], append(kept, name)
		}
	}
	s.links = links
	return s.deliveries.save(d, s.now(), a, kept, s.deliveryJSON)
}

// deleteDelivery serves DELETE. Orders with the variant keep it.
func (s *Shop) deleteDelivery(c *call) answer {
	id := parseID(c.id)
	if _, found := s.delivery(id); !found {
		return notFound()
	}
	s.dropDelivery(id)
	return done()
}

// deliveryJSON writes prices as strings; whether they are numbers is not known.
func (s *Shop) deliveryJSON(i int) object {
	r := s.deliveries[i]
	d := r.v
	o := object{
		"id": d.ID, "charge_up_to": null(d.ChargeUpTo), "position": r.position,
		"created_at": s.stamp(r.createdAt), "updated_at": s.stamp(r.updatedAt),
		"title": d.Title, "description": null(d.Description), "type": d.Type,
		"payment_delivery_variants": s.linksJSON(func(l link) bool { return l.deliveryID == d.ID }),
		"delivery_locations":        []object{},
	}
	if d.Type == DeliveryFixed {
		o["price"] = null(d.Price)
	}
	if d.Points {
		o["pick_up_sources"] = []object{{"id": d.ID*10 + 1, "title": "Пункты выдачи"}}
	}
	if s.conf.LinksOneSided {
		delete(o, "payment_delivery_variants")
	}
	if s.conf.NewDeliveryType && d.Type == deliveryExternal {
		o["type"] = "DeliveryVariant::Courier24"
	}
	if d.Pickup {
		o["customer_pickup"] = true
	}
	maps.Copy(o, r.extra)
	return o
}
