package insales

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"ineed-insales/internal/legible"
)

// The dictionaries of a shop come whole, on one page (inferred: no client that
// was seen asks for another).

// What is read of each of them.
var (
	deliveryFields = []string{"id", "title", "type", "price", "customer_pickup", "payment_delivery_variants",
		"pick_up_sources", "pick_up_source_delivery_variants"}
	paymentFields  = []string{"id", "title", "type", "margin", "payment_delivery_variants"}
	statusFields   = []string{"permalink", "title", "system_status"}
	checkoutFields = []string{"id", "destiny", "office_title", "system_name", "obligatory", "active"}
)

// A Delivery is a delivery variant of the shop.
type Delivery struct {
	ID       int64
	Title    string
	Type     string // DeliveryVariant::Fixed, …
	Price    string // of a fixed-cost variant
	Pickup   bool   // needs no address
	Points   bool   // a point of a carrier has to be chosen
	Payments []int64
}

// Supported reports whether orders can be sent with it: pickup without
// address, or delivery at a fixed cost.
func (d Delivery) Supported() bool { return d.Pickup || d.Type == "DeliveryVariant::Fixed" }

// IsPickup reports whether orders of a delivery variant need no address. Which type the
// admin's own pickup has is not documented: PickUp, None and the flag customer_pickup
// all count as pickup.
func IsPickup(kind string, flag bool) bool {
	return kind == "DeliveryVariant::PickUp" || kind == "DeliveryVariant::None" || flag
}

// Deliveries reads the shop's delivery variants. In the wild PickUp is also the type of
// carriers' pick-up points: an app of 2026 makes such variants with
// pick_up_sources_attributes. That they are shown under these names is inferred.
func (c *Client) Deliveries(ctx context.Context, p *Permit) ([]Delivery, error) {
	var list []Delivery
	err := c.do(ctx, p, call{op: "deliveries", method: http.MethodGet,
		path: "delivery_variants", most: maxDictionary, out: each(maxEntries, maxEntry, deliveryFields, func(m fields) {
			id, _ := m.integer("id")
			d := Delivery{ID: id, Title: m.title("title"), Type: m.text("type"), Price: m.text("price"),
				Payments: m.links("payment_gateway_id")}
			d.Pickup = IsPickup(d.Type, m.boolean("customer_pickup"))
			d.Points = d.Type == "DeliveryVariant::PickUp" && (len(m.objects("pick_up_sources", 1)) > 0 ||
				len(m.objects("pick_up_source_delivery_variants", 1)) > 0)
			list = append(list, d)
		})})
	return list, err
}

// A Payment is a payment gateway of the shop.
type Payment struct {
	ID         int64
	Title      string
	Type       string  // PaymentGateway::Cod, …
	Margin     string  // percent that it adds to the order; "" or "0.0" for none
	Deliveries []int64 // the delivery variants it is linked to
}

// Payments reads the shop's payment gateways.
func (c *Client) Payments(ctx context.Context, p *Permit) ([]Payment, error) {
	var list []Payment
	err := c.do(ctx, p, call{op: "payments", method: http.MethodGet,
		path: "payment_gateways", most: maxDictionary, out: each(maxEntries, maxEntry, paymentFields, func(m fields) {
			id, _ := m.integer("id")
			list = append(list, Payment{ID: id, Title: m.title("title"), Type: m.text("type"), Margin: m.text("margin"),
				Deliveries: m.links("delivery_variant_id")})
		})})
	return list, err
}

// links gives the other ends of an object's payment–delivery pairs. They stand
// on both sides (documented).
func (m fields) links(name string) []int64 {
	var list []int64
	for _, l := range m.objects("payment_delivery_variants", maxLines, name) {
		if id, ok := l.integer(name); ok {
			list = append(list, id)
		}
	}
	return list
}

// A CustomStatus is a status of the shop's own making under one of the system's.
type CustomStatus struct {
	Permalink string
	Title     string
	System    string // fulfillment_status
}

// CustomStatuses reads the shop's own statuses. A shop that has them switched
// off may answer with an error (inferred).
func (c *Client) CustomStatuses(ctx context.Context, p *Permit) ([]CustomStatus, error) {
	var list []CustomStatus
	err := c.do(ctx, p, call{op: "statuses", method: http.MethodGet,
		path: "custom_statuses", most: maxDictionary, out: each(maxEntries, maxEntry, statusFields, func(m fields) {
			list = append(list, CustomStatus{Permalink: m.text("permalink"), Title: m.title("title"),
				System: m.text("system_status")})
		})})
	return list, err
}

// The things that checkout fields belong to (documented numbers).
const (
	DestinyAddress    = 1
	DestinyIndividual = 2
	DestinyOrder      = 3
)

// A Field is a checkout field of the shop.
type Field struct {
	ID         int64
	Destiny    int64
	Title      string
	SystemName string // name, phone, …; "" for the shop's own fields
	Obligatory bool   // and active
}

// Fields reads the checkout fields.
func (c *Client) Fields(ctx context.Context, p *Permit) ([]Field, error) {
	var list []Field
	err := c.do(ctx, p, call{op: "fields", method: http.MethodGet,
		path: "fields", most: maxDictionary, out: each(maxEntries, maxEntry, checkoutFields, func(m fields) {
			f := Field{Title: m.title("office_title"), SystemName: m.text("system_name"),
				Obligatory: m.boolean("obligatory") && m.boolean("active")}
			f.ID, _ = m.integer("id")
			f.Destiny, _ = m.integer("destiny")
			list = append(list, f)
		})})
	return list, err
}

// title is a text that people see.
func (m fields) title(name string) string { return legible.Line(m.typed(name)) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
