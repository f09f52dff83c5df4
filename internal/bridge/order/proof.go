package order

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A create request may end without telling whether the shop has the order: the answer
// was torn, or timed out, or the program died. Such an order is in doubt. It stays in
// state sending, and four things can end the doubt:
//
//   - Any body from the shop that carries its marker. The order is adopted (observe.go).
//   - The proof that it is absent: then it is sent again, or goes to a person if a
//     look-alike stands in the shop or if it has failed too often by its own fault.
//   - A list that contradicts what the shop says elsewhere, and goes on to do so. It
//     proves nothing, and the order goes to a person.
//   - The company leaves the account: what became of the order there, a person sees.
//
// Nothing else does. Time alone never sends an order again, because the cost of one
// mistake here is a second order at the customer's door.
//
// An order counts as proven absent once two complete passes over the feed did not show
// its marker. They must be provenApart from each other, and the later one must have
// begun provenAfter the failure was seen. InSales gives up a request after 50 s
// (documented), so what that request did is visible by then. Two passes are asked for
// because one may have met the shop in a bad moment that evidence.go did not notice.
// Both times become longer, and never shorter, if a probe has seen that a new order is
// late in the feed.
const (
	provenAfter = 60 * time.Second
	provenApart = 20 * time.Second

	// An order that was proven absent so often by its own fault goes to a person.
	maxAbsences = 5

	// The times that the shop writes into its rows may differ by this much from those of its
	// Date header, and from ours.
	lookAlikeSlop = 10 * time.Second
)

// A doubt is an order whose create request ended without a certain outcome. The
// desk's mu guards it. Its times are monotonic and die with the process; a row that is
// found in state sending at the start is a doubt from then on.
type doubt struct {
	since time.Time // when the failure was seen
	first time.Time // when the first complete pass since then began; zero = there was none yet
}

// adoptDoubts makes every order that may be in the shop a doubt, unless its request
// is under way, and drops the doubts about orders that have left that state. It
// reports whether any order is on its way.
func (d *Desk) adoptDoubts(ctx context.Context) (bool, error) {
	list, err := d.company.Store.OrdersSending(ctx, d.company.ID)
	if err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	known := map[storage.OrderKey]bool{}
	for _, o := range list {
		known[o.Key] = true
		_, flies := d.sending[o.Key]
		if _, ok := d.doubts[o.Key]; !ok && !flies {
			d.doubts[o.Key] = &doubt{since: time.Now()}
		}
	}
	maps.DeleteFunc(d.doubts, func(k storage.OrderKey, _ *doubt) bool { return !known[k] })
	return len(list) > 0, nil
}

// doubtAbout records that the outcome of an order's request is unknown, and has the
// feed read at once.
func (d *Desk) doubtAbout(key storage.OrderKey) {
	d.mu.Lock()
	d.doubts[key] = &doubt{since: time.Now()}
	d.mu.Unlock()
	d.tick()
}

// prove settles those doubts that are ripe after a complete pass that began at the
// given time. A pass that an earlier run of the program began (zero begun) settles
// none: nobody knows what it saw before which failure. A blind one, which was let
// pass although its list lacks what the shop says it has, proves no absence, so that
// the orders in doubt go to a person.
func (d *Desk) prove(ctx context.Context, begun time.Time, blind bool) error {
	if begun.IsZero() {
		return nil
	}
	after, apart := d.provenAfter(), provenApart+d.late()
	d.mu.Lock()
	absent := map[storage.OrderKey]int{} // how many absences each has by its own fault
	for key, one := range d.doubts {
		switch {
		case begun.Before(one.since):
		case blind: // and no first pass for one that could prove it later
			if begun.Sub(one.since) >= after {
				absent[key] = 0
			}
		case one.first.IsZero():
			one.first = begun
		case begun.Sub(one.since) >= after && begun.Sub(one.first) >= apart:
			absent[key] = d.blame.OwnAbsences(key)
		}
	}
	d.mu.Unlock()
	byID := func(a, b storage.OrderKey) int { return strings.Compare(a.ID, b.ID) }
	for _, key := range slices.SortedStableFunc(maps.Keys(absent), byID) {
		if err := d.absent(ctx, key, absent[key], blind); err != nil {
			return err
		}
	}
	return nil
}

// late is how much later than assumed a new order may show in the shop's feed.
func (d *Desk) late() time.Duration { return company.FeedDelay(d.company.Settings().Learnt) }

// provenAfter is how long after a failure a pass may begin that proves an absence.
func (d *Desk) provenAfter() time.Duration { return provenAfter + d.late() }

// absent moves an order that two passes did not show: it is sent again, or goes to
// a person. own says how many absences by its own fault are new. A blind list has
// proven nothing, and leaves the order to a person. Whatever else has moved the order
// meanwhile was right, and stands.
func (d *Desk) absent(ctx context.Context, key storage.OrderKey, own int, blind bool) error {
	var to storage.State
	err := d.company.Update(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(key)
		if err != nil || o.State != storage.StateSending {
			return err
		}
		on, events := causeNotProven, []storage.Event(nil)
		if blind {
			o.Problem = &storage.Problem{Code: problem.NotProven}
		} else if on, err = d.afterAbsence(tx, &o, own); err != nil {
			return err
		} else {
			events = append(events, storage.Event{At: time.Now(), Kind: storage.EventAbsent,
				Args: map[string]string{"attempt": strconv.Itoa(o.Attempt)}})
		}
		if err := move(tx, &o, on, append(events, problemEvent(o.Problem)...)...); err != nil {
			return err
		}
		to = o.State
		if sending, err := tx.Sending(d.company.ID); err != nil || sending {
			return err
		}
		return tx.ClearLookAlikes(d.company.ID)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	d.mu.Lock()
	delete(d.doubts, key)
	d.mu.Unlock()
	d.company.Log.Info("order not in the shop's list", "order", key.ID, "proven", !blind, "next", to)
	d.sender.Wake()
	return nil
}

// afterAbsence decides what follows from a proven absence. One that has a look-alike in
// the shop, or that has failed too often by its own fault (own more now), goes to a
// person. An order that was cancelled meanwhile is not sent again.
func (d *Desk) afterAbsence(tx *storage.Tx, o *storage.Order, own int) (cause, error) {
	o.Absences += own
	alike, err := d.lookAlikes(tx, o)
	switch {
	case err != nil:
		return "", err
	case o.CancelBy != "" && len(alike) == 0:
		o.CancelBy = ""
		return causeCancelled, nil
	case len(alike) > 0: // if it is the order, the cancellation has come too late, and a person must know
		o.CancelBy = ""
		o.Problem = &storage.Problem{Code: problem.LookAlike,
			Args: map[string]string{"orders": numbers(alike), "ids": ids(alike)}}
		return causeLookAlike, nil
	case o.Absences >= maxAbsences:
		o.Problem = &storage.Problem{Code: problem.NeverArrives,
			Args: map[string]string{"times": strconv.Itoa(o.Attempt)}}
		return causeAbsentTooOften, nil
	}
	o.DueAt = time.Now()
	return causeAbsent, nil
}

// lookAlikes gives the orders of the shop that may be this one although they lack its
// marker, and that no person has ruled out. They were made since the intent. If the
// shop is known to keep our marker, only those with the same phone and lines count, and
// those that it has shown without any comment.
func (d *Desk) lookAlikes(tx *storage.Tx, o *storage.Order) ([]storage.LookAlike, error) {
	c := d.company.Settings()
	list, err := tx.LookAlikes(c.ID, c.AccountID)
	if err != nil {
		return nil, err
	}
	mine, err := d.sentFingerprint(tx, o)
	if err != nil {
		return nil, err
	}
	since, err := earliestMade(tx, o)
	if err != nil {
		return nil, err
	}
	kept := c.MarkerKept != nil && *c.MarkerKept
	return slices.DeleteFunc(list, func(l storage.LookAlike) bool {
		return l.CreatedAt.Before(since) ||
			slices.Contains(o.Dismissed, l.InSalesID) ||
			kept && l.Fingerprint != mine && l.Fingerprint != anyFingerprint
	}), nil
}

// earliestMade gives the earliest time that a row of the shop can bear which was made for
// the last intent of an order. Nothing says that the Date of an answer is of the clock that
// dates the rows (inferred): a proxy before the shop may have a wrong one. So an order that is
// too old for the time of the Date, and not for ours, may be it.
func earliestMade(tx *storage.Tx, o *storage.Order) (time.Time, error) {
	since, err := tx.LastEventAt(o, storage.EventIntent)
	if since.IsZero() || o.IntentAt.Before(since) {
		since = o.IntentAt
	}
	return since.Add(-lookAlikeSlop), err
}

// madeSince reports whether the shop can have made an order for the last intent of one of
// ours.
func madeSince(tx *storage.Tx, o *storage.Order, body insales.Order) (bool, error) {
	since, err := earliestMade(tx, o)
	return !born(body).Before(since), err
}

// sentFingerprint gives the fingerprint of an order as it was sent. An order whose body
// cannot be read any more has an empty one, which no other equals.
func (d *Desk) sentFingerprint(tx *storage.Tx, o *storage.Order) (string, error) {
	body, err := tx.Body(o)
	if err != nil {
		return "", err
	}
	order, problem := translate.Decode(body)
	if problem != nil {
		return "", nil
	}
	return translate.FingerprintOf(order), nil
}

// numbers lists the shop's numbers of orders, for people.
func numbers(list []storage.LookAlike) string {
	return joined(list, func(l storage.LookAlike) string { return l.Number })
}

// ids lists the shop's ids of orders.
func ids(list []storage.LookAlike) string {
	return joined(list, func(l storage.LookAlike) string { return strconv.FormatInt(l.InSalesID, 10) })
}

func joined(list []storage.LookAlike, text func(storage.LookAlike) string) string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = text(l)
	}
	return strings.Join(out, ", ")
}

// problemEvent is the history's entry for a problem, if there is one.
func problemEvent(p *storage.Problem) []storage.Event {
	if p == nil {
		return nil
	}
	var events []storage.Event
	for _, one := range p.All() {
		args := maps.Clone(one.Args)
		if args == nil {
			args = map[string]string{}
		}
		args["code"] = one.Code
		events = append(events, storage.Event{At: time.Now(), Kind: storage.EventProblem, Args: args})
	}
	return events
}
