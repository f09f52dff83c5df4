package handlers

import (
	"ineed-insales/storage"
)

// orderTo is the path of an order's page.
func orderTo(key storage.OrderKey, below string) string {
	to := companyTo(key.Company, "/orders/"+escape(key.ID)+below)
	if key.Test {
		to += "?test=true"
	}
	return to
}
