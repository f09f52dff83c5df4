package insalestest

import (
	"github.com/shopspring/decimal"
)

// split makes the lines of a bundle's components out of its line; any other
// line stays as it is. It fails if a component is gone. The sum stays the same
// to the kopeck: what does not come out even makes a line of its own, so a
// variant may stand in several lines, which is so in InSales. How it shares out
// the price there is not known, nor what bundle_id is the id of: here prices
// keep their proportions, and it is the bundle's product.
func (s *Shop) split(whole line) ([]line, bool) {
	if len(whole.variant.Bundle) == 0 {
		return []line{whole}, true
	}
	var parts []line
	list := decimal.Zero // what the components cost alone
	for _, c := range whole.variant.Bundle {
		v, found := s.variant(c.VariantID)
		if !found {
			return nil, false
		}
		part := whole
		part.id, part.variant, part.bundleID = s.nextID(), v, whole.variant.ProductID
		part.quantity = whole.quantity.Mul(decimal.NewFromInt(c.Quantity))
		part.price = v.Price
		parts = append(parts, part)
		list = list.Add(part.sum())
	}
	left := whole.sum()
	for i := range parts {
		p := &parts[i]
		share := left
		if i < len(parts)-1 {
			share = decimal.Zero
			if list.IsPositive() {
				share = whole.sum().Mul(p.sum()).Div(list)
			}
		}
		p.price = s.rounded(share.Div(p.quantity)).Truncate(2)
		left = left.Sub(p.sum())
	}
	return s.even(parts, left), true
}

// even puts what is left over on one piece of the last component. Of a single
// piece nothing is ever left over, and weighed goods do not come out exactly.
func (s *Shop) even(parts []line, left decimal.Decimal) []line {
	last, one := &parts[len(parts)-1], decimal.NewFromInt(1)
	if left.IsZero() || !last.quantity.GreaterThan(one) {
		return parts
	}
	last.quantity = last.quantity.Sub(one)
	piece := *last
	piece.id, piece.quantity, piece.price = s.nextID(), one, last.price.Add(left)
	return append(parts, piece)
}
