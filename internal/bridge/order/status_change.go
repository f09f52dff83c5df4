package order

import (
	"cmp"

	"ineed-insales/storage"
)

// changes are the facts of a status for the history, and what of it is new: what the shop
// calls it, and whether the order is paid.
func changes(before *storage.Status, now storage.Status) map[string]string {
	args := map[string]string{"status": now.Status, "payment": now.PaymentStatus}
	if name := shopStatus(&now); name != shopStatus(before) {
		args["shop_status"] = name
	}
	if before != nil && before.PaymentStatus != now.PaymentStatus {
		args["paid"] = now.PaymentStatus
	}
	return args
}

// shopStatus is what the shop calls a status: its own name, or the code of the system's.
func shopStatus(s *storage.Status) string {
	if s == nil {
		return ""
	}
	return cmp.Or(s.StatusTitle, s.FulfillmentStatus)
}
