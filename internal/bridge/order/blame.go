package order

import (
	"time"

	"ineed-insales/storage"
)

// Whose fault is it that the shop does not answer a create request: the order's,
// whose text the shop cannot digest, or the shop's? An order that fails again
// whenever others succeed is its own trouble; the company's trouble is when
// everything fails. A blame keeps what is needed to tell the two apart.
//
// What is counted are half absences, because not every proven absence says the
// same of its order:
//
//   - while no other order fails, or while few do and others were created between,
//     it is the order's own: a whole one;
//   - while few fail and nothing else was tried, or while many fail and yet some
//     are created between, it may be either's: a half;
//   - while many fail and none is created, it is the shop's: none.
//
// So a shop that is down for hours leads no order to a person, and three orders
// that it cannot digest lead there even if they are all that there is.
const (
	fewFail     = 3         // so many orders may fail at a time without its being the shop
	ownFrom     = 2         // halves from which an order's failures say nothing of the shop any more
	blameFor    = time.Hour // after its last failure an order is forgotten once others are created
	turnedFor   = 24 * time.Hour
	mostTurned  = 2 // so often others are created after an order was turned away; the next time is its own
	wholeCounts = 2
	halfCounts  = 1
)

// A blame is of one company, and its worker's lock guards it. The zero value
// blames nobody. It dies with the process, which costs time and nothing else.
type blame struct {
	of     map[storage.OrderKey]*suspect
	turned map[storage.OrderKey]*turned
}

// A turned is an order that was turned away by an answer that names the access
// as its cause: 401, 403, 404 or 423. Mostly that is so; but a protection in front
// of the shop may dislike what stands in one order, and that order must not stop
// its company for ever.
type turned struct {
	at     time.Time
	recent bool // no order was created since
	times  int  // how often others were created afterwards
}

// turnAway records that the shop turned an order away. own tells that it did so
// again and again while others were created: that is the order's own trouble.
func (b *blame) turnAway(key storage.OrderKey, now time.Time) (own bool) {
	if b.turned == nil {
		b.turned = map[storage.OrderKey]*turned{}
	}
	t := b.turned[key]
	if t == nil {
		t = &turned{}
		b.turned[key] = t
	}
	if t.times >= mostTurned {
		delete(b.turned, key)
		return true
	}
	t.at, t.recent = now, true
	return false
}

// turnedAway orders by who was turned away least, and before that by who was not
// since an order was created last.
func (b *blame) turnedAway(key storage.OrderKey) int {
	t := b.turned[key]
	switch {
	case t == nil:
		return 0
	case t.recent:
		return 1 + mostTurned
	}
	return t.times
}

// A suspect is an order whose create has failed without a certain outcome.
type suspect struct {
	at     time.Time // of its last failure
	fails  int
	recent bool // it has failed since an order was created last
	judged bool // whose fault its last failure was is known
	halves int  // absences of its own that are not taken yet
	own    int  // of all its halves those during which others were created
}

// fail records a failure, and tells whether everything fails: two orders in a
// row of which neither is known to fail by itself.
func (b *blame) fail(key storage.OrderKey, now time.Time) (everything bool) {
	if b.of == nil {
		b.of = map[storage.OrderKey]*suspect{}
	}
	s := b.of[key]
	if s == nil {
		s = &suspect{}
		b.of[key] = s
	}
	s.at, s.recent, s.judged = now, true, false
	s.fails++
	honest := 0
	for _, other := range b.of {
		if other.recent && other.own < ownFrom {
			honest++
		}
	}
	return honest >= 2 && s.own < ownFrom
}

// created records that the shop has an order: the others that have failed since
// the one before failed by themselves, unless they were many.
func (b *blame) created(key storage.OrderKey, now time.Time) {
	delete(b.of, key)
	counts := halfCounts
	if b.failing() <= fewFail {
		counts = wholeCounts
	}
	for key, s := range b.of {
		if s.recent {
			s.own += counts
		}
		if s.recent && !s.judged {
			s.halves += counts
		}
		s.recent, s.judged = false, true
		if now.Sub(s.at) > blameFor {
			delete(b.of, key)
		}
	}
	delete(b.turned, key)
	for key, t := range b.turned {
		if t.recent {
			t.recent = false
			t.times++
		}
		if now.Sub(t.at) > turnedFor {
			delete(b.turned, key)
		}
	}
}

// looked records that the shop has judged an order, though it did not create it:
// orders that fail do not fail in a row then.
func (b *blame) looked() {
	for _, s := range b.of {
		s.recent = false
	}
}

// excuse records that the company has another trouble, which explains whatever
// has failed just now.
func (b *blame) excuse() {
	for _, s := range b.of {
		s.judged = true
	}
}

// absent gives how many absences of its own an order has that was proven absent
// now, beside those that were given before.
func (b *blame) absent(key storage.OrderKey) int {
	s := b.of[key]
	if s == nil {
		return 0 // our own crash, or our own store: nobody has seen it fail
	}
	if !s.judged {
		s.judged = true
		switch n := b.failing(); {
		case n <= 1:
			s.halves += wholeCounts
		case n <= fewFail:
			s.halves += halfCounts
		}
	}
	whole := s.halves / wholeCounts
	s.halves %= wholeCounts
	return whole
}

// failing counts the orders that have failed since one was created last.
func (b *blame) failing() (n int) {
	for _, s := range b.of {
		if s.recent {
			n++
		}
	}
	return n
}

// few reports whether so few fail that it may be their own fault.
func (b *blame) few() bool { return b.failing() <= fewFail }

// alone reports whether an order fails by itself: others go before it.
func (b *blame) alone(key storage.OrderKey) bool {
	s := b.of[key]
	return s != nil && s.own >= ownFrom
}

// fails counts how often an order has failed.
func (b *blame) fails(key storage.OrderKey) int {
	if s := b.of[key]; s != nil {
		return s.fails
	}
	return 0
}

// known counts the orders that have failed and are not forgotten.
func (b *blame) known() int { return len(b.of) + len(b.turned) }
