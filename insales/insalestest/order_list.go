package insalestest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// orderQuery are the parameters that only the list of orders has. Clients write
// lists as name[]=a&name[]=b and as name=a.
var orderQuery = []string{
	"status", "fulfillment_status", "fulfillment_status[]", "financial_status", "delivery_variant",
	"delivery_variant[]", "payment_gateway_id", "payment_gateway_id[]", "q",
}

// wants reports whether an order has what those parameters ask for.
func (f filter) wants(o *order) bool {
	if !f.narrow {
		return true
	}
	var delivery, gateway int64
	if o.delivery != nil {
		delivery = o.delivery.ID
	}
	if o.gateway != nil {
		gateway = o.gateway.ID
	}
	return f.one("fulfillment_status", o.fulfillment) && f.one("financial_status", o.financial) &&
		f.one("status", o.openness()) && f.one("delivery_variant", strconv.FormatInt(delivery, 10)) &&
		f.one("payment_gateway_id", strconv.FormatInt(gateway, 10)) && o.mentions(f.query.Get("q"))
}

// one reports whether a value is among those asked for, or nothing is.
func (f filter) one(name, value string) bool {
	asked := append(slices.Clone(f.query[name]), f.query[name+"[]"]...)
	return len(asked) == 0 || slices.Contains(asked, value)
}

// openness is the status that a list can be asked for. Which orders are closed
// is not known; here those that nothing more happens to.
func (o *order) openness() string {
	switch o.fulfillment {
	case "delivered", "declined", "returned":
		return "closed"
	default:
		return "open"
	}
}

// mentions is what q looks for. What it is in InSales is not known; here the
// number, and the client's name, phone and e-mail.
func (o *order) mentions(q string) bool {
	if q == "" {
		return true
	}
	c := o.client
	text := strings.Join([]string{
		strconv.FormatInt(o.number, 10), value(c.surname), value(c.name), value(c.email), phoneDigits(value(c.phone)),
	}, "\n")
	return strings.Contains(strings.ToLower(text), strings.ToLower(q))
}

func (o *order) stamp() stamped {
	return stamped{id: o.id, updatedAt: o.updatedAt, archived: o.archived}
}

// heeded is what this shop makes of a filter for orders.
func (s *Shop) heeded(f filter) filter {
	f.exclusive, f.unsorted = s.conf.FeedExclusive, s.conf.FeedUnsorted
	if s.conf.IgnoreFromID {
		f.fromID = 0
	}
	if s.conf.Trash != trashAsked {
		f.withDeleted, f.deleted = s.conf.Trash == TrashAlways, false
	}
	return f
}

// selectOrders returns the orders that lists show and a filter lets through.
func (s *Shop) selectOrders(f filter) []*order {
	now := s.now()
	f = s.heeded(f)
	var list []*order
	for _, o := range s.orders.byID {
		if !now.Before(o.visibleAt) && !now.Before(o.createdAt.Add(s.conf.FeedDelay)) && f.admits(o.stamp()) &&
			f.wants(o) {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b *order) int { return f.compare(a.stamp(), b.stamp()) })
	return list
}

// listOrders serves GET /admin/orders.json.
func (s *Shop) listOrders(_ *call, f filter) answer {
	list := []json.RawMessage{}
	for _, o := range page(f, s.selectOrders(f)) {
		list = append(list, s.show(o))
	}
	return ok(list)
}

// countOrders serves GET /admin/orders/count.json, with the same filters.
func (s *Shop) countOrders(_ *call, f filter) answer {
	if s.conf.CountAll {
		f = filter{}
	}
	return ok(object{"count": len(s.selectOrders(f))})
}

// showOrder serves GET /admin/orders/{id}.json, also from the trash.
func (s *Shop) showOrder(c *call) answer {
	o := s.visible(c.id)
	if o == nil {
		return notFound()
	}
	return ok(s.show(o))
}
