package insalestest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// A discount takes a percentage (type 1) or an amount (type 2) off some lines
// of an order, or off all. The arithmetic is that of the webhook of 2017:
// amounts are off the price before the margin, full amounts off what is paid.
type discount struct {
	id          int64
	typeID      int64
	value       decimal.Decimal
	description *string
	lines       []int64 // nil = all
	createdAt   time.Time
}

// The types of discounts.
const (
	discountPercent = 1
	discountAmount  = 2
)

// discount takes over discounts_attributes: new ones, known ones by their id.
func (e *edit) discount() {
	for _, a := range e.attrs.list("discounts_attributes") {
		d := discount{typeID: discountPercent, createdAt: e.now}
		i := -1
		if a.given("id") {
			if i = slices.IndexFunc(e.draft.discounts, func(d discount) bool { return d.id == a.id("id") }); i < 0 {
				e.bad.add("discounts", "не найден")
				continue
			}
			d = e.draft.discounts[i]
		}
		if a.flag("_destroy") && i >= 0 {
			e.draft.discounts = slices.Delete(e.draft.discounts, i, i+1)
			continue
		}
		if !e.readDiscount(&d, a) {
			continue
		}
		if i >= 0 {
			e.draft.discounts[i] = d
			continue
		}
		d.id = e.shop.nextID()
		e.draft.discounts = append(e.draft.discounts, d)
		e.log("discount_created", nil, object{
			"type_id": d.typeID, "discount": decimalText(d.value), "description": d.description,
		}, "Добавлена скидка")
	}
}

// readDiscount reads one. Lines get their ids when the order is created, so
// there a discount can only be off all of them (documented).
func (e *edit) readDiscount(d *discount, a attrs) bool {
	if a.given("discount") || d.id == 0 {
		d.value, _ = a.number("discount")
	}
	if a.given("type_id") {
		d.typeID = a.id("type_id")
	}
	a.setText("description", &d.description)
	tooMuch := d.typeID == discountPercent && d.value.GreaterThan(decimal.NewFromInt(100))
	if !d.value.IsPositive() || tooMuch || (d.typeID != discountPercent && d.typeID != discountAmount) {
		e.bad.add("discounts", "имеет неверное значение")
		return false
	}
	ids, given := a["discount_order_lines_ids"].([]any)
	switch {
	case !given:
	case e.before == nil:
		e.shop.report("order.discounts_attributes.discount_order_lines_ids on create")
	default:
		d.lines = nil
		for _, id := range ids {
			lineID := attrs{"id": id}.id("id")
			if !slices.ContainsFunc(e.draft.lines, func(l line) bool { return l.id == lineID }) {
				e.bad.add("discounts", "Позиция не найдена")
				return false
			}
			d.lines = append(d.lines, lineID)
		}
	}
	return true
}

// on returns the lines of an order that a discount is off.
func (d discount) on(o *order) []line {
	var list []line
	for _, l := range o.lines {
		if d.lines == nil || slices.Contains(d.lines, l.id) {
			list = append(list, l)
		}
	}
	return list
}

// shares is what a discount takes off each line. An amount is shared out by
// price; the last line takes the kopecks that are left.
func (d discount) shares(o *order) map[int64]decimal.Decimal {
	lines, shares, sum := d.on(o), map[int64]decimal.Decimal{}, decimal.Zero
	for _, l := range lines {
		shares[l.id] = l.sum().Mul(d.value).Shift(-2).Round(2)
		sum = sum.Add(l.sum())
	}
	if d.typeID == discountPercent || sum.IsZero() {
		return shares
	}
	left := decimal.Min(d.value, sum)
	for i, l := range lines {
		share := left
		if i < len(lines)-1 {
			share = decimal.Min(d.value, sum).Mul(l.sum()).Div(sum).Round(2)
		}
		shares[l.id], left = share, left.Sub(share)
	}
	return shares
}

// off is what all discounts take off each line, never more than it costs.
func (o *order) off() map[int64]decimal.Decimal {
	off := map[int64]decimal.Decimal{}
	for _, d := range o.discounts {
		for id, share := range d.shares(o) {
			off[id] = off[id].Add(share)
		}
	}
	for _, l := range o.lines {
		if len(off) > 0 {
			off[l.id] = decimal.Min(off[l.id], l.sum())
		}
	}
	return off
}

// discountsJSON has numbers where some clients met strings; both lists are
// filled for a discount on some lines only (documented).
func (s *Shop) discountsJSON(o *order) []object {
	list := []object{}
	for _, d := range o.discounts {
		sum, lines, products := decimal.Zero, []int64{}, []int64{}
		for _, share := range d.shares(o) {
			sum = sum.Add(share)
		}
		for _, l := range d.on(o) {
			if d.lines != nil {
				lines, products = append(lines, l.id), append(products, l.variant.ProductID)
			}
		}
		j := object{
			"id": d.id, "description": d.description, "type_id": d.typeID, "amount": amount(sum),
			"full_amount": amount(sum.Mul(o.factor()).Round(2)), "percent": nil, "discount": amount(d.value),
			"reference_id": nil, "reference_type": nil, "discount_code_id": nil,
			"discount_order_lines_ids": lines, "discount_products_ids": products,
			"created_at": s.stamp(d.createdAt), "updated_at": s.stamp(d.createdAt),
		}
		if d.typeID == discountPercent {
			j["percent"] = amount(d.value)
		}
		list = append(list, j)
	}
	return list
}
