package outcome

import (
	"time"

	"ineed-insales/storage"
)

// Whose fault is it that the shop does not answer a create request: the order's,
// whose text the shop cannot digest, or the shop's? An order that fails again
// whenever others succeed is its own trouble; the company's trouble is when
// everything fails. A blame keeps what is needed to tell the two apart.
//
// Absences are counted in halves, because not every proven absence says the same of
// its order:
//
//   - While no other order fails, or while few do and others were created between,
//     the absence is the order's own and counts whole.
//   - While few fail and nothing else was tried, or while many fail and yet some are
//     created between, it may be the order's or the shop's and counts half.
//   - While many fail and none is created, it is the shop's and does not count.
//
// So a shop that is down for hours leads no order to a person, and three orders
// that it cannot digest lead there even if they are all that there is.
const (
	wholeCounts = 2
	halfCounts  = 1

	fewFail = 3 // so many orders may fail at a time without the shop being at fault
	ownFrom = 2 // from so many halves on, an order's failures say nothing of the shop any more

	// An order is forgotten so long after its last failure, once others are created.
	blameFor = time.Hour

	// An order that was turned away is forgotten after turnedFor. If others were
	// created mostTurned times after it was, the next time is its own trouble.
	turnedFor  = 24 * time.Hour
	mostTurned = 2
)

// A Blame tells for one company whose fault it is that orders fail. It has no mutex:
// whoever has one guards it. The zero value blames nobody. It dies with the process,
// which costs time and nothing else.
type Blame struct {
	of     map[storage.OrderKey]*suspect // orders whose create had no certain outcome
	turned map[storage.OrderKey]*turned  // orders that were turned away
}

// A turned is an order that was turned away by an answer that names the access
// as its cause: 401, 403, 404 or 423. Mostly that is so; but a protection in front
// of the shop may dislike what stands in one order, and that order must not stop
// its company for ever.
type turned struct {
	at     time.Time // when that was last
	recent bool      // no order was created since
	times  int       // how often others were created after it was turned away
}

// TurnAway records that the shop turned an order away. own tells that the shop did
// so again and again while it created others: that is the order's own trouble, and no
// reason to stop the company.
func (b *Blame) TurnAway(key storage.OrderKey, now time.Time) (own bool) {
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

// TurnedRank ranks an order for the next probe; the lowest comes first. Those that
// were turned away since an order was created last come behind all others, and the
// others by how often they were.
func (b *Blame) TurnedRank(key storage.OrderKey) int {
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
	at     time.Time // when it failed last
	fails  int       // how often it has failed
	recent bool      // it has failed since an order was created last
	judged bool      // it is known whose fault its last failure was
	halves int       // how many half absences of its own absent has not given out yet
	own    int       // how many halves it has from times when others were created
}

// Failed records a failure, and tells whether everything fails: that is so once two
// orders have failed in a row of which neither is known to fail by itself.
func (b *Blame) Failed(key storage.OrderKey, now time.Time) (everything bool) {
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

// Created records that the shop has an order. The others that have failed since one
// was created before it have failed by themselves, or half so if they were many.
func (b *Blame) Created(key storage.OrderKey, now time.Time) {
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

// Refused records that the shop has judged an order, although it did not create it: the
// orders that have failed before and those that fail after it do not fail in a row.
func (b *Blame) Refused() {
	for _, s := range b.of {
		s.recent = false
	}
}

// Excuse records that the company has another trouble. It explains whatever has
// failed just now, which is nobody's own fault then.
func (b *Blame) Excuse() {
	for _, s := range b.of {
		s.judged = true
	}
}

// OwnAbsences gives how many whole absences of its own an order has that was proven absent
// now. It gives each of them once: the caller adds them to those that are stored.
func (b *Blame) OwnAbsences(key storage.OrderKey) int {
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
func (b *Blame) failing() (n int) {
	for _, s := range b.of {
		if s.recent {
			n++
		}
	}
	return n
}

// Few reports whether so few fail that it may be their own fault.
func (b *Blame) Few() bool { return b.failing() <= fewFail }

// Alone reports whether an order fails by itself: others go before it.
func (b *Blame) Alone(key storage.OrderKey) bool {
	s := b.of[key]
	return s != nil && s.own >= ownFrom
}

// Fails counts how often an order has failed.
func (b *Blame) Fails(key storage.OrderKey) int {
	if s := b.of[key]; s != nil {
		return s.fails
	}
	return 0
}

// Known counts the orders that have failed and are not forgotten.
func (b *Blame) Known() int { return len(b.of) + len(b.turned) }
