package bridge

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/storage"
)

// compare tells what the shop created otherwise than it was asked. A bundle is
// answered as its parts (documented), so lines are compared by variant, and a
// missing variant counts only if there are fewer lines than were asked for.
// Rounding, a kopeck for each line, is no difference.
func compare(t translation, created insales.Order) []storage.Problem {
	var notices []storage.Problem
	asked := t.Request
	if missing := missingVariants(asked, created); len(missing) > 0 && len(created.Lines) < len(asked.Lines) {
		notices = append(notices, problemOf(NoticeLinesDiffer, "missing", strings.Join(missing, ", ")))
	}
	rounding := kopeck.Mul(decimal.NewFromInt(int64(max(len(asked.Lines), len(created.Lines)))))
	if created.Total.Valid && created.Total.Decimal.Sub(t.Total).Abs().GreaterThan(rounding) {
		notices = append(notices, problemOf(NoticeTotalDiffers, "asked", money(t.Total), "created", money(created.Total.Decimal)))
	}
	if want := asked.DeliveryPrice; want != nil && created.DeliveryPrice.Valid {
		if price, err := decimal.NewFromString(want.String()); err == nil && price.Sub(created.DeliveryPrice.Decimal).Abs().GreaterThan(kopeck) {
			notices = append(notices, problemOf(NoticeDeliveryDiffers, "asked", money(price), "created", money(created.DeliveryPrice.Decimal)))
		}
	}
	if asked.DeliveryDate != "" && created.DeliveryDate != asked.DeliveryDate {
		notices = append(notices, problemOf(NoticeTimeNotKept, "asked", asked.DeliveryDate))
	}
	return notices
}

// missingVariants gives the variants that were asked for and are not there.
func missingVariants(asked insales.NewOrder, created insales.Order) []string {
	have := map[int64]bool{}
	for _, l := range created.Lines {
		have[l.VariantID] = true
	}
	var missing []string
	for _, l := range asked.Lines {
		if !have[l.VariantID] {
			missing = append(missing, strconv.FormatInt(l.VariantID, 10))
		}
	}
	return missing
}
