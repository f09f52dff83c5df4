package translate

import (
	"strconv"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/internal/legible"
	"ineed-insales/storage"
)

// Status maps an order's state in the shop to what the chat is told. The merchant's own
// choice for a custom status comes first, then the fulfilment status by the default map.
// What cannot be mapped leaves the status as it was, with a notice: a guess would tell a
// customer something that nobody has said.
func Status(c storage.Company, o *storage.Order, body insales.Order) (storage.Status, []storage.Problem) {
	s := storage.Status{
		StatusTitle:       body.CustomTitle,
		PaymentStatus:     ineedchat.PaymentPending,
		OrderNumber:       body.Number,
		CustomStatus:      legible.Line(body.CustomStatus),
		FulfillmentStatus: legible.Line(body.FulfillmentStatus),
		FinancialStatus:   legible.Line(body.FinancialStatus),
	}
	if body.FinancialStatus == ineedchat.PaymentPaid {
		s.PaymentStatus = ineedchat.PaymentPaid
	}
	if body.Total.Valid {
		s.Total = body.Total.Decimal.StringFixed(2)
	}
	value, ok := c.Orders.Statuses[body.CustomStatus]
	if !ok {
		value, ok = ChatStatus(body.FulfillmentStatus)
	}
	switch {
	case body.Archived && !(ok && ineedchat.FinalStatus(value)):
		s.Status = lastStatus(o) // gone: what that means is decided in refresh.go
		return s, nil
	case ok: // also of an archived order: how it ended is what the customer is told
		s.Status = value
		return s, nil
	}
	s.Status = lastStatus(o)
	return s, []storage.Problem{{Code: problem.NoticeStatusUnknown,
		Args: map[string]string{"value": problem.Clip(body.FulfillmentStatus, 64)}}}
}

// lastStatus is the status that an order has had so far; one that has had none is new.
func lastStatus(o *storage.Order) string {
	if o.Status == nil {
		return ineedchat.StatusNew
	}
	return o.Status.Status
}

// ChatStatus gives the chat's word for a fulfilment status of the shop, by the
// contract's default map. "returned" is how newer shops are said to spell it (inferred);
// the others were seen.
func ChatStatus(fulfillment string) (string, bool) {
	switch fulfillment {
	case "new":
		return ineedchat.StatusNew, true
	case "accepted":
		return ineedchat.StatusAccepted, true
	case "approved":
		return ineedchat.StatusAssembling, true
	case "dispatched":
		return ineedchat.StatusDelivering, true
	case "delivered":
		return ineedchat.StatusCompleted, true
	case "declined":
		return ineedchat.StatusCancelled, true
	case "returned":
		return ineedchat.StatusReturned, true
	}
	return "", false
}

// Report is an order's status in the form in which the chat takes it.
func Report(o *storage.Order) ineedchat.Status {
	s := o.Status
	return ineedchat.Status{
		OrderID: o.Key.ID, Status: s.Status, StatusTitle: s.StatusTitle, PaymentStatus: s.PaymentStatus,
		ChangedAt: s.ChangedAt, Revision: o.Revision, Total: s.Total,
		InSales: &ineedchat.InSales{
			OrderID: strconv.FormatInt(o.InSalesID, 10), OrderNumber: s.OrderNumber, CustomStatus: s.CustomStatus,
			FulfillmentStatus: s.FulfillmentStatus, FinancialStatus: s.FinancialStatus,
		},
	}
}
