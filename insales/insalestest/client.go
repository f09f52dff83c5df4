package insalestest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The types of clients.
const (
	clientIndividual = "Client::Individual"
	clientJuridical  = "Client::Juridical"
)

// A client is the person or the company that orders. Each order holds what its
// client is now: putClient sees to that.
type client struct {
	id                               int64
	kind                             string
	name, surname, middlename, email *string
	phone                            *string // as it was given
	comment                          *string
	consent                          any
	registered, unsubscribed         bool
	extra                            object // what the API takes and shows again
	fields                           []fieldValue
	createdAt, updatedAt             time.Time
}

// juridicalNames are what only companies have.
var juridicalNames = []string{"inn", "kpp", "ogrn", "okpo", "bik", "bank_name", "juridical_address"}

// clientNames are the attributes the shop keeps and has no use for.
var clientNames = append([]string{
	"client_group_id", "bonus_points", "correspondent_account", "settlement_account", "contact_name", "ip_addr",
}, juridicalNames...)

var clientShape = leaves(append([]string{
	"id", "name", "surname", "middlename", "email", "phone", "type", "consent_to_personal_data", "comment",
	"subscribe", "registered", "password", "skip_send_mail",
}, clientNames...)...).with("fields_values_attributes", fieldValuesShape)

// writeClient works attributes into a client.
func (s *Shop) writeClient(c *client, a attrs, bad invalid) {
	a.set("type", &c.kind)
	def(&c.kind, clientIndividual)
	a.setText("name", &c.name)
	a.setText("surname", &c.surname)
	a.setText("middlename", &c.middlename)
	a.setText("email", &c.email)
	a.setText("phone", &c.phone)
	a.setText("comment", &c.comment)
	a.setFlag("registered", &c.registered)
	if a.present("consent_to_personal_data") {
		c.consent = a["consent_to_personal_data"]
	}
	if a.given("subscribe") {
		c.unsubscribed = !a.flag("subscribe")
	}
	c.extra = maps.Clone(c.extra)
	if c.extra == nil {
		c.extra = object{}
	}
	a.copy(c.extra, clientNames...)
	c.fields = s.fill(c.fields, a.list("fields_values_attributes"), bad)
	if value(c.name) == "" {
		bad.add("name", "не может быть пустым")
	}
	if c.kind != clientIndividual && c.kind != clientJuridical {
		bad.add("type", "имеет неверное значение")
	}
	s.checkLogin(c, a, bad)
}

// checkLogin wants what a client needs to log in. The password is not kept.
func (s *Shop) checkLogin(c *client, a attrs, bad invalid) {
	if !a.flag("registered") {
		return
	}
	if value(c.email) == "" {
		bad.add("email", "не может быть пустым")
	}
	if len(a.plain("password")) < 6 {
		bad.add("password", "недостаточной длины (не может быть меньше 6 символов)")
	}
}

// client makes a client for each order: whether InSales would find one with the
// same phone or e-mail is not known. The id of a known client is taken, and
// nothing else that stands beside it.
func (e *edit) client() {
	a := e.attrs.object("client")
	if a == nil {
		return
	}
	if a.given("id") {
		known, found := e.shop.clients[a.id("id")]
		if !found {
			e.bad.add("client", "не найден")
			return
		}
		e.draft.client = known
		return
	}
	if known, found := e.shop.merged(a.plain("phone")); found && e.draft.client.id == 0 {
		e.draft.client = known
		return
	}
	c, bad := e.draft.client, invalid{}
	if c.id == 0 {
		c = client{id: e.shop.nextID(), createdAt: e.now.Truncate(time.Second)}
	}
	c.updatedAt = e.now.Truncate(time.Second)
	e.shop.writeClient(&c, a, bad)
	for name, messages := range bad {
		e.bad["client."+name] = messages
	}
	e.draft.client, e.newClient = c, true
}

// merged finds the client whom a phone is known to belong to, if this shop looks for
// them: the oldest, as he is.
func (s *Shop) merged(phone string) (first client, found bool) {
	if phone = phoneDigits(phone); phone == "" || !s.conf.MergeClients {
		return client{}, false
	}
	for _, c := range s.clients {
		if phoneDigits(value(c.phone)) == phone && (!found || c.id < first.id) {
			first, found = c, true
		}
	}
	return first, found
}

// putClient stores a client and shows it in its orders, which does not move
// their updated_at; whether it does in InSales is not known.
func (s *Shop) putClient(c client) {
	_, known := s.clients[c.id]
	s.clients[c.id] = c
	topic := topicClientCreate
	if known {
		topic = topicClientUpdate
		for id, o := range s.orders.byID {
			if o.client.id == c.id {
				o = o.clone()
				o.client = c
				s.orders.byID[id] = o
			}
		}
	}
	s.fire(topic, func() []byte { return encode(s.clientJSON(c)) })
}

// selectClients returns the clients a filter lets through. That type is the
// class as the client shows it is inferred.
func (s *Shop) selectClients(f filter) []client {
	kind := f.query.Get("type")
	list := make([]client, 0, len(s.clients))
	for _, c := range s.clients {
		if (kind == "" || c.kind == kind) && f.admits(c.stamp()) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b client) int { return f.compare(a.stamp(), b.stamp()) })
	return list
}

func (c client) stamp() stamped { return stamped{id: c.id, updatedAt: c.updatedAt} }

// listClients serves GET /admin/clients.json.
func (s *Shop) listClients(_ *call, f filter) answer {
	list := []object{}
	for _, known := range page(f, s.selectClients(f)) {
		list = append(list, s.clientJSON(known))
	}
	return ok(list)
}

// countClients serves GET /admin/clients/count.json, with the same filters.
func (s *Shop) countClients(_ *call, f filter) answer {
	return ok(object{"count": len(s.selectClients(f))})
}

// showClient serves GET /admin/clients/{id}.json.
func (s *Shop) showClient(c *call) answer {
	known, found := s.clients[parseID(c.id)]
	if !found {
		return notFound()
	}
	return ok(s.clientJSON(known))
}

// createClient serves POST /admin/clients.json. A second one with the same
// e-mail is taken: people have to remove such duplicates on export.
func (s *Shop) createClient(c *call) answer {
	at := s.now().Truncate(time.Second)
	made, refused := s.changeClient(c, client{id: s.nextID(), createdAt: at})
	if refused.status != 0 {
		return refused
	}
	return created(s.clientJSON(made))
}

// updateClient serves PUT /admin/clients/{id}.json. Whether it answers the
// client or nothing is not known; here the client.
func (s *Shop) updateClient(c *call) answer {
	known, found := s.clients[parseID(c.id)]
	if !found {
		return notFound()
	}
	changed, refused := s.changeClient(c, known)
	if refused.status != 0 {
		return refused
	}
	return ok(s.clientJSON(changed))
}

// changeClient works a request into a client and stores it, or refuses.
func (s *Shop) changeClient(c *call, known client) (client, answer) {
	a, refused := s.attrs(c, "client", clientShape)
	if a == nil {
		return client{}, refused
	}
	bad := invalid{}
	known.updatedAt = s.now().Truncate(time.Second)
	s.writeClient(&known, a, bad)
	if len(bad) > 0 {
		return client{}, bad.answer()
	}
	s.putClient(known)
	return known, answer{}
}

// deleteClient serves DELETE. Orders keep the client, new ones cannot have it.
// Whether InSales deletes clients with orders is not known; here it does.
func (s *Shop) deleteClient(c *call) answer {
	id := parseID(c.id)
	if _, found := s.clients[id]; !found {
		return notFound()
	}
	delete(s.clients, id)
	return done()
}

// clientJSON is a client alone and in an order. A company has no surname, and
// its bank and tax numbers besides.
func (s *Shop) clientJSON(c client) object {
	o := object{
		"id": c.id, "email": c.email, "name": c.name, "phone": nil, "created_at": s.stamp(c.createdAt),
		"updated_at": s.stamp(c.updatedAt), "comment": c.comment, "registered": c.registered,
		"subscribe": !c.unsubscribed, "client_group_id": nil, "bonus_points": 0, "type": c.kind,
		"correspondent_account": nil, "settlement_account": nil, "consent_to_personal_data": c.consent,
		"o_auth_provider": nil, "messenger_subscription": nil, "contact_name": nil, "progressive_discount": nil,
		"group_discount": nil, "ip_addr": "192.0.2.10", "fields_values": s.fieldsJSON(c.fields),
	}
	if c.phone != nil {
		o["phone"] = s.masked(phoneDigits(*c.phone))
	}
	if c.kind == clientJuridical {
		for _, name := range juridicalNames {
			o[name] = nil
		}
	} else {
		o["surname"], o["middlename"] = c.surname, c.middlename
		o["contact_name"] = fullName(value(c.surname), value(c.name), value(c.middlename))
	}
	for name, v := range c.extra {
		if _, shown := o[name]; shown {
			o[name] = v
		}
	}
	return o
}

// masked is a phone as this shop shows it.
func (s *Shop) masked(digits string) string {
	if n := len(digits); s.conf.MaskPhone && n > 6 {
		return digits[:n-6] + "****" + digits[n-2:]
	}
	return digits
}

// phoneDigits is a phone as clients keep it: digits with an optional plus.
func phoneDigits(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	if strings.HasPrefix(strings.TrimSpace(phone), "+") {
		return "+" + digits
	}
	return digits
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
