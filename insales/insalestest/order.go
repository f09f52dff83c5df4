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
	made       map[string]int64 // by the body of its create, if a second one is to give it again
}

// An order as the shop keeps it. What a stored order says is never changed in
// place: an update stores another one instead. So a refused update leaves no
// trace, a backup is a copy of the map, and what was rendered of an order stays
// right.
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
	ownPrice             bool           // deliveryPrice was given, not the variant's
	when                 map[string]any // delivery_date, delivery_from_hour, …
	comment              *string
	managerComment       *string
	client               client
	address              attrs
	addressID            int64
	addressFields        []fieldValue
	lines                []line
	discounts            []discount
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
	bundleID  int64           // the product it is a part of; 0 = none
	comment   *string
	createdAt time.Time
	updatedAt time.Time
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

// An edit is one create or update being worked out on a draft. Its methods each
// take over one part of the attributes and collect what is wrong with it, so that
// a refusal names everything at once. Only commit changes the shop: a refused
// order takes no goods, makes no client and uses up no number. Ids are used up all
// the same, as in every database.
type edit struct {
	shop      *Shop
	before    *order // nil when it is created
	draft     *order
	attrs     attrs
	now       time.Time
	by        string
	newClient bool // the client was made or changed
	bad       invalid
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
	if by == byAPI {
		e.requireFields()
		e.requireAddress()
	}
	if len(o.lines) == 0 && len(e.bad["order_lines"]) == 0 {
		e.bad.add("order_lines", "не может быть пустым")
	}
	if len(e.bad) > 0 {
		return nil, e.bad
	}
	o.id, o.number = s.orders.nextID, s.orders.nextNumber
	s.orders.nextID++
	s.orders.nextNumber++
	e.commit()
	s.fireOrder(TopicOrderCreate, o)
	s.fireOrder(TopicOrderUpdate, o) // inferred: making an order is a change too
	return o, nil
}

// update changes an order, or says what is wrong and changes nothing.
// updated_at moves in any case.
func (s *Shop) update(old *order, a attrs, by string) (*order, invalid) {
	o := old.clone()
	e := &edit{shop: s, before: old, draft: o, attrs: a, now: s.now(), by: by, bad: invalid{}}
	e.apply()
	if len(o.lines) == 0 {
		e.bad.add("order_lines", "не может быть пустым")
	}
	if len(e.bad) > 0 {
		return nil, e.bad
	}
	e.commit()
	s.fireOrder(TopicOrderUpdate, o)
	return o, nil
}

// commit makes the draft the order.
func (e *edit) commit() {
	e.shop.reserve(e.before, e.draft)
	e.shop.orders.byID[e.draft.id] = e.draft
	if e.newClient {
		e.shop.putClient(e.draft.client)
	}
}

// clone is a draft of the order's next state, rendered anew when it is asked for.
func (o *order) clone() *order {
	c := *o
	c.shown = nil
	c.lines = slices.Clone(o.lines)
	c.discounts = slices.Clone(o.discounts)
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
	e.takeLines()
	e.discount()
	e.freight()
	e.draft.fields = e.shop.fill(e.draft.fields, e.attrs.list("fields_values_attributes"), e.bad)
	e.status()
	e.financial()
	e.comments()
	if e.attrs.given("archived") && !e.shop.conf.NoArchive {
		e.draft.archived = e.attrs.flag("archived")
	}
	e.draft.updatedAt = e.shop.moment(e.now)
}

// comments takes over the customer's and the manager's.
func (e *edit) comments() {
	e.attrs.setText("comment", &e.draft.comment)
	e.attrs.setText("manager_comment", &e.draft.managerComment)
	if e.shop.conf.ChangeComment && e.attrs.plain("comment") != "" {
		own := "Комментарий покупателя: " + e.attrs.plain("comment")
		e.draft.comment = &own
	}
}

// moment is a time as the shop keeps it of a change.
func (s *Shop) moment(t time.Time) time.Time {
	if s.conf.FractionTimes {
		return t.Truncate(time.Millisecond)
	}
	return t.Truncate(time.Second)
}

func (e *edit) log(action string, was, is any, description string) {
	e.draft.changes = append(e.draft.changes, change{
		id: e.shop.nextID(), at: e.now, action: action, was: was, is: is, description: description, user: e.by,
	})
}

var addressShape = leaves(
	"name", "surname", "middlename", "phone", "full_locality_name", "country", "state", "city", "zip", "address",
	"street", "house", "flat", "entrance", "doorphone", "floor", "no_delivery",
).with("fields_values_attributes", fieldValuesShape)

// orderShape is what sections 3.3 and 3.4 of the dossier have, and archived, which is
// documented as read only by nobody. coupon and client_transaction are known to
// clients, and ignored here.
var orderShape = leaves(
	"delivery_variant_id", "payment_gateway_id", "delivery_price", "custom_status_permalink", "fulfillment_status",
	"financial_status", "delivery_date", "delivery_from_hour", "delivery_from_minutes", "delivery_to_hour",
	"delivery_to_minutes", "comment", "manager_comment", "coupon", "archived",
).with("order_lines_attributes",
	leaves("id", "_destroy", "variant_id", "product_id", "quantity", "sale_price", "comment")).
	with("client", clientShape).
	with("shipping_address_attributes", addressShape).
	with("shipping_address", addressShape). // the older spelling
	with("fields_values_attributes", fieldValuesShape).
	with("discounts_attributes",
		leaves("id", "_destroy", "discount", "type_id", "description", "discount_order_lines_ids")).
	with("client_transaction", leaves("amount", "description"))

// createOrder serves POST /admin/orders.json.
func (s *Shop) createOrder(c *call) answer {
	a, refused := s.attrs(c, "order", orderShape)
	if a == nil {
		return refused
	}
	if bad := s.strictKeys(a); len(bad) > 0 {
		return bad.answer()
	}
	s.unstick(a)
	o, bad := s.createOnce(string(c.body), a)
	if len(bad) > 0 {
		return bad.answer()
	}
	o.visibleAt = s.now().Add(c.late)
	if s.conf.CreatedIs200 {
		return ok(s.show(o))
	}
	return created(s.show(o))
}

// createOnce makes an order over the API, or gives the one that the same body has made
// before if this shop works like that.
func (s *Shop) createOnce(body string, a attrs) (*order, invalid) {
	if !s.conf.Idempotent {
		return s.create(a, byAPI)
	}
	if o := s.orders.byID[s.orders.made[body]]; o != nil {
		return o, nil
	}
	o, bad := s.create(a, byAPI)
	if len(bad) == 0 {
		s.orders.made[body] = o.id
	}
	return o, bad
}

// unstick drops what the shop is told not to keep on create.
func (s *Shop) unstick(a attrs) {
	if s.conf.DropMarker {
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
	a, refused := s.attrs(c, "order", orderShape)
	if a == nil {
		return refused
	}
	if s.lacks(editRights(a)...) {
		return noRight()
	}
	o, bad := s.update(o, a, byAPI)
	switch {
	case len(bad) > 0:
		return bad.answer()
	case s.conf.EmptyUpdates:
		return answer{status: http.StatusOK}
	}
	return ok(s.show(o))
}

// deleteOrder serves DELETE. Whether InSales trashes or destroys is not known.
func (s *Shop) deleteOrder(c *call) answer {
	o := s.visible(c.id)
	switch {
	case o == nil:
		return notFound()
	case s.conf.NoDelete:
		return failure(http.StatusMethodNotAllowed, "Method not allowed")
	case s.conf.DeleteHard:
		s.destroy(o)
	default:
		s.trash(o)
	}
	return done()
}

// destroy leaves no trace but the webhook, with the order as it last was.
func (s *Shop) destroy(o *order) {
	gone := o.clone()
	gone.archived = true
	s.reserve(o, gone)
	delete(s.orders.byID, o.id)
	s.fireOrder(TopicOrderDestroy, o)
}

// trash archives an order. That its webhook is the one of a destruction is
// inferred.
func (s *Shop) trash(old *order) {
	o := old.clone()
	o.archived = true
	o.updatedAt = s.moment(s.now())
	s.reserve(old, o)
	s.orders.byID[o.id] = o
	s.fireOrder(TopicOrderDestroy, o)
}

// visible returns an order that the API shows; nil = there is none (yet).
func (s *Shop) visible(id string) *order {
	o := s.orders.byID[parseID(id)]
	if o == nil || s.now().Before(o.visibleAt) {
		return nil
	}
	return o
}
