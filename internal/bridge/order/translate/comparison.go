package translate

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"ineed-insales/insales"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// Compare tells what the shop created otherwise than it was asked. A shop may take an
// order and yet leave out a line or add a fee, and answers with success all the same;
// nobody else would notice before the customer does. Rounding, a kopeck for each line,
// is no difference, nor is a bundle that is split.
func Compare(asked insales.NewOrder, created insales.Order) []storage.Problem {
	var notices []storage.Problem
	if missing := missingVariants(asked, created); len(missing) > 0 {
		notices = append(notices, problem.Of(problem.NoticeLinesDiffer, "missing", strings.Join(missing, ", ")))
	}
	rounding := kopeck.Mul(decimal.NewFromInt(int64(max(len(asked.Lines), len(created.Lines)))))
	if total := askedTotal(asked); created.Total.Valid && created.Total.Decimal.Sub(total).Abs().GreaterThan(rounding) {
		notices = append(notices, problem.Of(problem.NoticeTotalDiffers, "asked", money(total), "created",
			money(created.Total.Decimal)))
	}
	if want := asked.DeliveryPrice; want != nil && created.DeliveryPrice.Valid {
		if price, err := decimal.NewFromString(want.String()); err == nil &&
			price.Sub(created.DeliveryPrice.Decimal).Abs().GreaterThan(kopeck) {
			notices = append(notices, problem.Of(problem.NoticeDeliveryDiffers, "asked", money(price), "created",
				money(created.DeliveryPrice.Decimal)))
		}
	}
	if asked.DeliveryDate != "" && created.DeliveryDate != asked.DeliveryDate {
		notices = append(notices, problem.Of(problem.NoticeTimeNotKept, "asked", asked.DeliveryDate))
	}
	return notices
}

// CompareKept is Compare for a create request as the order's history keeps it. Without
// one, or if it cannot be read, there is nothing to tell.
func CompareKept(request string, created insales.Order) []storage.Problem {
	var asked struct {
		Order insales.NewOrder `json:"order"`
	}
	if json.Unmarshal([]byte(request), &asked) != nil {
		return nil
	}
	return Compare(asked.Order, created)
}

// askedTotal is what the shop's order should cost: what its lines and delivery
// come to.
func askedTotal(asked insales.NewOrder) decimal.Decimal {
	var total decimal.Decimal
	for _, l := range requestedLines(asked.Lines) {
		total = total.Add(l.SalePrice.Mul(l.Quantity))
	}
	if p := asked.DeliveryPrice; p != nil {
		price, _ := decimal.NewFromString(p.String()) // made by amount
		total = total.Add(price)
	}
	return total
}

// missingVariants gives the variants of which there is less than was asked for.
// A bundle is answered as its parts (documented), under the id of a bundle
// (inferred): for each such id one variant may be missing as a whole. A shop
// that names no ids gets the benefit of the doubt if other variants stand where
// ours should, and more of them.
func missingVariants(asked insales.NewOrder, created insales.Order) []string {
	have, want := map[int64]decimal.Decimal{}, map[int64]decimal.Decimal{}
	for _, l := range requestedLines(asked.Lines) {
		want[l.VariantID] = want[l.VariantID].Add(l.Quantity)
	}
	bundles, others := map[int64]bool{}, 0
	for _, l := range created.Lines {
		have[l.VariantID] = have[l.VariantID].Add(l.Quantity)
		if l.BundleID != 0 {
			bundles[l.BundleID] = true
		}
		if _, ours := want[l.VariantID]; !ours {
			others++
		}
	}
	var missing, absent []string
	for _, id := range slices.Sorted(maps.Keys(want)) {
		n, there := have[id]
		switch name := strconv.FormatInt(id, 10); {
		case !there:
			absent = append(absent, name)
		case n.LessThan(want[id]):
			missing = append(missing, name)
		}
	}
	if len(absent) > len(bundles) && others <= len(absent) {
		missing = append(absent, missing...)
	}
	return missing
}
