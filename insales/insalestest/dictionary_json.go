package insalestest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Shop) listDeliveries(*call) answer { return ok(s.showAll(len(s.deliveries), s.deliveryJSON)) }
func (s *Shop) listGateways(*call) answer   { return ok(s.showAll(len(s.gateways), s.gatewayJSON)) }
func (s *Shop) listStatuses(*call) answer   { return ok(s.showAll(len(s.statuses), s.statusJSON)) }
func (s *Shop) listFields(*call) answer     { return ok(s.showAll(len(s.fields), s.fieldJSON)) }

func (s *Shop) showDelivery(c *call) answer {
	return showOne(slices.IndexFunc(s.deliveries, func(d Delivery) bool { return c.id == decimalID(d.ID) }), s.deliveryJSON)
}

func (s *Shop) showGateway(c *call) answer {
	return showOne(slices.IndexFunc(s.gateways, func(g Gateway) bool { return c.id == decimalID(g.ID) }), s.gatewayJSON)
}

func (s *Shop) showStatus(c *call) answer {
	return showOne(slices.IndexFunc(s.statuses, func(st Status) bool { return c.id == st.Permalink }), s.statusJSON)
}

// showAll is a whole dictionary: these lists are not paged.
func (s *Shop) showAll(n int, show func(i int) object) []object {
	list := make([]object, n)
	for i := range list {
		list[i] = show(i)
	}
	return list
}

func showOne(i int, show func(i int) object) answer {
	if i < 0 {
		return notFound()
	}
	return ok(show(i))
}

func (s *Shop) deliveryJSON(i int) object {
	d := s.deliveries[i]
	o := object{
		"id": d.ID, "charge_up_to": nil, "position": i + 1,
		"created_at": s.stamp(born), "updated_at": s.stamp(born),
		"title": d.Title, "description": null(d.Description), "type": d.Type,
		"payment_delivery_variants": s.linksJSON(func(l object) bool { return l["delivery_variant_id"] == d.ID }),
		"delivery_locations":        []object{},
	}
	if d.Type == DeliveryFixed {
		o["price"] = d.Price
	}
	if d.Pickup {
		o["customer_pickup"] = true
	}
	return o
}

// gatewayJSON has times without milliseconds, unlike everything else.
func (s *Shop) gatewayJSON(i int) object {
	g := s.gateways[i]
	at := born.In(s.conf.Zone).Format("2006-01-02T15:04:05-07:00")
	links := s.linksJSON(func(l object) bool { return l["payment_gateway_id"] == g.ID })
	for _, l := range links {
		l["created_at"] = at
		delete(l, "account_id")
		delete(l, "payment_gateway_id")
	}
	margin := g.Margin
	def(&margin, "0.0")
	return object{
		"created_at": at, "id": g.ID, "margin": margin, "position": i + 1, "type": g.Type,
		"updated_at": at, "title": g.Title, "description": null(g.Description),
		"payment_delivery_variants":        links,
		"available_for_individual_clients": true, "available_for_juridical_clients": true,
	}
}

// linksJSON lists the links between deliveries and gateways that fit.
func (s *Shop) linksJSON(fits func(object) bool) []object {
	links := []object{}
	for i, d := range s.deliveries {
		for j, g := range s.gateways {
			l := object{
				"id": int64(572001 + 100*i + j), "account_id": s.accountID, "delivery_variant_id": d.ID,
				"payment_gateway_id": g.ID, "created_at": s.stamp(born),
			}
			if !s.unlinked[[2]int64{d.ID, g.ID}] && fits(l) {
				links = append(links, l)
			}
		}
	}
	return links
}

func (s *Shop) statusJSON(i int) object {
	st := s.statuses[i]
	return object{
		"color": "#DC5F59", "created_at": s.stampMS(born), "id": int64(1001 + i),
		"is_default": st.Default, "permalink": st.Permalink, "position": i + 1,
		"system_status": st.System, "updated_at": s.stampMS(born), "title": st.Title,
	}
}

func (s *Shop) fieldJSON(i int) object {
	f := s.fields[i]
	o := s.formField(f.ID, f.Destiny, f.Title, f.SystemName, f.Type)
	o["handle"] = null(f.Handle)
	o["obligatory"] = f.Obligatory
	return o
}

// formField is a checkout field, as it stands alone and inside of addresses.
func (s *Shop) formField(id int64, destiny int, title, system, kind string) object {
	return object{
		"id": id, "destiny": destiny, "position": 1, "office_title": title, "for_buyer": true,
		"obligatory": true, "active": true, "system_name": null(system),
		"created_at": s.stampMS(born), "updated_at": s.stampMS(born), "show_in_result": true,
		"show_in_checkout": true, "is_indexed": nil, "hide_in_backoffice": nil, "handle": nil,
		"title": nil, "example": nil, "type": kind,
	}
}

// stamp writes a time as orders have it: in the shop's zone, and the
// milliseconds always .000.
func (s *Shop) stamp(t time.Time) string { return s.stampMS(t.Truncate(time.Second)) }

// stampMS keeps the milliseconds.
func (s *Shop) stampMS(t time.Time) string {
	return t.In(s.conf.Zone).Format("2006-01-02T15:04:05.000-07:00")
}

// null turns what was left out into a JSON null.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func decimalID(id int64) string { return strconv.FormatInt(id, 10) }

// parseID reads an id; anything else is no id of the shop.
func parseID(text string) int64 {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
