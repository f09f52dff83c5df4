package insalestest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// takeLines takes over the order lines: new ones by variant (or product), known ones
// by their id.
func (e *edit) takeLines() {
	for _, a := range e.attrs.list("order_lines_attributes") {
		if a.given("id") {
			e.changeLine(a)
			continue
		}
		e.draft.lines = append(e.draft.lines, e.newLines(a)...)
	}
}

// newLines makes a line, or those of a bundle. None: it was refused or dropped.
func (e *edit) newLines(a attrs) []line {
	v, found := e.shop.variantOf(a)
	if !found {
		e.bad.add("order_lines", "Товар не найден")
		return nil
	}
	l := line{
		id: e.shop.nextID(), variant: v, price: e.shop.rounded(v.Price), comment: a.text("comment"),
		createdAt: e.now, updatedAt: e.now,
	}
	if !e.amounts(&l, a) {
		return nil
	}
	lines, whole := e.shop.split(l)
	if !whole {
		e.bad.add("order_lines", "Товар комплекта не найден")
		return nil
	}
	return e.inStock(lines)
}

// inStock treats lines with more than there is as Switches.Overstock says. A
// bundle is taken or left as a whole.
func (e *edit) inStock(lines []line) []line {
	taken := map[int64]decimal.Decimal{}
	for i := range lines {
		l := &lines[i]
		id := l.variant.ID
		taken[id] = taken[id].Add(l.quantity)
		stored, _ := e.shop.variant(id)
		stock := stored.Stock
		if stock == nil {
			continue
		}
		left := stock.Sub(e.draft.count(id)).Add(e.before.count(id))
		switch how := e.shop.conf.Overstock; {
		case how == overstockSell || !taken[id].GreaterThan(left):
		case how == overstockRefuse:
			e.bad.add("order_lines", "Недостаточно товара «"+l.variant.Title+"» на складе")
			return nil
		case how == overstockLimit && len(lines) == 1 && left.IsPositive():
			l.quantity = left
		default:
			return nil
		}
	}
	return lines
}

// amounts reads quantity and price; a new line needs a quantity.
func (e *edit) amounts(l *line, a attrs) bool {
	if a.given("quantity") || l.quantity.IsZero() {
		quantity, good := a.number("quantity")
		if !good || !quantity.IsPositive() {
			e.bad.add("order_lines", "Количество должно быть больше 0")
			return false
		}
		l.quantity = quantity
	}
	if a.given("sale_price") {
		price, good := a.number("sale_price")
		if !good || price.IsNegative() {
			e.bad.add("order_lines", "Цена имеет неверное значение")
			return false
		}
		l.price = e.shop.rounded(price)
	}
	return true
}

// changeLine serves {id, …} and {id, _destroy: 1}.
func (e *edit) changeLine(a attrs) {
	i := slices.IndexFunc(e.draft.lines, func(l line) bool { return l.id == a.id("id") })
	if i < 0 {
		e.bad.add("order_lines", "Позиция не найдена")
		return
	}
	if a.flag("_destroy") {
		e.draft.lines = slices.Delete(e.draft.lines, i, i+1)
		return
	}
	l := &e.draft.lines[i]
	if a.present("comment") {
		l.comment = a.text("comment")
	}
	e.amounts(l, a)
	l.updatedAt = e.now
}

// count is how much of a variant an order holds back for itself; no order holds
// anything.
func (o *order) count(variantID int64) decimal.Decimal {
	sum := decimal.Zero
	if o == nil || o.returned() {
		return sum
	}
	for _, l := range o.lines {
		if l.variant.ID == variantID {
			sum = sum.Add(l.quantity)
		}
	}
	return sum
}

// returned reports whether an order has given its goods back: one that was declined
// or returned, and one that was deleted before its goods had left (inferred).
func (o *order) returned() bool {
	switch o.fulfillment {
	case "declined", "returned":
		return true
	case "dispatched", "delivered":
		return false
	}
	return o.archived
}

// reserve takes out of the stock what an order holds back more than before, and
// puts back what it holds less, unless a switch says otherwise. A new order moves
// updated_at of all its products, also of those whose stock nobody counts.
func (s *Shop) reserve(before, after *order) {
	if s.conf.NoReserve {
		return
	}
	seen, lines := map[int64]bool{}, slices.Clone(after.lines)
	if before != nil {
		lines = append(lines, before.lines...)
	}
	for _, l := range lines {
		v, found := s.variant(l.variant.ID)
		more := after.count(l.variant.ID).Sub(before.count(l.variant.ID))
		if seen[l.variant.ID] || !found || more.IsZero() || s.conf.KeepReserved && more.IsNegative() {
			continue
		}
		seen[l.variant.ID] = true
		switch {
		case v.Stock != nil:
			s.setStock(v.ID, v.Stock.Sub(more))
		case before == nil:
			s.touchProduct(v.ProductID)
		}
	}
}

// status moves the order. A custom status brings its system status along; a
// system status alone brings its default custom one.
func (e *edit) status() {
	o := e.draft
	was, st, found := o.custom, o.custom, true
	system := e.attrs.plain("fulfillment_status")
	if _, known := systemStatus(system); known && e.shop.conf.IgnoreFulfillment {
		system = ""
	}
	switch {
	case e.attrs.given("custom_status_permalink"):
		st, found = e.shop.status(e.attrs.plain("custom_status_permalink"))
	case system != "" && system != o.fulfillment:
		st, found = e.shop.defaultStatus(system)
	}
	if !found || (system != "" && system != st.System) {
		e.bad.add("fulfillment_status", "имеет неверное значение")
		return
	}
	if st == was {
		return
	}
	if o.custom = st; system == "" && e.shop.conf.StatusApart {
		return
	}
	o.fulfillment = st.System
	if st.System != "new" && o.acceptedAt.IsZero() {
		o.acceptedAt = e.now
	}
	if st.System == "delivered" {
		o.deliveredAt = e.now
	}
	e.log("custom_status_changed", was.Title, st.Title, "Статус изменен с «"+was.Title+"» на «"+st.Title+"»")
}

func (e *edit) financial() {
	o := e.draft
	is := e.attrs.plain("financial_status")
	switch is {
	case "", o.financial:
		return
	case "paid", "pending":
	default:
		e.bad.add("financial_status", "имеет неверное значение")
		return
	}
	if e.shop.conf.IgnorePaid && e.by == byAPI {
		return
	}
	if o.paidAt = (time.Time{}); is == "paid" {
		o.paidAt = e.now
	}
	e.log("financial_status_changed", o.financial, is, "Статус оплаты изменен")
	o.financial = is
}

// factor is what the gateway's margin multiplies all prices by.
func (o *order) factor() decimal.Decimal {
	if o.gateway == nil {
		return decimal.NewFromInt(1)
	}
	margin, _ := decimal.NewFromString(o.gateway.Margin)
	return margin.Shift(-2).Add(decimal.NewFromInt(1))
}

// money are an order's sums, the gateway's margin and the discounts included. That
// items and delivery make the total, and that the total of a line is its price by
// its quantity, held in all real webhooks that we have seen; how InSales rounds in
// between is inferred from one of 2017.
type money struct {
	items, delivery, total, margin decimal.Decimal
}

func (o *order) money() money {
	var m money
	plain, off := o.deliveryPrice, o.off()
	for _, l := range o.lines {
		m.items = m.items.Add(o.fullSum(l, off[l.id]))
		plain = plain.Add(l.sum()).Sub(off[l.id])
	}
	m.delivery = o.deliveryPrice.Mul(o.factor()).Round(2)
	m.total = m.items.Add(m.delivery)
	m.margin = m.total.Sub(plain)
	return m
}

// sum is what a line costs before margin and discounts. In a real webhook of
// 2017 that is its total_price; full_total_price has both.
func (l line) sum() decimal.Decimal { return l.price.Mul(l.quantity).Round(2) }

// unitPrice is the price of a line with the margin.
func (o *order) unitPrice(l line) decimal.Decimal { return l.price.Mul(o.factor()).Round(2) }

// fullSum is what is to be paid for a line from which something is off.
func (o *order) fullSum(l line, off decimal.Decimal) decimal.Decimal {
	return o.unitPrice(l).Mul(l.quantity).Round(2).Sub(off.Mul(o.factor()).Round(2))
}
