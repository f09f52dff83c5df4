package order

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/company"
	"ineed-insales/internal/bridge/order/outcome"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// An order leaves in five steps, each of which may be the last one of this process:
//
//  1. claim chooses the order. Its claim is in memory only; another start chooses anew.
//  2. The order is translated, and a permit of the request window is taken.
//  3. intend commits the intent: the row is in state sending now, and whatever happens,
//     no second request leaves before the order was proven absent.
//  4. The request leaves, once. The client never repeats it.
//  5. ended commits the outcome, and only then acts on it.
//
// A crash before the third step leaves the order as it was. One between the third and
// the fifth leaves an order in doubt, which the reader settles (proof.go), whether the
// request has left or not.
const (
	// At most half of the senders work on orders that fail by themselves.
	mostAlone = sendersPerShop / 2

	// At most so many of these orders wait for proof that they are absent: what the
	// reader asks for their sake then takes less than half of the shop's requests.
	mostProving = 40

	// A sender chooses among so many orders that are due.
	mostLookedAt = 500
)

// sendDue is a sender's step: it claims one order that is due and brings it
// into the shop, or tells when to look again. Several senders work for one shop
// side by side, so that a slow request holds up no other order.
func (d *Desk) sendDue(ctx context.Context) time.Duration {
	key, probe, wait := d.claim(ctx)
	if key == (storage.OrderKey{}) {
		return wait
	}
	d.sender.Wake() // there may be more: the next sender looks
	defer d.unclaim(key, probe)
	if err := d.send(ctx, key, probe); err != nil && ctx.Err() == nil {
		d.company.Log.Error("order not sent", "order", key.ID, "err", err)
		return company.ReadFirst
	}
	return 0
}

// claim gives the order whose turn it is among those that are due and that no
// other sender has, and whether sending it is a probe of a company in trouble. If
// there is none it gives the zero key, and how long to wait. What is claimed must be
// released.
//
// Nothing is given out before the feed was read whole since the gate was shut: until
// then nobody knows which orders are in the shop already.
func (d *Desk) claim(ctx context.Context) (key storage.OrderKey, probe bool, wait time.Duration) {
	d.claims.Lock()
	defer d.claims.Unlock()
	now := time.Now()
	d.mu.Lock()
	t, busy := d.trouble, maps.Clone(d.sending)
	ready := d.company.Sends() && d.feed.complete
	limit := len(busy) + 1 + d.blame.Known()
	unclear := t.unclear()
	fresh := false // the next probe is not due, and only an order that has not failed yet may go
	if t != nil {
		ready = ready && t.bySender && !t.probing
		wait = t.retryAt.Sub(now)
		fresh = wait > 0 && unclear && (d.blame.Few() || now.Sub(t.triedAt) >= freshEvery)
	}
	d.mu.Unlock()
	if !ready {
		return key, false, company.Idle
	}
	if wait > 0 && !fresh {
		if unclear {
			wait = min(wait, freshEvery)
		}
		return key, false, wait
	}
	if d.company.Store.Takes() != nil {
		return key, false, company.ReadFirst // the store takes nothing new: an intent could not be kept
	}
	list, err := d.company.Store.OrdersToSend(ctx, d.company.ID, now, min(limit, mostLookedAt))
	if err != nil {
		return key, false, company.ReadFirst
	}
	// Claims are given here alone: what was free before the rows were read is free
	// now; one that was taken then may have been finished since.
	list = slices.DeleteFunc(list, func(o storage.Order) bool { _, taken := busy[o.Key]; return taken })
	d.mu.Lock()
	defer d.mu.Unlock()
	key, ok := d.turn(list, t, fresh)
	switch {
	case ok:
		d.sending[key] = struct{}{}
		if t != nil {
			t.probing, t.triedAt = true, now
			t.probeCount++
		}
		return key, t != nil, 0
	case fresh:
		return key, false, wait
	case len(list) > 0:
		return key, false, company.Idle // woken when an order that fails by itself is settled
	}
	return key, false, d.untilDue(ctx, now, storage.WorkSend)
}

// untilDue tells how long a task may sleep because no row is due for its work.
func (d *Desk) untilDue(ctx context.Context, now time.Time, what storage.Work) time.Duration {
	due, err := d.company.Store.NextDue(ctx, d.company.ID, now, what)
	if err != nil || due.IsZero() {
		return company.Idle
	}
	return min(max(due.Sub(now), time.Millisecond), company.Idle)
}

// unclaim gives a claimed order back, whatever has become of it. After a probe the
// next one may be chosen.
func (d *Desk) unclaim(key storage.OrderKey, probe bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sending, key)
	if probe && d.trouble != nil {
		d.trouble.probing = false
	}
}

// send brings one order of state new into the shop. It waits for the window's permit
// before it commits the intent, so that nothing comes between the intent and the
// request: the time of the intent is the time at which the request left. That order of
// steps is what keeps orders from being created twice.
func (d *Desk) send(ctx context.Context, key storage.OrderKey, probe bool) error {
	o, err := d.company.Store.Order(ctx, key)
	if err != nil || o.State != storage.StateNew {
		return err
	}
	c, shop := d.company.Snapshot()
	order, problem := translate.Decode(o.Body)
	var t translate.Translation
	if problem == nil {
		if t, problem, err = d.translation(ctx, c, &o, order); err != nil {
			return err
		}
	}
	if problem == nil {
		problem = translate.Unfit(c, &o, order, time.Now())
	}
	if problem != nil {
		return d.toPerson(ctx, o, *problem)
	}
	permit, err := shop.Window().Take(ctx, insales.Sending)
	if err != nil {
		return err
	}
	s := &sendingOrder{desk: d, key: key, probe: probe, translation: t}
	if err := s.intend(ctx, shop, c.Version, o.Attempt); err != nil {
		permit.Release()
		if errors.Is(err, storage.ErrStale) {
			return nil // a person was quicker, or the settings have changed: another step will see
		}
		return err
	}
	s.read = d.office.nextRead()
	request, cancel := d.company.Finishing(ctx)
	defer cancel()
	created, answer, err := shop.CreateOrder(request, permit, t.Request)
	s.exchange = withShop(answer)
	return s.ended(context.WithoutCancel(ctx), created, err)
}

// toPerson hands an order over to a person because it cannot be sent as it is. If
// somebody has changed the order since it was read, nothing happens.
func (d *Desk) toPerson(ctx context.Context, seen storage.Order, p storage.Problem) error {
	err := d.company.Update(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(seen.Key)
		if err != nil {
			return err
		}
		if o.State != seen.State || o.Attempt != seen.Attempt {
			return storage.ErrStale
		}
		o.Problem = &p
		return move(tx, &o, causeUnfit, problemEvent(&p)...)
	})
	if errors.Is(err, storage.ErrStale) {
		return nil
	}
	return err
}

// A sendingOrder is one create request from its intent to its outcome. It belongs
// to the sender that has claimed the order.
type sendingOrder struct {
	desk        *Desk
	key         storage.OrderKey
	probe       bool                  // the company is in trouble, and this is the order that is tried
	translation translate.Translation // the order in the shop's words, as it is sent
	attempt     int                   // the number of this attempt, from the intent on
	read        int64                 // the answer counts as a read of this number
	exchange    exchange              // what the shop answered, to be kept for people
}

// intend commits that the request is about to leave. It is storage.ErrStale if the
// order or the settings have changed since they were read, or if the shop's time is
// not known: the time of the intent is what tells later which orders of the shop are
// too old to be this one.
func (s *sendingOrder) intend(ctx context.Context, shop *insales.Client, version int64, attempt int) error {
	now, ok := shop.ShopTime()
	c := s.desk.company.Settings()
	if !ok || c.Version != version || !c.Orders.Enabled || c.Orders.Paused {
		return storage.ErrStale
	}
	request, err := json.Marshal(map[string]insales.NewOrder{"order": s.translation.Request})
	if err != nil {
		return fmt.Errorf("order %s: %w", s.key, err)
	}
	packed := storage.Pack(request)
	return s.desk.company.Add(ctx, func(tx *storage.Tx) error {
		o, err := tx.Order(s.key)
		if err != nil {
			return err
		}
		if o.State != storage.StateNew || o.Attempt != attempt {
			return storage.ErrStale
		}
		o.IntentAt, o.Problem = now, nil
		for _, n := range s.translation.Notices {
			o.AddNotice(n)
		}
		s.attempt = attempt + 1
		return move(tx, &o, causeIntent, storage.Event{At: time.Now(), Kind: storage.EventIntent,
			Args: map[string]string{"attempt": strconv.Itoa(s.attempt)}, Request: packed})
	})
}

// settle stores the outcome and acts on it after the commit. If the outcome cannot
// be stored, the row stays in state sending, and the reader finds out what has become
// of the order.
func (s *sendingOrder) ended(ctx context.Context, created insales.Order, cause error) error {
	desk, result := s.desk, s.outcomeOf(cause)
	var seen *observed
	var arrived bool
	err := desk.company.Update(ctx, func(tx *storage.Tx) (err error) {
		seen = &observed{desk: desk}
		arrived, err = s.store(tx, seen, result, created, cause)
		return err
	})
	if err != nil {
		desk.doubtAbout(s.key)
		return err
	}
	seen.done(ctx)
	if arrived {
		desk.resolved(ctx, s.key)
		if result == outcome.Created {
			desk.learnMarker(ctx, desk.fateOfMarker(created))
		}
		return nil
	}
	s.failed(ctx, result, cause)
	return nil
}

// outcomeOf says what an answer means, with what is known of the order beside it: one
// that is turned away again and again while others are created is refused for its own
// sake, even if the shop's answer blames our access.
func (s *sendingOrder) outcomeOf(cause error) outcome.Create {
	result := outcome.OfCreate(cause)
	e, answered := errors.AsType[*insales.Error](cause)
	if result != outcome.CompanyFault || !answered || !e.Reached {
		return result
	}
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if s.desk.blame.TurnAway(s.key, time.Now()) {
		return outcome.Refused
	}
	return result
}

// finder says what this request is, should it show a fault of the company.
func (s *sendingOrder) finder() finder {
	if s.probe {
		return foundByProbe
	}
	return foundBySender
}

// failed draws the conclusions for the company from a create that did not succeed.
// A refusal shows that the shop works. A fault of the company stops all sending. An
// unknown outcome stops it only if everything fails, or if this was a probe.
func (s *sendingOrder) failed(ctx context.Context, result outcome.Create, cause error) {
	desk := s.desk
	desk.company.Log.Warn("order not created", "order", s.key.ID, "attempt", s.attempt, "err", cause)
	switch result {
	case outcome.Refused:
		desk.mu.Lock()
		desk.blame.Refused()
		if desk.trouble != nil {
			desk.trouble.retryAt = time.Time{} // the shop looked at the order: the next may go at once
		}
		desk.mu.Unlock()
	case outcome.CompanyFault:
		desk.fail(ctx, problem.OfShop(cause), s.finder())
	case outcome.Unknown:
		desk.mu.Lock()
		everything := desk.blame.Failed(s.key, time.Now())
		if desk.trouble.stops() {
			desk.blame.Excuse()
		}
		desk.mu.Unlock()
		desk.doubtAbout(s.key)
		if everything || s.probe {
			desk.fail(ctx, storage.Problem{Code: problem.UnknownOutcomes}, s.finder())
		}
	}
}

// store writes the outcome into the order's row. arrived tells that the shop has the
// order, be it by this answer or because the reader has found it before.
func (s *sendingOrder) store(
	tx *storage.Tx, seen *observed, result outcome.Create, created insales.Order, cause error,
) (arrived bool, err error) {
	o, err := tx.Order(s.key)
	if err != nil {
		return false, err
	}
	if result == outcome.Created {
		other, err := s.another(tx, &o, created)
		if err != nil || other {
			return false, errors.Join(err, s.storeAnother(tx, seen, &o, created))
		}
		return true, s.storeCreated(tx, seen, &o, created)
	}
	if o.State != storage.StateSending || o.Attempt != s.attempt {
		return o.State == storage.StateSent, nil
	}
	event := s.exchange.event(storage.Event{At: time.Now(), Kind: storage.EventAnswered,
		Args: outcome.FailureArgs(s.attempt, cause)})
	if result == outcome.Unknown {
		event.Kind = storage.EventUnknown
		return false, put(tx, &o, event)
	}
	on := causeNotDelivered
	answer, _ := errors.AsType[*insales.Error](cause)
	refused := translate.RefusedKeys(&s.translation.Request, answer)
	switch {
	case o.CancelBy != "":
		o.CancelBy = ""
		on = causeCancelled
	case result == outcome.Refused && len(refused) > 0:
		// What they say stands elsewhere in the order: once more without. A key that is
		// left out is not sent again, so each costs one more request at most.
		o.LeftOut, o.DueAt = append(o.LeftOut, refused...), time.Now()
		o.AddNotice(problem.Of(problem.NoticeKeysLeftOut, "keys", strings.Join(refused, ", ")))
	case result == outcome.Refused && !o.Plain && translate.HasEmoji(&s.translation.Request):
		// What the shop did not like may be the emoji: once more without.
		o.Plain, o.DueAt = true, time.Now()
		o.AddNotice(storage.Problem{Code: problem.NoticeEmojiRemoved})
	case result == outcome.Refused:
		p := outcome.ShopRefused(cause)
		o.Problem, on = &p, causeRefused
	case result == outcome.NotDelivered || result == outcome.CompanyFault:
		o.DueAt = time.Now()
	}
	return false, move(tx, &o, on, append([]storage.Event{event}, problemEvent(o.Problem)...)...)
}

// storeCreated maps the order. If the reader has seen it meanwhile, the answer
// is just one more body of a known order; if another one was adopted under the
// marker, a person sees both.
func (s *sendingOrder) storeCreated(tx *storage.Tx, seen *observed, o *storage.Order, created insales.Order) error {
	c, err := seen.bind(tx, created)
	if err != nil {
		return err
	}
	seen.asOf = o.IntentAt
	seen.outlet(c, created)
	switch o.InSalesID {
	case 0:
		if err := displaceAny(tx, o, cmp.Or(created.AccountID, c.AccountID), created.ID); err != nil {
			return err
		}
	case created.ID:
		return seen.takeNewer(tx, c, o, created, s.read)
	default:
		return seen.twoOrders(tx, o, created)
	}
	for _, n := range translate.Compare(s.translation.Request, created) {
		o.AddNotice(n)
	}
	on := causeCreated
	if o.State != storage.StateSending {
		on = causeAdopted // a person moved it meanwhile; the shop has it all the same
	}
	more := seen.arrived(o, c, created, s.read)
	args := createdArgs(created)
	args["attempt"] = strconv.Itoa(s.attempt)
	event := s.exchange.event(storage.Event{At: time.Now(), Kind: storage.EventAnswered, Args: args})
	seen.took = append(seen.took, event.At.Sub(o.AcceptedAt))
	return move(tx, o, on, append([]storage.Event{event}, more...)...)
}
