package order

import (
	"errors"
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
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil && o.State == storage.StateSending && !born(body).Before(o.IntentAt.Add(-lookAlikeSlop)), err
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
