package insalestest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// An OrderView is an order as a test looks at it. Money has two decimals.
type OrderView struct {
	ID, Number     int64
	Comment        string
	ManagerComment string
	Fulfillment    string
	CustomStatus   string // permalink
	Financial      string
	DeliveryPrice  string
	Total          string
	Lines          []LineView
	Name           string
	Phone          string // digits with an optional plus
	Address        string
	Fields         map[string]string // by handle
	Archived       bool
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// A LineView is a line of an OrderView.
type LineView struct {
	ID, VariantID int64
	Quantity      string // "2", "0.35"
	SalePrice     string
	Comment       string
}

// Orders returns all orders by id, also those in the trash and those that
// cannot be seen over the API yet.
func (s *Shop) Orders() []OrderView {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]OrderView, 0, len(s.orders.byID))
	for _, id := range slices.Sorted(maps.Keys(s.orders.byID)) {
		list = append(list, s.orders.byID[id].view())
	}
	return list
}

// Order returns one order.
func (s *Shop) Order(id int64) (OrderView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders.byID[id]
	if o == nil {
		return OrderView{}, false
	}
	return o.view(), true
}

func (o *order) view() OrderView {
	v := OrderView{
		ID: o.id, Number: o.number, Comment: value(o.comment), ManagerComment: value(o.managerComment),
		Fulfillment: o.fulfillment, CustomStatus: o.custom.Permalink, Financial: o.financial,
		DeliveryPrice: o.money().delivery.StringFixed(2), Total: o.money().total.StringFixed(2),
		Name: value(o.client.name), Phone: phoneDigits(value(o.client.phone)),
		Address: o.address.plain("address"), Fields: map[string]string{},
		Archived: o.archived, CreatedAt: o.createdAt, UpdatedAt: o.updatedAt,
	}
	for _, f := range o.fields {
		v.Fields[f.field.Handle] = value(f.value)
	}
	for _, l := range o.lines {
		v.Lines = append(v.Lines, LineView{
			ID: l.id, VariantID: l.variant.ID, Quantity: l.quantity.String(),
			SalePrice: o.unitPrice(l).StringFixed(2), Comment: value(l.comment),
		})
	}
	return v
}

func value(t *string) string {
	if t == nil {
		return ""
	}
	return *t
}

// change runs f on an order under the lock.
func (s *Shop) change(id int64, f func(*order) invalid) error {
	s.mu.Lock()
	defer s.unlock()
	o := s.orders.byID[id]
	if o == nil {
		return fmt.Errorf("order %d: not in the shop", id)
	}
	if bad := f(o); len(bad) > 0 {
		return fmt.Errorf("order %d: %v", id, map[string][]string(bad))
	}
	return nil
}

// edit is what the API's PUT does, by the hand of a manager.
func (s *Shop) edit(id int64, a attrs) error {
	return s.change(id, func(o *order) invalid {
		_, bad := s.update(o, a, byManager)
		return bad
	})
}

// SetStatus gives an order a custom status.
func (s *Shop) SetStatus(id int64, permalink string) error {
	return s.edit(id, attrs{"custom_status_permalink": permalink})
}

// SetPaid marks an order as paid.
func (s *Shop) SetPaid(id int64) error { return s.edit(id, attrs{"financial_status": "paid"}) }

// Touch moves updated_at and nothing else.
func (s *Shop) Touch(id int64) error { return s.edit(id, attrs{}) }

// SetUpdatedAt forges updated_at, to the second. No webhook tells of it.
func (s *Shop) SetUpdatedAt(id int64, t time.Time) error {
	return s.change(id, func(old *order) invalid {
		o := old.clone()
		o.updatedAt = t.Truncate(time.Second)
		s.orders.byID[id] = o
		return nil
	})
}

// Quietly runs an edit and puts updated_at back: some changes do not move it.
func (s *Shop) Quietly(id int64, edit func() error) error {
	before, found := s.Order(id)
	if !found {
		return fmt.Errorf("order %d: not in the shop", id)
	}
	if err := edit(); err != nil {
		return err
	}
	return s.SetUpdatedAt(id, before.UpdatedAt)
}

// Trash moves an order to the trash: archived, and seen only with_deleted.
func (s *Shop) Trash(id int64) error {
	return s.change(id, func(o *order) invalid { s.trash(o); return nil })
}

// Restore takes an order out of the trash again.
func (s *Shop) Restore(id int64) error {
	return s.change(id, func(old *order) invalid {
		o := old.clone()
		o.archived = false
		o.updatedAt = s.moment(s.now())
		s.reserve(old, o)
		s.orders.byID[o.id] = o
		s.fireOrder(TopicOrderUpdate, o)
		return nil
	})
}

// HardDelete removes an order without a trace in the feed.
func (s *Shop) HardDelete(id int64) error {
	return s.change(id, func(o *order) invalid { s.destroy(o); return nil })
}

// Copy is a manager copying an order with everything in it, the marker
// included. It returns the new order.
func (s *Shop) Copy(id int64) (OrderView, error) {
	var made OrderView
	err := s.change(id, func(o *order) invalid {
		c, bad := s.create(o.attrs(), byManager)
		if len(bad) == 0 {
			made = c.view()
		}
		return bad
	})
	return made, err
}

// attrs is the request that would make the same order again.
func (o *order) attrs() attrs {
	var lines []any
	for _, l := range o.lines {
		lines = append(lines, map[string]any{
			"variant_id": number(l.variant.ID), "quantity": l.quantity.String(), "sale_price": l.price.String(),
		})
	}
	a := attrs{
		"order_lines_attributes":      lines,
		"client":                      map[string]any{"name": value(o.client.name), "phone": value(o.client.phone)},
		"shipping_address_attributes": map[string]any(o.address), "delivery_price": o.deliveryPrice.String(),
	}
	if o.delivery != nil {
		a["delivery_variant_id"] = number(o.delivery.ID)
	}
	if o.gateway != nil {
		a["payment_gateway_id"] = number(o.gateway.ID)
	}
	if o.comment != nil {
		a["comment"] = *o.comment
	}
	if o.managerComment != nil {
		a["manager_comment"] = *o.managerComment
	}
	return a
}

func number(id int64) json.Number { return json.Number(decimal.NewFromInt(id).String()) }

// A Placement is an order that comes from the storefront or from a manager, not
// over the API.
type Placement struct {
	Phone          string
	Lines          []PlacedLine
	ManagerComment string
	DeliveryID     int64 // 0 = none
	GatewayID      int64 // 0 = none
}

// A PlacedLine is a line of a Placement.
type PlacedLine struct {
	VariantID int64
	Quantity  string // default "1"
}

// PlaceOrder puts an order into the shop past the API.
func (s *Shop) PlaceOrder(p Placement) (OrderView, error) {
	s.mu.Lock()
	defer s.unlock()
	o, bad := s.create(p.attrs(), byManager)
	if len(bad) > 0 {
		return OrderView{}, fmt.Errorf("order: %v", map[string][]string(bad))
	}
	return o.view(), nil
}

func (p Placement) attrs() attrs {
	var lines []any
	for _, l := range p.Lines {
		lines = append(lines,
			map[string]any{"variant_id": number(l.VariantID), "quantity": cmp.Or(l.Quantity, "1")})
	}
	a := attrs{
		"client":                      map[string]any{"name": "Покупатель", "phone": p.Phone},
		"shipping_address_attributes": map[string]any{"phone": p.Phone},
		"order_lines_attributes":      lines,
	}
	if p.ManagerComment != "" {
		a["manager_comment"] = p.ManagerComment
	}
	for name, id := range map[string]int64{"delivery_variant_id": p.DeliveryID, "payment_gateway_id": p.GatewayID} {
		if id != 0 {
			a[name] = number(id)
		}
	}
	return a
}

// Mangle changes the JSON in which an order is shown from now on, in lists, by
// id and in answers to writes; nil ends it. f gets its own copy of plain JSON
// values each time, numbers as json.Number, and must not call the shop.
func (s *Shop) Mangle(id int64, f func(order map[string]any)) error {
	return s.change(id, func(o *order) invalid { o.mangle = f; return nil })
}

// Backup takes a copy of all orders and returns what puts it back: orders made
// since are lost, changes undone, and ids and numbers are given again.
func (s *Shop) Backup() (restore func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved := s.orders
	saved.byID = maps.Clone(s.orders.byID)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.orders = saved
		s.orders.byID = maps.Clone(saved.byID)
	}
}

// Clients gives the names of all clients, sorted.
func (s *Shop) Clients() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []string{}
	for _, c := range s.clients {
		list = append(list, value(c.name))
	}
	slices.Sort(list)
	return list
}

// Stock gives how much of a variant there is; false if nobody counts it.
func (s *Shop) Stock(variant int64) (decimal.Decimal, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, found := s.variant(variant)
	if !found || v.Stock == nil {
		return decimal.Decimal{}, false
	}
	return *v.Stock, true
}
