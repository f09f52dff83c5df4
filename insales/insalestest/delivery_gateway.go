package insalestest

import (
	"slices"
	"time"
)

// A link allows a payment gateway for a delivery variant; the API calls it
// payment_delivery_variant and shows it on both sides.
type link struct {
	id                    int64
	deliveryID, gatewayID int64
	createdAt             time.Time
}

// Unlink takes apart a delivery variant and a payment gateway. Whether InSales
// then refuses an order with both is not known; the sandbox does not.
func (s *Shop) Unlink(deliveryID, gatewayID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlinked[[2]int64{deliveryID, gatewayID}] = true
	s.links = slices.DeleteFunc(s.links, func(l link) bool {
		return l.deliveryID == deliveryID && l.gatewayID == gatewayID
	})
}

// linkDelivery links a variant that one of the methods added with all gateways.
// Over the API the client says itself what it wants.
func (s *Shop) linkDelivery(id int64) {
	for _, g := range s.gateways {
		if !s.unlinked[[2]int64{id, g.v.ID}] {
			s.links = s.linked(s.links, id, g.v.ID, s.birth())
		}
	}
}

// linkGateway is linkDelivery from the other side.
func (s *Shop) linkGateway(id int64) {
	for _, d := range s.deliveries {
		if !s.unlinked[[2]int64{d.v.ID, id}] {
			s.links = s.linked(s.links, d.v.ID, id, s.birth())
		}
	}
}

// linked adds a link, unless it is there.
func (s *Shop) linked(links []link, deliveryID, gatewayID int64, at time.Time) []link {
	if slices.ContainsFunc(links, func(l link) bool { return l.deliveryID == deliveryID && l.gatewayID == gatewayID }) {
		return links
	}
	s.lastLink++
	return append(links, link{id: s.lastLink, deliveryID: deliveryID, gatewayID: gatewayID, createdAt: at})
}

// relinked returns what the links will be after a write of one side, which is
// given as a link that lacks the other.
func (s *Shop) relinked(a attrs, bad invalid, side link) []link {
	links := slices.Clone(s.links)
	for _, l := range a.list("payment_delivery_variants_attributes") {
		if l.flag("_destroy") {
			before := len(links)
			links = slices.DeleteFunc(links, func(x link) bool { return x.id == l.id("id") && x.has(side) })
			if len(links) == before {
				bad.add("payment_delivery_variants", "не найден")
			}
			continue
		}
		deliveryID, gatewayID := side.deliveryID, side.gatewayID
		if deliveryID == 0 {
			deliveryID = l.id("delivery_variant_id")
		} else {
			gatewayID = l.id("payment_gateway_id")
		}
		if !s.known(deliveryID, gatewayID, side) {
			bad.add("payment_delivery_variants", "не найден")
			continue
		}
		links = s.linked(links, deliveryID, gatewayID, s.now())
	}
	if a.flag("add_payment_gateways") {
		for _, g := range s.gateways {
			links = s.linked(links, side.deliveryID, g.v.ID, s.now())
		}
	}
	return links
}

// has reports whether the link belongs to a side.
func (l link) has(side link) bool {
	return l.deliveryID == side.deliveryID || l.gatewayID == side.gatewayID
}

// known reports whether the other side exists.
func (s *Shop) known(deliveryID, gatewayID int64, side link) bool {
	if side.deliveryID == 0 {
		_, found := s.delivery(deliveryID)
		return found
	}
	_, found := s.gateway(gatewayID)
	return found
}

// linksJSON lists the links that fit.
func (s *Shop) linksJSON(fits func(link) bool) []object {
	list := []object{}
	for _, l := range s.links {
		if fits(l) {
			list = append(list, object{
				"id": l.id, "account_id": s.accountID, "delivery_variant_id": l.deliveryID,
				"payment_gateway_id": l.gatewayID, "created_at": s.stamp(l.createdAt),
			})
		}
	}
	return list
}
