package translate

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// A priced is what counts of a line when a discount is spread.
type priced struct {
	Price, Quantity decimal.Decimal
}

// spreadDiscount takes a discount on the whole order off the prices of its
// lines, because InSales takes none on create (documented). Each price falls by
// whole kopecks, as near as that allows to the line's share. What whole kopecks
// times quantities cannot make up, or the prices do not hold, is the remainder:
// by so much the order becomes dearer than it was in the chat. It is never
// negative.
func spreadDiscount(lines []priced, discount decimal.Decimal) (prices []decimal.Decimal, remainder decimal.Decimal) {
	prices = make([]decimal.Decimal, len(lines))
	var sum decimal.Decimal
	for i, l := range lines {
		prices[i] = l.Price
		sum = sum.Add(l.Price.Mul(l.Quantity))
	}
	if !discount.IsPositive() || !sum.IsPositive() {
		return prices, decimal.Max(discount, decimal.Zero)
	}
	remainder = discount
	lower := func(i int, most decimal.Decimal) {
		cut := decimal.Min(most, prices[i]).Truncate(2)
		prices[i] = prices[i].Sub(cut)
		remainder = remainder.Sub(cut.Mul(lines[i].Quantity))
	}
	order := make([]int, len(lines))
	for i, l := range lines {
		order[i] = i
		share, _ := l.Price.Mul(discount).QuoRem(sum, 2) // cut, so that the shares never exceed the whole
		lower(i, share)
	}
	// The large quantities first: they need the most, and a line of one piece
	// can take any rest.
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(lines[j].Quantity.Cmp(lines[i].Quantity), prices[j].Cmp(prices[i]))
	})
	for _, i := range order {
		if step := kopeck.Mul(lines[i].Quantity); step.IsPositive() {
			steps, _ := remainder.QuoRem(step, 0)
			lower(i, steps.Mul(kopeck))
		}
	}
	return prices, remainder
}
