package insalestest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// store holds the orders of a shop.
type store struct {
	byID       map[int64]*order
	nextID     int64
	nextNumber int64
}

// An order as the shop keeps it. A stored order is changed by replacing it, so
// a refused update leaves no trace.
type order struct {
	id, number           int64
	createdAt, updatedAt time.Time
	visibleAt            time.Time // before it nobody sees the order
	acceptedAt           time.Time
	deliveredAt          time.Time
	paidAt               time.Time
	archived             bool
	fulfillment          string
	custom               Status
	financial            string
	delivery             *Delivery
	gateway              *Gateway
	deliveryPrice        decimal.Decimal
	when                 map[string]any // delivery_date, delivery_from_hour, …
	comment              *string
	managerComment       *string
	client               client
	address              attrs
	addressID            int64
	lines                []line
	fields               []fieldValue
	changes              []change // oldest first
	mangle               func(map[string]any)
	shown                json.RawMessage // how the API shows it; nil = not rendered yet
	shownFor             int64           // the account it was rendered for
}

type line struct {
	id        int64
	variant   Variant
	quantity  decimal.Decimal
	price     decimal.Decimal // before the gateway's margin
	comment   *string
	createdAt time.Time
	updatedAt time.Time
}

type fieldValue struct {
	id        int64
	field     Field
	value     *string
	createdAt time.Time
}

// change is one line of an order's history.
type change struct {
	id          int64
	at          time.Time
	action      string
	was, is     any
	description string
	user        string
}

// The authors of changes.
const (
	byAPI     = "INEED.CHAT"
	byManager = "Менеджер"
)

// edit is one create or update being worked out on a draft.
type edit struct {
	shop  *Shop
	draft *order
	attrs attrs
	now   time.Time
	by    string
	bad   invalid
}

// create makes a new order from attributes, or says what is wrong with them.
func (s *Shop) create(a attrs, by string) (*order, invalid) {
	now := s.now()
	o := &order{createdAt: now.Truncate(time.Second), financial: "pending", when: map[string]any{}}
	o.custom, _ = s.defaultStatus("new")
	o.fulfillment = "new"
	e := &edit{shop: s, draft: o, attrs: a, now: now, by: by, bad: invalid{}}
	e.log("order_created", nil, nil, "Заказ создан пользователем "+by)
	if !a.given("client") {
		e.bad.add("client", "не может быть пустым")
	}
	e.apply()
	if len(o.lines) == 0 && len(e.bad["order_lines"]) == 0 {
		e.bad.add("order_lines", "не может быть пустым")
	}
	if len(e.bad) > 0 {
		return nil, e.bad
	}
	s.reserve(o)
	o.id, o.number = s.orders.nextID, s.orders.nextNumber
	s.orders.nextID++
	s.orders.nextNumber++
	s.orders.byID[o.id] = o
	return o, nil
}

// update changes an order, or says what is wrong and changes nothing.
// updated_at moves in any case.
func (s *Shop) update(old *order, a attrs, by string) (*order, invalid) {
	o := old.clone()
	e := &edit{shop: s, draft: o, attrs: a, now: s.now(), by: by, bad: invalid{}}
	e.apply()
	if len(o.lines) == 0 {
		e.bad.add("order_lines", "не может быть пустым")
	}
	if len(e.bad) > 0 {
		return nil, e.bad
	}
	s.orders.byID[o.id] = o
	return o, nil
}

func (o *order) clone() *order {
	c := *o
	c.shown = nil
	c.lines = slices.Clone(o.lines)
	c.fields = slices.Clone(o.fields)
	c.changes = slices.Clone(o.changes)
	c.when = maps.Clone(o.when)
	c.address = maps.Clone(o.address)
	return &c
}

// apply works the attributes into the draft; all complaints are collected.
func (e *edit) apply() {
	e.client()
	e.addressee()
	e.deliver()
	e.pay()
	e.goods()
	e.checkoutFields()
	e.status()
	e.financial()
	if e.attrs.present("comment") {
		e.draft.comment = e.attrs.text("comment")
	}
	if e.attrs.present("manager_comment") {
		e.draft.managerComment = e.attrs.text("manager_comment")
	}
	e.draft.updatedAt = e.now.Truncate(time.Second)
}

func (e *edit) log(action string, was, is any, description string) {
	e.draft.changes = append(e.draft.changes, change{
		id: e.shop.nextID(), at: e.now, action: action, was: was, is: is, description: description, user: e.by,
	})
}

func (e *edit) addressee() {
	a := e.attrs.object("shipping_address_attributes", "shipping_address")
	if e.draft.address == nil {
		e.draft.address = attrs{}
		e.draft.addressID = e.shop.nextID()
	}
	maps.Copy(e.draft.address, a)
}

// deliver takes over the delivery variant, its price and the desired time.
func (e *edit) deliver() {
	o := e.draft
	if e.attrs.given("delivery_variant_id") {
		d, found := e.shop.delivery(e.attrs.id("delivery_variant_id"))
		if !found {
			e.bad.add("delivery_variant_id", "не найден")
		}
		o.delivery, o.deliveryPrice = &d, decimal.Zero
		if d.Type == DeliveryFixed {
			o.deliveryPrice, _ = decimal.NewFromString(d.Price)
		}
	}
	if e.attrs.given("delivery_price") {
		price, good := e.attrs.number("delivery_price")
		if !good || price.IsNegative() {
			e.bad.add("delivery_price", "имеет неверное значение")
		}
		o.deliveryPrice = price
	}
	e.desired()
}

// desired reads when the customer wants the order.
func (e *edit) desired() {
	for name, most := range map[string]int64{
		"delivery_from_hour": 23, "delivery_from_minutes": 59, "delivery_to_hour": 24, "delivery_to_minutes": 59,
	} {
		if !e.attrs.given(name) {
			continue
		}
		n, good := e.attrs.number(name)
		if !good || !n.IsInteger() || n.IsNegative() || n.IntPart() > most {
			e.bad.add(name, "имеет неверное значение")
			continue
		}
		e.draft.when[name] = n.IntPart()
	}
	if !e.attrs.given("delivery_date") {
		return
	}
	day := e.attrs.plain("delivery_date")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		e.bad.add("delivery_date", "имеет неверное значение")
	}
	e.draft.when["delivery_date"] = day
}

func (e *edit) pay() {
	if !e.attrs.given("payment_gateway_id") {
		return
	}
	g, found := e.shop.gateway(e.attrs.id("payment_gateway_id"))
	if !found {
		e.bad.add("payment_gateway_id", "не найден")
	}
	e.draft.gateway = &g
}

func (e *edit) checkoutFields() {
	for _, a := range e.attrs.list("fields_values_attributes") {
		f, found := find(e.shop.fields, func(f Field) bool {
			return f.ID == a.id("field_id") || (f.Handle != "" && f.Handle == a.plain("handle"))
		})
		if !found {
			e.bad.add("fields_values", "поле не найдено")
			continue
		}
		value := fieldValue{id: e.shop.nextID(), field: f, value: a.text("value"), createdAt: e.now}
		e.draft.fields = put(e.draft.fields, value, func(v fieldValue) bool { return v.field.ID == f.ID })
	}
}

// createOrder serves POST /admin/orders.json.
func (s *Shop) createOrder(c *call) answer {
	a, refused := s.orderAttrs(c)
	if a == nil {
		return refused
	}
	s.unstick(a)
	o, bad := s.create(a, byAPI)
	if len(bad) > 0 {
		return bad.answer()
	}
	o.visibleAt = s.now().Add(c.late)
	return answer{status: http.StatusCreated, body: encode(s.show(o))}
}

// unstick drops what the shop is told not to keep on create.
func (s *Shop) unstick(a attrs) {
	if s.dropMarker {
		delete(a, "manager_comment")
	}
	if s.conf.IgnoreSalePrice {
		for _, l := range a.list("order_lines_attributes") {
			delete(l, "sale_price")
		}
	}
	if d, _ := s.delivery(a.id("delivery_variant_id")); s.conf.IgnoreDeliveryPrice && d.Type == DeliveryFixed {
		delete(a, "delivery_price")
	}
}

// updateOrder serves PUT /admin/orders/{id}.json.
func (s *Shop) updateOrder(c *call) answer {
	o := s.visible(c.id)
	if o == nil {
		return notFound()
	}
	a, refused := s.orderAttrs(c)
	if a == nil {
		return refused
	}
	o, bad := s.update(o, a, byAPI)
	if len(bad) > 0 {
		return bad.answer()
	}
	return ok(s.show(o))
}

// deleteOrder serves DELETE. Whether InSales trashes or destroys is not known.
func (s *Shop) deleteOrder(c *call) answer {
	o := s.visible(c.id)
	switch {
	case o == nil:
		return notFound()
	case s.conf.DeleteHard:
		delete(s.orders.byID, o.id)
	default:
		s.trash(o)
	}
	return ok(object{"status": "ok"})
}

func (s *Shop) trash(old *order) {
	o := old.clone()
	o.archived = true
	o.updatedAt = s.now().Truncate(time.Second)
	s.orders.byID[o.id] = o
}

// visible returns an order that the API shows; nil = there is none (yet).
func (s *Shop) visible(id string) *order {
	o := s.orders.byID[parseID(id)]
	if o == nil || s.now().Before(o.visibleAt) {
		return nil
	}
	return o
}
