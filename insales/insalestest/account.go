package insalestest

import (
	"strings"
	"time"
)

// showAccount has the names and types of a real answer of 2013, and two names that typed
// clients of 2021 and later read beside them.
func (s *Shop) showAccount(*call) answer {
	paidTill := s.conf.PaidTill
	def(&paidTill, s.now().AddDate(0, 1, 0).Format(time.DateOnly))
	shown := object{
		"blocked": s.conf.Blocked, "city": "Москва", "contact_phone": nil, "country": "RU",
		"enable_cart_discounts": false, "enable_client_discounts": false,
		"enable_group_discounts": false, "enable_order_discounts": false,
		"hide_items_out_of_stock": false, "id": s.accountID, "inviter_id": nil,
		"notification_email": nil, "organization": nil,
		"paid_till":              paidTill,
		"sms_notification_phone": nil, "state": "г Москва",
		"subdomain": strings.Split(shopHost, ".")[0],
		"email":     "shop@example.test", "icq": nil, "phone": "+79000000001",
		"title": shopTitle, "minimum_items_price": nil,
		"created_at": s.stamp(born), "registration_type_id": 1,
		"stock_currency_exchange_rate": "30.0", "client_cookies_whitelist": nil,
		"main_host": shopHost, "main_host_protocol": "http", // although the API redirects to https
		"next_order_number": s.orders.nextNumber, "time_zone": "Moscow",
		"owner": object{
			"created_at": "2013-02-18 00:20:01 +0400", "email": "owner@example.test",
			"id": int64(12345), "name": "Тест",
		},
	}
	if s.conf.NoAccountID {
		delete(shown, "id")
	}
	return ok(shown)
}
