package order

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ineed-insales/internal/bridge/order/translate"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/internal/ineedchat"
	"ineed-insales/storage"
)

// Validate tells what is wrong with the settings of orders, as far as that
// can be known without asking the shop.
func Validate(o storage.OrderSync, bad *problem.Invalid) {
	for name, m := range map[string]map[string]int64{"orders.payments": o.Payments, "orders.deliveries": o.Deliveries} {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !ineedchat.ValidID(k) || m[k] <= 0 {
				bad.Add(name+"."+k, problem.FieldID)
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o.Statuses)) {
		if k == "" || !ineedchat.ValidStatus(o.Statuses[k]) {
			bad.Add("orders.statuses."+k, problem.FieldOneOf, "values", strings.Join(ineedchat.Statuses(), ", "))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o.Fields)) {
		switch {
		case !translate.ValidFieldName(k):
			bad.Add("orders.fields."+k, problem.FieldOneOf, "values",
				"an id, "+strings.Join(translate.FieldNames(), ", "))
		case len(o.Fields[k]) > longestField:
			bad.Add("orders.fields."+k, problem.FieldTooLong, "max", strconv.Itoa(longestField))
		}
	}
	if o.EraseAfter != 0 && (o.EraseAfter < shortestStay || o.EraseAfter > longestStay) {
		bad.Add("orders.erase_after", problem.FieldRange, "min", "24h", "max", "87600h")
	}
	if o.MaxAge < time.Minute || o.MaxAge > longestMaxAge {
		bad.Add("orders.max_age", problem.FieldRange, "min", "1m", "max", "720h")
	}
}

// Bounds of the settings of orders.
const (
	defaultMaxAge = 24 * time.Hour      // an order that is older goes to a person
	longestMaxAge = 30 * 24 * time.Hour // so far back a first pass may have to read
	longestField  = 1000                // bytes of a template
)

// Tidy puts the defaults where nothing was said.
func Tidy(o *storage.OrderSync) {
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
}
