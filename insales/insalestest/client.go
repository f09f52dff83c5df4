package insalestest

import (
	"strings"
	"time"
)

// A client is the person who ordered.
type client struct {
	id                               int64
	name, surname, middlename, email *string
	phone                            *string
	kind                             string
	consent                          any
	createdAt                        time.Time
}

// client makes a client for each order: whether InSales would find one with the
// same phone is not known. The id of an earlier client is taken.
func (e *edit) client() {
	a := e.attrs.object("client")
	if a == nil {
		return
	}
	if a.given("id") {
		known, found := e.shop.clientByID(a.id("id"))
		if !found {
			e.bad.add("client", "не найден")
			return
		}
		e.draft.client = known
		return
	}
	c := client{
		id: e.draft.client.id, kind: a.plain("type"), consent: a["consent_to_personal_data"],
		name: a.text("name"), surname: a.text("surname"), middlename: a.text("middlename"),
		email: a.text("email"), phone: a.text("phone"), createdAt: e.now,
	}
	if c.name == nil || *c.name == "" {
		e.bad.add("client.name", "не может быть пустым")
	}
	def(&c.kind, "Client::Individual")
	if c.id == 0 {
		c.id = e.shop.nextID()
	}
	e.draft.client = c
}

// clientByID looks through the orders: clients live nowhere else.
func (s *Shop) clientByID(id int64) (client, bool) {
	for _, o := range s.orders.byID {
		if o.client.id == id {
			return o.client, true
		}
	}
	return client{}, false
}

func (s *Shop) clientJSON(o *order) object {
	c := o.client
	var phone any
	if c.phone != nil {
		phone = phoneDigits(*c.phone)
	}
	return object{
		"id": c.id, "email": c.email, "name": c.name, "phone": phone,
		"created_at": s.stamp(c.createdAt), "updated_at": s.stamp(c.createdAt), "comment": nil,
		"registered": false, "subscribe": true, "client_group_id": nil, "surname": c.surname,
		"middlename": c.middlename, "bonus_points": 0, "type": c.kind, "correspondent_account": nil,
		"settlement_account": nil, "consent_to_personal_data": c.consent, "o_auth_provider": nil,
		"messenger_subscription": nil, "contact_name": fullName(value(c.surname), value(c.name), value(c.middlename)),
		"progressive_discount": nil, "group_discount": nil, "ip_addr": "192.0.2.10", "fields_values": []object{},
	}
}

// phoneDigits is a phone as clients keep it: digits with an optional plus.
func phoneDigits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, phone)
}

// phoneFormatted writes an eleven-digit number for people.
func phoneFormatted(phone string) string {
	d := strings.TrimPrefix(phoneDigits(phone), "+")
	if len(d) != 11 {
		return phone
	}
	return "+7 (" + d[1:4] + ") " + d[4:7] + "-" + d[7:9] + "-" + d[9:]
}
func fullName(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}
