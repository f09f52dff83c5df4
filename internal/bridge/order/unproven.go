package order

import (
	"slices"
	"sync"
	"time"
)

// Whoever connects a chat wants to see what it sends also while it proves nothing: a token
// that is wrong, a signature of another kind, none at all. Of such webhooks to a company's
// address the last hundred are remembered, without their bodies, which may be anybody's.
// While a person listens, for a day at most, their bodies are kept, too. All of it is in
// memory and gone after a restart, because anybody can make entries.

// Bounds of what is remembered of a company.
const (
	mostUnproven     = 100
	mostHeard        = 20       // of these with bodies
	UnprovenBody     = 32 << 10 // bytes of a body
	unprovenStay     = 7 * 24 * time.Hour
	longestListening = 24 * time.Hour
)

// An Unproven is a webhook whose sender has not proven to be the company's chat.
type Unproven struct {
	At          time.Time
	Method      string
	Reason      string // why it was not believed
	ContentType string
	Headers     []string // their names
	Body        []byte   // its beginning, while somebody listened
	Size        int64    // of the body, as far as it is known
}

// An ear is what is remembered of the webhooks of one company that proved nothing.
type ear struct {
	until time.Time // a person listens
	heard []Unproven
}

// ears are those of all companies that there are.
type ears struct {
	mu sync.Mutex
	of map[string]*ear
}

func (e *ears) ear(company string) *ear {
	if e.of == nil {
		e.of = map[string]*ear{}
	}
	one := e.of[company]
	if one == nil {
		one = &ear{}
		e.of[company] = one
	}
	return one
}

// Listening reports whether a person wants to see the bodies of whatever comes to a
// company's address.
func (o *Office) Listening(company string) bool {
	o.ears.mu.Lock()
	defer o.ears.mu.Unlock()
	one := o.ears.of[company]
	return one != nil && time.Now().Before(one.until)
}

// Hear remembers a webhook that proved nothing, of a company that there is. Its body is
// kept only while somebody listens.
func (o *Office) Hear(company string, u Unproven) {
	o.ears.mu.Lock()
	defer o.ears.mu.Unlock()
	one := o.ears.ear(company)
	if !time.Now().Before(one.until) {
		u.Body = nil
	}
	if len(u.Body) > UnprovenBody {
		u.Body = u.Body[:UnprovenBody]
	}
	u.Body = slices.Clone(u.Body)
	one.heard = append(one.heard, u)
	if over := len(one.heard) - mostUnproven; over > 0 {
		one.heard = slices.Delete(one.heard, 0, over)
	}
	bodies := 0
	for i := len(one.heard) - 1; i >= 0; i-- {
		if one.heard[i].Body == nil {
			continue
		}
		if bodies++; bodies > mostHeard {
			one.heard[i].Body = nil
		}
	}
}

// Listen has bodies kept for a while, a day at most; none ends it.
func (d *Desk) Listen(during time.Duration) (until time.Time) {
	d.office.ears.mu.Lock()
	defer d.office.ears.mu.Unlock()
	one := d.office.ears.ear(d.company.ID)
	one.until = time.Now().Add(min(during, longestListening))
	return one.until
}

// Unproven gives what has come to the company's address and proved nothing, the newest
// first, and until when somebody listens; zero = nobody does.
func (d *Desk) Unproven() (list []Unproven, until time.Time) {
	d.office.ears.mu.Lock()
	defer d.office.ears.mu.Unlock()
	one := d.office.ears.ear(d.company.ID)
	now := time.Now()
	one.heard = slices.DeleteFunc(one.heard, func(u Unproven) bool { return now.Sub(u.At) > unprovenStay })
	list = slices.Clone(one.heard)
	slices.Reverse(list)
	if now.Before(one.until) {
		until = one.until
	}
	return list, until
}

// ForgetUnproven forgets what was heard, and ends the listening.
func (d *Desk) ForgetUnproven() {
	d.office.ears.mu.Lock()
	defer d.office.ears.mu.Unlock()
	delete(d.office.ears.of, d.company.ID)
}
