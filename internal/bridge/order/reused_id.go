package order

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// A shop that was restored from a backup has lost the orders made since, and may
// give their ids to others (inferred: nothing says that it does not). An id that
// the shop has just given to one order of ours is therefore no more that of
// another; the other is lost there, and must not be told the fate of this one.

// reused reports whether the id under which an order is known is now that of a
// younger one of ours, which is on its way: its marker stands alone in the body.
// A manager who copies comments makes no order, so the body must be younger than
// the intent, too.
func (v *observed) reused(tx *storage.Tx, c storage.Company, known *storage.Order, body insales.Order) (bool, error) {
	id, found, _ := translate.FindMarker(v.desk.office.markerKey, c.ID, body.ManagerComment)
	if !found || id == known.Key.ID || translate.HasMarkerOf(body.ManagerComment, known.Key.ID) {
		return false, nil
	}
	o, err := tx.Order(storage.OrderKey{Company: c.ID, ID: id})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return false, nil
	case err != nil || o.State != storage.StateSending:
		return false, err
	}
	return madeSince(tx, &o, body)
}

// displace takes the id from the order that had it: it is neither refreshed nor
// reported any more, as one of an account that was left.
func displace(tx *storage.Tx, o *storage.Order) error {
	o.AccountID = -o.AccountID
	o.GoneAt, o.TouchedAt = time.Now(), time.Time{}
	o.AddNotice(storage.Problem{Code: problem.NoticeStatusGone})
	return put(tx, o, storage.Event{At: o.GoneAt, Kind: storage.EventGone})
}

// displaceAny does so with whatever order has the id of one that the shop has
// just made for another.
func displaceAny(tx *storage.Tx, o *storage.Order, account, id int64) error {
	other, err := tx.OrderByInSalesID(o.Key.Company, account, id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return displace(tx, &other)
}

// Nothing says that a shop makes a new order for each create (inferred). One that takes
// two creates for the same would answer the second with the order of the first, and two
// orders of the chat would share one of the shop: the customer gets one parcel, and each
// status is told of both. So an answer is looked at before it is believed.

// another reports whether the shop has answered a create with an order that it had
// before: one that bears the marker of another order of ours and not this one's, or, where
// no marker tells, that is mapped to another and is older than this intent.
func (s *sendingOrder) another(tx *storage.Tx, o *storage.Order, created insales.Order) (bool, error) {
	if translate.HasMarkerOf(created.ManagerComment, o.Key.ID) || o.InSalesID == created.ID {
		return false, nil
	}
	id, found, _ := translate.FindMarker(s.desk.office.markerKey, o.Key.Company, created.ManagerComment)
	if found {
		return id != o.Key.ID, nil
	}
	account := cmp.Or(created.AccountID, s.desk.company.Settings().AccountID)
	known, err := tx.Mapped(o.Key.Company, account, created.ID)
	if err != nil || !known {
		return false, err
	}
	young, err := madeSince(tx, o, created)
	return !young && err == nil, err
}

// storeAnother lets the answer take effect on the order that it shows, and leaves the
// one that was to be created to a person, as one that may be the same.
func (s *sendingOrder) storeAnother(tx *storage.Tx, seen *observed, o *storage.Order, shown insales.Order) error {
	if err := seen.observe(tx, shown, s.read); err != nil {
		return err
	}
	if o.State != storage.StateSending || o.Attempt != s.attempt {
		return nil // a person has moved it meanwhile
	}
	on := causeCancelled
	if o.CancelBy == "" {
		id := strconv.FormatInt(shown.ID, 10)
		p := problem.Of(problem.LookAlike, "orders", cmp.Or(shown.Number, id), "ids", id)
		o.Problem, on = &p, causeLookAlike
	}
	o.CancelBy = ""
	args := createdArgs(shown)
	args["attempt"] = strconv.Itoa(s.attempt)
	event := s.exchange.event(storage.Event{At: time.Now(), Kind: storage.EventAnswered, Args: args})
	return move(tx, o, on, append([]storage.Event{event}, problemEvent(o.Problem)...)...)
}
