package insalestest

import (
	"maps"
	"slices"
	"strings"
)

// The topics of webhooks.
const (
	TopicOrderCreate   = "orders/create"
	TopicOrderUpdate   = "orders/update"
	TopicOrderDestroy  = "orders/destroy"
	topicClientCreate  = "client/create"
	topicClientUpdate  = "client/update"
	topicProductCreate = "products/create"
	topicProductUpdate = "products/update"
)

// The formats of webhooks. Without format_type it is XML, as in the vendor's
// samples.
const (
	FormatJSON = "json"
	FormatXML  = "xml"
)

// A Hook is a registered webhook. Nothing that is sent names it: no header, no
// signature, no host.
type Hook struct {
	ID      int64
	KeyID   string // the access key that registered it; another one does not see it
	Address string
	Topic   string
	Format  string
}

var hookShape = leaves("address", "topic", "format_type", "batch_size", "warehouse_id", "sales_channel_id")

// Hooks returns all registered webhooks of all keys.
func (s *Shop) Hooks() []Hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Hook, len(s.hooks))
	for i, r := range s.hooks {
		list[i] = r.v
	}
	return list
}

func (h Hook) key() any { return h.ID }

// hookOf finds a webhook of the key that asks; -1 = it has no such.
func (s *Shop) hookOf(c *call) int {
	id, keyID := parseID(c.id), c.keyID()
	return s.hooks.index(func(h Hook) bool { return h.ID == id && h.KeyID == keyID })
}

// listHooks serves GET /admin/webhooks.json: only those of this key (inferred).
func (s *Shop) listHooks(c *call) answer {
	list, keyID := []object{}, c.keyID()
	for i, r := range s.hooks {
		if r.v.KeyID == keyID {
			list = append(list, s.hookJSON(i))
		}
	}
	return ok(list)
}

// showHook serves GET /admin/webhooks/{id}.json.
func (s *Shop) showHook(c *call) answer { return showOne(s.hookOf(c), s.hookJSON) }

// createHook serves POST /admin/webhooks.json.
func (s *Shop) createHook(c *call) answer {
	return s.writeHook(c, Hook{KeyID: c.keyID(), Format: FormatXML})
}

// updateHook serves PUT /admin/webhooks/{id}.json. Whether it answers the
// webhook or nothing is not known; here the webhook.
func (s *Shop) updateHook(c *call) answer {
	i := s.hookOf(c)
	if i < 0 {
		return notFound()
	}
	return s.writeHook(c, s.hooks[i].v)
}

// writeHook works the request into a webhook, known or new, and answers it.
func (s *Shop) writeHook(c *call, h Hook) answer {
	a, refused := s.attrs(c, "webhook", hookShape)
	if a == nil {
		return refused
	}
	a.set("address", &h.Address)
	a.set("topic", &h.Topic)
	a.set("format_type", &h.Format)
	if bad := s.checkHook(h); len(bad) > 0 {
		return bad.answer()
	}
	isNew := h.ID == 0
	if isNew {
		s.lastHook++
		h.ID = s.lastHook
	}
	r := s.hooks.put(h, s.now())
	a.copy(r.extra, "batch_size", "warehouse_id", "sales_channel_id")
	i := s.hooks.where(h.ID)
	if isNew {
		return created(s.hookJSON(i))
	}
	return ok(s.hookJSON(i))
}

// checkHook collects what is wrong with a webhook. An address and a topic may
// be there once for each app: so the vendor's page on webhooks says since 2026.
func (s *Shop) checkHook(h Hook) invalid {
	bad := invalid{}
	if h.Address == "" {
		bad.add("address", "не может быть пустым")
	}
	if !slices.Contains([]string{
		TopicOrderCreate, TopicOrderUpdate, TopicOrderDestroy, topicClientCreate, topicClientUpdate,
		topicProductCreate, topicProductUpdate,
	}, h.Topic) {
		bad.add("topic", "имеет неверное значение")
	}
	if h.Format != FormatJSON && h.Format != FormatXML {
		bad.add("format_type", "имеет неверное значение")
	}
	twin := func(x Hook) bool {
		return x.ID != h.ID && x.KeyID == h.KeyID && x.Address == h.Address && x.Topic == h.Topic
	}
	if s.hooks.index(twin) >= 0 {
		bad.add("address", "уже существует")
	}
	return bad
}

// deleteHook serves DELETE.
func (s *Shop) deleteHook(c *call) answer {
	i := s.hookOf(c)
	if i < 0 {
		return notFound()
	}
	s.hooks.remove(s.hooks[i].v.ID)
	return done()
}

// hookJSON has the names of the sample of 2017 and the three that came later.
func (s *Shop) hookJSON(i int) object {
	r := s.hooks[i]
	o := object{
		"id": r.v.ID, "address": r.v.Address, "topic": r.v.Topic, "format_type": r.v.Format,
		"created_at": s.stampShort(r.createdAt), "batch_size": nil, "warehouse_id": nil, "sales_channel_id": nil,
	}
	maps.Copy(o, r.extra)
	return o
}

// A parcel is one webhook that is due.
type parcel struct {
	hook Hook
	body []byte
}

// fire notes that the webhooks of a topic are due; unlock hands them over. The
// body is what the API shows at that moment, or would if it did: an order that
// is not visible yet (Rule.LateVisible) fires at once.
func (s *Shop) fire(topic string, show func() []byte) {
	if s.conf.Deliver == nil || s.conf.NoHooks {
		return
	}
	var body []byte
	for _, r := range s.hooks {
		if r.v.Topic != topic || !r.v.hears(r.extra) {
			continue
		}
		if body == nil {
			body = show()
		}
		p := parcel{hook: r.v, body: body}
		if s.conf.XMLOnly {
			p.hook.Format = FormatXML
		}
		if p.hook.Format == FormatXML {
			p.body = toXML(r.v.root(), body)
		}
		s.due = append(s.due, p)
	}
}

// fireOrder is fire for an order.
func (s *Shop) fireOrder(topic string, o *order) {
	s.fire(topic, func() []byte { return s.show(o) })
}

// unlock ends what was done with the lock held and then, without it, hands over
// the webhooks of that.
func (s *Shop) unlock() {
	s.packProducts()
	due := s.due
	s.due = nil
	s.mu.Unlock()
	for _, p := range due {
		s.conf.Deliver(p.hook, p.body)
	}
}

// root is the name of the outermost element.
func (h Hook) root() string {
	switch {
	case strings.HasPrefix(h.Topic, "orders/"):
		return "order"
	case strings.HasPrefix(h.Topic, "products/"):
		return "products"
	default:
		return "client"
	}
}

// hears reports whether a webhook that is meant for one warehouse gets the
// orders of this shop, which has one only.
func (h Hook) hears(extra object) bool {
	id := attrs(extra).id("warehouse_id")
	return id == 0 || id == warehouseID || h.root() != "order"
}

// warehouseID is the one warehouse of the shop.
const warehouseID int64 = 100002

// AddHook registers a webhook past the API and returns its id. Without a key it
// belongs to the shop's first one.
func (s *Shop) AddHook(h Hook) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	def(&h.KeyID, DefaultKeyID)
	s.lastHook++
	h.ID = s.lastHook
	s.hooks.put(h, s.now())
	return h.ID
}

// DropHook removes a webhook past the API, as the shop's support might.
func (s *Shop) DropHook(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.remove(id)
}
