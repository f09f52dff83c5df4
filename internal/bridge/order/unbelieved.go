package order

import (
	"sync"
	"time"
)

// Unbelieved are webhooks to a company's address that were not believed since
// one was.
//
// Nobody can prove that such a webhook is the chat's: that is what was not
// believed. But the two kinds of senders look different. A chat whose secret is
// wrong signs, or shows a token, in the right form, and its bodies name the
// company. Whoever tries addresses shows nothing at all, or anything. So the
// first are counted as Signed, and three of them are worth a message to people;
// the second are only shown to who looks, in other words, because a chat that
// was never told to sign looks like that too. A stranger who forges the form of
// a signature and knows a company's id can still cause one message an hour; the
// message says what to do in either case.
type Unbelieved struct {
	Signed   Disbelief // carried a signature or token of the right form, and named the company
	Unsigned Disbelief // did not
}

// A Disbelief is one of both kinds.
type Disbelief struct {
	Count  int
	At     time.Time     // of the last one
	Reason string        // why, of the last one
	Skew   time.Duration // of the sender's clock, if that was the reason
}

// DisbeliefsTold is how many webhooks with a wrong signature in a row are no accident.
const DisbeliefsTold = 3

// BelievedFor is how long a webhook that was not believed is worth telling.
const BelievedFor = 24 * time.Hour

// A disbelief is what is known of one company's webhooks.
type disbelief struct {
	Unbelieved
	heard Heard // the last one whose sender has proven to be the chat; zero = none since the start
}

// disbeliefs are kept in memory only. An unknown company has an entry, too, under
// no name: it must cost what a known one does.
type disbeliefs struct {
	mu sync.Mutex
	of map[string]disbelief
}

func (d *disbeliefs) change(company string, f func(*disbelief)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string]disbelief{}
	}
	one := d.of[company]
	f(&one)
	d.of[company] = one
}

// Forget drops what is known of the deliveries to a company that is gone.
func (o *Office) Forget(company string) {
	o.disbeliefs.mu.Lock()
	defer o.disbeliefs.mu.Unlock()
	delete(o.disbeliefs.of, company)
	o.ears.mu.Lock()
	defer o.ears.mu.Unlock()
	delete(o.ears.of, company)
}

// Disbelieved notes that a delivery to a company was not believed; "" stands for
// all companies that do not exist. signed tells that it carried what a chat with a
// wrong secret would have sent.
func (o *Office) Disbelieved(company, reason string, skew time.Duration, signed bool) {
	o.disbeliefs.change(company, func(d *disbelief) {
		kind := &d.Unsigned
		if signed {
			kind = &d.Signed
		}
		*kind = Disbelief{Count: kind.Count + 1, At: time.Now(), Reason: reason, Skew: skew}
	})
}

// Believed notes that a delivery of a company's chat was believed and taken.
func (o *Office) Believed(company string, h Heard) {
	o.disbeliefs.change(company, func(d *disbelief) { *d = disbelief{heard: h} })
}

// Proven notes that a delivery has proven to be the chat's and was refused all the same. What
// was not believed before stays told: others may have sent it.
func (o *Office) Proven(company string, h Heard) {
	o.disbeliefs.change(company, func(d *disbelief) { d.heard = h })
}

// Unbelieved tells what was not believed of a company lately.
func (o *Office) Unbelieved(company string) Unbelieved {
	u, _ := o.lately(company)
	return u
}

// lately is Unbelieved, and tells whether anything is known of the company's own chat
// at all. After a start nothing is, so that nobody knows whether a trouble is over.
func (o *Office) lately(company string) (u Unbelieved, known bool) {
	o.disbeliefs.mu.Lock()
	defer o.disbeliefs.mu.Unlock()
	d := o.disbeliefs.of[company]
	now := time.Now()
	for _, kind := range []*Disbelief{&d.Signed, &d.Unsigned} {
		if kind.Count > 0 && now.Sub(kind.At) > BelievedFor {
			*kind = Disbelief{}
		}
	}
	return d.Unbelieved, !d.heard.At.IsZero() || d.Signed.Count > 0
}

// Unbelieved is what came lately in the name of the desk's own chat and was not
// believed; known tells whether that chat has shown itself in this time.
func (d *Desk) Unbelieved() (u Unbelieved, known bool) { return d.office.lately(d.company.ID) }
