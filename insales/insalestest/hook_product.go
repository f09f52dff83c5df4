package insalestest

import (
	"cmp"
	"slices"
)

// bump is a product that webhooks are due for.
type bump struct {
	topic string
	id    int64
}

// defaultBatch is how many products a webhook has without batch_size
// (documented).
const defaultBatch = 10

// fireProduct notes that the webhooks of a product are due. Those of one request
// go together, and a new product tells of its making only.
func (s *Shop) fireProduct(topic string, id int64) {
	if s.conf.Deliver == nil || slices.ContainsFunc(s.bumped, func(b bump) bool { return b.id == id }) {
		return
	}
	s.bumped = append(s.bumped, bump{topic, id})
}

// packProducts makes parcels of what has changed: a list of products for each
// webhook, no longer than its batch_size (documented).
func (s *Shop) packProducts() {
	bumped := s.bumped
	s.bumped = nil
	if len(bumped) == 0 {
		return
	}
	now := s.now()
	for _, r := range s.hooks {
		var ids []int64
		for _, b := range bumped {
			if p := s.products.peek(b.id); b.topic == r.v.Topic && p != nil && s.products.visible(b.id, now) {
				ids = append(ids, b.id)
			}
		}
		size := int(cmp.Or(attrs(r.extra).id("batch_size"), defaultBatch))
		for batch := range slices.Chunk(ids, max(size, 1)) {
			p := parcel{hook: r.v, body: s.productsJSON(batch)}
			if r.v.Format == FormatXML {
				p.body = toXML(r.v.root(), p.body)
			}
			s.due = append(s.due, p)
		}
	}
}
