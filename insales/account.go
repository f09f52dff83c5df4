package insales

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
)

// An Account is the shop behind a key.
type Account struct {
	ID       int64
	Title    string
	MainHost string
	Blocked  bool
	PaidTill string // YYYY-MM-DD, may be empty
}

// Account reads the account. A key without the right to the shop's settings
// gets 403 (inferred).
func (c *Client) Account(ctx context.Context, p *Permit) (Account, error) {
	var m fields
	err := c.do(ctx, p, call{op: "account", method: http.MethodGet, path: "account", out: jsonInto(&m)})
	if err != nil {
		return Account{}, err
	}
	id, _ := m.integer("id")
	return Account{ID: id, Title: m.text("title"), MainHost: m.text("main_host"), Blocked: m.boolean("blocked"), PaidTill: m.text("paid_till")}, nil
}

// CountOrders counts all orders. It is the cheapest request that needs only
// the right to orders.
func (c *Client) CountOrders(ctx context.Context, p *Permit) (int64, error) {
	var m fields
	err := c.do(ctx, p, call{op: "orders_count", method: http.MethodGet, path: "orders/count", out: jsonInto(&m)})
	if err != nil {
		return 0, err
	}
	n, _ := m.integer("count")
	return n, nil
}

// A Delivery is a delivery variant of the shop.
type Delivery struct {
	ID     int64
	Title  string
	Type   string // DeliveryVariant::Fixed, …
	Price  string // of a fixed-cost variant
	Pickup bool   // needs no address
}

// Supported reports whether orders can be sent with it: pickup without
// address, or delivery at a fixed cost.
func (d Delivery) Supported() bool { return d.Pickup || d.Type == "DeliveryVariant::Fixed" }

// Deliveries reads the shop's delivery variants; the list is not paged
// (inferred). Which type the admin's own pickup has is not documented: PickUp,
// None and the flag customer_pickup all count as pickup.
func (c *Client) Deliveries(ctx context.Context, p *Permit) ([]Delivery, error) {
	var list []Delivery
	err := c.do(ctx, p, call{op: "deliveries", method: http.MethodGet, path: "delivery_variants", out: each(func(m fields) {
		id, _ := m.integer("id")
		d := Delivery{ID: id, Title: m.text("title"), Type: m.text("type"), Price: m.text("price")}
		d.Pickup = d.Type == "DeliveryVariant::PickUp" || d.Type == "DeliveryVariant::None" || m.boolean("customer_pickup")
		list = append(list, d)
	})})
	return list, err
}

// A Payment is a payment gateway of the shop.
type Payment struct {
	ID    int64
	Title string
	Type  string // PaymentGateway::Cod, …
}

// Payments reads the shop's payment gateways; the list is not paged (inferred).
func (c *Client) Payments(ctx context.Context, p *Permit) ([]Payment, error) {
	var list []Payment
	err := c.do(ctx, p, call{op: "payments", method: http.MethodGet, path: "payment_gateways", out: each(func(m fields) {
		id, _ := m.integer("id")
		list = append(list, Payment{ID: id, Title: m.text("title"), Type: m.text("type")})
	})})
	return list, err
}

// each decodes a list of objects.
func each(add func(fields)) func(io.Reader) error {
	return func(r io.Reader) error {
		var list []fields
		if err := jsonInto(&list)(r); err != nil {
			return err
		}
		for _, m := range list {
			add(m)
		}
		return nil
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
