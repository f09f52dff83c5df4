package insalestest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A Gateway is a payment gateway.
type Gateway struct {
	ID          int64
	Title       string
	Description string // may hold HTML
	Type        string // PaymentGateway::Cod, …
	Margin      string // percent on lines and delivery, "10.0"; "" = "0.0"
}

// The types of payment gateways that were seen. Processors that are built into
// InSales have their own, whose names are not known.
const (
	gatewayCod      = "PaymentGateway::Cod"
	gatewayExternal = "PaymentGateway::External"
	GatewayCustom   = "PaymentGateway::Custom"
)

// externalNames are what an External gateway has besides.
var externalNames = []string{
	"shop_id", "url", "password", "success_url", "fail_url", "server_url", "send_order", "convert_currency",
	"widget_mode", "widget_html_code",
}

var gatewayShape = leaves(append([]string{
	"title", "description", "type", "position", "margin", "available_for_individual_clients",
	"available_for_juridical_clients",
}, externalNames...)...).with("payment_delivery_variants_attributes", leaves("id", "_destroy", "delivery_variant_id"))

// AddGateway adds or replaces a payment gateway. A new one is linked to all
// deliveries.
func (s *Shop) AddGateway(g Gateway) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gateways.where(g.ID) < 0 {
		s.linkGateway(g.ID)
	}
	s.gateways.put(g, s.birth())
}

// RemoveGateway makes a payment gateway unknown.
func (s *Shop) RemoveGateway(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropGateway(id)
}

// dropGateway takes a gateway out with its links. Orders hold it as it was.
func (s *Shop) dropGateway(id int64) {
	s.gateways.remove(id)
	s.links = slices.DeleteFunc(s.links, func(l link) bool { return l.gatewayID == id })
}

func (g Gateway) key() any { return g.ID }

func (s *Shop) gateway(id int64) (Gateway, bool) { return s.gateways.get(id) }

// listGateways serves GET /admin/payment_gateways.json.
func (s *Shop) listGateways(*call) answer { return s.gateways.showAll(s.gatewayJSON) }

// showGateway serves GET /admin/payment_gateways/{id}.json.
func (s *Shop) showGateway(c *call) answer {
	return showOne(s.gateways.where(parseID(c.id)), s.gatewayJSON)
}

// createGateway serves POST /admin/payment_gateways.json. One without a type is refused
// (seen by clients of 2023 to 2026), and so is an External one without url or shop_id.
func (s *Shop) createGateway(c *call) answer {
	return s.writeGateway(c, Gateway{ID: s.nextID()})
}

// updateGateway serves PUT /admin/payment_gateways/{id}.json. Whether it
// answers the gateway or nothing is not known; here the gateway.
func (s *Shop) updateGateway(c *call) answer {
	g, found := s.gateway(parseID(c.id))
	if !found {
		return notFound()
	}
	return s.writeGateway(c, g)
}

// writeGateway works the request into a gateway, known or new, and answers it.
// Any type of the right family is taken, as not all are known.
func (s *Shop) writeGateway(c *call, g Gateway) answer {
	a, refused := s.attrs(c, "payment_gateway", gatewayShape)
	if a == nil {
		return refused
	}
	bad := invalid{}
	a.set("title", &g.Title)
	a.set("description", &g.Description)
	a.set("type", &g.Type)
	a.decimal("margin", &g.Margin, bad)
	if g.Title == "" {
		bad.add("title", "не может быть пустым")
	}
	if !strings.HasPrefix(g.Type, "PaymentGateway::") {
		bad.add("type", "имеет неверное значение")
	}
	s.external(a, g, bad)
	links := s.relinked(a, bad, link{gatewayID: g.ID})
	if len(bad) > 0 {
		return bad.answer()
	}
	kept := []string{"available_for_individual_clients", "available_for_juridical_clients"}
	if g.Type == gatewayExternal {
		kept = append(kept, externalNames...)
	}
	s.links = links
	return s.gateways.save(g, s.now(), a, kept, s.gatewayJSON)
}

// external demands of an External gateway what its processor needs, unless it has it.
func (s *Shop) external(a attrs, g Gateway, bad invalid) {
	if g.Type != gatewayExternal {
		return
	}
	var has object
	if i := s.gateways.where(g.ID); i >= 0 {
		has = s.gateways[i].extra
	}
	for _, name := range []string{"url", "shop_id"} {
		if a.plain(name) == "" && (a.present(name) || has[name] == nil) {
			bad.add(name, "не может быть пустым")
		}
	}
}

// deleteGateway serves DELETE. Orders with the gateway keep it.
func (s *Shop) deleteGateway(c *call) answer {
	id := parseID(c.id)
	if _, found := s.gateway(id); !found {
		return notFound()
	}
	s.dropGateway(id)
	return done()
}

// gatewayJSON has times without milliseconds, unlike everything else, and
// shorter links than deliveries have (a sample of 2017).
func (s *Shop) gatewayJSON(i int) object {
	r := s.gateways[i]
	g := r.v
	links := []object{}
	for _, l := range s.links {
		if l.gatewayID == g.ID {
			links = append(links, object{
				"id": l.id, "delivery_variant_id": l.deliveryID, "created_at": s.stampShort(l.createdAt),
			})
		}
	}
	margin := g.Margin
	def(&margin, "0.0")
	o := object{
		"created_at": s.stampShort(r.createdAt), "id": g.ID, "margin": margin, "position": r.position, "type": g.Type,
		"updated_at": s.stampShort(r.updatedAt), "title": g.Title, "description": null(g.Description),
		"payment_delivery_variants":        links,
		"available_for_individual_clients": true, "available_for_juridical_clients": true,
	}
	if s.conf.NewPaymentType && g.Type == gatewayExternal {
		o["type"] = "Acquiring::Sbp"
	}
	maps.Copy(o, r.extra)
	return o
}

// stampShort writes a time as gateways and webhooks have it.
func (s *Shop) stampShort(t time.Time) string {
	return t.In(s.conf.Zone).Format("2006-01-02T15:04:05-07:00")
}
