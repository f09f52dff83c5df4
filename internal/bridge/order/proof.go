package order

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// When an order with an unknown outcome counts as proven absent: two complete
// passes over the feed did not show its marker, provenApart from each other,
// and the later one began provenAfter the failure was seen. InSales gives up a
// request after 50 s (documented), so what that request did is visible by then.
const (
	provenAfter = 60 * time.Second
	provenApart = 20 * time.Second

	maxAbsences   = 5                // then a person looks at it
	lookAlikeSlop = 10 * time.Second // the shop's Date header and its rows may differ by this
)

// A doubt is an order whose create request ended without a certain outcome.
// Its times are monotonic and die with the process; rows found in state
// sending at start are doubts from then on.
type doubt struct {
	since time.Time // when the failure was seen
	first time.Time // begin of the first complete pass since then
}

// adoptDoubts makes every order that may be in the shop a doubt, unless its
// request is in flight, and reports whether there is any such order.
func (d *Desk) adoptDoubts(ctx context.Context) (bool, error) {
	list, err := d.Store.OrdersSending(ctx, d.ID)
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

// doubtAbout records an unknown outcome and has the feed read at once.
func (d *Desk) doubtAbout(key storage.OrderKey) {
	d.mu.Lock()
	d.doubts[key] = &doubt{since: time.Now()}
	d.mu.Unlock()
	d.tick()
}

// prove looks, after a complete pass that began at the given time, which
// doubts it settles. A pass from another life (zero begun) settles none. One that
// was let go by although its list lacks what the shop says it has (blind) proves no
// absence: a person has to look.
func (d *Desk) prove(ctx context.Context, begun time.Time, blind bool) error {
	if begun.IsZero() {
		return nil
	}
	d.mu.Lock()
	absent := map[storage.OrderKey]int{} // and how often by its own fault
	for key, one := range d.doubts {
		switch {
		case begun.Before(one.since):
		case one.first.IsZero():
			one.first = begun
		case begun.Sub(one.since) >= provenAfter && begun.Sub(one.first) >= provenApart:
			absent[key] = 0
			if !blind {
				absent[key] = d.blame.absent(key)
			}
		}
	}
	d.mu.Unlock()
	byID := func(a, b storage.OrderKey) int { return strings.Compare(a.ID, b.ID) }
	for _, key := range slices.SortedFunc(maps.Keys(absent), byID) {
		if err := d.absent(ctx, key, absent[key], blind); err != nil {
			return err
		}
	}
	return nil
}

// absent moves an order that two passes did not show: back to be sent again, or
// to a person.
func (d *Desk) absent(ctx context.Context, key storage.OrderKey, own int, blind bool) error {
	var to storage.State
	err := d.Update(ctx, func(tx *storage.Tx) error {
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
		if sending, err := tx.Sending(d.ID); err != nil || sending {
			return err
		}
		return tx.ClearLookAlikes(d.ID)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	d.mu.Lock()
	delete(d.doubts, key)
	d.mu.Unlock()
	d.Log.Info("order not in the shop's list", "order", key.ID, "proven", !blind, "next", to)
	d.sender.Wake()
	return nil
}

// afterAbsence decides what follows from a proven absence, by which so many more
// are the order's own.
func (d *Desk) afterAbsence(tx *storage.Tx, o *storage.Order, own int) (cause, error) {
	o.Absences += own
	alike, err := d.lookAlikes(tx, o)
	switch {
	case err != nil:
		return "", err
	case o.CancelBy != "":
		o.CancelBy = ""
		return causeCancelled, nil
	case len(alike) > 0:
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

// lookAlikes gives the orders of the shop that may be this one without its
// marker: those with its phone and lines, or, while the shop is not known to
// keep our marker, all that were made since the intent.
func (d *Desk) lookAlikes(tx *storage.Tx, o *storage.Order) ([]storage.LookAlike, error) {
	c := d.Settings()
	list, err := tx.LookAlikes(c.ID, c.AccountID)
	if err != nil {
		return nil, err
	}
	mine, err := d.fingerprintOf(tx, o)
	if err != nil {
		return nil, err
	}
	kept := c.MarkerKept != nil && *c.MarkerKept
	return slices.DeleteFunc(list, func(l storage.LookAlike) bool {
		return l.CreatedAt.Before(o.IntentAt.Add(-lookAlikeSlop)) ||
			slices.Contains(o.Dismissed, l.InSalesID) ||
			kept && l.Fingerprint != mine
	}), nil
}

// fingerprintOf gives the fingerprint of an order as it was sent; an order
// whose body cannot be read any more has one that nothing equals.
func (d *Desk) fingerprintOf(tx *storage.Tx, o *storage.Order) (string, error) {
	body, err := tx.Body(o)
	if err != nil {
		return "", err
	}
	order, problem := decodeBody(body)
	if problem != nil {
		return "", nil
	}
	lines, problem := translateLines(order.Items)
	if problem != nil {
		return "", nil
	}
	return fingerprint(order.Customer.Phone, requestedLines(lines)), nil
}

func numbers(list []storage.LookAlike) string {
	return joined(list, func(l storage.LookAlike) string { return l.Number })
}

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
	args := maps.Clone(p.Args)
	if args == nil {
		args = map[string]string{}
	}
	args["code"] = p.Code
	return []storage.Event{{At: time.Now(), Kind: storage.EventProblem, Args: args}}
}
