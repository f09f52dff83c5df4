package insalestest

import (
	"net/http"
	"slices"
)

// The sections of the shop's rights, for [Shop.Forbid]. A merchant gives a key
// orders, clients, products, the settings to view, cost prices and extra
// prices, and for orders apart whether their data and their contents may be
// changed. How InSales maps these on its calls is not documented; the routes
// say how the sandbox does.
const (
	SectionSettings      = "settings"       // to view: account, deliveries, payments, statuses, fields
	sectionSettingsEdit  = "settings_edit"  // to change the last four
	SectionOrders        = "orders"         // all of orders
	sectionOrderInfo     = "order_info"     // to create, delete and change orders, except for what follows
	sectionOrderContents = "order_contents" // to create orders and change their lines and discounts
	SectionClients       = "clients"
	SectionProducts      = "products"
	SectionCostPrices    = "cost_prices"  // takes keys from variants
	SectionExtraPrices   = "extra_prices" // takes keys from variants
	SectionWebhooks      = "webhooks"     // which right they need is not known

	// Parts of the settings, to take away alone.
	SectionAccount    = "account"
	sectionDeliveries = "delivery_variants"
	sectionGateways   = "payment_gateways"
	sectionStatuses   = "custom_statuses"
	sectionFields     = "fields"
)

// Forbid takes the right to sections away from all keys: they get 403.
func (s *Shop) Forbid(sections ...string) { s.setRights(sections, true) }

// Allow gives the right to sections back.
func (s *Shop) Allow(sections ...string) { s.setRights(sections, false) }

func (s *Shop) setRights(sections []string, forbidden bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range sections {
		s.forbidden[name] = forbidden
	}
}

// lacks reports whether any of the sections is forbidden.
func (s *Shop) lacks(sections ...string) bool {
	return slices.ContainsFunc(sections, func(name string) bool { return s.forbidden[name] })
}

// noRight is the answer to what a key has no right to. Its form is documented,
// the text was seen once.
func noRight() answer {
	return answer{
		status: http.StatusForbidden,
		body:   encode(object{"status": "error", "message": "Недостаточно прав для операции"}),
	}
}

// editRights are what an update of an order needs.
func editRights(a attrs) []string {
	var sections []string
	for name := range a {
		section := sectionOrderInfo
		if name == "order_lines_attributes" || name == "discounts_attributes" {
			section = sectionOrderContents
		}
		sections = append(sections, section)
	}
	return sections
}
