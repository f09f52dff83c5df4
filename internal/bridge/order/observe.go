package order

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// An observed is what a transaction has learnt from order bodies of the shop. It is
// the one place where any body takes effect, whether it comes from the feed, from the
// answer to a create, or from a request by id. Bodies come in any order, late and more
// than once. An older one never undoes a newer one, because each says how new it is
// (seen) and is dropped unless that is newer than what is known (newer).
//
// What was learnt is acted on after the commit, by done. An observed is made anew
// within each try of its transaction, and belongs to that: a try that failed has learnt
// nothing.
type observed struct {
	desk *Desk

	// How the bodies were asked for.
	began   time.Time // when the request that showed them was sent
	asOf    time.Time // the shop's time then: they tell of nothing later; zero = not known
	asked   bool      // the request asked for one order by its id
	sending bool      // orders are on their way: what may be one of them is remembered

	// What was learnt from them.
	ours    int                // how many of them are orders of ours
	account int64              // the account that one of them has bound; 0 = none
	zone    *int               // of the shop's clock, in seconds, if they show another one than was known
	outlets []int64            // deliveries of the settings that lead to a carrier's point
	hidden  bool               // the shop shows no manager's comments: nothing can be recognised
	adopted []storage.OrderKey // orders that were recognised by their marker
	took    []time.Duration    // how long it took from accepting orders until they were in the shop
	changed bool               // there is a status to report
}

// page observes the orders of a page.
func (v *observed) page(tx *storage.Tx, orders []insales.Order, read int64) error {
	if len(orders) == 0 {
		return nil
	}
	sending, err := tx.Sending(v.desk.company.ID)
	if err == nil && !sending {
		// The orders for whose sake they were remembered are settled.
		err = tx.ClearLookAlikes(v.desk.company.ID)
	}
	if err != nil {
		return err
	}
	v.sending = sending
	for _, o := range orders {
		if err := v.observe(tx, o, read); err != nil {
			return err
		}
	}
	// The newest is the last: it shows the zone that the shop has now.
	c := v.desk.company.Settings()
	if seconds := int(orders[len(orders)-1].Offset.Seconds()); c.Learnt.Zone == nil || *c.Learnt.Zone != seconds {
		v.zone = &seconds
	}
	return nil
}

// observe lets one body take effect. A known order takes over its state, and an order
// of ours that was not known is recognised by its marker. Any other is remembered
// while orders are on their way, because it may be one of them without its marker.
func (v *observed) observe(tx *storage.Tx, o insales.Order, read int64) error {
	c, err := v.bind(tx, o)
	if err != nil || o.AccountID != 0 && o.AccountID != c.AccountID {
		return err // of another account: the reader stops because of it
	}
	v.hidden = v.hidden || o.CommentHidden
	v.outlet(c, o)
	known, err := tx.OrderByInSalesID(c.ID, c.AccountID, o.ID)
	switch {
	case err == nil:
		reused, err := v.reused(tx, c, &known, o)
		if err != nil {
			return err
		}
		if !reused {
			v.ours++
			return v.takeNewer(tx, c, &known, o, read)
		}
		if err := displace(tx, &known); err != nil {
			return err
		}
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	order, found, foreign := translate.FindMarker(v.desk.office.markerKey, c.ID, o.ManagerComment)
	switch {
	case found:
		v.ours++
		return v.adopt(tx, c, storage.OrderKey{Company: c.ID, ID: order}, o, read)
	case foreign:
		return v.twice(tx, c, o)
	case !v.sending:
		return nil
	}
	return tx.AddLookAlike(c.ID, storage.LookAlike{
		InSalesID: o.ID, Number: o.Number, CreatedAt: bounded(born(o), v.asOf),
		Fingerprint: fingerprint(o),
	})
}

// outlet notes that a delivery of the settings leads to a carrier's pick-up point.
func (v *observed) outlet(c storage.Company, o insales.Order) {
	used := slices.Contains(slices.Collect(maps.Values(c.Orders.Deliveries)), o.DeliveryID)
	if o.Outlet && used && !slices.Contains(c.Learnt.Outlets, o.DeliveryID) &&
		!slices.Contains(v.outlets, o.DeliveryID) {
		v.outlets = append(v.outlets, o.DeliveryID)
	}
}

// fingerprint is what tells an order of the shop from ours that are in doubt. One whose
// marker cannot be seen may be any of them.
func fingerprint(o insales.Order) string {
	if o.CommentHidden {
		return anyFingerprint
	}
	return translate.Fingerprint(o.Phone, o.Lines)
}

// anyFingerprint stands for that of every order.
const anyFingerprint = "*"

// bind gives the company with its account. A company whose key has no right to read
// the account learns it from the first order body, and is bound to it from then on.
func (v *observed) bind(tx *storage.Tx, o insales.Order) (storage.Company, error) {
	c := v.desk.company.Settings()
	if c.AccountID != 0 || o.AccountID == 0 {
		if c.AccountID == 0 {
			c.AccountID = v.account
		}
		return c, nil
	}
	if v.account == 0 {
		v.account = o.AccountID
	}
	c.AccountID = v.account
	return c, tx.BindAccount(c.ID, c.AccountID)
}

// born is when the shop made the order; one that does not say counts as new.
func born(o insales.Order) time.Time {
	if o.CreatedAt.IsZero() {
		return o.UpdatedAt
	}
	return o.CreatedAt
}

// takeNewer stores the state of a known order if it is newer than the one that is known. A
// body that tells nothing new writes nothing.
func (v *observed) takeNewer(
	tx *storage.Tx, c storage.Company, o *storage.Order, body insales.Order, read int64,
) error {
	seen := v.seen(body, read)
	if !v.newer(seen, o.Seen) {
		return nil
	}
	status, notices := translate.Status(c, o, body)
	known := len(o.Notices)
	for _, n := range notices {
		o.AddNotice(n)
	}
	events, watched := v.watch(o, body)
	if o.Paid && shownPaid(body) && (o.DropNotices(problem.NoticePaymentNotTaken) || !o.Payment.Done) {
		o.Payment = storage.Payment{Done: true}
		events = append(events, storage.Event{At: time.Now(), Kind: storage.EventPaidTold})
	}
	before := o.Status
	if v.setStatus(o, status, seen) {
		args := changes(before, status)
		args["revision"] = strconv.FormatInt(o.Revision, 10)
		events = append(events, storage.Event{At: time.Now(), Kind: storage.EventSeen, Args: args})
		return put(tx, o, events...)
	}
	// A body that is dated in the future counts with another time at each read.
	sameTime := seen.UpdatedAt.Equal(o.Seen.UpdatedAt) || seen.UpdatedAt.Before(body.UpdatedAt)
	if !watched && len(events) == 0 && len(o.Notices) == known && sameTime {
		return nil
	}
	o.Seen = seen
	return put(tx, o, events...)
}

// seen tells how new a body is. Its time counts no later than the shop's when it
// was asked for, in whole seconds as the shop has them: one wrong time in the
// future would hide all that comes after it.
func (v *observed) seen(body insales.Order, read int64) storage.Seen {
	return storage.Seen{UpdatedAt: bounded(body.UpdatedAt, v.asOf), Read: read}
}

// bounded is t, or asOf in whole seconds if t is later than that.
func bounded(t, asOf time.Time) time.Time {
	if !asOf.IsZero() && t.After(asOf) {
		return asOf.UTC().Truncate(time.Second)
	}
	return t
}

// clockSlop is how far two tellings of the shop's time may be apart.
const clockSlop = time.Minute

// newer reports whether a body shows a newer state than the one that is known. The
// shop's times decide, and between bodies of the same time the order in which they
// were asked for. That does not hold if the times cannot be right: what is known is
// dated in the future, or the shop, asked for this very order long afterwards, says
// that it was changed before that. Then the shop's clock, or the whole shop, has been
// set back, and what it says now is the truth.
func (v *observed) newer(seen, known storage.Seen) bool {
	switch {
	case seen.After(known):
		return true
	case v.asOf.IsZero() || seen.Read <= known.Read:
		return false
	}
	return known.UpdatedAt.After(v.asOf.Add(clockSlop)) || v.asked && v.asOf.Sub(known.UpdatedAt) >= goneFor
}

// watch keeps account of what a body says beside the status: that the mark which a
// webhook has left is answered, and that the order is gone or there again. changed
// tells that there is something to store.
func (v *observed) watch(o *storage.Order, body insales.Order) (events []storage.Event, changed bool) {
	now := time.Now()
	if !o.TouchedAt.IsZero() && o.TouchedAt.Before(v.began) {
		o.TouchedAt, changed = time.Time{}, true
	}
	if v.asked {
		changed = true
		noteAsked(o, now)
	}
	switch {
	case body.Archived && !o.Final && o.GoneAt.IsZero():
		o.GoneAt, changed = now, true
		o.AddNotice(storage.Problem{Code: problem.NoticeStatusGone})
		events = append(events, storage.Event{At: now, Kind: storage.EventGone})
	case !body.Archived && !o.GoneAt.IsZero():
		o.GoneAt, changed = time.Time{}, true
		o.DropNotices(problem.NoticeStatusGone)
		events = append(events, storage.Event{At: now, Kind: storage.EventBack})
	}
	return events, changed
}

// shownPaid reports whether the shop knows that the order is paid.
func shownPaid(body insales.Order) bool { return body.FinancialStatus == ineedchat.PaymentPaid }

// setStatus makes status the document to report if it tells the chat anything new, and
// tells whether it did. The revision then grows past the last one, and at least to our
// clock's milliseconds, so that it grows over a restored backup, too. An order that is
// kept separate gets no revision and is never reported: the chat does not know it.
func (v *observed) setStatus(o *storage.Order, status storage.Status, seen storage.Seen) bool {
	if o.Status != nil && o.Status.Same(status) {
		return false
	}
	status.ChangedAt = seen.UpdatedAt
	now := time.Now()
	o.Seen, o.Status = seen, &status
	o.Final, o.LookAt = ineedchat.FinalStatus(status.Status), time.Time{}
	if o.Final {
		o.LookAt = now.Add(openEvery)
	}
	if separate(o.Key) {
		return true
	}
	o.Revision = max(o.Revision+1, now.UnixMilli())
	o.Report = storage.Report{DueAt: now}
	v.changed = true
	return true
}

// adopt maps an order of the shop to the chat's order that its marker names, whatever
// this database knows of that order. It may know nothing at all, if it is a backup from
// before the order came.
func (v *observed) adopt(
	tx *storage.Tx, c storage.Company, key storage.OrderKey, body insales.Order, read int64,
) error {
	event := storage.Event{At: time.Now(), Kind: storage.EventAdopted, Args: createdArgs(body)}
	o, err := tx.Order(key)
	if errors.Is(err, storage.ErrNotFound) {
		o = storage.Order{Key: key, State: storage.StateSent, AcceptedAt: event.At, AgeFrom: event.At}
		more := v.arrived(&o, c, body, read)
		v.adopted = append(v.adopted, key)
		if _, err := tx.AddOrder(&o, event); err != nil {
			return err
		}
		return addEvents(tx, &o, more)
	}
	if err != nil {
		return err
	}
	if o.InSalesID != 0 {
		return v.twoOrders(tx, &o, body)
	}
	if o.State == storage.StateSending { // else people may have changed it since
		notices, err := compareAdopted(tx, &o, body)
		if err != nil {
			return err
		}
		for _, n := range notices {
			o.AddNotice(n)
		}
	}
	more := v.arrived(&o, c, body, read)
	v.adopted, v.took = append(v.adopted, key), append(v.took, event.At.Sub(o.AcceptedAt))
	return move(tx, &o, causeAdopted, append([]storage.Event{event}, more...)...)
}

// compareAdopted tells what the shop made otherwise of an order that was found by its
// marker: its answer never came, or the reader was quicker. What was asked last is in
// the order's history, unless that was erased or an older backup does not know it.
func compareAdopted(tx *storage.Tx, o *storage.Order, found insales.Order) ([]storage.Problem, error) {
	request, err := tx.LastRequest(o, storage.EventIntent)
	if err != nil {
		return nil, err
	}
	return translate.CompareKept(request, found), nil
}

// arrived notes that the shop has the order, and the state that it has there. It gives
// the events to tell; the caller moves the order to its new state and stores it.
func (v *observed) arrived(o *storage.Order, c storage.Company, body insales.Order, read int64) []storage.Event {
	if o.State == storage.StateCancelled || o.CancelBy != "" {
		o.AddNotice(storage.Problem{Code: problem.NoticeCreatedAnyway})
	}
	// The body's own account counts: a create may be answered after another
	// account was confirmed.
	o.AccountID, o.InSalesID, o.InSalesNumber = cmp.Or(body.AccountID, c.AccountID), body.ID, body.Number
	o.SentAt, o.Problem, o.CancelBy = time.Now(), nil, ""
	o.AskedAt = o.SentAt
	o.Payment.Done = shownPaid(body)
	status, notices := translate.Status(c, o, body)
	for _, n := range notices {
		o.AddNotice(n)
	}
	v.setStatus(o, status, v.seen(body, read))
	// It may be in the trash already, and the feed need not show it again.
	events, _ := v.watch(o, body)
	return events
}

// twoOrders shows a person that a second order carries the marker of one that
// is mapped already. The mapping stays.
func (v *observed) twoOrders(tx *storage.Tx, o *storage.Order, body insales.Order) error {
	return remark(tx, o, body, problem.Of(problem.NoticeTwoOrders, "first", problem.ID(o.InSalesID), "second",
		problem.ID(body.ID)))
}

// twice shows a person that another connector has brought a chat order of ours into
// the shop: the marker was made with another key or for another company. An id alone
// may be that of another tenant's order. Together with our customer's phone it is ours.
func (v *observed) twice(tx *storage.Tx, c storage.Company, body insales.Order) error {
	phone := translate.PhoneDigits(body.Phone)
	if phone == "" {
		return nil
	}
	for _, id := range translate.OtherMarkers(v.desk.office.markerKey, v.desk.office.companies(), body.ManagerComment) {
		o, err := tx.Order(storage.OrderKey{Company: c.ID, ID: id})
		if err == nil && o.Phone == phone {
			err = remark(tx, &o, body, problem.Of(problem.NoticeOrderTwice, "order", problem.ID(body.ID)))
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	return nil
}

// remark adds a notice of another order of the shop, and tells it in the
// history, unless it stands already or a person has ticked it off: the feed goes
// on to show that order.
func remark(tx *storage.Tx, o *storage.Order, other insales.Order, n storage.Problem) error {
	before := len(o.Notices)
	if slices.Contains(o.Dismissed, other.ID) {
		return nil
	}
	if o.AddNotice(n); len(o.Notices) == before {
		return nil
	}
	args := maps.Clone(n.Args)
	args["code"] = n.Code
	return put(tx, o, storage.Event{At: time.Now(), Kind: storage.EventProblem, Args: args})
}

// createdArgs are what the history keeps of an order's arrival in the shop.
func createdArgs(body insales.Order) map[string]string {
	return map[string]string{"insales_id": strconv.FormatInt(body.ID, 10), "insales_number": body.Number}
}

// done acts on what was learnt. It is called after the commit, since what it tells to
// the company and to the tasks must not be taken back.
func (v *observed) done(ctx context.Context) {
	desk := v.desk
	if v.account != 0 {
		desk.company.Learn(ctx, func(c *storage.Company) { c.AccountID = cmp.Or(c.AccountID, v.account) })
	}
	if v.changed { // before what has to be stored once more
		desk.reporter.Wake()
		desk.payer.Wake()
	}
	if v.zone != nil {
		desk.company.Learn(ctx, func(c *storage.Company) { c.Learnt.Zone = v.zone })
	}
	for _, took := range v.took {
		desk.office.delivery.Observe(took.Seconds())
	}
	if len(v.outlets) > 0 {
		desk.company.Learn(ctx, func(c *storage.Company) {
			c.Learnt.Outlets = slices.Concat(c.Learnt.Outlets, v.outlets)
		})
	}
	if v.hidden {
		desk.learnMarker(ctx, markerHidden)
	}
	if len(v.adopted) == 0 {
		return
	}
	desk.office.adopted.Add(float64(len(v.adopted)))
	for _, key := range v.adopted {
		desk.resolved(ctx, key)
	}
	desk.learnMarker(ctx, markerKept)
}

// resolved forgets the doubt about an order that turned out to be in the shop. For the
// company that is as good a success as an answered create.
func (d *Desk) resolved(ctx context.Context, key storage.OrderKey) {
	d.mu.Lock()
	delete(d.doubts, key)
	d.blame.Created(key, time.Now())
	d.mu.Unlock()
	d.createSucceeded(ctx)
	d.sender.Wake() // orders that fail by themselves may have waited for this one
}
